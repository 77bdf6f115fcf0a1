"""What a recording holds, in time: frozen values, and how they are told as plain values and as lines. Pure."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from warmline.emotion.describe import describe
from warmline.emotion.mood import Mood
from warmline.emotion.types import ParalinguisticTags, Prosody, VocalEvent
from warmline.speech.diarize.base import NOBODY
from warmline.speech.types import Word, seconds_of

WIDTH = 100


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of speech between two pauses, [start, end) in samples at 16 kHz. ``unusual``: what sets it apart from
    the passages before, in words. ``mood``: over all passages so far. ``speaker``: 0, 1 ... as they first speak,
    NOBODY where voices were not told apart; usual and mood are those of the speaker."""

    start: int
    end: int
    text: str
    words: tuple[Word, ...]
    tags: ParalinguisticTags
    unusual: tuple[str, ...]
    mood: Mood
    speaker: int = NOBODY


@dataclass(frozen=True, slots=True)
class Timeline:
    """One recording. ``length`` in samples. ``hears_sounds``: whether cries, laughs and coughs could be heard at all.
    ``pitch_hz`` and ``level_db``: 100 frames a second, nan where unvoiced; for the plot."""

    file: str
    length: int
    passages: tuple[Passage, ...]
    events: tuple[VocalEvent, ...]
    hears_sounds: bool
    pitch_hz: tuple[float, ...] = dataclasses.field(default=(), repr=False)
    level_db: tuple[float, ...] = dataclasses.field(default=(), repr=False)


def plain(timeline: Timeline) -> dict[str, object]:
    """As values for JSON: seconds, plain names; figures that could not be measured are None."""
    return {
        "file": timeline.file,
        "duration_s": seconds_of(timeline.length),
        "hears_sounds": timeline.hears_sounds,
        "passages": [_passage(passage) for passage in timeline.passages],
        "events": [event_view(event) for event in timeline.events],
    }


def event_view(event: VocalEvent) -> dict[str, object]:
    return {
        "kind": event.kind,
        "start_s": seconds_of(event.start),
        "end_s": seconds_of(event.end),
        "confidence": event.confidence,
    }


def _passage(passage: Passage) -> dict[str, object]:
    tags = passage.tags
    return {
        "start_s": seconds_of(passage.start),
        "end_s": seconds_of(passage.end),
        "speaker": passage.speaker if passage.speaker != NOBODY else None,
        "text": passage.text,
        "words": [
            {
                "text": word.text,
                "start_s": seconds_of(word.start),
                "end_s": seconds_of(word.end),
                "confidence": word.confidence,
            }
            for word in passage.words
        ],
        "label": tags.label,
        "labels": dict(tags.labels),
        "valence": tags.valence,
        "arousal": tags.arousal,
        "dominance": tags.dominance,
        "confidence": tags.confidence,
        "words_disagree": tags.words_disagree,
        "voice": describe(tags, passage.mood, passage.unusual),
        "against_usual": list(passage.unusual),
        "prosody": prosody_view(tags.prosody, passage.start) if tags.prosody else None,
        "mood": {
            "valence": passage.mood.valence,
            "arousal": passage.mood.arousal,
            "confidence": passage.mood.confidence,
        },
    }


def prosody_view(prosody: Prosody, start: int) -> dict[str, object]:
    """All figures by name; ``start``: stream index of the audio that was measured."""
    found: dict[str, object] = {
        field.name: getattr(prosody, field.name) for field in dataclasses.fields(prosody) if field.name != "pauses"
    }
    found["pauses"] = [[seconds_of(start + first), seconds_of(start + last)] for first, last in prosody.pauses]
    return found


def table(timeline: Timeline) -> str:
    """For people: a block for each passage, events in their places."""
    lines = [f"{timeline.file}  {seconds_of(timeline.length):.1f} s"]
    if not timeline.passages:
        lines.append("  no speech was found")
    if not timeline.hears_sounds:
        lines.append("  cries, laughs and coughs were not listened for: warmline weights fetch yamnet")
    told = [(passage.start, _block(passage)) for passage in timeline.passages]
    told += [(event.start, [_event_line(event)]) for event in timeline.events]
    for _, block in sorted(told, key=lambda item: item[0]):
        lines += block
    return "\n".join(lines)


def _block(passage: Passage) -> list[str]:
    tags = passage.tags
    label = f"{tags.label} {tags.labels[tags.label]:.0%}" if tags.label else "no clear emotion"
    said = f'"{passage.text}"' if passage.text else "(no words made out)"
    lines = [
        f"  {_span(passage.start, passage.end)}  {_name(passage.speaker)}{_cut(said)}",
        f"               {label}, valence {tags.valence:+.2f}, arousal {tags.arousal:+.2f}"
        + (", words and voice disagree" if tags.words_disagree else ""),
    ]
    figures = _figures(tags.prosody)
    if figures:
        lines.append(f"               {figures}")
    if passage.unusual:
        lines.append(f"               {' and '.join(passage.unusual)} than before")
    return lines


def _name(speaker: int) -> str:
    return f"voice {speaker + 1}: " if speaker != NOBODY else ""


def _figures(prosody: Prosody | None) -> str:
    if prosody is None or prosody.f0_hz != prosody.f0_hz:
        return ""
    parts = [
        (f"pitch {prosody.f0_hz:.0f} Hz", prosody.f0_hz),
        (f"range {prosody.f0_range_st:.1f} st", prosody.f0_range_st),
        (f"{prosody.rate_syllables_s:.1f} syllables/s", prosody.rate_syllables_s),
        (f"pauses {prosody.pause_share:.0%}", prosody.pause_share),
        (f"level {prosody.energy_db:.0f} dB", prosody.energy_db),
    ]
    return ", ".join(text for text, value in parts if value == value)


def _event_line(event: VocalEvent) -> str:
    return f"  {_span(event.start, event.end)}  [{event.kind}, {event.confidence:.0%}]"


def _span(start: int, end: int) -> str:
    return f"{seconds_of(start):5.1f}-{seconds_of(end):5.1f}"


def _cut(text: str) -> str:
    return text if len(text) <= WIDTH else f'{text[: WIDTH - 2]}…"'
