"""What can be wrong with an incoming stream: one frozen value a kind, for events, metrics and advice.

``at`` is where on the stream clock it was noticed. ``str()`` of a fault is one line fit for a log: it says what was
wrong and what was done, and holds nothing of what was said. Durations are samples on the stream clock.
"""

from __future__ import annotations

from dataclasses import dataclass

from warmline.speech.types import seconds_of


@dataclass(frozen=True, slots=True)
class Fault:
    """Base of all; never made itself."""

    at: int

    def __str__(self) -> str:
        return f"{seconds_of(self.at):.2f} s: {self._what()}"

    def _what(self) -> str:
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Unreadable(Fault):
    """A piece that is no audio, or says an impossible rate; it was treated as lost."""

    why: str

    def _what(self) -> str:
        return f"a piece could not be used ({self.why}); it counts as lost"


@dataclass(frozen=True, slots=True)
class NotNumbers(Fault):
    """NaN or infinite samples: ``count`` of them were bridged, or the piece was lost when it was mostly such."""

    count: int
    lost: bool = False

    def _what(self) -> str:
        done = "the piece counts as lost" if self.lost else "they were bridged"
        return f"{self.count} samples are no numbers; {done}"


@dataclass(frozen=True, slots=True)
class OutOfRange(Fault):
    """Samples beyond [-1, 1], clipped. A ``peak`` in the thousands is 16-bit audio sent as floats."""

    count: int
    peak: float

    def _what(self) -> str:
        hint = "; divide 16-bit samples by 32768" if self.peak > 2.0 else ""
        return f"{self.count} samples lie beyond full scale (peak {self.peak:.4g}) and were clipped{hint}"


@dataclass(frozen=True, slots=True)
class Offset(Fault):
    """A constant offset (DC) of ``mean``, taken away from here on."""

    mean: float

    def _what(self) -> str:
        return f"the signal has a constant offset of {self.mean:+.3f}; it is taken away"


@dataclass(frozen=True, slots=True)
class Clipped(Fault):
    """``share`` of the samples lie at full scale. It cannot be mended: the sender must turn the gain down."""

    share: float

    def _what(self) -> str:
        return f"{self.share:.0%} of the samples are clipped; the sender's gain is too high"


@dataclass(frozen=True, slots=True)
class Noise(Fault):
    """White noise near full scale, such as compressed data played as audio. Silenced while it lasts."""

    rms_dbfs: float

    def _what(self) -> str:
        return f"full-scale noise ({self.rms_dbfs:.0f} dBFS), silenced; is the encoding the one that was agreed?"


@dataclass(frozen=True, slots=True)
class Silent(Fault):
    """Nothing but digital silence for ``samples``; told again at 1, 10 and 60 minutes."""

    samples: int

    def _what(self) -> str:
        return f"digital silence for {seconds_of(self.samples):.0f} s; is the microphone muted?"


@dataclass(frozen=True, slots=True)
class RateChanged(Fault):
    """The sender went from ``before`` to ``after`` Hz; the stream goes on at 16 kHz."""

    before: int
    after: int

    def _what(self) -> str:
        return f"the rate changed from {self.before} to {self.after} Hz"


@dataclass(frozen=True, slots=True)
class Empty(Fault):
    """A piece without samples."""

    def _what(self) -> str:
        return "an empty piece"


@dataclass(frozen=True, slots=True)
class Oversized(Fault):
    """A piece longer than is taken at once; its last ``samples`` were dropped."""

    samples: int

    def _what(self) -> str:
        return f"a piece is too long; its last {seconds_of(self.samples):.1f} s were dropped"


@dataclass(frozen=True, slots=True)
class Duplicate(Fault):
    """A piece that had come before; dropped."""

    key: int

    def _what(self) -> str:
        return f"piece {self.key} came twice"


@dataclass(frozen=True, slots=True)
class Late(Fault):
    """A piece whose place on the clock has passed; dropped."""

    key: int

    def _what(self) -> str:
        return f"piece {self.key} came too late"


@dataclass(frozen=True, slots=True)
class Reordered(Fault):
    """A piece that came after ``places`` later ones; put back into its place."""

    key: int
    places: int

    def _what(self) -> str:
        return f"piece {self.key} came {self.places} places late and was put back"


@dataclass(frozen=True, slots=True)
class Gap(Fault):
    """``samples`` never came; as many were made up (waveform repetition, then comfort noise)."""

    samples: int

    def _what(self) -> str:
        return f"{1000.0 * seconds_of(self.samples):.0f} ms were lost and concealed"


@dataclass(frozen=True, slots=True)
class Restarted(Fault):
    """The sender's numbering jumped by ``jump`` (its own unit): it began anew. Only ``samples`` were made up."""

    jump: int
    samples: int

    def _what(self) -> str:
        return f"the sender's clock jumped by {self.jump:+d}; the stream goes on here"
