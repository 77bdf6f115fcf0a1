"""The contract of those who tell voices apart, over every backend; then the caller's voice in a call."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sounds import noise, silence, voice
from warmline.speech.audio.degrade import telephone
from warmline.speech.audio.files import read_audio
from warmline.speech.diarize.backends import DIARISERS
from warmline.speech.diarize.base import NOBODY, Diariser, Likeness, Voiceprint, unit
from warmline.speech.diarize.caller import MOST_S, UNKNOWN, Caller, CallerRules, Who, enrolled, judged
from warmline.speech.diarize.clusters import clustered
from warmline.speech.diarize.scripted import ScriptedDiariser
from warmline.speech.diarize.spans import speakers
from warmline.speech.diarize.voiced import voiced
from warmline.speech.runtime.errors import CorruptWeights, MissingWeights
from warmline.speech.types import AudioChunk, Samples, samples_of

LOW, HIGH = "low", "high"
PITCH = {LOW: 100.0, HIGH: 220.0}
AUDIO = Path(__file__).parents[3] / "demos" / "audio"
RECORDED = {LOW: ("exam", "job", "space", "sleep"), HIGH: ("lonely", "sister", "unsure", "dog")}
"""The two voices of our recordings: a network that knows people does not know pulse trains."""


def made(who: str, seconds_s: float, seed: int = 0) -> Samples:
    return voice(PITCH[who], seconds_s, jitter=0.01, shimmer=0.05, seed=seed)


def recorded(who: str, seconds_s: float, seed: int = 0) -> Samples:
    """The beginning of one of the recordings, its pauses cut out, said again and again if it is too short."""
    names = RECORDED[who]
    return np.resize(voiced(read_audio(AUDIO / f"{names[seed % len(names)]}.wav").samples), samples_of(seconds_s))


Person = Callable[..., Samples]


@pytest.fixture
def person(telling: Diariser) -> Person:
    return made if isinstance(telling, ScriptedDiariser) else recorded


def said_in_turn(person: Person, *people: str, seconds_s: float = 2.0) -> tuple[AudioChunk, list[tuple[int, int]]]:
    """One after the other, with half a second between them, beginning at 5 s on the stream clock."""
    pieces, spans, at = [], [], samples_of(5.0)
    for i, who in enumerate(people):
        spans.append((at, at + samples_of(seconds_s)))
        pieces += [person(who, seconds_s, i), silence(0.5)]
        at += samples_of(seconds_s + 0.5)
    return AudioChunk(np.concatenate(pieces), start=samples_of(5.0)), spans


@pytest.fixture(params=["scripted", pytest.param("embedded", marks=pytest.mark.weights)])
def telling(request: pytest.FixtureRequest) -> Iterator[Diariser]:
    """The backends that tell voices apart; pyannote's contract needs its package and lies beside this file."""
    diariser = DIARISERS.create(request.param)
    yield diariser
    diariser.close()


def test_every_backend_is_in_a_suite() -> None:
    assert {row.name for row in DIARISERS.rows()} == {"none", "embedded", "pyannote", "scripted"}


def test_none_makes_no_print() -> None:
    nobody = DIARISERS.create("none")
    assert nobody.voiceprint(made(LOW, 2.0)) is None
    assert nobody.labels(AudioChunk(made(LOW, 2.0)), [(0, 100), (100, 200)]) == (NOBODY, NOBODY)


def test_a_print_has_unit_length_and_knows_its_seconds(telling: Diariser, person: Person) -> None:
    made = telling.voiceprint(np.concatenate([person(LOW, 2.0), silence(1.0)]))
    assert made is not None
    assert made.values.dtype == np.float32
    assert float(np.linalg.norm(made.values)) == pytest.approx(1.0, abs=1e-5)
    assert made.voiced_s == pytest.approx(2.0, abs=0.1)
    again = telling.voiceprint(np.concatenate([person(LOW, 2.0), silence(1.0)]))
    assert again is not None
    assert np.array_equal(again.values, made.values)


@pytest.mark.parametrize("audio", [np.zeros(0, np.float32), silence(3.0), noise(3.0, 1e-5), made(LOW, 0.3)])
def test_too_little_voice_makes_no_print(telling: Diariser, audio: Samples) -> None:
    assert telling.voiceprint(audio) is None


def test_one_voice_is_likelier_than_another(telling: Diariser, person: Person) -> None:
    mine, again, other = (telling.voiceprint(person(hz, 3.0, i)) for i, hz in enumerate((LOW, LOW, HIGH)))
    assert mine is not None
    assert again is not None
    assert other is not None
    same, different = telling.likeness(mine, again), telling.likeness(mine, other)
    for found in (same, different):
        assert -1.0 <= found.score <= 1.0
        assert 0.0 <= found.probability <= 1.0
    assert same.probability > 0.5 > different.probability
    assert telling.likeness(again, mine).score == pytest.approx(same.score, abs=1e-6)


def test_loudness_does_not_change_a_voice(telling: Diariser, person: Person) -> None:
    loud, soft = telling.voiceprint(person(LOW, 2.0)), telling.voiceprint(person(LOW, 2.0) * np.float32(0.3))
    assert loud is not None
    assert soft is not None
    assert telling.likeness(loud, soft).score > 0.9


def test_prints_of_different_encoders_cannot_be_compared(telling: Diariser, person: Person) -> None:
    mine = telling.voiceprint(person(LOW, 2.0))
    assert mine is not None
    with pytest.raises(ValueError, match="cannot be compared"):
        telling.likeness(mine, Voiceprint(mine.values, 2.0, "another"))


def test_who_spoke_when(telling: Diariser, person: Person) -> None:
    audio, spans = said_in_turn(person, LOW, HIGH, LOW, HIGH)
    assert telling.labels(audio, spans) == (0, 1, 0, 1)
    assert telling.labels(audio, []) == ()
    assert telling.labels(audio, [(0, 10)]) == (NOBODY,)


def test_words_are_told_by_their_stretch(telling: Diariser, person: Person) -> None:
    audio, spans = said_in_turn(person, LOW, HIGH)
    words = [(a + i * 3200, a + i * 3200 + 2400) for a, b in spans for i in range(10)]
    assert speakers(audio, words, telling) == (0,) * 10 + (1,) * 10
    with pytest.raises(ValueError, match="told at 16000 Hz"):
        speakers(AudioChunk(audio.samples, 8000), words, telling)


@pytest.mark.weights
def test_another_file_in_the_weights_place_is_refused(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("weights")
    (folder / "pretrained.pt").write_bytes(b"no weights")
    with pytest.raises(CorruptWeights, match="no PyTorch checkpoint"):
        DIARISERS.create("embedded", {"path": str(folder)})
    with pytest.raises(MissingWeights):
        DIARISERS.create("embedded", {"path": str(folder / "nothing")})


# --- the caller ---------------------------------------------------------------------------------------------------


class Told:
    """Likeness by the angle between two-dimensional prints: 1 at 0 degrees, 0 from 90 on."""

    def likeness(self, one: Voiceprint, other: Voiceprint) -> Likeness:
        score = float(np.dot(one.values, other.values))
        return Likeness(score, max(0.0, score))


TOLD: Diariser = Told()  # type: ignore[assignment]


def at(degrees: float, seconds_s: float = 2.0, encoder: str = "told") -> Voiceprint:
    angle = np.deg2rad(degrees)
    return Voiceprint(np.array([np.cos(angle), np.sin(angle)], np.float32), seconds_s, encoder)


def learned(*prints: Voiceprint | None) -> Caller:
    caller = Caller()
    for one in prints:
        caller = enrolled(caller, one, TOLD)
    return caller


def test_the_caller_is_known_after_some_seconds_and_told_from_others() -> None:
    assert judged(learned(), at(0), TOLD) == UNKNOWN
    assert judged(learned(at(0)), at(0), TOLD) == UNKNOWN  # two seconds are not enough
    caller = learned(at(0), None, at(10))
    assert caller.known_s == 4.0
    assert judged(caller, at(5), TOLD).who is Who.CALLER
    assert judged(caller, at(95), TOLD).who is Who.SOMEONE_ELSE
    assert judged(caller, at(70), TOLD).who is Who.UNKNOWN
    assert judged(caller, at(90, 0.5), TOLD) == UNKNOWN
    assert judged(caller, None, TOLD) == UNKNOWN
    assert judged(caller, at(90, encoder="other"), TOLD) == UNKNOWN


def test_a_television_is_not_learned_but_a_wrong_beginning_is_mended() -> None:
    caller = learned(at(0), at(0), at(90))
    assert caller.doubts == 1
    assert judged(caller, at(0), TOLD).probability == pytest.approx(1.0)
    assert learned(at(0), at(90), at(0)).doubts == 0
    assert learned(at(0), at(0, encoder="another")).known_s == 2.0
    begun_anew = learned(at(0), at(90), at(90), at(90), at(90))
    assert judged(begun_anew, at(90), TOLD).who is Who.CALLER


@given(st.lists(st.tuples(st.floats(-40, 40), st.floats(0.8, 100.0)), min_size=1, max_size=60))
def test_what_is_known_is_bounded_and_of_unit_length(turns: list[tuple[float, float]]) -> None:
    caller = learned(*(at(degrees, seconds_s) for degrees, seconds_s in turns))
    assert caller.voice is not None
    assert caller.known_s <= max(MOST_S, turns[0][1])
    assert float(np.linalg.norm(caller.voice.values)) == pytest.approx(1.0, abs=1e-4)


def test_a_voice_that_changes_slowly_is_followed() -> None:
    caller = learned(*(at(degrees, 10.0) for degrees in range(0, 90, 5)))
    assert judged(caller, at(85, 5.0), TOLD, CallerRules(caller_from=0.8)).who is Who.CALLER


# --- clusters -----------------------------------------------------------------------------------------------------


@given(st.lists(st.sampled_from([0, 1, 2, None]), max_size=14))
def test_clusters_are_numbered_in_order_of_appearance(people: list[int | None]) -> None:
    axes = np.eye(3, dtype=np.float32)
    prints = [None if one is None else Voiceprint(unit(axes[one]), 1.0 + i, "axes") for i, one in enumerate(people)]
    order: dict[int, int] = {}
    expected = tuple(NOBODY if one is None else order.setdefault(one, len(order)) for one in people)
    assert clustered(prints, TOLD.likeness) == expected


@pytest.mark.weights
def test_a_voice_over_the_telephone_is_known_as_such() -> None:
    telling = DIARISERS.create("embedded")
    wide, over = recorded(LOW, 3.0), telephone(recorded(LOW, 3.0))
    first, again, other = (telling.voiceprint(one) for one in (over, telephone(recorded(LOW, 3.0, 1)), wide))
    assert first is not None
    assert again is not None
    assert other is not None
    assert (first.encoder, other.encoder) == ("resemblyzer-narrow", "resemblyzer-wide")
    assert telling.likeness(first, again).probability > 0.5
    with pytest.raises(ValueError, match="cannot be compared"):
        telling.likeness(first, other)
