"""Transcribe recordings of any length: text, subtitles, or words with times.

  warmline transcribe talk.mp3                              the text, on the screen
  warmline transcribe talk.mp3 --format srt -o talk.srt     subtitles
  warmline transcribe *.wav --format json -o words/         one file for each recording
  warmline transcribe anruf.wav --set asr.model=whisper-base --set asr.language=auto

Memory stays bounded whatever the length. The transcript goes to stdout or to -o, progress to stderr.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from warmline.server import wiring
from warmline.server.commands.common import add_settings, settings_of
from warmline.server.commands.harder import add_harder, harder_of
from warmline.server.config import Choice, Settings
from warmline.server.report import progress, stamped
from warmline.speech.asr import subtitles, windows
from warmline.speech.asr.backends import RECOGNISERS
from warmline.speech.asr.base import Hypothesis, Recogniser
from warmline.speech.asr.joining import joined
from warmline.speech.audio.degrade import Harder
from warmline.speech.audio.files import iter_audio, read_audio, write_text
from warmline.speech.runtime.errors import UnreadableInput, UsageError
from warmline.speech.types import AudioChunk, Samples, samples_of, seconds_of

FORMATS = ("text", "srt", "vtt", "json")
TOLD_EVERY_S = 60.0
_AT_ONCE = 16
_SUFFIXES = {"text": ".txt", "srt": ".srt", "vtt": ".vtt", "json": ".json"}


@dataclass(frozen=True, slots=True)
class Transcript:
    """One recording as heard."""

    file: Path
    heard: Hypothesis
    duration_s: float


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="recordings: wav, mp3, ogg, m4a, mp4 ...")
    parser.add_argument("--format", choices=FORMATS, default="text", help="what comes out (default: text)")
    parser.add_argument("-o", "--out", type=Path, metavar="PATH", help="a file, or for several recordings a folder")
    parser.add_argument("--json", action="store_true", help="the same as --format json")
    add_harder(parser)
    add_settings(parser)


def run(args: argparse.Namespace) -> int:
    """Transcribe each file. Raises UsageError, UnreadableInput, and what the recogniser raises."""
    form = "json" if args.json else args.format
    into_folder = args.out is not None and (len(args.files) > 1 or args.out.is_dir())
    if form in {"srt", "vtt"} and len(args.files) > 1 and args.out is None:
        raise UsageError(f"several recordings as {form} need a folder: -o FOLDER")
    if into_folder and args.out.exists() and not args.out.is_dir():
        raise UsageError(f"{args.out} is a file, and several recordings need a folder: -o FOLDER")
    if into_folder and len({path.stem for path in args.files}) < len(args.files):
        raise UsageError("two of the recordings have one name: transcribe them into different folders")
    settings = settings_of(args)
    wiring.use_cache(settings)
    harder = harder_of(args)
    recogniser = _recogniser(settings)
    try:
        done = []
        for path in args.files:
            done.append(_transcribed(recogniser, path, harder))
            if into_folder:
                write_text(args.out / f"{path.stem}{_SUFFIXES[form]}", _rendered(done[-1:], form))
    finally:
        recogniser.close()
    if args.out is None:
        print(_rendered(done, form), end="")
    elif not into_folder:
        write_text(args.out, _rendered(done, form))
    return 0


def _recogniser(settings: Settings) -> Recogniser:
    """The recogniser of the settings; Whisper aligns every word, because here its times are shown."""
    choice = settings.asr
    if choice.backend == "faster_whisper":
        choice = Choice(choice.backend, {"word_times": "aligned", **choice.options})
    return RECOGNISERS.create(choice.backend, choice.options)


def _transcribed(recogniser: Recogniser, path: Path, harder: Harder) -> Transcript:
    pieces: list[Hypothesis] = []
    told_s, end = 0.0, 0
    for audio in _stretches(path, harder):
        heard = recogniser.decode(audio)
        pieces.append(replace(heard, features=None))
        end = audio.end
        if seconds_of(end) - told_s >= TOLD_EVERY_S:
            told_s = seconds_of(end)
            progress(f"{path.name}: {told_s / 60:.1f} minutes")
    if not pieces:
        raise UnreadableInput(f"{path} has no audio that can be decoded: give a recording with speech in it")
    return Transcript(path, joined(pieces), seconds_of(end))


def _stretches(path: Path, harder: Harder) -> Iterator[AudioChunk]:
    """The recording in stretches that end where recognition would cut it anyway."""
    held: Samples = np.zeros(0, np.float32)
    start = count = upto = 0
    for samples in _read(path, harder):
        held = np.concatenate((held, samples))
        while (at := windows.cut(held[upto:])) is not None:
            count, upto = count + 1, upto + at
        if count >= _AT_ONCE:
            yield AudioChunk(held[:upto], start=start)
            held, start, count, upto = held[upto:].copy(), start + upto, 0, 0
    if len(held):
        yield AudioChunk(held, start=start)


def _read(path: Path, harder: Harder) -> Iterator[Samples]:
    """The recording piece by piece; whole where it is made harder, as rooms and lines have a memory."""
    if harder.changes:
        return iter((harder.apply(read_audio(path).samples, path.name),))
    return iter_audio(path, frame=samples_of(10.0))


def _rendered(done: list[Transcript], form: str) -> str:
    if form == "json":
        return json.dumps(stamped({"files": [_plain(one) for one in done]}, len(done)), ensure_ascii=False) + "\n"
    if form == "text":
        several = len(done) > 1
        return "".join(f"{one.file}: {one.heard.text}\n" if several else f"{one.heard.text}\n" for one in done)
    found = subtitles.cues(word for one in done for word in one.heard.words)
    return subtitles.srt(found) if form == "srt" else subtitles.vtt(found)


def _plain(one: Transcript) -> dict[str, object]:
    words = [
        {
            "word": word.text,
            "start_s": round(seconds_of(word.start), 3),
            "end_s": round(seconds_of(word.end), 3),
            "confidence": round(word.confidence, 3),
        }
        for word in one.heard.words
    ]
    return {
        "file": str(one.file),
        "duration_s": round(one.duration_s, 3),
        "language": one.heard.language,
        "text": one.heard.text,
        "confidence": round(one.heard.confidence, 3),
        "rejected": one.heard.rejected,
        "words": words,
    }
