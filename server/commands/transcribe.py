"""Transcribe recordings of any length: text, subtitles, or words with times.

  warmline transcribe talk.mp3                              the text, on the screen
  warmline transcribe talk.mp3 --format srt -o talk.srt     subtitles
  warmline transcribe *.wav --format json -o words/         one file for each recording
  warmline transcribe anruf.wav --set asr.model=whisper-base --set asr.language=auto
  warmline transcribe meeting.ogg --speakers                who said what

Memory stays bounded whatever the length, but with --speakers, which looks at a recording as a whole. The transcript
goes to stdout or to -o, progress to stderr.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

import numpy as np

from warmline.server import wiring
from warmline.server.commands.common import add_settings, settings_of
from warmline.server.commands.harder import add_harder, harder_of
from warmline.server.report import progress, stamped
from warmline.server.settings import Choice, Settings
from warmline.speech.asr import subtitles, windows
from warmline.speech.asr.backends import RECOGNISERS
from warmline.speech.asr.base import Hypothesis, Recogniser
from warmline.speech.asr.joining import joined
from warmline.speech.audio.degrade import Harder
from warmline.speech.audio.files import iter_audio, read_audio, write_text
from warmline.speech.diarize.backends import DIARISERS
from warmline.speech.diarize.base import Diariser
from warmline.speech.diarize.spans import speakers
from warmline.speech.runtime.errors import UnreadableInput, UsageError
from warmline.speech.types import AudioChunk, Samples, Word, samples_of, seconds_of

FORMATS = ("text", "srt", "vtt", "json")
TOLD_EVERY_S = 60.0
_AT_ONCE = 16
_SUFFIXES = {"text": ".txt", "srt": ".srt", "vtt": ".vtt", "json": ".json"}


@dataclass(frozen=True, slots=True)
class Transcript:
    """One recording as heard. ``speakers``: a number from 0 for each word (-1 where nothing could be told), or ()
    where nobody asked."""

    file: Path
    heard: Hypothesis
    duration_s: float
    speakers: tuple[int, ...] = ()

    def turns(self) -> Iterator[tuple[str, list[Word]]]:
        """The words of each speaker in a row, with the name to show: "" where speakers are not told."""
        told = zip(self.speakers or (None,) * len(self.heard.words), self.heard.words, strict=True)
        for speaker, row in groupby(told, key=lambda one: one[0]):
            name = "" if speaker is None else f"Speaker {speaker + 1}: " if speaker >= 0 else "Someone: "
            yield name, [word for _, word in row]


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="recordings: wav, mp3, ogg, m4a, mp4 ...")
    parser.add_argument("--format", choices=FORMATS, default="text", help="what comes out (default: text)")
    parser.add_argument("-o", "--out", type=Path, metavar="PATH", help="a file, or for several recordings a folder")
    parser.add_argument("--json", action="store_true", help="the same as --format json")
    parser.add_argument(
        "--speakers",
        action="store_true",
        help="tell voices apart, with diarize.backend (without that setting: embedded)",
    )
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
    diariser = _diariser(settings) if args.speakers else None
    try:
        done = []
        for path in args.files:
            done.append(_told(_transcribed(recogniser, path, harder), harder, diariser))
            if into_folder:
                write_text(args.out / f"{path.stem}{_SUFFIXES[form]}", _rendered(done[-1:], form))
    finally:
        recogniser.close()
        if diariser is not None:
            diariser.close()
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


def _diariser(settings: Settings) -> Diariser:
    chosen = Choice("embedded") if settings.diarize.backend == "none" else settings.diarize
    return DIARISERS.create(chosen.backend, chosen.options)


def _told(one: Transcript, harder: Harder, diariser: Diariser | None) -> Transcript:
    """The transcript with a speaker for each word."""
    words = one.heard.words
    if diariser is None or not words:
        return one
    progress(f"{one.file.name}: telling voices apart")
    audio = read_audio(one.file)
    audio = replace(audio, samples=harder.apply(audio.samples, one.file.name))
    return replace(one, speakers=speakers(audio, [(word.start, word.end) for word in words], diariser))


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
        return "".join(f"{one.file}: {line}\n" if several else f"{line}\n" for one in done for line in _lines(one))
    found = [
        replace(cue, text=name + cue.text)
        for one in done
        for name, words in one.turns()
        for cue in subtitles.cues(words)
    ]
    return subtitles.srt(found) if form == "srt" else subtitles.vtt(found)


def _lines(one: Transcript) -> list[str]:
    """The text: one line, or one for each time that another speaker begins."""
    if not one.speakers:
        return [one.heard.text]
    return [name + " ".join(word.text for word in words) for name, words in one.turns()]


def _plain(one: Transcript) -> dict[str, object]:
    words = [
        {
            "word": word.text,
            "start_s": round(seconds_of(word.start), 3),
            "end_s": round(seconds_of(word.end), 3),
            "confidence": round(word.confidence, 3),
            **({"speaker": one.speakers[at]} if one.speakers else {}),
        }
        for at, word in enumerate(one.heard.words)
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
