"""A seat that takes turns: it gives its place up when told, goes on where it was, and holds no cores for a model that
computes elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager

import pytest
from virtual_time import virtual_time

from warmline.dialogue.llm.base import Decoding, Message, Prompt, is_elsewhere, seat_of
from warmline.dialogue.llm.openai_http import OpenAiHttp, OpenAiHttpConfig, VllmConfig
from warmline.dialogue.llm.scripted import Line, ScriptedConfig, ScriptedModel
from warmline.dialogue.llm.spare import SparedModel
from warmline.dialogue.llm.taking_turns import READ_TRIES, TakesTurns
from warmline.speech.runtime.cancel import CancelFlag
from warmline.speech.runtime.cores import AHEAD_S, Cores, Inline, Lane, Slack
from warmline.speech.runtime.errors import LanguageModelError

ASKED = Prompt((Message("user", "it is all too much"),), assistant_start="Well, ")


class Writing:
    """A model that writes the alphabet after what the prompt begins with, one letter a piece."""

    def __init__(self, text: str = "abcdefgh") -> None:
        self.text = text
        self.starts: list[str] = []
        self.decodings: list[Decoding] = []
        self.read = 0
        self.closed = 0

    async def prefill(self, prompt: Prompt, cancel: CancelFlag) -> int:
        self.read += 1
        await asyncio.sleep(0.1)
        return 0 if cancel.is_set else 5

    async def generate(self, prompt: Prompt, decoding: Decoding, cancel: CancelFlag) -> AsyncGenerator[str, None]:
        self.starts.append(prompt.assistant_start)
        self.decodings.append(decoding)
        done = prompt.assistant_start.removeprefix(ASKED.assistant_start)
        for letter in self.text.removeprefix(done)[: decoding.max_tokens]:
            await asyncio.sleep(0.1)
            if cancel.is_set:
                return
            yield letter

    async def close(self) -> None:
        self.closed += 1


class Afar(Writing):
    elsewhere = True


class Placed(Inline):
    """Tells a writer to give way ``after_s`` of holding a place, the first ``times``; notes who asks."""

    def __init__(self, after_s: float = 0.25, times: int = 1) -> None:
        self.after_s, self.times = after_s, times
        self.asked: list[tuple[Lane, float]] = []
        self.slacks: list[Slack | None] = []

    @asynccontextmanager
    async def writing(
        self, lane: Lane = Lane.WRITER, /, *, in_s: float = 0.0, slack_s: Slack | None = None
    ) -> AsyncGenerator[CancelFlag, None]:
        self.asked.append((lane, in_s))
        self.slacks.append(slack_s)
        flag = CancelFlag()
        if len(self.asked) <= self.times:
            asyncio.get_running_loop().call_later(self.after_s, flag.set)
        yield flag


async def written(seat: TakesTurns, cancel: CancelFlag | None = None, most: int = 20) -> str:
    async with aclosing(seat.generate(ASKED, Decoding(max_tokens=most), cancel or CancelFlag())) as texts:
        return "".join([text async for text in texts])


@virtual_time
async def test_who_gives_way_goes_on_where_it_was_and_says_by_when() -> None:
    model, places, slacks = Writing(), Placed(), iter([0.5, 2.0])
    seat = TakesTurns(model, places, lambda: next(slacks))
    assert await written(seat) == "abcdefgh"
    assert model.starts == ["Well, ", "Well, abc"]
    assert [one.max_tokens for one in model.decodings] == [20, 17]
    assert places.asked == [(Lane.WRITER, 0.5), (Lane.WRITER, 2.0)]
    assert None not in places.slacks


@virtual_time
async def test_one_that_is_done_when_it_is_told_to_give_way_writes_no_more() -> None:
    model = Writing("abc")
    assert await written(TakesTurns(model, Placed(after_s=0.35), lambda: 0.0)) == "abc"
    assert model.starts == ["Well, "]


@virtual_time
async def test_the_tokens_of_all_turns_together_are_bounded() -> None:
    model = Writing()
    assert await written(TakesTurns(model, Placed(times=9), lambda: 0.0), most=6) == "abcdef"
    assert [one.max_tokens for one in model.decodings] == [6, 3]


@virtual_time
async def test_nothing_is_asked_for_after_the_reply_was_cancelled() -> None:
    model, places, cancel = Writing(), Placed(), CancelFlag()
    asyncio.get_running_loop().call_later(0.15, cancel.set)
    assert await written(TakesTurns(model, places, lambda: 0.0), cancel) == "a"
    assert len(places.asked) == 1
    cancelled = CancelFlag()
    cancelled.set()
    assert await written(TakesTurns(model, places, lambda: 0.0), cancelled) == ""
    assert len(places.asked) == 1


@virtual_time
async def test_a_model_that_dies_gives_its_place_back() -> None:
    model = ScriptedModel(ScriptedConfig(lines=(Line("one two three", dies_after=1),)))
    with Cores(writers=1) as cores:
        with pytest.raises(LanguageModelError):
            await written(TakesTurns(model, cores, lambda: 0.0))
        async with asyncio.timeout(1.0), cores.writing():
            pass


@virtual_time
async def test_reading_ahead_gives_way_and_tries_again_so_often() -> None:
    model, places = Writing(), Placed(after_s=0.05, times=1)
    assert await TakesTurns(model, places, lambda: 0.0).prefill(ASKED, CancelFlag()) == 5
    assert (model.read, places.asked) == (2, [(Lane.READER, 0.0)] * 2)
    model = Writing()
    assert await TakesTurns(model, Placed(after_s=0.05, times=99), lambda: 0.0).prefill(ASKED, CancelFlag()) == 0
    assert model.read == READ_TRIES


class Reader(Writing):
    """Reads a token every 0.1 s until it is told to stop."""

    left = 20

    async def prefill(self, prompt: Prompt, cancel: CancelFlag) -> int:
        self.read += 1
        while self.left and not cancel.is_set:
            await asyncio.sleep(0.1)
            self.left -= 1
        return 0


@virtual_time
async def test_reading_ahead_gives_way_to_a_reply_and_goes_on_after_it() -> None:
    reader = Reader()
    with Cores() as cores:
        ahead = asyncio.create_task(TakesTurns(reader, cores, lambda: 0.0).prefill(ASKED, CancelFlag()))
        await asyncio.sleep(1.05)
        async with cores.writing():
            await asyncio.sleep(0.2)
            assert reader.left == 9, "it stopped within one step"
            await asyncio.sleep(3.0)
            assert reader.left == 9
        await ahead
    assert reader.left == 0
    assert reader.read == 2


@virtual_time
async def test_reading_ahead_for_somebody_who_paused_ends_and_does_not_begin_again() -> None:
    reader, flag = Reader(), CancelFlag()
    with Cores() as cores:
        ahead = asyncio.create_task(TakesTurns(reader, cores, lambda: 0.0).prefill(ASKED, flag))
        await asyncio.sleep(0.55)
        flag.set()
        await ahead
    assert reader.read == 1
    assert reader.left == 14


@virtual_time
async def test_a_model_elsewhere_waits_for_nobody_here() -> None:
    model, places = Afar(), Placed()
    seat = TakesTurns(model, places, lambda: 0.0)
    assert await written(seat) == "abcdefgh"
    assert await seat.prefill(ASKED, CancelFlag()) == 5
    assert places.asked == []
    await seat.close()
    assert model.closed == 1


@virtual_time
async def test_three_who_write_on_one_place_are_all_heard_in_time() -> None:
    """Each piece is worth a second of speech and takes 0.1 s to write: one place feeds all three voices, and nobody
    waits for a whole reply of somebody else."""
    loop = asyncio.get_running_loop()
    first: list[float] = []

    async def one(cores: Cores) -> None:
        asked_s, begun_s, pieces = loop.time(), 0.0, 0

        def slack_s() -> float:
            return begun_s + pieces - loop.time() if pieces else asked_s - loop.time()

        seat = TakesTurns(Writing("abcdefghijklmnopqrstuvwxyz"), cores, slack_s)
        async with aclosing(seat.generate(ASKED, Decoding(max_tokens=30), CancelFlag())) as texts:
            async for _ in texts:
                if not pieces:
                    begun_s = loop.time()
                    first.append(begun_s - asked_s)
                assert not pieces or slack_s() > 0.0, "the voice ran dry"
                pieces += 1
        assert pieces == 26

    with Cores(writers=1) as cores:
        await asyncio.gather(one(cores), one(cores), one(cores))
    assert max(first) < 1.0
    assert AHEAD_S < 26 * 0.1, "without giving way the last would have waited for two whole replies"


def test_what_computes_elsewhere() -> None:
    def http(url: str, dialect: str = "openai") -> OpenAiHttp:
        return OpenAiHttp(OpenAiHttpConfig(url, "m", dialect=dialect))

    assert is_elsewhere(http("https://models.example/v1"))
    assert not is_elsewhere(http("http://127.0.0.1:8080/v1")), "it may want the same cores"
    assert not is_elsewhere(http("http://localhost:8080/v1", "llama.cpp"))
    assert is_elsewhere(OpenAiHttp(VllmConfig())), "it has a GPU"
    assert not is_elsewhere(Writing())
    assert is_elsewhere(seat_of(Afar())), "lent to one conversation, too"


@virtual_time
async def test_the_spare_of_a_model_elsewhere_computes_here() -> None:
    class Dead(Afar):
        async def prefill(self, prompt: Prompt, cancel: CancelFlag) -> int:
            raise LanguageModelError("it is gone")

    model = SparedModel(Dead(), Writing)
    assert is_elsewhere(model)
    await model.prefill(ASKED, CancelFlag())
    assert not is_elsewhere(model)
