"""A report as plain text for people, and as captions (WebVTT) timed to what was heard. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Final

from warmline.server.aftercall.report import Exchange, Report
from warmline.speech.asr.subtitles import Cue, cues, vtt
from warmline.speech.types import Word, samples_of

YOU, US = "You", "Warmline"
DOUBT: Final = "What is said here about feelings was inferred by a program. It may be wrong, and it is no diagnosis."
NOT_KEPT: Final = "(words not kept)"


def day(at: float) -> str:
    """A moment for people, in UTC."""
    return dt.datetime.fromtimestamp(at, dt.UTC).strftime("%Y-%m-%d %H:%M UTC")


def clock(at_s: float) -> str:
    """A moment of the call: 3:07, or 1:03:07."""
    whole = max(0, int(at_s))
    hours, minutes, seconds = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"


def length(report: Report) -> str:
    """How long the call was, as far as it is known."""
    if report.ended is None:
        last = report.exchanges[-1].ended_s if report.exchanges else 0.0
        return f"{clock(last)} so far" if report.running else f"{clock(last)}, then it broke off"
    return clock(report.ended - report.started)


def text(report: Report) -> str:
    """The report as lines of text."""
    return "\n".join(_lines(report)) + "\n"


def captions(report: Report) -> str:
    """WebVTT of what was said and what was heard of the answers. Exchanges whose times or words were not kept are left
    out, and counted in a note."""
    found: list[Cue] = []
    left_out = 0
    for one in report.exchanges:
        mine = [*_user_cues(one), *_our_cues(one)]
        found += mine
        left_out += not mine
    body = vtt(sorted(found, key=lambda cue: (cue.start, cue.end)))
    if not left_out:
        return body
    note = f"NOTE {left_out} of {len(report.exchanges)} exchanges have no times or no words and are not shown\n"
    return body.replace("WEBVTT\n\n", f"WEBVTT\n\n{note}\n", 1)


def _user_cues(one: Exchange) -> Iterator[Cue]:
    words = [Word(said.text, samples_of(said.start_s), samples_of(said.end_s)) for said in one.said if said.text]
    return _named(YOU, cues(words))


def _our_cues(one: Exchange) -> Iterator[Cue]:
    return _named(US, (Cue(mark.text, samples_of(mark.start_s), samples_of(mark.end_s)) for mark in one.marks))


def _named(who: str, found: Iterator[Cue] | tuple[Cue, ...]) -> Iterator[Cue]:
    return (Cue(f"{who}: {cue.text}", cue.start, cue.end) for cue in found if cue.text)


def _lines(report: Report) -> Iterator[str]:
    yield f"Your call with Warmline, {day(report.started)}, {length(report)}"
    yield DOUBT
    if report.lost:
        yield f"{report.lost} exchanges could not be written down and are missing here."
    if report.moments:
        yield from ("", "Moments")
        yield from (f"  {clock(moment.at_s)}  {moment.text}" for moment in report.moments)
    if report.strategies:
        yield from ("", "What the answers tried")
        yield from (f"  {count} x {name}" for name, count in report.strategies.items())
    if report.notes:
        yield from ("", "Remembered for later calls")
        yield from (f"  {note.text}" for note in report.notes)
    yield from ("", "What was said")
    for one in report.exchanges:
        yield from said(one)
    if not report.exchanges:
        yield "  nothing"


def said(one: Exchange) -> Iterator[str]:
    """One exchange as two lines and how it sounded."""
    felt = f"  [{mood(one)}]" if mood(one) else ""
    yield f"  {clock(one.began_s)}  {YOU}: {one.user if one.words else NOT_KEPT}{felt}"
    cut = f" [not heard: {one.unheard}]" if one.unheard else ""
    yield f"        {US}: {f'{one.heard}{cut}' if one.words else NOT_KEPT}"


def mood(one: Exchange) -> str:
    """How a turn sounded, in a few words; "" where the voice was not read or did not tell."""
    feeling = one.feeling
    if feeling is None or feeling.sure <= 0:
        return ""
    parts = [feeling.label] if feeling.label else []
    return ", ".join([*parts, *feeling.events, f"distress {feeling.distress:.1f} of 5"])
