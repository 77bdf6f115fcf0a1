"""How far one turn of ours has been played, on the playout's clock. Bookkeeping only; holds no audio."""

from __future__ import annotations

from dataclasses import dataclass, field

from warmline.dialogue.types import TurnId
from warmline.tts.types import Mark, Sounded


@dataclass(slots=True)
class Span:
    """A run of a segment's samples on the clock: ``offset`` is where in the segment it begins."""

    segment: int
    offset: int
    start: int
    end: int


@dataclass(slots=True)
class TurnProgress:
    """``closed``: no more chunks are taken. ``over``: heard to its end, or dropped. ``queued``: samples taken and not
    yet pulled. ``last``: the clock just past its last pulled sample. ``length``: samples taken, by segment. ``words``:
    the clock at which each word has been pulled, its segment, its text."""

    closed: bool = False
    over: bool = False
    begun: bool = False
    queued: int = 0
    last: int = 0
    length: dict[int, int] = field(default_factory=dict)
    spans: list[Span] = field(default_factory=list)
    words: list[tuple[int, int, str]] = field(default_factory=list)
    _marked: dict[int, Mark] = field(default_factory=dict)

    def play(self, segment: int, offset: int, clock: int, count: int) -> None:
        """``count`` samples of ``segment`` from ``offset`` on are pulled at ``clock``."""
        self.begun = True
        self.queued -= count
        self.last = clock + count
        span = self.spans[-1] if self.spans else None
        if span and span.segment == segment and span.end == clock:
            span.end += count
        else:
            self.spans.append(Span(segment, offset, clock, clock + count))

    def heard(self, now: int) -> str:
        """The words whose end had been pulled at ``now``."""
        return " ".join(text for due, _, text in self.words if due <= now)

    def sounded(self, now: int) -> tuple[Sounded, ...]:
        """Of each segment when it sounded and what of it was heard up to ``now``; from the turn's first sample on."""
        found = []
        for segment in dict.fromkeys(span.segment for span in self.spans):
            spans = [span for span in self.spans if span.segment == segment and span.start < now]
            words = " ".join(text for due, of, text in self.words if of == segment and due <= now)
            if words:
                first = self.spans[0].start
                found.append(Sounded(words, spans[0].start - first, min(now, spans[-1].end) - first))
        return tuple(found)

    def marks(self, number: TurnId, now: int) -> list[Mark]:
        """Marks of the segments that got on since the last call."""
        fresh = []
        for segment in dict.fromkeys(span.segment for span in self.spans):
            mark = self._mark(number, segment, now)
            if mark.played_to > 0 and mark != self._marked.get(segment):
                self._marked[segment] = mark
                fresh.append(mark)
        return fresh

    def _mark(self, number: TurnId, segment: int, now: int) -> Mark:
        played = [
            span.offset + min(now, span.end) - span.start
            for span in self.spans
            if span.segment == segment and span.start < now
        ]
        words = " ".join(text for due, of, text in self.words if of == segment and due <= now)
        return Mark(number, segment, max(played, default=0), words)
