"""What every language model must do, fake or real."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest
from language_models import GREEDY, SAY, base_url, model, written

from warmline.dialogue.llm.base import Decoding, LanguageModel, Message, Prompt
from warmline.dialogue.llm.llama_cpp import LlamaCpp
from warmline.speech.runtime.cancel import CancelFlag

__all__ = ["base_url", "model"]

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


async def test_it_writes_in_pieces(model: LanguageModel) -> None:
    pieces = await written(model)
    assert len(pieces) > 1
    assert all(pieces)


async def test_it_stops_where_told(model: LanguageModel) -> None:
    whole = "".join(await written(model))
    word = whole.split()[2]
    cut = "".join(await written(model, decoding=Decoding(12, 0.0, stop=(word,), seed=1)))
    assert word not in cut


async def test_max_tokens_ends_it(model: LanguageModel) -> None:
    assert len(await written(model, decoding=Decoding(3, 0.0, seed=1))) <= 3


async def test_reading_ahead_changes_nothing_that_is_written(model: LanguageModel) -> None:
    alone = await written(model)
    opened = Prompt((SAY.messages[0], Message("user", "I lost my")), open=True)
    assert await model.prefill(opened, CancelFlag()) >= 0
    again = await written(model)
    assert "".join(again) == "".join(alone)


async def test_a_set_flag_means_nothing_is_done(model: LanguageModel) -> None:
    flag = CancelFlag()
    flag.set()
    assert await model.prefill(SAY, flag) == 0
    async with aclosing(model.generate(SAY, GREEDY, flag)) as pieces:
        assert [piece async for piece in pieces] == []


async def test_a_flag_set_on_the_way_ends_it_without_error(model: LanguageModel) -> None:
    flag = CancelFlag()
    count = 0
    async with aclosing(model.generate(SAY, Decoding(200, 0.0, seed=1), flag)) as pieces:
        async for _ in pieces:
            count += 1
            flag.set()
    assert count <= 2


async def test_it_can_be_closed_on_the_way_and_used_again(model: LanguageModel) -> None:
    async with aclosing(model.generate(SAY, Decoding(200, 0.0, seed=1), CancelFlag())) as pieces:
        await anext(pieces)
    assert await asyncio.wait_for(written(model), 30)


async def test_letters_of_several_bytes_arrive_whole(model: LanguageModel) -> None:
    prompt = Prompt((Message("user", "Repeat exactly: café, naïve, 你好, 💛"),))
    text = "".join(await written(model, prompt, Decoding(24, 0.0, seed=1)))
    assert "\ufffd" not in text


async def test_reading_twice_is_free(model: LanguageModel) -> None:
    first = await model.prefill(Prompt(SAY.messages, open=True), CancelFlag())
    again = await model.prefill(Prompt(SAY.messages, open=True), CancelFlag())
    assert again <= max(1, first)
    if isinstance(model, LlamaCpp):
        assert again <= 1
