"""Causal language models of the transformers library, on torch: by hub name or folder, on a GPU that torch owns.

Prompts are put by the tokenizer's own chat template (ChatML where it has none). Stable words are read while the person
still speaks, and what was read is kept, as in the embedded model. One conversation an object; it batches nothing: for
many calls at once take a server (openai_http, vllm).
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Literal

from warmline.dialogue.llm.base import Decoding, Prompt
from warmline.dialogue.llm.causal import Causal
from warmline.dialogue.llm.stops import Cut
from warmline.dialogue.llm.template import STOPS, chatml, plain
from warmline.dialogue.llm.waiting import wait_for
from warmline.speech.runtime.cancel import CancelFlag, Cancelled
from warmline.speech.runtime.errors import CorruptWeights, LanguageModelError, MissingExtra, MissingWeights


@dataclass(frozen=True, slots=True)
class TransformersConfig:
    """``model``: a hub name (owner/name) or a folder as ``save_pretrained`` writes it; ``revision``: of a hub name.
    ``device``: as torch calls it, such as cuda:0. ``dtype``: bfloat16 halves the memory. ``context``: tokens of prompt
    and reply together; ``batch``: tokens read between two looks at the cancel flag. Time-outs in seconds without any
    progress: before the first token, and between two."""

    model: str
    revision: str = "main"
    device: str = "cpu"
    dtype: Literal["float32", "float16", "bfloat16"] = "float32"
    threads: int = 2
    context: int = 4096
    batch: int = 64
    first_timeout_s: float = 20.0
    next_timeout_s: float = 8.0


@dataclass(frozen=True, slots=True)
class _End:
    read: int = 0
    error: str = ""


class Transformers:
    """Raises MissingExtra, MissingWeights or CorruptWeights when built (which takes seconds)."""

    def __init__(self, config: TransformersConfig) -> None:
        self._config = config
        self._engine: Causal | None
        self._tokenizer, self._engine = _loaded(config)
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="warmline-llm")

    @property
    def elsewhere(self) -> bool:
        return self._config.device.startswith("cuda")

    async def prefill(self, prompt: Prompt, cancel: CancelFlag) -> int:
        if not prompt.messages or cancel.is_set:
            return 0
        ids, job = self._ids(prompt), _Job(asyncio.get_running_loop())
        self._submit(job, lambda engine: job.put(_End(engine.read(ids, job.abort.is_set))))
        try:
            item = await wait_for(job.items.get(), cancel, self._config.first_timeout_s)
            return _ended(item).read if isinstance(item, _End) else 0
        except TimeoutError:
            raise LanguageModelError("the language model stalled while reading; take a smaller one") from None
        except Cancelled:
            return 0
        finally:
            job.abort.set()

    async def generate(self, prompt: Prompt, decoding: Decoding, cancel: CancelFlag) -> AsyncGenerator[str, None]:
        if cancel.is_set:
            return
        ids, job = self._ids(prompt), _Job(asyncio.get_running_loop())
        self._submit(job, lambda engine: self._write(engine, ids, decoding, job))
        timeout_s = self._config.first_timeout_s
        try:
            while True:
                item = await wait_for(job.items.get(), cancel, timeout_s)
                if isinstance(item, _End):
                    _ended(item)
                    return
                timeout_s = self._config.next_timeout_s
                yield item
        except TimeoutError:
            raise LanguageModelError("the language model stalled; take a smaller one") from None
        except Cancelled:
            return
        finally:
            job.abort.set()

    async def close(self) -> None:
        """Wait for the running job to see that it is not wanted any more, then let the weights go."""
        await asyncio.get_running_loop().run_in_executor(self._worker, self._free)
        self._worker.shutdown(wait=True)

    def _free(self) -> None:
        self._engine = None

    def _submit(self, job: _Job, work: Callable[[Causal], None]) -> None:
        def run() -> None:
            if job.abort.is_set():
                return
            if self._engine is None:
                job.put(_End(error="the language model is closed"))
                return
            try:
                work(self._engine)
            except ValueError as error:
                job.put(_End(error=f"{error}: raise the option context"))
            except RuntimeError as error:
                job.put(_End(error=f"the language model failed: {type(error).__name__}"))

        try:
            self._worker.submit(run)
        except RuntimeError as error:
            raise LanguageModelError("the language model is closed") from error

    def _write(self, engine: Causal, ids: list[int], decoding: Decoding, job: _Job) -> None:
        cut, written = Cut((*STOPS, *decoding.stop)), list[int]()
        for token in engine.write(ids, decoding, job.abort.is_set):
            written.append(token)
            piece = cut.grown(self._tokenizer.decode(written, skip_special_tokens=True))
            if piece:
                job.put(piece)
            if cut.over:
                break
        rest = cut.grown(self._tokenizer.decode(written, skip_special_tokens=True), last=True).rstrip("\ufffd")
        if rest:
            job.put(rest)
        job.put(_End())

    def _ids(self, prompt: Prompt) -> list[int]:
        found: list[int] = self._tokenizer(self._text(prompt), add_special_tokens=False)["input_ids"]
        return found

    def _text(self, prompt: Prompt) -> str:
        if not self._tokenizer.chat_template:
            return chatml(prompt)
        messages = [{"role": one.role, "content": plain(one.text)} for one in prompt.messages]
        text: str = self._tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=not prompt.open)
        if not prompt.open:
            return text + plain(prompt.assistant_start)
        words = plain(prompt.messages[-1].text).strip()
        return text[: text.rindex(words) + len(words)] if words else text


class _Job:
    """One request: put from the engine's thread, ``items`` is read on the loop; bounded by the tokens asked for."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.items: asyncio.Queue[str | _End] = asyncio.Queue()
        self.abort = threading.Event()

    def put(self, item: str | _End) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self.items.put_nowait, item)


def _ended(end: _End) -> _End:
    if end.error:
        raise LanguageModelError(end.error)
    return end


def _loaded(config: TransformersConfig) -> tuple[Any, Causal]:
    try:
        import torch
        import transformers
    except ImportError as error:
        raise MissingExtra("this backend needs torch: pip install 'warmline[transformers]'") from error
    torch.set_num_threads(config.threads)
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(config.model, revision=config.revision)
        network = transformers.AutoModelForCausalLM.from_pretrained(
            config.model, revision=config.revision, dtype=getattr(torch, config.dtype)
        )
    except OSError as error:
        raise MissingWeights(
            f"there is no model {config.model}: give llm.model a folder as save_pretrained writes it, or a hub name"
        ) from error
    except (ValueError, KeyError, RuntimeError) as error:
        raise CorruptWeights(f"{config.model} is no causal language model of transformers ({error})") from error
    network = network.to(config.device).eval()
    ends = network.generation_config.eos_token_id
    found = {*(ends if isinstance(ends, list) else [ends]), tokenizer.eos_token_id} - {None}
    found |= {at for mark in STOPS if (at := tokenizer.get_vocab().get(mark)) is not None}
    return tokenizer, Causal(torch, network, sorted(found), config.context, config.batch)
