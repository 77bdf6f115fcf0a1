"""One conversation's place in the embedded language model: what it asks of its slot, and what comes back."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any, Protocol

from warmline.dialogue.llm.base import Decoding, Prompt, Reading
from warmline.dialogue.llm.llama_engine import LlamaCppConfig
from warmline.dialogue.llm.template import STOPS, chatml
from warmline.dialogue.llm.waiting import wait_for
from warmline.speech.runtime.cancel import CancelFlag, Cancelled
from warmline.speech.runtime.errors import LanguageModelError


@dataclass(frozen=True, slots=True)
class Piece:
    text: str


@dataclass(frozen=True, slots=True)
class End:
    reading: Reading
    error: str = ""


class Host(Protocol):
    """The engine as a seat knows it."""

    @property
    def config(self) -> LlamaCppConfig: ...

    def submit(self, place: int, job: Job, request: dict[str, object]) -> None: ...

    def restore(self, place: int, text: str) -> None: ...

    async def keep(self, place: int, text: str, read: int) -> None: ...

    def leave(self, place: int) -> None: ...


class Seat:
    """One conversation's place in the engine."""

    def __init__(self, host: Host, place: int) -> None:
        self._host = host
        self._place = place
        self.last = Reading()

    async def prefill(self, prompt: Prompt, cancel: CancelFlag) -> int:
        text = chatml(prompt)
        if not text or cancel.is_set:
            return 0
        host, job = self._host, Job(asyncio.get_running_loop())
        if prompt.shared:
            host.restore(self._place, text)
        host.submit(self._place, job, _request(host.config, text, Decoding(max_tokens=0)))
        try:
            while True:
                item = await wait_for(job.items.get(), cancel, host.config.first_timeout_s)
                if isinstance(item, End):
                    read = self._ended(item).read
                    if prompt.shared:
                        await host.keep(self._place, text, read)
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
        host, job = self._host, Job(asyncio.get_running_loop())
        host.submit(self._place, job, _request(host.config, chatml(prompt), decoding))
        timeout_s = host.config.first_timeout_s
        try:
            while True:
                item = await wait_for(job.items.get(), cancel, timeout_s)
                if isinstance(item, End):
                    self._ended(item)
                    return
                if item.text:
                    timeout_s = host.config.next_timeout_s
                    self.last = job.progress
                    yield item.text
        except TimeoutError:
            raise LanguageModelError("the language model stalled; restart it or use a smaller one") from None
        except Cancelled:
            return
        finally:
            job.abort.set()

    async def close(self) -> None:
        """The conversation is over; the model stays."""
        self._host.leave(self._place)

    def _ended(self, end: End) -> Reading:
        if end.error:
            raise LanguageModelError(end.error)
        self.last = end.reading
        return end.reading


def _request(config: LlamaCppConfig, text: str, decoding: Decoding) -> dict[str, object]:
    request: dict[str, object] = {
        "prompt": text,
        "n_predict": decoding.max_tokens,
        "temperature": decoding.temperature,
        "top_p": decoding.top_p,
        "repeat_penalty": decoding.repeat_penalty,
        "repeat_last_n": 64,
        "stop": [*STOPS, *decoding.stop],
        "cache_prompt": True,
        "stream": True,
        "return_progress": True,
    }
    if decoding.seed is not None:
        request["seed"] = decoding.seed
    if config.dry > 0:
        request |= {"dry_multiplier": config.dry, "dry_allowed_length": 5, "dry_penalty_last_n": config.context}
    return request


class Job:
    """One request: ``take`` runs on the engine's thread, ``items`` is read on the loop. The queue holds at most one
    item a token asked for, so it is bounded by the request."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.items: asyncio.Queue[Piece | End] = asyncio.Queue()
        self.abort = threading.Event()
        self.progress = Reading()

    def put(self, item: Piece | End) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self.items.put_nowait, item)

    def take(self, result: Any) -> bool:
        """Called by the engine with each result; True stops it."""
        error = result.get("error")
        if error:
            self.put(End(Reading(), _explain(error)))
            return True
        progress = result.get("prompt_progress")
        if progress:
            cached, total = int(progress.get("cache", 0)), int(progress.get("total", 0))
            self.progress = Reading(cached, total - cached, float(progress.get("time_ms", 0.0)))
        choice = result["choices"][0]
        self.put(Piece(choice["text"]))
        if choice["finish_reason"] is not None:
            self.put(End(_reading(result.get("timings") or {})))
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
