"""The place where an adapter answers: what the engine is asked, and what is made of its answers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from warmline.dialogue.llm.llama_engine import READER_FOR, LlamaCppConfig, rater_place
from warmline.dialogue.llm.llama_rater import Rater
from warmline.dialogue.llm.llama_seat import Job
from warmline.dialogue.llm.scripted import ScriptedModel
from warmline.dialogue.llm.spare import SparedModel
from warmline.speech.runtime.cancel import CancelFlag
from warmline.speech.runtime.errors import LanguageModelError


class Engine:
    """Answers with what ``gives`` makes of a request; with None it never answers."""

    config = LlamaCppConfig(first_timeout_s=0.2)

    def __init__(self, gives: Callable[[dict[str, Any]], dict[str, Any] | None]) -> None:
        self._gives = gives
        self.asked: list[tuple[int, dict[str, Any]]] = []
        self.jobs: list[Job] = []

    def submit(self, place: int, job: Job, request: dict[str, Any]) -> None:
        self.asked.append((place, request))
        self.jobs.append(job)
        answer = self._gives(request)
        if answer is not None:
            job.take(answer)

    def restore(self, place: int, text: str) -> None: ...

    async def keep(self, place: int, text: str, read: int) -> None: ...

    def leave(self, place: int) -> None: ...


def answered(**probabilities: float) -> dict[str, Any]:
    first = [{"token": token, "prob": chance} for token, chance in probabilities.items()]
    choice = {"text": "a", "finish_reason": "length", "logprobs": {"content": [{"top_probs": first}]}}
    return {"choices": [choice], "timings": {}}


async def test_probabilities_come_in_the_order_of_the_answers() -> None:
    engine = Engine(lambda _: answered(b=0.7, a=0.2))
    rated = await Rater(engine, 4, 1).rate("so =>", ("a", "b", "c"), CancelFlag())
    assert rated == (0.2, 0.7, 0.0)
    ((place, request),) = engine.asked
    assert place == 4
    assert request["prompt"] == "so =>"
    assert request["n_predict"] == 1


@pytest.mark.parametrize(("adapters", "scales"), [(1, [1.0]), (2, [0.0, 1.0])])
async def test_only_the_readers_own_adapter_is_applied(adapters: int, scales: list[float]) -> None:
    engine = Engine(lambda _: answered(a=1.0))
    await Rater(engine, 4, adapters).rate("so =>", ("a",), CancelFlag())
    assert [one["scale"] for one in engine.asked[0][1]["lora"]] == scales


async def test_who_is_cancelled_gets_nothing_and_the_job_is_given_up() -> None:
    engine, flag = Engine(lambda _: None), CancelFlag()
    asyncio.get_running_loop().call_later(0.02, flag.set)
    assert await Rater(engine, 4, 1).rate("so =>", ("a",), flag) == ()
    assert engine.jobs[0].abort.is_set()


async def test_an_engine_that_stalls_or_refuses_is_an_error_without_words() -> None:
    with pytest.raises(LanguageModelError, match="stalled"):
        await Rater(Engine(lambda _: None), 4, 1).rate("so =>", ("a",), CancelFlag())
    refusing = Engine(lambda _: {"error": {"code": 400, "type": "invalid"}})
    with pytest.raises(LanguageModelError, match="code 400"):
        await Rater(refusing, 4, 1).rate("so =>", ("a",), CancelFlag())


def test_the_reader_has_a_place_after_the_conversations_with_its_own_model_alone() -> None:
    assert rater_place(LlamaCppConfig(calls=3)) == 3
    assert LlamaCppConfig().weights == READER_FOR
    for other in (
        LlamaCppConfig(reader=False),
        LlamaCppConfig(path="mine.gguf"),
        LlamaCppConfig(weights="smollm2-135m"),
    ):
        assert rater_place(other) is None


class Rating(ScriptedModel):
    rates = True

    async def rate(self, prompt: str, answers: tuple[str, ...], cancel: CancelFlag) -> tuple[float, ...]:
        return (1.0,)


async def test_a_model_with_a_spare_rates_by_the_first_alone() -> None:
    both = SparedModel(Rating(), ScriptedModel)
    assert both.rates
    assert await both.rate("so =>", ("a",), CancelFlag()) == (1.0,)
    assert not SparedModel(ScriptedModel(), Rating).rates
    assert await SparedModel(ScriptedModel(), Rating).rate("so =>", ("a",), CancelFlag()) == ()
