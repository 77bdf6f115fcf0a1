"""A place of its own in the embedded language model, where an adapter answers a prompt with one of a few tokens.

Its cache is apart from every conversation's, and the adapter is applied to its requests alone: what replies are written
with does not change. Knows no question and no meaning of the answers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from warmline.dialogue.llm.llama_seat import End, Host, Job
from warmline.dialogue.llm.waiting import wait_for
from warmline.speech.runtime.cancel import CancelFlag, Cancelled
from warmline.speech.runtime.errors import LanguageModelError

_ONLY = 100.0
"""Added to the answers' logits, so that nothing else is among the first."""


class Rater:
    """``place``: the slot; ``adapters``: how many the engine holds, of which the last is the rater's."""

    def __init__(self, host: Host, place: int, adapters: int) -> None:
        self._host = host
        self._place = place
        self._scales = [{"id": at, "scale": float(at == adapters - 1)} for at in range(adapters)]

    async def rate(self, prompt: str, answers: Sequence[str], cancel: CancelFlag) -> tuple[float, ...]:
        """How likely each of ``answers`` (one token each) is to follow, of them alone; () where ``cancel`` is set
        before it is known. Raises LanguageModelError."""
        job = _Rating(asyncio.get_running_loop(), answers)
        self._host.submit(self._place, job, self._request(prompt, answers))
        try:
            while not isinstance(item := await wait_for(job.items.get(), cancel, self._timeout_s), End):
                pass
        except TimeoutError:
            raise LanguageModelError("the language model stalled while reading; restart it") from None
        except Cancelled:
            return ()
        finally:
            job.abort.set()
        if item.error:
            raise LanguageModelError(item.error)
        return job.rated

    @property
    def _timeout_s(self) -> float:
        return self._host.config.first_timeout_s

    def _request(self, prompt: str, answers: Sequence[str]) -> dict[str, object]:
        return {
            "prompt": prompt,
            "n_predict": 1,
            "samplers": ["temperature"],
            "temperature": 1.0,
            "logit_bias": [[answer, _ONLY] for answer in answers],
            "n_probs": len(answers),
            "post_sampling_probs": True,
            "cache_prompt": True,
            "stream": False,
            "lora": self._scales,
        }


class _Rating(Job):
    def __init__(self, loop: asyncio.AbstractEventLoop, answers: Sequence[str]) -> None:
        super().__init__(loop)
        self._answers = tuple(answers)
        self.rated: tuple[float, ...] = ()

    def take(self, result: Any) -> bool:
        if not result.get("error"):
            first = result["choices"][0]["logprobs"]["content"][0]["top_probs"]
            found = {one["token"]: float(one["prob"]) for one in first}
            self.rated = tuple(found.get(answer, 0.0) for answer in self._answers)
        return super().take(result)
