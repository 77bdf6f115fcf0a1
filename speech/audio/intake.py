"""The front door: whatever a sender sends becomes one sound 16 kHz stream, and a typed fault for all that was wrong.

    intake = Intake()
    taken = intake.push(samples, rate=8000, sequence=7)     # or at=..., or neither: then in order of arrival
    for chunk in taken.chunks: ...                          # AudioChunk at 16 kHz, without a gap between them
    for fault in taken.faults: ...                          # speech.audio.faults, str(fault) is fit for a log

Nothing that is pushed raises. What comes out is finite float32 in [-1, 1]; the stream clock never goes back, and it
advances by exactly the samples given. Lost pieces are concealed (``conceal``), early ones wait for missing ones within
a bounded window (``order``), samples are mended (``mend``). Pure: knows no wall clock. A transport that has one and
sees nothing come says so with :meth:`Intake.lost`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from warmline.speech.audio import faults as f
from warmline.speech.audio.conceal import FADED_S, Concealer
from warmline.speech.audio.mend import Mender
from warmline.speech.audio.order import Dropped, InOrder, Order
from warmline.speech.audio.resample import Resampler
from warmline.speech.types import SAMPLE_RATE, AudioChunk, Samples, samples_of

LEAST_RATE: Final = 4_000
MOST_RATE: Final = 384_000
SLACK: Final = samples_of(0.005)
"""How far a timestamp may lie off: clocks that count in milliseconds round."""

FAR_PACKETS: Final = 1_000
FAR_TIME: Final = samples_of(30.0)


@dataclass(frozen=True, slots=True)
class IntakeRules:
    """``window``: packets that may wait for a missing one (20 ms each: 80 ms). ``longest_gap``: what is made up for a
    longer gap or a restart, so that words before and after it are still apart. ``longest_piece``: audio that is taken
    at once. ``sequence_bits``: width of the packet number where it wraps round (16 in RTP); 0 where it never does."""

    window: int = 4
    longest_gap: int = samples_of(2.0)
    longest_piece: int = samples_of(60.0)
    sequence_bits: int = 0


@dataclass(frozen=True, slots=True)
class Taken:
    """What one push gave: chunks in order, each starting where the one before ended, and what was wrong."""

    chunks: tuple[AudioChunk, ...] = ()
    faults: tuple[f.Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class _Piece:
    """``samples`` is None for a piece whose content cannot be used and whose time passes all the same. ``length``: of
    the piece on the stream clock."""

    samples: NDArray[np.float32] | None
    rate: int
    length: int
    at: int | None


class _Path:
    """What every sample at one rate goes through: gaps are filled before the change of rate, so that its filter never
    sees an edge."""

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self._concealer = Concealer(rate)
        self._resampler = Resampler(rate, SAMPLE_RATE)

    def heard(self, samples: Samples) -> Samples:
        return self._out(self._resampler.push(self._concealer.heard(samples)))

    def lost(self, count: int) -> Samples:
        """``count`` samples at 16 kHz that never came."""
        return self._out(self._resampler.push(self._concealer.lost(round(count * self.rate / SAMPLE_RATE))))

    def flush(self) -> Samples:
        return self._out(self._resampler.flush())

    def _out(self, samples: Samples) -> Samples:
        """A loud wave overshoots full scale between its samples, wherever the rate changes."""
        if self.rate == SAMPLE_RATE:
            return samples
        return np.asarray(np.clip(samples, -1.0, 1.0), dtype=np.float32)


class Intake:
    """One sender's stream. The first sample given lies at ``start`` on the stream clock; ``now`` is the next."""

    def __init__(self, rules: IntakeRules = IntakeRules(), start: int = 0) -> None:
        self._rules = rules
        self.now = start
        self._by_number: Order[_Piece] = Order(rules.window, FAR_PACKETS)
        self._by_time: Order[_Piece] = Order(rules.window, FAR_TIME, SLACK)
        self._mender = Mender()
        self._begun = False
        self._path = _Path(SAMPLE_RATE)
        self._sender: int | None = None  # where the sender's timestamps should be next, if it sends any
        self._length = 0  # of the last piece
        self._number: int | None = None
        self._chunks: list[AudioChunk] = []
        self._faults: list[f.Fault] = []

    def push(
        self, samples: object, rate: int = SAMPLE_RATE, *, sequence: int | None = None, at: int | None = None
    ) -> Taken:
        """Take one piece: float or int16 [n] at ``rate`` Hz, or [n, channels], mixed down. ``sequence``: its packet
        number. ``at``: the sender's timestamp of its first sample in 16 kHz samples (an RTP timestamp at 8 kHz times
        two); where packets are numbered it tells how long a gap is."""
        piece = self._read(samples, rate, at)
        if piece is not None:
            if sequence is not None and _is_int(sequence):
                self._in_order(self._by_number.push(self._unwrapped(int(sequence)), 1, piece), numbered=True)
            elif piece.at is not None and piece.length:
                self._in_order(self._by_time.push(piece.at, piece.length, piece))
            elif piece.length:
                self._empty_windows()
                self._take(piece)
        return self._taken()

    def lost(self, samples: int) -> Taken:
        """So many samples of time (16 kHz) have passed in which nothing came: they are concealed now, and what should
        have come in them is late. At most ``longest_gap`` at once."""
        self._empty_windows()
        count = max(0, min(samples, self._rules.longest_gap))
        if count:
            self._conceal(count)
            self._by_time.skip(count)
            if self._length:
                self._by_number.skip(count // self._length)
            if self._sender is not None:
                self._sender += count
        return self._taken()

    def flush(self) -> Taken:
        """The stream has ended: what waits for missing pieces and what the resampler holds back."""
        self._empty_windows()
        self._give(self._path.flush())
        return self._taken()

    # --- reading what came ----------------------------------------------------------------------------------------

    def _read(self, samples: object, rate: int, at: int | None) -> _Piece | None:
        if not _is_int(rate) or not LEAST_RATE <= rate <= MOST_RATE:
            self._faults.append(f.Unreadable(self.now, f"a rate of {rate!r:.20} Hz"))
            return self._unusable(at)
        try:
            audio = _mono(samples)
        except (TypeError, ValueError) as error:
            self._faults.append(f.Unreadable(self.now, str(error)[:80]))
            return self._unusable(at)
        most = self._rules.longest_piece * rate // SAMPLE_RATE
        if len(audio) > most:
            self._faults.append(f.Oversized(self.now, (len(audio) - most) * SAMPLE_RATE // rate))
            audio = audio[:most]
        if len(audio) == 0:
            self._faults.append(f.Empty(self.now))
        return _Piece(audio, int(rate), len(audio) * SAMPLE_RATE // rate, at if _is_int(at) else None)

    def _unusable(self, at: int | None) -> _Piece | None:
        """A piece that cannot be read takes as long as the one before; of a first one nothing is known."""
        return _Piece(None, SAMPLE_RATE, self._length, at if _is_int(at) else None) if self._length else None

    def _unwrapped(self, sequence: int) -> int:
        """The packet number nearest to the last one that has these low bits."""
        bits = self._rules.sequence_bits
        if bits and self._number is not None:
            half, whole = 1 << bits - 1, 1 << bits
            sequence = self._number + (sequence - self._number + half) % whole - half
        self._number = sequence
        return sequence

    # --- putting it on the clock ----------------------------------------------------------------------------------

    def _empty_windows(self) -> None:
        """What waits for missing pieces waits no longer."""
        self._in_order(self._by_number.flush(), numbered=True)
        self._in_order(self._by_time.flush())

    def _in_order(self, steps: Sequence[InOrder[_Piece] | Dropped], *, numbered: bool = False) -> None:
        for step in steps:
            if isinstance(step, Dropped):
                kind = f.Duplicate if step.again else f.Late
                self._faults.append(kind(self.now, step.key))
                continue
            if step.places:
                self._faults.append(f.Reordered(self.now, step.piece.key, step.places))
            if step.jump is not None:
                self._restart(step.jump)
            else:
                self._fill(step, numbered=numbered)
            self._take(step.piece.item, step.overlap)

    def _fill(self, step: InOrder[_Piece], *, numbered: bool) -> None:
        """Conceal what is missing before a piece."""
        piece, missing = step.piece.item, step.hole
        if numbered:  # the hole counts packets, and a timestamp knows better how long they were
            missing *= self._length
            if piece.at is not None and self._sender is not None and piece.at >= self._sender:
                missing = piece.at - self._sender
                missing = missing if missing > SLACK else 0
        if missing > self._rules.longest_gap:
            self._restart(missing)
        elif missing > 0:
            self._conceal(missing)
            self._sender = None if self._sender is None else self._sender + missing

    def _restart(self, jump: int) -> None:
        count = min(samples_of(FADED_S), self._rules.longest_gap) if jump < 0 else self._rules.longest_gap
        self._faults.append(f.Restarted(self.now, jump, count))
        self._sender = None
        self._give(self._path.lost(count))

    def _conceal(self, count: int) -> None:
        self._faults.append(f.Gap(self.now, count))
        self._give(self._path.lost(count))

    def _take(self, piece: _Piece, overlap: int = 0) -> None:
        self._length = piece.length or self._length
        if piece.at is not None:
            follows = self._sender is not None and abs(piece.at - self._sender) <= SLACK
            self._sender = (self._sender if follows and self._sender is not None else piece.at) + piece.length
        samples = None if piece.samples is None else piece.samples[overlap * piece.rate // SAMPLE_RATE :]
        if samples is None:
            self._conceal(piece.length)
        elif len(samples):
            length = len(samples) * SAMPLE_RATE // piece.rate
            mended, found = self._mender.mend(samples, length, self.now)
            self._faults += found
            if mended is None:
                self._conceal(length)
            else:
                self._give(self._at_rate(piece.rate).heard(mended))

    def _at_rate(self, rate: int) -> _Path:
        if self._path.rate != rate:
            if self._begun:
                self._faults.append(f.RateChanged(self.now, self._path.rate, rate))
            self._give(self._path.flush())
            self._path = _Path(rate)
        self._begun = True
        return self._path

    def _give(self, samples: Samples) -> None:
        if len(samples):
            self._chunks.append(AudioChunk(samples, SAMPLE_RATE, self.now))
            self.now += len(samples)

    def _taken(self) -> Taken:
        taken = Taken(tuple(self._chunks), tuple(self._faults))
        self._chunks, self._faults = [], []
        return taken


def _is_int(value: object) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def _mono(samples: object) -> NDArray[np.float32]:
    """Numbers of any real kind as float32[n], integers by their full scale. Raises TypeError, ValueError."""
    array = np.asarray(samples)
    if array.dtype == np.float32 and array.ndim == 1:  # most of what comes
        return array.copy()
    if array.dtype.kind not in "fiu":
        raise TypeError(f"samples are numbers, not {array.dtype}")
    if array.ndim == 2 and 0 < array.shape[1] <= 8:
        array = array.mean(axis=1) if array.dtype.kind == "f" else np.rint(array.mean(axis=1)).astype(array.dtype)
    if array.ndim != 1:
        raise ValueError(f"audio is one array of samples, not of shape {array.shape}")
    if array.dtype.kind == "f":
        with np.errstate(over="ignore"):  # a float64 beyond float32 becomes infinite, and is mended as such
            return array.astype(np.float32)
    info = np.iinfo(array.dtype)
    middle = 0 if array.dtype.kind == "i" else 1 << info.bits - 1
    return ((array.astype(np.float64) - middle) / (1 << info.bits - 1)).astype(np.float32)
