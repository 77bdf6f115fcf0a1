"""The stages on a real Ray cluster of two nodes: the same answers as in one process, and none lost with a replica."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar, cast

import numpy as np
import pytest

from tests.clusters import SAID, SCRIPTED, kill, replicas
from warmline.dialogue.memory.items import Vector
from warmline.dialogue.memory.sentences import shipped
from warmline.dialogue.types import NEUTRAL, ReplySegment
from warmline.emotion.tagger.backends import TAGGERS
from warmline.server import wiring
from warmline.server.cli import main
from warmline.server.cluster import running
from warmline.server.cluster.asking import Answer, Asking, Lost, Patience
from warmline.server.cluster.backends import ClusterMeaning
from warmline.server.cluster.plan import Scale
from warmline.server.settings import CallSettings, Choice, ClusterSettings, Settings, StoreSettings
from warmline.server.transport.elsewhere import Carried, key_of
from warmline.server.transport.resume import Seats
from warmline.speech.asr.backends import RECOGNISERS
from warmline.speech.asr.base import tuned
from warmline.speech.runtime.errors import BackendError, SettingsError
from warmline.speech.turn.backends import TURNS
from warmline.speech.types import AudioChunk, Utterance
from warmline.tts.voice.backends import VOICES

pytestmark = pytest.mark.filterwarnings("ignore")  # Ray's own

T = TypeVar("T")

AUDIO = AudioChunk(np.zeros(16_000, np.float32))


def test_a_remote_stage_is_a_backend_with_the_same_answers(cluster: str) -> None:
    remote = {"address": cluster}
    ear = RECOGNISERS.create("cluster", remote)
    heard, here = ear.decode(AUDIO), RECOGNISERS.create("scripted", SCRIPTED.asr.options).decode(AUDIO)
    assert (heard.text, heard.words, heard.confidence) == (here.text, here.words, here.confidence)
    assert heard.features is not None
    assert here.features is not None
    assert heard.features.frames.dtype == np.float32
    assert np.array_equal(heard.features.frames, here.features.frames)
    assert tuned(ear, hotwords=("Ioana",), quick=True).decode(AUDIO).text == SAID
    said = Utterance(0, SAID, (), AUDIO)
    assert TAGGERS.create("cluster", remote).tag(said) == TAGGERS.create("scripted").tag(said)
    turn = TURNS.create("cluster", remote)
    assert turn.score(AUDIO.samples) == TURNS.create("scripted").score(AUDIO.samples)
    voice, own = VOICES.create("cluster", remote), VOICES.create("tone")
    assert voice.capabilities == own.capabilities
    segment = ReplySegment(1, 0, "Good morning.", NEUTRAL, last=True)
    (chunk,), (same,) = voice.speak(segment), own.speak(segment)
    assert np.array_equal(chunk.audio, same.audio)
    assert chunk.words == same.words


@pytest.mark.weights
def test_a_gateway_that_remembers_asks_the_cluster_what_sentences_mean(cluster: str) -> None:
    kept = Settings(store=StoreSettings(url="calls.db", plaintext=True), cluster=ClusterSettings(cluster))
    remote = wiring.sentences(kept)
    assert isinstance(remote, ClusterMeaning)
    assert np.array_equal(remote.vector("I lost my job."), shipped().vector("I lost my job."))


def test_without_an_answer_sentences_are_understood_here() -> None:
    class Nobody:
        def ask(self, method: str, *arguments: object) -> Answer:
            raise Lost("no replica")

    class Here:
        def vector(self, text: str) -> Vector:
            return np.full(3, len(text), np.float32)

    asking = Asking("meaning", Nobody(), Patience(budget_s=0.1, slow_s=0.01), sleep=lambda _: None)
    assert ClusterMeaning(asking, Here).vector("four").tolist() == [4.0, 4.0, 4.0]


def test_a_replica_killed_during_twenty_calls_loses_no_answer(cluster: str) -> None:
    ear = RECOGNISERS.create("cluster", {"address": cluster})
    before = replicas("ears")
    assert len(before) == 2

    def call(number: int) -> list[str]:
        found = []
        for _ in range(15):
            found.append(ear.decode(AUDIO).text)
            time.sleep(0.02)
        return found

    with ThreadPoolExecutor(20) as calls:
        held = [calls.submit(call, number) for number in range(20)]
        time.sleep(0.15)
        kill(before[0])
        heard = [one.result(timeout=60) for one in held]
    assert heard == [[SAID] * 15] * 20
    assert before[0] not in replicas("ears")


def test_status_and_an_upgrade_while_calls_are_held(cluster: str, capsys: pytest.CaptureFixture[str]) -> None:
    ear = RECOGNISERS.create("cluster", {"address": cluster})
    old = set(replicas("ears"))
    newer = Settings(
        **{
            **{name: getattr(SCRIPTED, name) for name in ("tagger", "turn", "voice", "spare_voice")},
            "asr": Choice("scripted", {"script": "0.0-1.0 said anew"}),
        }
    )
    with ThreadPoolExecutor(1) as upgrade:
        going = upgrade.submit(running.up, newer, {"ears": Scale(2, 2)}, cluster)
        heard = set()
        while not going.done():
            heard.add(ear.decode(AUDIO).text)
        going.result()
    assert heard <= {SAID, "said anew"}
    assert ear.decode(AUDIO).text == "said anew"
    assert old.isdisjoint(replicas("ears"))
    assert main(["cluster", "status", "--address", cluster, "--json"]) == 0
    rows = {row["stage"]: row for row in json.loads(capsys.readouterr().out)["stages"]}
    assert rows["ears"]["status"] == "HEALTHY"
    assert rows["ears"]["replicas"]["RUNNING"] == 2


def test_what_is_not_deployed_says_what_to_do(cluster: str) -> None:
    from warmline.server.cluster.handle import handle

    with pytest.raises(BackendError, match="the cluster has no nose: run `warmline cluster up`"):
        handle("nose", cluster)


def test_a_cluster_cannot_be_made_of_itself(cluster: str) -> None:
    with pytest.raises(SettingsError, match="asr"):
        running.up(Settings(asr=Choice("cluster")), {}, cluster)


class Calls:
    """What a gateway holds, as far as the book asks."""

    def __init__(self, *held: Carried) -> None:
        self.held, self.gone = held, list[str]()

    def carried(self) -> tuple[Carried, ...]:
        return self.held

    def given_away(self, id: str) -> None:
        self.gone.append(id)


async def eventually(ask: Callable[[], Awaitable[T]], tries: int = 100) -> T:
    """The first answer that is something; the last one where none is."""
    for _ in range(tries):
        if found := await ask():
            return found
        await asyncio.sleep(0.3)
    return await ask()


async def test_gateways_share_one_book_and_a_book_that_dies_is_written_again(cluster: str) -> None:
    from warmline.server.cluster.handle import library
    from warmline.server.cluster.shared_book import SharedBook, actor, gateways

    book = actor(cluster)
    held = Carried("1", (key_of("token"),), CallSettings(), unanswered="I lost my job")
    mine, other = Calls(held), Calls()
    first, second = SharedBook(book, "a", cast(Seats, mine), 4), SharedBook(book, "b", cast(Seats, other), 4)

    async def told() -> list[str]:
        return mine.gone

    async def gone() -> bool:
        return await first.take("token") is None

    async with first.open(), second.open():
        library()[0].kill(book, no_restart=False)
        taken = await eventually(lambda: second.take("token"))
        assert taken is not None
        assert taken.unanswered == "I lost my job"
        assert await eventually(told) == ["1"]
        assert {one.name for one in await asyncio.to_thread(gateways, cluster)} == {"a", "b"}
        first.drop("1")
        second.drop("1")
        assert await eventually(gone)
