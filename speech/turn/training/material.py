"""Examples of pauses: whole utterances (the turn has ended) and the same speech broken off at a gap between words (it
has not). Seeded. An example holds the audio up to shortly after the voice, as it is when a pause is first noticed.

What it cannot know: the end of a recording may lie in the middle of what somebody had to say, and speech that was cut
by us lacks the drawn-out last syllable of somebody who hesitates.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.random import Generator

from warmline.speech.asr.base import Hypothesis, Recogniser
from warmline.speech.audio.degrade import add_noise, coloured_noise, gain, room, telephone
from warmline.speech.audio.files import read_audio
from warmline.speech.runtime.errors import UnreadableInput
from warmline.speech.turn import cuts
from warmline.speech.turn.cuts import Cut
from warmline.speech.types import AudioChunk, Samples, samples_of

SOUNDS = frozenset({".wav", ".flac", ".mp3", ".ogg", ".opus", ".m4a", ".aac", ".webm"})
FIRST_S = (0.10, 0.18)
"""Quiet in the audio when a pause is first decoded."""

EDGE_S = (0.005, 0.08)
"""Ends and pauses alike fade over a time drawn by chance, so that a splice cannot be told by how abrupt it is."""

LEAST = samples_of(0.5)


@dataclass(frozen=True, slots=True)
class Spoken:
    """One utterance, float32[n] at 16 kHz, by one speaker of one corpus."""

    name: str
    corpus: str
    speaker: str
    samples: Samples


@dataclass(frozen=True, slots=True)
class Example:
    """``audio`` ends ``quiet`` samples after the voice; ``later`` is the quiet that would have followed, for a second
    look. ``ended`` says whether the turn had."""

    spoken: Spoken
    audio: Samples
    later: Samples
    ended: bool
    own_pause: bool


def recordings(folder: Path, most: int, seed: int) -> tuple[Spoken, ...]:
    """Up to ``most`` recordings below ``folder``, drawn by chance. The speaker is what stands before the first "_" of
    the file's name ("Actor_01__x": the part before "__"). Raises UnreadableInput where there is none."""
    if not folder.is_dir():
        raise UnreadableInput(f"{folder} is no folder: give folders of recordings of speech")
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SOUNDS)
    if not paths:
        raise UnreadableInput(f"there is no recording below {folder}: give wav, flac, opus, ogg, mp3 ...")
    order = np.random.default_rng(seed).permutation(len(paths))[:most]
    found = []
    for place in order:
        path = paths[int(place)]
        try:
            samples = read_audio(path).samples
        except UnreadableInput:
            continue
        found.append(Spoken(path.stem, folder.name, f"{folder.name}/{speaker_of(path.stem)}", samples))
    return tuple(found)


def speaker_of(stem: str) -> str:
    return stem.split("__")[0] if "__" in stem else re.split(r"[_-]", stem)[0]


def examples(
    spoken: Spoken, recogniser: Recogniser, rng: Generator, cuts_each: int = 2
) -> Iterator[tuple[Example, Hypothesis | None]]:
    """The end of the utterance, and up to ``cuts_each`` places before it; with what was recognised where that is
    known already. Nothing where too little was said. ``recogniser`` gives word times."""
    first, last = cuts.span(spoken.samples)
    if last - first < LEAST:
        return
    changed = _changed(spoken.samples[max(0, first - samples_of(0.1)) : last], rng)
    quiet = cuts.quiet_of(cuts.room_of(_changed_room(spoken.samples, changed)), samples_of(1.0), rng)
    whole = _example(spoken, changed, quiet, rng, ended=True, own=True)
    heard = recogniser.decode(AudioChunk(whole.audio))
    yield whole, heard
    for cut in _chosen(cuts.boundaries(changed, heard.words), len(changed), cuts_each, rng):
        yield _example(spoken, changed[: cut.before], quiet, rng, ended=False, own=cut.own), None


def _example(spoken: Spoken, voice: Samples, quiet: Samples, rng: Generator, *, ended: bool, own: bool) -> Example:
    count = samples_of(float(rng.uniform(*FIRST_S)))
    faded = voice.copy()
    edge = min(len(faded), samples_of(float(rng.uniform(*EDGE_S))))
    faded[len(faded) - edge :] *= np.linspace(1.0, 0.0, edge, dtype=np.float32)
    return Example(spoken, np.concatenate([faded, quiet[:count]]), quiet[count : samples_of(0.5)], ended, own)


def _chosen(possible: tuple[Cut, ...], length: int, most: int, rng: Generator) -> list[Cut]:
    """Well inside the utterance; the speaker's own pauses three times as likely."""
    inside = [cut for cut in possible if cut.before >= LEAST and length - cut.after >= samples_of(0.3)]
    if not inside:
        return []
    weights = np.array([3.0 if cut.own else 1.0 for cut in inside])
    picked = rng.choice(len(inside), size=min(most, len(inside)), replace=False, p=weights / weights.sum())
    return [inside[int(place)] for place in picked]


def _changed(samples: Samples, rng: Generator) -> Samples:
    """As a call may change it; a third is left as it is."""
    if rng.random() < 0.35:
        return gain(samples, float(rng.uniform(-6.0, 3.0)))
    changed = samples
    if rng.random() < 0.4:
        changed = room(changed, float(rng.uniform(0.15, 0.6)), float(rng.uniform(3.0, 12.0)), rng)
    if rng.random() < 0.6:
        noise = coloured_noise(len(changed), float(rng.uniform(0.0, 2.0)), rng)
        changed = add_noise(changed, noise, float(rng.uniform(8.0, 30.0)))
    changed = gain(changed, float(rng.uniform(-10.0, 6.0)))
    return telephone(changed) if rng.random() < 0.3 else changed


def _changed_room(samples: Samples, changed: Samples) -> Samples:
    """The recording whose quiet is to be imitated: the changed one where it has quiet of its own."""
    return changed if len(cuts.room_of(changed)) >= samples_of(0.2) else samples
