"""Answer a recording with a spoken reply: one turn, from audio to audio.

  warmline reply in.wav -o out.wav          words, tags, plan and reply on the terminal; audio in out.wav
  warmline reply in.wav -o out.wav --json   the same as one JSON object
  warmline reply folder/ -o replies/        every recording of a folder
  warmline reply in.wav -o out.wav --keep turn.json      then: warmline explain turn.json

Takes any audio file that FFmpeg reads: 0.2 s to an hour, any rate, mono or stereo.
"""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

import numpy as np

from warmline.dialogue.types import Outcome, Turn
from warmline.server import report, wiring
from warmline.server.chain import lines
from warmline.server.commands.common import add_settings, note, settings_of
from warmline.server.one_turn import Answer, answer_turn
from warmline.server.store.record import NOTHING
from warmline.server.store.records import Ended
from warmline.server.transcript import Transcript, turn_of
from warmline.server.views import plan_view, stages_line, tags_view
from warmline.speech.audio.files import read_audio, write_wav
from warmline.speech.runtime.errors import UsageError, WarmlineError
from warmline.speech.types import AudioChunk, Utterance
from warmline.tts.types import VOICE_RATE

AUDIO = {".wav", ".flac", ".mp3", ".ogg", ".opus", ".m4a", ".aac", ".webm", ".mp4", ".wma", ".aiff"}


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("input", type=Path, help="a recording, or a folder of recordings")
    parser.add_argument(
        "-o", "--output", type=Path, required=True, help="where to write the reply (a folder for a folder)"
    )
    parser.add_argument("--json", action="store_true", help="print exactly one JSON object")
    parser.add_argument("--keep", type=Path, metavar="FILE", help="keep words, plan and reasons, as JSON lines")
    add_settings(parser)


def run(args: argparse.Namespace) -> int:
    return asyncio.run(_run(args))


async def _run(args: argparse.Namespace) -> int:
    files = _files(args.input)
    first = read_audio(files[0])  # a wrong file is told before the models load
    settings = settings_of(args)
    failed, answers = 0, []
    transcript = NOTHING if args.keep is None else Transcript(args.keep)
    async with wiring.parts(settings, note) as parts:
        for number, path in enumerate(files):
            try:
                audio = first if number == 0 else read_audio(path)
                answer = await answer_turn(parts, audio)
                target = args.output / f"{path.stem}.wav" if args.input.is_dir() else args.output
                write_wav(target, answer.audio, VOICE_RATE)
            except WarmlineError as error:
                if not args.input.is_dir():
                    raise
                failed += 1
                report.progress(f"warmline: {path}: {error}")
                continue
            answers.append((path, answer))
            transcript.turn(_ended(answer))
            if not args.json:
                print(_shown(path, answer, target))
    if args.json:
        payloads = [_payload(path, answer) for path, answer in answers]
        payload = {"answers": payloads} if args.input.is_dir() else payloads[0]
        report.emit(payload, len(payloads), "", as_json=True)
    return 1 if failed else 0


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    files = sorted(file for file in path.iterdir() if file.suffix.lower() in AUDIO)
    if not files:
        raise UsageError(f"{path} holds no recordings ({', '.join(sorted(AUDIO))})")
    return files


def _ended(answer: Answer) -> Ended:
    user = Utterance(1, answer.words, (), AudioChunk(np.zeros(0, np.float32)))
    turn = Turn(1, user, answer.tags, answer.plan, answer.reply, answer.reply, Outcome.SPOKEN)
    return Ended(turn, 0.0, answer.stages_ms)


def _shown(path: Path, answer: Answer, target: Path) -> str:
    told = "\n".join(lines(turn_of(_ended(answer)), path.name))
    return f"\n{told}\n  {'took':<12}{stages_line(answer.stages_ms)}\n  {'audio':<12}{target}"


def _payload(path: Path, answer: Answer) -> dict[str, object]:
    return {
        "file": str(path),
        "words": answer.words,
        "tags": tags_view(answer.tags),
        "plan": plan_view(answer.plan),
        "reply": answer.reply,
        "stages_ms": answer.stages_ms,
    }
