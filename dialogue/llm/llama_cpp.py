"""The embedded language model: llama.cpp in this process, through xllamacpp.

One object holds one conversation: its key-value cache keeps the longest common prefix of what was read last, so a
prompt that grows at its end costs only what grew. Does not know what the words mean, nor what a plan is.
"""

from __future__ import annotations

import asyncio
import secrets
import threading
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from warmline.dialogue.llm.adapters import located
from warmline.dialogue.llm.base import Decoding, Prompt, Reading
from warmline.dialogue.llm.kept import KeptPrompts
from warmline.dialogue.llm.template import STOPS, chatml
from warmline.dialogue.llm.waiting import wait_for
from warmline.speech.runtime.cancel import CancelFlag, Cancelled
from warmline.speech.runtime.errors import LanguageModelError, MissingWeights


@dataclass(frozen=True, slots=True)
class LlamaCppConfig:
    """``weights``: a known name; ``path``: a GGUF file of your own that speaks ChatML instead.

    ``context``: tokens of prompt and reply together. ``threads``: for reading and writing. ``batch``: tokens read
    between two looks at the cancel flag. ``reuse``: a run of at least so many cached tokens that moved (because the
    oldest exchanges were dropped) is shifted instead of read again; 0 turns that off. ``dry``: strength of the
    penalty on repeating whole phrases of the prompt or of earlier replies (DRY sampling); 0 turns it off.
    ``adapter``: a LoRA adapter in GGUF for exactly this model, by path, or by a shipped one's name; ``scale``: how much
    of it is applied.
    ``keep``: the folder where the fixed part of the prompt is kept once it was read; "" for the cache of the weights.
    Time-outs in seconds without any progress: before the first token, and between two.
    """

    weights: str = "qwen2.5-1.5b"
    path: str = ""
    adapter: str = ""
    scale: float = 1.0
    context: int = 4096
    threads: int = 2
    batch: int = 64
    reuse: int = 32
    dry: float = 0.0
    keep: str = ""
    first_timeout_s: float = 20.0
    next_timeout_s: float = 8.0


@dataclass(frozen=True, slots=True)
class _Piece:
    text: str


@dataclass(frozen=True, slots=True)
class _End:
    reading: Reading
    error: str = ""


class LlamaCpp:
    """Raises MissingWeights, CorruptWeights or LanguageModelError when it cannot be loaded (which takes seconds)."""

    def __init__(self, config: LlamaCppConfig) -> None:
        self._config = config
        self._engine, self._kept = _load(config)
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="warmline-llm")
        self.last = Reading()

    async def prefill(self, prompt: Prompt, cancel: CancelFlag) -> int:
        text = chatml(prompt)
        if not text or cancel.is_set:
            return 0
        job = _Job(asyncio.get_running_loop())
        if prompt.shared:
            self._worker.submit(self._kept.restore, text)
        self._submit(job, self._request(text, Decoding(max_tokens=0)))
        try:
            while True:
                item = await wait_for(job.items.get(), cancel, self._config.first_timeout_s)
                if isinstance(item, _End):
                    read = self._ended(item).read
                    if prompt.shared and read > 1:
                        self._worker.submit(self._kept.save, text)
                    return read
        except TimeoutError:
            raise LanguageModelError(
                "the language model stalled while reading; restart it or use a smaller one"
            ) from None
        except Cancelled:
            return 0
        finally:
            job.abort.set()

    async def generate(self, prompt: Prompt, decoding: Decoding, cancel: CancelFlag) -> AsyncGenerator[str, None]:
        if cancel.is_set:
            return
        job = _Job(asyncio.get_running_loop())
        self._submit(job, self._request(chatml(prompt), decoding))
        timeout_s = self._config.first_timeout_s
        try:
            while True:
                item = await wait_for(job.items.get(), cancel, timeout_s)
                if isinstance(item, _End):
                    self._ended(item)
                    return
                if item.text:
                    timeout_s = self._config.next_timeout_s
                    self.last = job.progress
                    yield item.text
        except TimeoutError:
            raise LanguageModelError("the language model stalled; restart it or use a smaller one") from None
        except Cancelled:
            return
        finally:
            job.abort.set()

    async def close(self) -> None:
        """Wait for the running job to see that it is not wanted any more, then free the model's memory."""
        await asyncio.get_running_loop().run_in_executor(self._worker, self._free)
        self._worker.shutdown(wait=True)

    def _free(self) -> None:
        self._engine = None

    def _submit(self, job: _Job, request: dict[str, object]) -> None:
        def run() -> None:
            if job.abort.is_set():
                return
            if self._engine is None:
                job.put(_End(Reading(), "the language model is closed"))
                return
            try:
                self._engine.handle_completions(request, job.take)
            except RuntimeError as error:
                job.put(_End(Reading(), f"the language model failed: {type(error).__name__}"))

        try:
            self._worker.submit(run)
        except RuntimeError as error:
            raise LanguageModelError("the language model is closed") from error

    def _ended(self, end: _End) -> Reading:
        if end.error:
            raise LanguageModelError(end.error)
        self.last = end.reading
        return end.reading

    def _request(self, text: str, decoding: Decoding) -> dict[str, object]:
        request: dict[str, object] = {
            "prompt": text,
            "n_predict": decoding.max_tokens,
            "temperature": decoding.temperature,
            "top_p": decoding.top_p,
            "repeat_penalty": decoding.repeat_penalty,
            "repeat_last_n": 64,
            "stop": [*STOPS, *decoding.stop],
            "cache_prompt": True,
            "id_slot": 0,
            "stream": True,
            "return_progress": True,
        }
        if decoding.seed is not None:
            request["seed"] = decoding.seed
        if self._config.dry > 0:
            request |= {
                "dry_multiplier": self._config.dry,
                "dry_allowed_length": 5,
                "dry_penalty_last_n": self._config.context,
            }
        return request


class _Job:
    """One request: ``take`` runs on the engine's thread, ``items`` is read on the loop. The queue holds at most one
    item a token asked for, so it is bounded by the request."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.items: asyncio.Queue[_Piece | _End] = asyncio.Queue()
        self.abort = threading.Event()
        self.progress = Reading()

    def put(self, item: _Piece | _End) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self.items.put_nowait, item)

    def take(self, result: Any) -> bool:
        """Called by the engine with each result; True stops it."""
        error = result.get("error")
        if error:
            self.put(_End(Reading(), _explain(error)))
            return True
        progress = result.get("prompt_progress")
        if progress:
            cached, total = int(progress.get("cache", 0)), int(progress.get("total", 0))
            self.progress = Reading(cached, total - cached, float(progress.get("time_ms", 0.0)))
        choice = result["choices"][0]
        self.put(_Piece(choice["text"]))
        if choice["finish_reason"] is not None:
            self.put(_End(_reading(result.get("timings") or {})))
        return self.abort.is_set()


def _reading(timings: dict[str, Any]) -> Reading:
    return Reading(
        cached=int(timings.get("cache_n", 0)),
        read=int(timings.get("prompt_n", 0)),
        read_ms=float(timings.get("prompt_ms", 0.0)),
        written=int(timings.get("predicted_n", 0)),
        written_ms=float(timings.get("predicted_ms", 0.0)),
    )


def _explain(error: dict[str, Any]) -> str:
    if error.get("type") == "exceed_context_size_error":
        return (
            f"the prompt has {error.get('n_prompt_tokens')} tokens and the context holds {error.get('n_ctx')}: "
            "raise the option context"
        )
    return f"the language model refused the request (code {error.get('code')})"


def _load(config: LlamaCppConfig) -> tuple[Any, KeptPrompts]:
    import xllamacpp

    from warmline.speech.runtime.weights.cache import folder_of

    path = _gguf(config)
    kept, key = Path(config.keep).expanduser() if config.keep else folder_of("prompts"), secrets.token_hex(32)
    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    adapter = located(config.adapter)
    if adapter is not None:
        lora = xllamacpp.CommonAdapterLoraInfo()
        lora.path, lora.scale = str(adapter), config.scale
        params.lora_adapters = [lora]
    params.n_ctx = config.context
    params.n_parallel = 1
    params.n_batch = params.n_ubatch = config.batch
    params.n_cache_reuse = config.reuse
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = config.threads
    # llama.cpp keeps repacked copies of the weights, so the mapped file would only be a second copy in memory
    params.load_mode = xllamacpp.llama_load_mode.LLAMA_LOAD_MODE_NONE
    params.cache_ram_mib = 0
    params.n_ctx_checkpoints = 0
    params.warmup = True
    params.verbosity = -1
    # xllamacpp always opens a port on this machine; nobody but this process has its key
    params.hostnames = ["127.0.0.1"]
    params.api_keys = [key]
    params.slot_save_path = f"{kept}/"
    params.endpoint_slots = params.endpoint_props = params.ui = False
    try:
        engine = xllamacpp.Server(params)
    except RuntimeError as error:
        also = f", with the adapter {adapter.name} made for it" if adapter is not None else ""
        raise LanguageModelError(
            f"the language model {path.name} could not be loaded: is it a GGUF file{also}, and is there enough memory?"
        ) from error
    kept_prompts = KeptPrompts(engine.listening_address, key, kept, _depends(path, adapter, config))
    # The engine's destructor waits for ever if its loops have not begun: see both at work before anything else
    kept_prompts.awake()
    engine.handle_completions({"prompt": "Hi", "n_predict": 0}, lambda _: True)
    return engine, kept_prompts


def _depends(path: Path, adapter: Path | None, config: LlamaCppConfig) -> str:
    """What a kept state depends on besides the text."""
    import xllamacpp

    files = [f"{file} {file.stat().st_size} {file.stat().st_mtime_ns}" for file in (path, adapter) if file is not None]
    return f"{xllamacpp.__version__} {' '.join(files)} {config.context} {config.scale if adapter is not None else ''}"


def _gguf(config: LlamaCppConfig) -> Path:
    if config.path:
        path = Path(config.path).expanduser()
        if not path.is_file():
            raise MissingWeights(f"there is no file {path}: give llm.path a GGUF file, or leave it out")
        return path
    from warmline.speech.runtime.weights import locate

    return locate(config.weights).file("model.gguf")
