"""Subtitles out of words with times: SubRip (.srt) and WebVTT (.vtt). Pure.

Cues follow the field's habits: at most two lines of 42 letters and six seconds, broken after a sentence or in a
pause. It knows nothing about who speaks.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from warmline.speech.types import SAMPLE_RATE, Word, samples_of

LINE = 42
LETTERS = 2 * LINE
LONGEST = samples_of(6.0)
PAUSE = samples_of(0.8)
_SHORTEST = samples_of(0.3)


@dataclass(frozen=True, slots=True)
class Cue:
    """``text`` from sample ``start`` to ``end`` of the stream clock."""

    text: str
    start: int
    end: int


def cues(words: Iterable[Word]) -> tuple[Cue, ...]:
    """The words, in order, as cues that do not overlap."""
    groups: list[list[Word]] = []
    for word in words:
        if not groups or _breaks(groups[-1], word):
            groups.append([])
        groups[-1].append(word)
    followings = [*(group[0].start for group in groups[1:]), None][: len(groups)]
    return tuple(
        Cue(" ".join(word.text for word in group), group[0].start, _end(group, following))
        for group, following in zip(groups, followings, strict=True)
    )


def srt(found: Sequence[Cue]) -> str:
    """SubRip: numbered cues, times with a comma."""
    return "\n".join(
        f"{number}\n{_clock(cue.start, ',')} --> {_clock(cue.end, ',')}\n{_lines(cue.text)}\n"
        for number, cue in enumerate(found, 1)
    )


def vtt(found: Sequence[Cue]) -> str:
    """WebVTT; its markup characters are escaped."""
    body = "\n".join(
        f"{_clock(cue.start, '.')} --> {_clock(cue.end, '.')}\n{_lines(_safe(cue.text))}\n" for cue in found
    )
    return f"WEBVTT\n\n{body}"


def _breaks(group: Sequence[Word], word: Word) -> bool:
    letters = sum(len(one.text) + 1 for one in group) + len(word.text)
    ended = group[-1].text.endswith((".", "?", "!")) and letters > LINE // 2
    return letters > LETTERS or word.end - group[0].start > LONGEST or word.start - group[-1].end >= PAUSE or ended


def _end(group: Sequence[Word], following: int | None) -> int:
    end = max(group[-1].end, group[0].start + _SHORTEST)
    return end if following is None else max(group[0].start, min(end, following))


def _lines(text: str) -> str:
    return "\n".join(textwrap.wrap(text, LINE, break_long_words=False)) or text


def _safe(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _clock(at: int, mark: str) -> str:
    ms = round(at * 1000 / SAMPLE_RATE)
    return f"{ms // 3_600_000:02d}:{ms // 60_000 % 60:02d}:{ms // 1000 % 60:02d}{mark}{ms % 1000:03d}"
