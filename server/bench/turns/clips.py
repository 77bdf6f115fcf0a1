"""The speech that scenes are made of: recordings of a folder, or our own sentences in our own voices.

A clip is one stretch of speech by one speaker, without the silence around it, at one level, with the places at which
it may be broken off. It knows nothing about pauses that are put there later.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from warmline.dialogue.types import NEUTRAL, Style
from warmline.server.bench.turns import lines
from warmline.server.bench.turns.sounds import scaled
from warmline.speech.asr.base import Recogniser
from warmline.speech.audio.degrade import level, speech_level
from warmline.speech.audio.files import read_audio
from warmline.speech.audio.resample import resampled
from warmline.speech.runtime.errors import UnreadableInput, WarmlineError
from warmline.speech.turn import cuts
from warmline.speech.turn.cuts import Cut
from warmline.speech.turn.patience import trails_off
from warmline.speech.types import SAMPLE_RATE, AudioChunk, Samples, samples_of
from warmline.tts.speech_of import speech_of
from warmline.tts.types import VOICE_RATE
from warmline.tts.voice.base import Voice

SOUNDS = frozenset({".wav", ".flac", ".mp3", ".ogg", ".opus", ".m4a", ".aac", ".webm"})
LEVEL = 10.0 ** (-24.0 / 20.0)
SHORTEST = samples_of(1.2)
LONGEST = samples_of(16.0)
PIECE_GAP_S = 0.5
"""A longer recording is taken apart where it is quiet for so long."""

PITCHES = (1.0, 0.9, 1.1)
"""One synthetic voice played slower or faster is three speakers, more or less."""


@dataclass(frozen=True, slots=True)
class Clip:
    """``samples`` at 16 kHz from the first voiced sample to the last; ``text`` is "" where nobody wrote it down.
    ``room``: what the recording sounds like where nobody speaks, at the same gain."""

    name: str
    samples: Samples
    cuts: tuple[Cut, ...] = ()
    text: str = ""
    room: Samples = field(default_factory=lambda: np.zeros(0, np.float32))


@dataclass(frozen=True, slots=True)
class Supply:
    """Everything that scenes are made of. ``turns``: what callers say. ``interruptions``, ``asides``: what they say
    over our reply, to us and to others. ``others``: voices in the background. ``events``: recorded sounds that are no
    words. ``reply``: our own reply at VOICE_RATE."""

    turns: tuple[Clip, ...]
    interruptions: tuple[Clip, ...]
    backchannels: tuple[Clip, ...]
    fillers: tuple[Clip, ...]
    asides: tuple[Clip, ...]
    others: tuple[Clip, ...]
    events: tuple[Clip, ...]
    reply: Samples


def prepared(name: str, samples: Samples, text: str = "") -> Clip:
    """Without the silence around it, at the common level. Raises UnreadableInput where there is no voice."""
    first, last = cuts.span(samples)
    if last - first < samples_of(0.08):
        raise UnreadableInput(f"{name} holds no speech: give recordings in which somebody speaks")
    inside = samples[max(0, first - samples_of(0.02)) : last]
    gain = LEVEL / max(speech_level(inside), 1e-6)
    room = cuts.room_of(samples)[: samples_of(2.0)]
    return Clip(name, _louder(inside, gain), text=text, room=_louder(room, gain))


def _louder(samples: Samples, gain: float) -> Samples:
    return np.asarray(np.clip(samples * gain, -0.98, 0.98), np.float32)


def with_cuts(clip: Clip, recogniser: Recogniser) -> Clip:
    """The same with the gaps between its words, which the recogniser's word times point to."""
    padded = np.concatenate([clip.samples, np.zeros(samples_of(0.3), np.float32)])
    heard = recogniser.decode(AudioChunk(padded))
    return replace(clip, cuts=cuts.boundaries(clip.samples, heard.words))


def recorded(folder: Path, most: int, rng: np.random.Generator) -> tuple[Clip, ...]:
    """Up to ``most`` clips from the recordings below ``folder``, drawn by chance; those that a manifest.jsonl names
    where there is one, less those whose transcript breaks off. Raises UnreadableInput."""
    if not folder.is_dir():
        raise UnreadableInput(f"{folder} is no folder: give a folder of recordings of speech")
    listed = _listed(folder)
    order = [listed[int(place)] for place in rng.permutation(len(listed))]
    found: list[Clip] = []
    for path, text in order:
        if len(found) >= most:
            break
        try:
            samples = read_audio(path).samples
            name = str(path.relative_to(folder)) if path.is_relative_to(folder) else path.name
            found += [prepared(f"{name}#{number}", piece, text) for number, piece in enumerate(_pieces(samples))]
        except UnreadableInput:
            continue
    found = [clip for clip in found if len(clip.samples) >= SHORTEST][:most]
    if len(found) < 2:
        raise UnreadableInput(f"{folder} holds fewer than two recordings of at least 1.2 s of speech: give more")
    return tuple(found)


def sounds(folder: Path | None) -> tuple[Clip, ...]:
    """Recorded sounds that are no words, at most 3 s of each. Raises UnreadableInput."""
    if folder is None:
        return ()
    if not folder.is_dir():
        raise UnreadableInput(f"{folder} is no folder: give a folder of recorded coughs, sobs, sneezes ...")
    found: list[Clip] = []
    for path in _files(folder):
        try:
            samples = read_audio(path, shortest_s=0.0).samples
        except UnreadableInput:
            continue
        loud = cuts.span(samples)
        samples = samples[loud[0] : min(loud[1], loud[0] + samples_of(3.0))]
        if len(samples) >= samples_of(0.08) and level(samples) > 1e-4:
            found.append(Clip(path.name, scaled(samples, -24.0)))
    if not found:
        raise UnreadableInput(f"there is no sound below {folder} that can be read: give wav, flac, opus, mp3 ...")
    return tuple(found)


def own_lines(caller: Voice, most: int, tell: Callable[[str], None]) -> tuple[Clip, ...]:
    """Our own sentences, at most so many, by one voice as several speakers."""
    texts = lines.TURNS[:most]
    tell(f"speaking {len(texts)} sentences of our own")
    return tuple(spoken(caller, texts, "turn", NEUTRAL, PITCHES))


def spoken(
    voice: Voice, texts: Sequence[str], name: str, style: Style, pitches: Sequence[float] = (1.0,)
) -> Iterator[Clip]:
    """Each text by ``voice``, played at one of ``pitches`` in turn."""
    for number, text in enumerate(texts):
        audio = speech_of(voice, text, style).audio
        rate = round(VOICE_RATE * pitches[number % len(pitches)] / 100) * 100
        try:
            yield prepared(f"{name}-{number}", resampled(AudioChunk(audio, rate), SAMPLE_RATE).samples, text)
        except WarmlineError:
            continue  # a voice that cannot say "Mm." gives nothing to use


def _pieces(samples: Samples) -> list[Samples]:
    if len(samples) <= LONGEST:
        return [samples]
    pieces, start = [], 0
    gaps = cuts.gaps(samples, PIECE_GAP_S)
    for begin, end in gaps:
        if begin - start > samples_of(2.5):
            pieces.append(samples[start : begin + samples_of(0.1)])
            start = end - samples_of(0.05)
    return [piece for piece in pieces if len(piece) <= LONGEST]


def _listed(folder: Path) -> list[tuple[Path, str]]:
    manifest = folder / "manifest.jsonl"
    if not manifest.is_file():
        return [(path, "") for path in _files(folder)]
    rows = []
    for number, row in enumerate(manifest.read_text(encoding="utf-8").splitlines(), 1):
        if not row.strip():
            continue
        try:
            line = json.loads(row)
            path, text = folder / str(line["file"]), str(line.get("text", ""))
        except (ValueError, KeyError, TypeError) as error:
            raise UnreadableInput(f"{manifest}, line {number}: not a JSON object with file and text") from error
        if not trails_off(text):
            rows.append((path, text))
    return rows


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in SOUNDS and path.is_file())
