"""The transformers language model with the library's real classes and small random weights; skipped where torch is not
installed, as in the product's own environment."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from warmline.dialogue.llm.backends import LANGUAGE_MODELS
from warmline.dialogue.llm.base import Decoding, Message, Prompt
from warmline.dialogue.llm.template import chatml
from warmline.speech.runtime.cancel import CancelFlag
from warmline.speech.runtime.errors import LanguageModelError, MissingWeights

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
import small_models  # noqa: E402

SAY = Prompt((Message("system", "Be kind."), Message("user", "I lost my job today.")))
GREEDY = Decoding(12, 0.0, repeat_penalty=1.0, seed=1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_models.saved("chat", tmp_path_factory.mktemp("models") / "chat")


@pytest.fixture
async def model(folder: Path) -> AsyncGenerator[Any, None]:
    made = LANGUAGE_MODELS.create("transformers", {"model": str(folder), "context": 512, "batch": 16})
    yield made
    await made.close()


async def written(model: Any, prompt: Prompt = SAY, decoding: Decoding = GREEDY) -> str:
    async with aclosing(model.generate(prompt, decoding, CancelFlag())) as pieces:
        return "".join([piece async for piece in pieces])


async def test_it_writes_what_the_librarys_own_greedy_search_writes(model: Any, folder: Path) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer, network = AutoTokenizer.from_pretrained(folder), AutoModelForCausalLM.from_pretrained(folder)
    ids = tokenizer(chatml(SAY), return_tensors="pt", add_special_tokens=False).input_ids
    wanted = network.generate(ids, max_new_tokens=12, do_sample=False, pad_token_id=0)[0, ids.shape[1] :]
    text = tokenizer.decode(wanted, skip_special_tokens=True).rstrip("\ufffd")
    assert text
    assert await written(model) == text


async def test_reading_ahead_changes_nothing_and_leaves_little_to_read(model: Any) -> None:
    alone = await written(model)
    opened = Prompt((SAY.messages[0], Message("user", "I lost my")), open=True)
    first = await model.prefill(opened, CancelFlag())
    assert first < 20  # what the two share was kept from before
    assert await model.prefill(opened, CancelFlag()) == 0
    assert await written(model) == alone


async def test_what_an_open_prompt_reads_is_a_beginning_of_the_closed_one(model: Any) -> None:
    opened = Prompt((SAY.messages[0], Message("user", "I lost")), open=True)
    assert model._ids(SAY)[: len(model._ids(opened))] == model._ids(opened)


async def test_a_set_flag_ends_it(model: Any) -> None:
    flag = CancelFlag()
    count = 0
    async with aclosing(model.generate(SAY, Decoding(300, 1.0, seed=1), flag)) as pieces:
        async for _ in pieces:
            count += 1
            flag.set()
    assert count <= 2
    assert await model.prefill(SAY, flag) == 0


async def test_it_can_be_left_on_the_way_and_used_again(model: Any) -> None:
    async with aclosing(model.generate(SAY, Decoding(300, 1.0, seed=1), CancelFlag())) as pieces:
        await anext(pieces)
    assert await asyncio.wait_for(written(model), 30)


async def test_a_seed_repeats_and_a_stop_is_not_said(model: Any) -> None:
    drawn = Decoding(60, 1.0, seed=5)
    text = await written(model, decoding=drawn)
    assert text == await written(model, decoding=drawn)
    stop = text[4:6]
    assert await written(model, decoding=Decoding(60, 1.0, stop=(stop,), seed=5)) == text[: text.index(stop)]


async def test_a_prompt_too_long_is_told_and_the_next_one_is_answered(model: Any) -> None:
    with pytest.raises(LanguageModelError, match="context"):
        await written(model, Prompt((Message("user", "long " * 200),)))
    assert await written(model)


async def test_after_closing_it_says_so(folder: Path) -> None:
    made: Any = LANGUAGE_MODELS.create("transformers", {"model": str(folder)})
    await made.close()
    with pytest.raises(LanguageModelError, match="closed"):
        await written(made)


def test_no_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingWeights, match=r"llm\.model"):
        LANGUAGE_MODELS.create("transformers", {"model": str(tmp_path / "nothing")})
