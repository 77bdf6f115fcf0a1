"""Scenes: what a caller's microphone hears, and what was really meant. Built by recipe, seeded, the same every time.

A :class:`TurnScene` is one turn with pauses inside and silence behind it; an :class:`OverlapScene` is what happens
while our reply sounds. Times are sample indices into the scene. It knows nothing about detectors.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.random import Generator

from warmline.server.bench.turns import sounds
from warmline.server.bench.turns.clips import Clip, Supply
from warmline.speech.audio.degrade import add_noise, coloured_noise, gain, room, telephone
from warmline.speech.turn import cuts
from warmline.speech.turn.cuts import Cut
from warmline.speech.types import Samples, samples_of

LEAD = samples_of(0.5)
TAIL = samples_of(5.0)
PAUSE_S = (0.3, 2.5)
APART = samples_of(0.8)
"""Speech between two pauses that are put in."""

FADE_S = (0.005, 0.06)
"""How fast the voice ends where it is broken off."""

MANNERS = (
    ("plain", 0.40),
    ("filler", 0.15),
    ("trailing", 0.12),
    ("breath", 0.10),
    ("sob", 0.08),
    ("noise", 0.07),
    ("telephone", 0.04),
    ("television", 0.04),
)
"""How a turn is spoken or heard, and how often."""

OVERLAPS = (
    ("interruption", 0.34),
    ("backchannel", 0.22),
    ("cough", 0.08),
    ("sob", 0.08),
    ("breath", 0.04),
    ("background", 0.08),
    ("aside", 0.06),
    ("echo", 0.06),
    ("noise", 0.04),
)
ECHO_DB = (-60.0, -45.0, -35.0, -28.0)
"""What of our own voice is left in the microphone, against our voice: a good canceller to a poor one."""

EVENT_AT = samples_of(1.6)
"""After our reply begins to sound."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Silence inside a turn, [start, end). ``own``: the speaker paused here too, if shorter."""

    start: int
    end: int
    own: bool


@dataclass(frozen=True, slots=True)
class TurnScene:
    """``end``: just past the last voiced sample. Every pause of 0.3 s or more inside the turn is listed."""

    name: str
    manner: str
    audio: Samples
    pauses: tuple[Pause, ...]
    end: int


@dataclass(frozen=True, slots=True)
class OverlapScene:
    """``opening``: what the caller says first; ``audio`` begins with our reply to it and holds everything but the echo,
    which depends on what we do. ``onset`` and ``end``: the caller's sound in ``audio``; ``takes_floor``: whether we
    should stop for it. ``echo_db``: see ECHO_DB."""

    name: str
    kind: str
    audio: Samples
    onset: int
    end: int
    takes_floor: bool
    echo_db: float
    opening: Samples


def turn_scenes(supply: Supply, count: int, seed: int) -> tuple[TurnScene, ...]:
    """``count`` turns; the clips in order, again and again with other pauses."""
    kinds = _dealt(MANNERS, count, seed)
    return tuple(
        turn_scene(
            supply.turns[number % len(supply.turns)], kinds[number], supply, np.random.default_rng([seed, 1, number])
        )
        for number in range(count)
    )


def overlap_scenes(supply: Supply, count: int, seed: int) -> tuple[OverlapScene, ...]:
    kinds = _dealt(OVERLAPS, count, seed + 1)
    places: dict[str, int] = {}
    scenes = []
    for number, kind in enumerate(kinds):
        place = places[kind] = places.get(kind, -1) + 1
        scenes.append(overlap_scene(kind, place, supply, np.random.default_rng([seed, 2, number])))
    return tuple(scenes)


def turn_scene(clip: Clip, manner: str, supply: Supply, rng: Generator) -> TurnScene:
    """One turn from one clip."""
    pieces, inserted, end = _halted(clip, manner, supply, rng)
    quiet = cuts.quiet_of(clip.room, LEAD + TAIL, rng)
    audio = np.concatenate([quiet[:LEAD], *pieces, quiet[LEAD:]])
    pauses = _with_own(clip, inserted)
    scene = TurnScene(f"{clip.name}/{manner}", manner, audio, tuple(_moved(p, LEAD) for p in pauses), end + LEAD)
    return replace(scene, audio=_heard(scene, supply, rng))


def _halted(clip: Clip, manner: str, supply: Supply, rng: Generator) -> tuple[list[Samples], list[_Inserted], int]:
    """The clip taken apart, with silence between the parts; what was put in; and where the voice ends."""
    pieces: list[Samples] = []
    inserted: list[_Inserted] = []
    place = taken = 0
    for number, cut in enumerate(_chosen(clip, rng)):
        wanted = samples_of(float(np.exp(rng.uniform(*np.log(PAUSE_S)))))
        part = _edge(clip.samples[taken : cut.before], fade_s=float(rng.uniform(*FADE_S)))
        if manner == "trailing":
            part = _trailed(part)
        if manner == "filler" and number == 0 and supply.fillers:
            filler = supply.fillers[int(rng.integers(len(supply.fillers)))].samples
            part = np.concatenate([part, cuts.quiet_of(clip.room, samples_of(0.12), rng), 0.8 * filler])
        silence = cuts.quiet_of(clip.room, wanted, rng)
        if manner in {"breath", "sob"}:
            silence = _with_sound(silence, manner, supply, rng)
        pieces += [part, silence]
        start = place + len(part)
        inserted.append(_Inserted(Pause(start, start + wanted, cut.own), taken, cut.after, place))
        place, taken = start + wanted, cut.after
    pieces.append(_edge(clip.samples[taken:], start=bool(inserted)))
    inserted.append(_Inserted(None, taken, len(clip.samples), place))
    return pieces, inserted, place + len(clip.samples) - taken


@dataclass(frozen=True, slots=True)
class _Inserted:
    """A part of the clip from sample ``taken`` up to ``until`` lies in the scene at ``place``; ``pause`` follows it."""

    pause: Pause | None
    taken: int
    until: int
    place: int


def _with_own(clip: Clip, inserted: list[_Inserted]) -> list[Pause]:
    """The pauses put in, and the clip's own of 0.3 s and more that were left as they are."""
    own = cuts.gaps(clip.samples, PAUSE_S[0])
    found = [part.pause for part in inserted if part.pause is not None]
    for part in inserted:
        for start, end in own:
            if part.taken <= start and end <= part.until - (part.pause is not None):
                found.append(Pause(part.place + start - part.taken, part.place + end - part.taken, own=True))
    return sorted(found, key=lambda pause: pause.start)


def _chosen(clip: Clip, rng: Generator) -> list[Cut]:
    """One to three cuts, the speaker's own pauses twice as likely, well apart from each other and from the ends."""
    possible = [cut for cut in clip.cuts if cut.before >= APART and len(clip.samples) - cut.after >= APART // 2]
    wanted = 1 + int(rng.integers(3)) if len(clip.samples) > samples_of(3.0) else 1
    chosen: list[Cut] = []
    while possible and len(chosen) < wanted:
        weights = np.array([2.0 if cut.own else 1.0 for cut in possible])
        cut = possible[int(rng.choice(len(possible), p=weights / weights.sum()))]
        chosen.append(cut)
        possible = [one for one in possible if abs(one.before - cut.before) >= APART]
    return sorted(chosen, key=lambda cut: cut.before)


def _heard(scene: TurnScene, supply: Supply, rng: Generator) -> Samples:
    """The scene as a microphone hears it."""
    audio = scene.audio
    match scene.manner:
        case "noise":
            audio = add_noise(audio, coloured_noise(len(audio), rng.uniform(0.5, 2.0), rng), rng.uniform(10.0, 20.0))
        case "telephone":
            audio = telephone(audio)
        case "television" if supply.others:
            audio = audio + gain(_programme(supply, len(audio), rng), -24.0)
    return np.asarray(np.clip(audio, -1.0, 1.0), np.float32)


def overlap_scene(kind: str, number: int, supply: Supply, rng: Generator) -> OverlapScene:
    """One scene over our reply. Where no sound is meant, ``onset`` and ``end`` are EVENT_AT."""
    sound, db = _over(kind, number, supply, rng)
    total = EVENT_AT + max(len(sound), samples_of(2.0)) + samples_of(1.5)
    audio = coloured_noise(total, 1.0, rng) * 10.0 ** (-66.0 / 20.0)
    audio[EVENT_AT : EVENT_AT + len(sound)] += gain(sound, db)
    echo_db = ECHO_DB[number % len(ECHO_DB)] if kind == "echo" else ECHO_DB[int(rng.integers(2))]
    end = EVENT_AT if kind in {"echo", "noise", "background"} else EVENT_AT + len(sound)
    onset = EVENT_AT + cuts.span(sound)[0]
    opening = min(supply.turns, key=lambda clip: len(clip.samples)).samples
    return OverlapScene(
        f"{kind}-{number}",
        kind,
        np.asarray(audio, np.float32),
        onset,
        max(onset, end),
        kind == "interruption",
        float(echo_db),
        np.concatenate([np.zeros(samples_of(0.3), np.float32), opening]),
    )


def _over(kind: str, number: int, supply: Supply, rng: Generator) -> tuple[Samples, float]:
    """What sounds over our reply, and how much softer than close speech."""
    match kind:
        case "interruption":
            return _pick(supply.interruptions, number), float(rng.uniform(-6.0, 0.0))
        case "backchannel":
            return _pick(supply.backchannels, number), float(rng.uniform(-10.0, -2.0))
        case "aside":
            return room(_pick(supply.asides, number), 0.3, 6.0, rng), -8.0
        case "background":
            return _programme(supply, samples_of(5.0), rng), float(rng.uniform(-26.0, -16.0))
        case "noise":
            return coloured_noise(samples_of(5.0), rng.uniform(0.0, 2.0), rng) * 0.06, float(rng.uniform(-18.0, -6.0))
        case "cough" | "sob" | "breath":
            return _event(kind, number, supply, rng), 0.0
    return np.zeros(0, np.float32), 0.0


def _event(kind: str, number: int, supply: Supply, rng: Generator) -> Samples:
    """A sound that is no word: every second one recorded, where there are recordings."""
    if supply.events and number % 2:
        return supply.events[int(rng.integers(len(supply.events)))].samples
    return sounds.KINDS[kind](rng)


def _programme(supply: Supply, count: int, rng: Generator) -> Samples:
    """Other voices without an end, as through a room."""
    voices = [supply.others[int(place)].samples for place in rng.permutation(len(supply.others))]
    speech = np.resize(np.concatenate([*voices, np.zeros(samples_of(0.4), np.float32)]), count)
    return room(np.asarray(speech, np.float32), 0.4, 3.0, rng)


def _with_sound(silence: Samples, kind: str, supply: Supply, rng: Generator) -> Samples:
    sound = sounds.KINDS[kind](rng)
    if supply.events and rng.random() < 0.3:
        sound = supply.events[int(rng.integers(len(supply.events)))].samples
    room_left = len(silence) - len(sound)
    if room_left <= 0:
        return silence
    at = int(rng.integers(room_left))
    mixed = silence.copy()
    mixed[at : at + len(sound)] += sound
    return mixed


def _trailed(part: Samples) -> Samples:
    """The voice fades by 12 dB over its last 0.7 s."""
    count = min(len(part), samples_of(0.7))
    faded = part.copy()
    faded[len(part) - count :] *= (10.0 ** (np.linspace(0.0, -12.0, count) / 20.0)).astype(np.float32)
    return faded


def _edge(part: Samples, start: bool = True, fade_s: float = 0.005) -> Samples:
    """A ramp of 5 ms into the part and of ``fade_s`` out of it, so that no cut clicks."""
    out = part.copy()
    rise, fall = (min(len(part) // 2, samples_of(length_s)) for length_s in (0.005, fade_s))
    if start:
        out[:rise] *= np.linspace(0.0, 1.0, rise, dtype=np.float32)
    if fall:
        out[-fall:] *= np.linspace(1.0, 0.0, fall, dtype=np.float32)
    return out


def _moved(pause: Pause, by: int) -> Pause:
    return Pause(pause.start + by, pause.end + by, pause.own)


def _pick(clips: tuple[Clip, ...], number: int) -> Samples:
    return clips[number % len(clips)].samples


def _dealt(shares: tuple[tuple[str, float], ...], count: int, seed: int) -> list[str]:
    """``count`` kinds in their shares (largest remainders; each at least once where there is room), shuffled."""
    exact = [share * count for _, share in shares]
    numbers = [max(int(value), 1 if count >= len(shares) else 0) for value in exact]
    order = sorted(range(len(shares)), key=lambda place: numbers[place] - exact[place])
    for place in order * (count + 1):
        if sum(numbers) >= count:
            break
        numbers[place] += 1
    while sum(numbers) > count:
        numbers[int(np.argmax(numbers))] -= 1
    kinds = [name for (name, _), number in zip(shares, numbers, strict=True) for _ in range(number)]
    return [kinds[int(place)] for place in np.random.default_rng(seed).permutation(count)]
