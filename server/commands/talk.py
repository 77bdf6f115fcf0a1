"""A conversation: with your microphone and loudspeaker, or with recordings on the same real-time path.

  warmline talk                                        microphone and loudspeaker, echo cancelled
  warmline talk --input a.wav b.wav --output call.wav  recordings in the place of a microphone, in real time
  warmline talk --input a.wav b.wav stop.wav --barge-in 3 --transcript call.md
                                                       the third is spoken into the reply to the second

The written recording is stereo: the caller left, the reply right. Ctrl-C hangs up.
"""

from __future__ import annotations

import argparse
import asyncio
from dataclasses import replace
from pathlib import Path

from warmline.server import logs, wiring
from warmline.server.commands.common import add_settings, note, settings_of, warn_of_helplines
from warmline.server.conversation import Conversation
from warmline.server.events import Trouble
from warmline.server.narrator import Narrator
from warmline.server.parts import Parts
from warmline.server.settings import FrontSettings
from warmline.server.transcript import AlsoKept, Transcript
from warmline.server.transport.caller import Caller, Line
from warmline.server.transport.recording import write_stereo
from warmline.speech.audio.denoise.backends import DENOISERS
from warmline.speech.audio.echo import EchoCanceller, Processing
from warmline.speech.audio.files import read_audio
from warmline.speech.runtime.errors import UsageError
from warmline.tts.playout import Playout


def arguments(parser: argparse.ArgumentParser) -> None:
    files = parser.add_argument_group("recordings in the place of a microphone")
    files.add_argument("--input", type=Path, nargs="+", metavar="FILE", help="one recording a turn, in order")
    files.add_argument("--output", type=Path, metavar="FILE", help="write the call: caller left, reply right")
    files.add_argument(
        "--barge-in", type=int, action="append", default=[], metavar="N", help="the Nth recording interrupts our reply"
    )
    files.add_argument("--barge-after", type=float, default=1.5, metavar="S", help="when it does (default 1.5)")
    parser.add_argument("--transcript", type=Path, metavar="FILE", help="write what was said and heard, as Markdown")
    parser.add_argument("--keep", type=Path, metavar="FILE", help="keep it with every plan, for: warmline explain FILE")
    parser.add_argument("--no-greeting", action="store_true", help="start without the spoken AI notice (tests only)")
    parser.add_argument(
        "--no-tone", action="store_true", help="do not read emotion from the voice: the words alone are used"
    )
    parser.add_argument("--microphone", metavar="NAME", help="input device, by name or number")
    parser.add_argument("--loudspeaker", metavar="NAME", help="output device, by name or number")
    add_settings(parser)


def run(args: argparse.Namespace) -> int:
    if args.input is None and (args.output or args.barge_in):
        raise UsageError("--output and --barge-in go with --input")
    if any(not 2 <= number <= len(args.input or ()) for number in args.barge_in):
        raise UsageError("--barge-in takes the number of a recording, from 2: only a reply can be interrupted")
    lines = tuple(
        Line(
            read_audio(path).samples,
            interrupts=number in args.barge_in,
            after_s=args.barge_after if number in args.barge_in else 0.8,
        )
        for number, path in enumerate(args.input or (), start=1)
    )
    if not lines:
        from warmline.speech.audio.device import Duplex

        Duplex(args.microphone, args.loudspeaker).close()  # a missing device is told before the models load
    return asyncio.run(_talk(args, lines))


async def _talk(args: argparse.Namespace, lines: tuple[Line, ...]) -> int:
    quiet = ["call.greeting=''"] if args.no_greeting else []
    settings = settings_of(args, *quiet, *(["call.read_tone=false"] if args.no_tone else []))
    warn_of_helplines(settings)
    logs.configure(settings.log)
    narrator = Narrator(print)
    playout = Playout()
    denoiser = DENOISERS.create(settings.denoise.backend, settings.denoise.options)  # what is missing is told early
    async with wiring.parts(settings, note) as parts:
        observer = logs.watched(narrator, settings.log)
        conversation = Conversation(_kept(parts, args.keep), settings.call, observer, playout)
        try:
            if lines:
                recording = await Caller(lines).call(conversation)
                if args.output:
                    write_stereo(args.output, recording)
            else:
                from warmline.server.transport.microphone import talk

                await talk(
                    conversation,
                    args.microphone,
                    args.loudspeaker,
                    make_canceller=lambda rate, delay_s: EchoCanceller(rate, delay_s, _processing(settings.front)),
                    tell=lambda line: observer(Trouble(line)),
                    denoiser=denoiser,
                )
        except asyncio.CancelledError:
            print("\nhung up")
        finally:
            if args.transcript:
                narrator.write(args.transcript)
    return 0


def _kept(parts: Parts, path: Path | None) -> Parts:
    """The parts, with a transcript beside whatever keeps calls."""
    return parts if path is None else replace(parts, keeper=AlsoKept(Transcript(path), parts.keeper))


def _processing(front: FrontSettings) -> Processing:
    return Processing(echo=front.echo, noise=front.noise, high_pass=front.high_pass, gain=front.gain)
