"""A whole call in which the voice sinks while the words stay plain: the plans follow it, and say so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tests.scenarios.rehearsal import Rehearsal
from warmline.emotion.tagger.scripted import tags_for
from warmline.emotion.types import ParalinguisticTags
from warmline.server import events as e
from warmline.speech.types import Utterance

SAID = ("We moved here in May", "It is near the park", "My sister came by", "We cooked", "Then she left", "So it goes")
STARTS = (0.5, 12.5, 24.5, 36.5, 48.5, 60.5)


@dataclass
class Sinking:
    """The label of each turn by the words that were said."""

    labels: dict[str, str]

    def tag(self, utterance: Utterance, before: Sequence[tuple[bool, str]] = ()) -> ParalinguisticTags:
        label = self.labels.get(utterance.text, "")
        span = (utterance.audio.start, utterance.audio.end)
        return replace(tags_for(label, 0.8, span), source="scripted")

    def close(self) -> None:
        pass


def planned(labels: Sequence[str], read_tone: bool = True) -> list[e.Planned]:
    call = Rehearsal(
        speech=", ".join(f"{at}-{at + 2.0}" for at in STARTS),
        words="; ".join(f"{at}-{at + 2.0} {words}" for at, words in zip(STARTS, SAID, strict=True)),
        scores="1.0",
        tagger=Sinking(dict(zip(SAID, labels, strict=True))),
        read_tone=read_tone,
    )
    call.play(72.0)
    found = {event.turn: event for event in call.of(e.Planned) if isinstance(event, e.Planned)}
    assert [found[turn].words for turn in sorted(found)] == list(SAID)
    return [found[turn] for turn in sorted(found)]


def test_a_sinking_voice_is_followed_over_a_call() -> None:
    steady = planned(("calm",) * 6)
    sinking = planned(("calm", "calm", "calm", "sad", "sad", "sad"))
    assert "worsening" not in {event.plan.heard.mood for event in steady}
    moods = [event.plan.heard.mood for event in sinking]
    assert moods[:3] == ["", "", ""]
    assert "worsening" in moods[3:]
    at = moods.index("worsening")
    assert sinking[at].plan.intensity > steady[at].plan.intensity
    assert any("heavier" in reason for reason in sinking[at].plan.why)
    assert dict(sinking[at].plan.distribution) != dict(steady[at].plan.distribution)


def test_who_does_not_let_their_voice_be_read_is_planned_for_by_words_alone() -> None:
    silent = planned(("calm", "calm", "calm", "sad", "sad", "sad"), read_tone=False)
    assert {event.plan.heard.mood for event in silent} == {""}
    assert all(event.plan.heard.voice is None for event in silent)
    assert all(event.plan.heard.manner == "" for event in silent)
