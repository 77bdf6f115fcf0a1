"""Bring your own language model: any object with ``prefill`` and ``generate`` takes the embedded one's place.

    python demos/own_model.py

Here it is a model that only ever asks one thing. Everything around it is Warmline's: the plan, the checks, the voice.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

import numpy as np

from warmline.dialogue.llm.base import Decoding, Prompt
from warmline.dialogue.safety.replay import ReplayedProtocol
from warmline.dialogue.safety.screen import Screen
from warmline.dialogue.strategy.planner import Planner
from warmline.dialogue.supporter import Supporter
from warmline.emotion.types import ParalinguisticTags
from warmline.speech.runtime.cancel import CancelFlag
from warmline.speech.types import AudioChunk, Utterance


@dataclass(frozen=True, slots=True)
class Curious:
    """Says one thing, whatever it is told."""

    line: str = "What has been the hardest part of that for you?"

    async def prefill(self, prompt: Prompt, cancel: CancelFlag) -> int:
        return 0

    async def generate(self, prompt: Prompt, decoding: Decoding, cancel: CancelFlag) -> AsyncGenerator[str, None]:
        for word in self.line.removeprefix(prompt.assistant_start).split():
            await asyncio.sleep(0)
            yield f" {word}"

    async def close(self) -> None:
        """Nothing to free."""


async def answer(words: str) -> None:
    supporter = Supporter(Planner(), Screen(), Curious(), ReplayedProtocol("US"), seed=1)
    tags = ParalinguisticTags.unknown()
    plan = supporter.assess(words, tags, ())
    utterance = Utterance(1, words, (), AudioChunk(np.zeros(0, np.float32)))
    print(f"\nyou       {words}\nplan      {plan.strategy.value}, risk {plan.risk.level.name}: {'; '.join(plan.why)}")
    async with aclosing(supporter.reply(1, utterance, tags, plan, (), CancelFlag())) as segments:
        async for segment in segments:
            print(f"{segment.source:<9} {segment.text}")


async def main() -> None:
    await answer("I lost my job and I haven't told anybody.")
    await answer("I don't want to be alive any more.")


if __name__ == "__main__":
    asyncio.run(main())
