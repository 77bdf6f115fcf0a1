"""Conversations with a cache of their own: who sits where, what is read again, and that all can write at once."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.language_models import GREEDY, SMALL, written
from warmline.dialogue.llm.base import Hosts, LanguageModel, Message, Prompt, Reads, seat_of
from warmline.dialogue.llm.llama_cpp import LlamaCpp, LlamaCppConfig
from warmline.dialogue.llm.scripted import ScriptedModel
from warmline.dialogue.llm.seats import Seats
from warmline.dialogue.llm.spare import SparedModel
from warmline.dialogue.safety.screen import Screen
from warmline.dialogue.strategy.planner import Planner
from warmline.dialogue.supporter import Supporter
from warmline.speech.runtime.cancel import CancelFlag

FIXED = Message("system", "You are kind and you listen. " * 6)


def said(*words: str) -> Prompt:
    return Prompt((FIXED, *(Message("user", one) for one in words)), open=True)


@given(st.integers(1, 5), st.integers(0, 12))
def test_nobody_shares_a_seat_while_one_is_free(count: int, calls: int) -> None:
    seats = Seats(count)
    taken = [seats.take() for _ in range(calls)]
    holders = [taken.count(at) for at in range(count)]
    assert max(holders) - min(holders) <= 1
    assert seats.held == calls


def test_a_seat_that_was_given_back_is_taken_again() -> None:
    seats = Seats(2)
    first, _ = seats.take(), seats.take()
    seats.give_back(first)
    assert seats.take() == first
    with pytest.raises(ValueError, match="at least one"):
        Seats(0)


def test_wrong_numbers_of_calls_and_unknown_caches_are_refused() -> None:
    with pytest.raises(ValueError, match="calls is from 1"):
        LlamaCppConfig(calls=0)
    with pytest.raises(ValueError, match="f16 or q8_0"):
        LlamaCppConfig(cache="q2")  # type: ignore[arg-type]
    assert LlamaCppConfig(context=4096, calls=1).pool == 4096
    assert LlamaCppConfig(context=4096, calls=4, share=1500).pool == 4096 + 3 * 1500


@pytest.mark.weights
async def test_calls_that_take_turns_read_only_what_is_new() -> None:
    model = LlamaCpp(LlamaCppConfig(weights=SMALL, context=512, first_timeout_s=120.0, next_timeout_s=60.0, calls=2))
    one, other = model.seat(), model.seat()
    await one.prefill(said("My sister has not called since the spring, and I miss her a lot."), CancelFlag())
    await other.prefill(said("The shop closed down, and I have not told anybody at home about it."), CancelFlag())
    grown = said("My sister has not called since the spring, and I miss her a lot. She is well")
    assert await one.prefill(grown, CancelFlag()) <= 5
    assert one.last.cached > 40
    await one.close()
    await model.close()


@pytest.mark.weights
async def test_seats_write_at_once_and_each_its_own() -> None:
    model = LlamaCpp(LlamaCppConfig(weights=SMALL, context=512, first_timeout_s=120.0, next_timeout_s=60.0, calls=3))
    prompts = [said(f"I would like to talk about {what}.") for what in ("my dog", "the sea", "rain")]
    alone = ["".join(await written(model, prompt, GREEDY)) for prompt in prompts]
    seats = [model.seat() for _ in prompts]
    together = await asyncio.gather(*(written(seat, one, GREEDY) for seat, one in zip(seats, prompts, strict=True)))
    alike = ["".join(pieces)[:12] == text[:12] for pieces, text in zip(together, alone, strict=True)]
    assert sum(alike) >= 2, "sums in another order may turn one near tie, never more; no seat writes another's words"
    await model.close()


@pytest.mark.weights
async def test_all_seats_begin_with_the_kept_prompt(tmp_path: Path) -> None:
    config = LlamaCppConfig(
        weights=SMALL, context=512, first_timeout_s=120.0, next_timeout_s=60.0, calls=2, keep=str(tmp_path)
    )
    fixed = Prompt((FIXED, Message("user", "")), open=True, shared=True)
    for _ in range(2):
        model = LlamaCpp(config)
        await model.prefill(fixed, CancelFlag())
        seats = [model.seat() for _ in range(2)]
        read = [await seat.prefill(said("a caller's own words"), CancelFlag()) for seat in seats]
        assert max(read) <= 8
        await model.close()


class Hosting(ScriptedModel):
    """A model with seats that counts them."""

    def __init__(self) -> None:
        super().__init__()
        self.open = 0

    def seat(self) -> LanguageModel:
        self.open += 1
        return _Seat(self)


class _Seat(ScriptedModel):
    def __init__(self, host: Hosting) -> None:
        super().__init__()
        self._host = host

    async def close(self) -> None:
        self._host.open -= 1


async def test_a_call_has_a_seat_until_it_hangs_up() -> None:
    model = Hosting()
    supporter = Supporter(Planner(), Screen(), model)
    first, second = supporter.for_call(), supporter.for_call()
    assert model.open == 2
    await first.prepare((), "my sister", CancelFlag())
    assert not model.read, "the seat has read it, not the model"
    await first.hang_up()
    await second.hang_up()
    assert model.open == 0


async def test_a_spared_model_seats_calls_in_its_first_and_has_one_spare_for_all() -> None:
    built: list[ScriptedModel] = []

    def spare() -> LanguageModel:
        built.append(ScriptedModel())
        return built[-1]

    first = Hosting()
    whole = SparedModel(first, spare)
    seats = [whole.seat(), whole.seat()]
    assert first.open == 2
    for seat in seats:
        await seat.prefill(said("hello"), CancelFlag())
        await seat.close()
    assert (first.open, built) == (0, [])


async def test_a_model_without_seats_is_lent_and_stays_open() -> None:
    model = ScriptedModel()
    seat = seat_of(model)
    assert not isinstance(model, Hosts)
    assert not isinstance(seat, Reads)
    assert await written(seat)
    await seat.close()
    assert await written(model)
