"""A spare language model: it takes over before the first word, never in the middle, and gives back."""

from __future__ import annotations

from contextlib import aclosing

import pytest

from warmline.dialogue.llm.base import Decoding, LanguageModel, Message, Prompt
from warmline.dialogue.llm.scripted import Line, ScriptedConfig, ScriptedModel
from warmline.dialogue.llm.spare import AGAIN_S, SparedModel
from warmline.speech.runtime.cancel import CancelFlag
from warmline.speech.runtime.errors import LanguageModelError

SAY = Prompt((Message("user", "hello"),))


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


async def written(model: LanguageModel) -> str:
    async with aclosing(model.generate(SAY, Decoding(), CancelFlag())) as texts:
        return "".join([text async for text in texts])


def pair(*first: Line | str) -> tuple[SparedModel, Clock, list[ScriptedModel]]:
    made: list[ScriptedModel] = []

    def make() -> ScriptedModel:
        made.append(ScriptedModel(ScriptedConfig(("the spare",))))
        return made[-1]

    clock = Clock()
    return SparedModel(ScriptedModel(ScriptedConfig(first)), make, clock), clock, made


async def test_the_spare_is_not_even_built_while_all_is_well() -> None:
    model, _, made = pair("the first")
    assert await written(model) == "the first"
    await model.close()
    assert made == []


async def test_it_takes_over_before_the_first_word_and_gives_back_later() -> None:
    model, clock, made = pair(Line("never", dies_after=0), "the first")
    assert await written(model) == "the spare"
    assert await written(model) == "the spare"
    clock.now_s = AGAIN_S + 1
    assert await written(model) == "the first"
    assert len(made) == 1
    assert len(made[0].prompts) == 2
    await model.close()


async def test_a_begun_reply_is_not_begun_again() -> None:
    model, _, _ = pair(Line("one two three", dies_after=1))
    with pytest.raises(LanguageModelError):
        await written(model)
    assert await written(model) == "the spare"


async def test_where_the_spare_fails_too_the_error_is_told() -> None:
    model = SparedModel(
        ScriptedModel(ScriptedConfig((Line("", dies_after=0),))),
        lambda: ScriptedModel(ScriptedConfig((Line("", dies_after=0),))),
    )
    with pytest.raises(LanguageModelError):
        await written(model)


async def test_reading_ahead_goes_to_whoever_writes() -> None:
    model, _, made = pair(Line("", dies_after=0))
    await model.prefill(SAY, CancelFlag())
    assert made == []
    await written(model)
    await model.prefill(SAY, CancelFlag())
    assert made[0].read == [SAY]
