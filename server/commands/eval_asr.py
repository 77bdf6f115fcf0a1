"""Word error rate and delay of recognition, on recordings with transcripts; invented words, on audio without any.

A manifest has one JSON object a line, {"file": ..., "text": ..., "lang": "en"}, files relative to the manifest.
Each recording is streamed as a call would hear it: the voice activity detector marks where somebody speaks, partials
are decoded while they do, and the final text is asked for at each pause that it notices. Delays are on the stream
clock with the decoding times of this machine: keep it quiet. With --nonspeech DIR every audio file below DIR is heard
once as in a call (behind the detector) and once without that help.

  warmline eval asr manifest.jsonl --set asr.model=whisper-base
  warmline eval asr manifest.jsonl --noise noises/ --snr 10 --telephone --json
  warmline eval asr --nonspeech noises/
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from warmline.server.commands.common import add_settings, settings_of
from warmline.server.commands.harder import add_harder, harder_of, harder_payload
from warmline.server.report import emit, percentile, progress
from warmline.server.settings import Settings
from warmline.speech.asr import evaluate
from warmline.speech.asr.backends import RECOGNISERS
from warmline.speech.asr.evaluate import Heard
from warmline.speech.asr.scoring import Errors, total
from warmline.speech.audio.degrade import Harder
from warmline.speech.audio.files import read_audio
from warmline.speech.runtime import weights
from warmline.speech.runtime.errors import UnreadableInput, UsageError
from warmline.speech.turn.endpoint import EndpointRules
from warmline.speech.types import AudioChunk, samples_of
from warmline.speech.vad.backends import VADS

SOUNDS = frozenset({".wav", ".flac", ".mp3", ".ogg", ".opus", ".m4a", ".aac", ".webm"})


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a manifest."""

    file: Path
    text: str
    language: str


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("manifest", nargs="?", type=Path, metavar="MANIFEST.jsonl", help="recordings with transcripts")
    parser.add_argument("--nonspeech", type=Path, metavar="DIR", help="a folder of audio without words")
    parser.add_argument("--no-batch", action="store_true", help="leave out the comparison with one-shot decoding")
    parser.add_argument("--words", action="store_true", help="also list every transcript with errors, on stderr")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    add_harder(parser)
    add_settings(parser)


def run(args: argparse.Namespace) -> int:
    if (args.manifest is None) == (args.nonspeech is None):
        raise UsageError("give either a manifest or --nonspeech DIR: warmline eval asr --help")
    settings = settings_of(args)
    if settings.cache:
        weights.configure(Path(settings.cache).expanduser())
    if args.nonspeech is not None:
        _nonspeech(args, settings)
    else:
        _speech(args, settings)
    return 0


def manifest(path: Path) -> tuple[Line, ...]:
    """The lines of a manifest. Raises UnreadableInput naming the line."""
    try:
        rows = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableInput(f"cannot read the manifest {path}: {error}") from error
    lines = tuple(_line(path, number, row) for number, row in enumerate(rows, 1) if row.strip())
    if not lines:
        raise UnreadableInput(f"{path} names no recording: one JSON object a line, with file and text")
    return lines


def _line(path: Path, number: int, row: str) -> Line:
    try:
        found = json.loads(row)
        return Line(path.parent / str(found["file"]), str(found["text"]), str(found.get("lang", "en")))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnreadableInput(f"{path}, line {number}: not a JSON object with file and text") from error


def _speech(args: argparse.Namespace, settings: Settings) -> None:
    lines = manifest(args.manifest)
    if missing := [line.file for line in lines if not line.file.is_file()]:
        raise UnreadableInput(f"{args.manifest} names {len(missing)} files that are not there, such as {missing[0]}")
    harder = harder_of(args)
    recogniser = RECOGNISERS.create(settings.asr.backend, settings.asr.options)
    vad = VADS.create(settings.vad.backend, settings.vad.options)
    recogniser.decode(AudioChunk(_clip(lines[0], harder).samples[: samples_of(1.0)]))
    heard: list[Heard] = []
    audio_s = cpu_s = 0.0
    for at, line in enumerate(lines, 1):
        clip = _clip(line, harder)
        began_s = time.process_time()
        heard.append(evaluate.stream(recogniser, clip.samples, time.perf_counter, vad))
        cpu_s, audio_s = cpu_s + time.process_time() - began_s, audio_s + clip.duration_s
        _tell(args.words, "streamed", line, heard[-1].text)
        counted("streamed", at, len(lines))
    recogniser.close()
    streamed = total(evaluate.against(line.text, one.text) for line, one in zip(lines, heard, strict=True))
    batch = Errors() if args.no_batch else _batch(settings, lines, harder, args.words)
    figures = _figures(streamed, batch, heard, audio_s, cpu_s)
    payload = {**figures.payload(), **harder_payload(args, harder), "model": str(settings.asr.options.get("model", ""))}
    emit(payload, len(lines), figures.table(settings, len(lines)), as_json=args.json)


def _clip(line: Line, harder: Harder) -> AudioChunk:
    """One recording, read when it is needed: a large set does not fit into memory."""
    return AudioChunk(harder.apply(read_audio(line.file, shortest_s=0.0).samples, line.file.name))


def _batch(settings: Settings, lines: tuple[Line, ...], harder: Harder, words: bool) -> Errors:
    """One-shot errors with the same weights; a recogniser that is no Whisper decodes each clip whole."""
    clips = (_clip(line, harder) for line in lines)
    if settings.asr.backend == "faster_whisper":
        from warmline.speech.asr.batch import Batch

        whole = Batch(settings.asr.options)
        texts: Iterator[str] = (whole.text(clip.samples) for clip in clips)
    else:
        recogniser = RECOGNISERS.create(settings.asr.backend, settings.asr.options)
        texts = (recogniser.decode(clip).text for clip in clips)
    each = []
    for at, (line, text) in enumerate(zip(lines, texts, strict=True), 1):
        _tell(words, "batch", line, text)
        counted("in one shot", at, len(lines))
        each.append(evaluate.against(line.text, text))
    return total(each)


@dataclass(frozen=True, slots=True)
class Figures:
    """What a manifest gave; milliseconds, and fractions in [0, 1]."""

    streamed: Errors
    batch: Errors
    first_p50: float
    final_p50: float
    final_p95: float
    decode_p50: float
    rtf: float
    cpu: float
    stable_wrong: float
    audio_s: float

    def payload(self) -> dict[str, object]:
        return {
            "wer": self.streamed.rate,
            "wer_batch": self.batch.rate,
            "first_partial_ms": {"p50": self.first_p50},
            "final_ms": {"p50": self.final_p50, "p95": self.final_p95},
            "final_decode_ms": {"p50": self.decode_p50},
            "rtf": self.rtf,
            "cpu_s_per_s": self.cpu,
            "stable_wrong": self.stable_wrong,
            "words": self.streamed.words,
            "audio_s": self.audio_s,
        }

    def table(self, settings: Settings, clips: int) -> str:
        batch = f"{self.batch.rate:.1%} ({_kinds(self.batch)})" if self.batch.words else "not measured"
        rows = [
            ("recogniser", f"{settings.asr.backend} {settings.asr.options.get('model', '')}".strip()),
            ("recordings", f"{clips}, {self.audio_s:.0f} s, {self.streamed.words} words"),
            ("word errors, streaming", f"{self.streamed.rate:.1%} ({_kinds(self.streamed)})"),
            ("word errors, one shot", batch),
            ("first partial p50", f"{self.first_p50:.0f} ms after the first voiced sample"),
            ("final p50 / p95", f"{self.final_p50:.0f} / {self.final_p95:.0f} ms after the last voiced sample"),
            ("", f"{self.decode_p50:.0f} ms of it decoding"),
            ("decoding time", f"{self.rtf:.2f} of the audio's, {self.cpu:.2f} s of processor time a second"),
            ("stable words corrected", f"{self.stable_wrong:.1%}"),
        ]
        return "\n".join(f"{name:<24}{value}" for name, value in rows)


def _figures(streamed: Errors, batch: Errors, heard: list[Heard], audio_s: float, cpu_s: float) -> Figures:
    finals = [one.final_ms for one in heard]
    firsts = [one.first_partial_ms for one in heard if not math.isnan(one.first_partial_ms)]
    stable = sum(one.stable for one in heard)
    return Figures(
        streamed,
        batch,
        percentile(firsts, 50),
        percentile(finals, 50),
        percentile(finals, 95),
        percentile([one.decode_ms for one in heard], 50),
        sum(one.busy_s for one in heard) / audio_s,
        cpu_s / audio_s,
        sum(one.stable_wrong for one in heard) / stable if stable else math.nan,
        audio_s,
    )


def counted(what: str, at: int, whole: int) -> None:
    """Now and then, how far it has come."""
    if at % 25 == 0 and at < whole:
        progress(f"{what}: {at} of {whole}")


def _kinds(found: Errors) -> str:
    return f"{found.changed} changed, {found.dropped} dropped, {found.added} added"


def _tell(words: bool, kind: str, line: Line, text: str) -> None:
    found = evaluate.against(line.text, text)
    if words and found.edits:
        progress(f"{line.file.name} {kind}: {found.edits} of {found.words} | {line.text} | {text}")


def _nonspeech(args: argparse.Namespace, settings: Settings) -> None:
    if not args.nonspeech.is_dir():
        raise UnreadableInput(f"{args.nonspeech} is no folder")
    files = sorted(path for path in args.nonspeech.rglob("*") if path.suffix.lower() in SOUNDS)
    if not files:
        raise UnreadableInput(f"there is no audio file below {args.nonspeech}")
    recogniser = RECOGNISERS.create(settings.asr.backend, settings.asr.options)
    vad = VADS.create(settings.vad.backend, settings.vad.options)
    harder = harder_of(args)
    called = alone = 0
    voiced_s = minutes = 0.0
    for at, path in enumerate(files, 1):
        samples = harder.apply(read_audio(path, shortest_s=0.0).samples, path.name)
        minutes += len(samples) / samples_of(60.0)
        spans = evaluate.voiced_spans(vad, samples, EndpointRules())
        voiced_s += sum(end - start for start, end in spans) / samples_of(1.0)
        found = tuple(evaluate.hallucinated(recogniser, samples, pieces) for pieces in (spans, evaluate.tiles(samples)))
        called, alone = called + found[0], alone + found[1]
        counted("heard", at, len(files))
        if args.words and any(found):
            progress(f"{path.name}: {found[0]} words as in a call, {found[1]} without the detector")
    payload = {
        "words_per_minute": called / minutes,
        "words_per_minute_no_vad": alone / minutes,
        "opened_s_per_minute": voiced_s / minutes,
        "audio_s": 60.0 * minutes,
        **harder_payload(args, harder),
    }
    table = "\n".join(
        (
            f"recordings              {len(files)}, {60.0 * minutes:.0f} s without words",
            f"invented words          {called / minutes:.2f} a minute as in a call",
            f"                        {alone / minutes:.2f} a minute without the voice activity detector",
            f"taken for a voice       {voiced_s / minutes:.2f} s a minute",
        )
    )
    emit(payload, len(files), table, as_json=args.json)
