"""The embedded model itself: what is read ahead is never read again, and whole turns keep the rules."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

import pytest
import pytest_asyncio
from turns import SAD, UNSURE, plan, turn, utterance

from warmline.dialogue.llm.base import Decoding, Message, Prompt
from warmline.dialogue.llm.llama_cpp import LlamaCpp, LlamaCppConfig
from warmline.dialogue.prompt.render import closed, opening
from warmline.dialogue.safety.deep_reader import DeepReader, found
from warmline.dialogue.safety.screen import Screen
from warmline.dialogue.speakable import words_of
from warmline.dialogue.strategy.planner import Planner
from warmline.dialogue.supporter import Supporter
from warmline.dialogue.types import RiskLevel, Strategy, Turn
from warmline.speech.runtime.cancel import CancelFlag

pytestmark = [pytest.mark.weights, pytest.mark.asyncio(loop_scope="module")]

SPOKEN = (
    "I lost my job last week, and I haven't told my wife.",
    "She thinks I got a raise; it's 3,500 more, I said.",
    "Don't laugh... I just sit at the lake, you know?",
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def qwen() -> AsyncGenerator[LlamaCpp, None]:
    model = LlamaCpp(LlamaCppConfig())
    await model.prefill(opening((), ""), CancelFlag())
    yield model
    await model.close()


async def first_piece(model: LlamaCpp, prompt: Prompt) -> None:
    async with aclosing(model.generate(prompt, Decoding(1, 0.0, seed=1), CancelFlag())) as pieces:
        async for _ in pieces:
            pass


async def test_words_that_were_read_ahead_are_not_read_again(qwen: LlamaCpp) -> None:
    """The tokens of the open prompt are a strict prefix of those of the closed one, wherever the person paused."""
    turns: tuple[Turn, ...] = ()
    for id, text in enumerate(SPOKEN, 1):
        words = text.split()
        for count in range(1, len(words), 3):
            await qwen.prefill(opening(turns, " ".join(words[:count])), CancelFlag())
            known = qwen.last.cached + qwen.last.read
            await first_piece(qwen, closed(turns, text, plan(), SAD))
            assert qwen.last.cached >= known - 1
            assert qwen.last.read <= 3 * (len(words) - count) + 14
        turns = (*turns, turn(id, text, "You sound alone with it.", Strategy.REFLECTION, SAD))


async def test_the_reader_of_risk_reads_and_replies_are_written_as_before(qwen: LlamaCpp) -> None:
    """Its adapter is applied to its own requests alone, and its place is apart: no prompt is read anew for it."""
    assert qwen.rates
    prompt = closed((), "I lost my job last week.", plan(), SAD)
    greedy = Decoding(8, 0.0, seed=1)

    async def written() -> str:
        async with aclosing(qwen.generate(prompt, greedy, CancelFlag())) as pieces:
            return "".join([piece async for piece in pieces])

    before = await written()
    reader = DeepReader(qwen, lambda *_: "")
    hint = await reader.levels("they would all be better off if I just was not here anymore", CancelFlag())
    plain = await reader.levels("we had soup and then I walked the dog", CancelFlag())
    assert found(hint, "", reader.cuts).level >= RiskLevel.L1
    assert found(plain, "", reader.cuts).level is RiskLevel.L0
    assert await written() == before
    assert qwen.last.read <= 1


async def test_whole_turns_keep_the_rules(qwen: LlamaCpp) -> None:
    who = Supporter(Planner(), Screen(), qwen, seed=5)
    turns: tuple[Turn, ...] = ()
    for id, text in enumerate(SPOKEN, 1):
        made = who.assess(text, UNSURE, turns)
        async with aclosing(who.reply(id, utterance(text, id), UNSURE, made, turns, CancelFlag())) as pieces:
            spoken = [piece async for piece in pieces]
        said = " ".join(piece.text for piece in spoken)
        assert spoken[-1].last
        assert 3 <= len(words_of(said)) <= 45
        assert said.count("?") <= 1
        assert not set("[]*#<>{}") & set(said)
        turns = (*turns, turn(id, text, said, made.strategy))
    assert len({each.heard for each in turns}) == len(turns)


async def test_dropping_the_oldest_exchanges_does_not_read_the_rest_again() -> None:
    def talk(first: int) -> Prompt:
        said = [
            Message("user", f"This is thing number {at} that went wrong in my week, and I mind.") for at in range(16)
        ]
        return Prompt((Message("system", "You are kind and you listen. " * 8), *said[first:]), open=True)

    model = LlamaCpp(LlamaCppConfig(weights="smollm2-135m", context=1024))
    await model.prefill(talk(0), CancelFlag())
    await model.prefill(talk(6), CancelFlag())
    await model.close()
    assert model.last.read < 0.35 * (model.last.read + model.last.cached)


def damage(folder: Path) -> None:
    for path in folder.glob("prompt-*.bin"):
        path.write_bytes(path.read_bytes()[:-1] + b"x")


async def test_the_fixed_prompt_is_read_once_per_machine(tmp_path: Path) -> None:
    config = LlamaCppConfig(weights="smollm2-135m", context=512, keep=str(tmp_path))
    fixed = Prompt(
        (Message("system", "You are kind and you listen. " * 8), Message("user", "")), open=True, shared=True
    )
    grown = Prompt((fixed.messages[0], Message("user", "a caller's own words")), open=True)
    read = []
    for spoil in (False, False, True):
        if spoil:
            damage(tmp_path)
        model = LlamaCpp(config)
        read.append(await model.prefill(fixed, CancelFlag()))
        await model.prefill(grown, CancelFlag())
        await model.close()
    assert read[0] > 40
    assert read[1] <= 1
    assert read[2] == read[0]
    assert len(os.listdir(tmp_path)) == 1
