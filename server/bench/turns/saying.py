"""Sentences said by our own voices in many tones, as speech to train on."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from warmline.dialogue.types import Style
from warmline.speech.audio.resample import resampled
from warmline.speech.runtime.errors import UnreadableInput
from warmline.speech.turn.training.material import Spoken
from warmline.speech.types import SAMPLE_RATE, AudioChunk
from warmline.tts.speech_of import speech_of
from warmline.tts.types import VOICE_RATE
from warmline.tts.voice.base import Voice

PITCHES = (0.86, 0.93, 1.0, 1.08, 1.16)
"""One voice played slower or faster: the speakers that are held out one at a time."""


def spoken_by(
    voice: Voice, name: str, texts: Sequence[str], seed: int, tell: Callable[[str], None]
) -> Iterator[Spoken]:
    """Each text once, in a tone drawn by chance."""
    rng = np.random.default_rng(seed)
    for number, text in enumerate(texts):
        style = Style(*(float(value) for value in rng.uniform(-0.7, 0.7, 6)))
        pitch = PITCHES[number % len(PITCHES)]
        audio = speech_of(voice, text, style).audio
        if len(audio) < VOICE_RATE // 2:
            continue
        rate = round(VOICE_RATE * pitch / 100) * 100
        samples = resampled(AudioChunk(audio, rate), SAMPLE_RATE).samples
        yield Spoken(f"{name}-{number}", f"voice-{name}", f"{name}/{pitch:g}", samples)
        if (number + 1) % 200 == 0:
            tell(f"{name}: {number + 1} of {len(texts)} sentences spoken")


def texts_of(path: Path) -> tuple[str, ...]:
    """What people said, a text a turn: dialogues as JSON lines (the seeker's or everybody's ``text``), a csv with
    ``utterance_text`` (a client's), a tsv whose first column is text, or plain lines. Raises UnreadableInput."""
    try:
        raw = path.read_text(encoding="utf-8-sig")
        match path.suffix:
            case ".jsonl":
                found = [turn for row in raw.splitlines() if row.strip() for turn in _seekers(json.loads(row))]
            case ".csv":
                rows = csv.DictReader(raw.splitlines())
                found = [row["utterance_text"] for row in rows if row.get("interlocutor", "client") == "client"]
            case ".tsv":
                found = [row.split("\t")[0] for row in raw.splitlines()]
            case _:
                found = raw.splitlines()
    except (OSError, ValueError, KeyError, TypeError, UnicodeDecodeError) as error:
        raise UnreadableInput(f"{path} cannot be read as texts ({error}): see warmline train turns --help") from error
    texts = tuple(dict.fromkeys(text.strip() for text in found if text.strip()))
    if not texts:
        raise UnreadableInput(f"{path} holds no text")
    return texts


def _seekers(dialogue: dict[str, object]) -> list[str]:
    turns = dialogue.get("dialog") or dialogue.get("dialogue") or []
    if not isinstance(turns, list):
        raise ValueError("a dialogue's turns are a list")
    return [str(turn["text"]) for turn in turns if str(turn.get("speaker", "seeker")) in {"seeker", "usr", "client"}]
