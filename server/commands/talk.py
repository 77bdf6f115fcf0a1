"""A conversation: with your microphone and loudspeaker, by typing, or with recordings on the same real-time path.

  warmline talk                                        microphone and loudspeaker, echo cancelled; typing works, too
  warmline talk --push-to-talk --transcript call.md    the space bar begins and ends what you say
  warmline talk --text                                 typing only, as where there is no sound card
  warmline talk --list-devices                         the microphones and loudspeakers of this machine
  warmline talk --url wss://warmline.example.org/v1/call --set server.tokens=TOKEN
                                                       a call that `warmline serve` holds elsewhere
  warmline talk --input a.wav b.wav --output call.wav  recordings in the place of a microphone, in real time
  warmline talk --input a.wav b.wav stop.wav --barge-in 3 --transcript call.md
                                                       the third is spoken into the reply to the second

The written recording is stereo: the caller left, the reply right. Ctrl-C hangs up. Where the output is no terminal the
call is told in plain lines, and standard input is read line by line.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from dataclasses import replace
from pathlib import Path

from warmline.server import logs, wiring
from warmline.server.commands.common import add_settings, note, settings_of, warn_of_helplines
from warmline.server.conversation import Conversation
from warmline.server.events import CallEvent
from warmline.server.narrator import Narrator
from warmline.server.parts import Parts
from warmline.server.settings import Settings
from warmline.server.terminal.calls import Ends, elsewhere, here
from warmline.server.terminal.talking import Talking
from warmline.server.transcript import AlsoKept, Transcript
from warmline.server.transport.caller import Caller, Line
from warmline.server.transport.recording import write_stereo
from warmline.server.transport.wire import event_messages
from warmline.speech.audio.denoise.backends import DENOISERS
from warmline.speech.audio.files import read_audio
from warmline.speech.runtime.errors import DeviceError, MissingExtra, UsageError
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
    parser.add_argument("--list-devices", action="store_true", help="show the devices of this machine, and end")
    parser.add_argument("--push-to-talk", action="store_true", help="the space bar turns the microphone on and off")
    parser.add_argument("--text", action="store_true", help="type, and hear nothing")
    parser.add_argument("--url", metavar="URL", help="a server that holds the call: ws://HOST:PORT/v1/call")
    add_settings(parser)


def run(args: argparse.Namespace) -> int:
    _check(args)
    if args.list_devices:
        return _list_devices()
    lines = tuple(
        Line(
            read_audio(path).samples,
            interrupts=number in args.barge_in,
            after_s=args.barge_after if number in args.barge_in else 0.8,
        )
        for number, path in enumerate(args.input or (), start=1)
    )
    return asyncio.run(_played(args, lines) if lines else _spoken(args))


def _check(args: argparse.Namespace) -> None:
    if args.input is None and (args.output or args.barge_in):
        raise UsageError("--output and --barge-in go with --input")
    if any(not 2 <= number <= len(args.input or ()) for number in args.barge_in):
        raise UsageError("--barge-in takes the number of a recording, from 2: only a reply can be interrupted")
    if args.input and (args.url or args.text or args.push_to_talk):
        raise UsageError("--input takes the place of a microphone: it does not go with --url, --text, --push-to-talk")
    if args.text and (args.push_to_talk or args.microphone or args.loudspeaker):
        raise UsageError("--text needs no microphone: it does not go with --push-to-talk, --microphone, --loudspeaker")
    if args.push_to_talk and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("--push-to-talk needs a terminal: there is no key to press here")
    if args.url and args.keep:
        raise UsageError("--keep keeps the plans of a call on this machine; with --url use --transcript")


def _list_devices() -> int:
    from warmline.speech.audio.device import devices

    for one in devices():
        ends = [f"{one.inputs} in" if one.inputs else "", f"{one.outputs} out" if one.outputs else ""]
        print(f"{one.number:>3}  {one.name}  ({', '.join(end for end in ends if end)})")
    return 0


async def _played(args: argparse.Namespace, lines: tuple[Line, ...]) -> int:
    """Recordings in the place of a microphone."""
    settings = _settings(args)
    narrator = Narrator(print)
    async with wiring.parts(settings, note) as parts:
        observer = logs.watched(narrator, settings.log)
        conversation = Conversation(_kept(parts, args.keep), settings.call, observer, Playout())
        try:
            recording = await Caller(lines).call(conversation)
            if args.output:
                write_stereo(args.output, recording)
        except asyncio.CancelledError:
            print("\nhung up")
        finally:
            if args.transcript:
                narrator.write(args.transcript)
    return 0


async def _spoken(args: argparse.Namespace) -> int:
    """A person at this machine: a call of this process, or of the server that was named."""
    settings = _settings(args)
    ends = _ends(args, settings)  # a missing device is told before the models load
    talking = Talking(live=sys.stdout.isatty(), push_to_talk=args.push_to_talk)
    try:
        if args.url:
            token = next(iter(settings.server.each_token), "")
            await elsewhere(args.url, token, settings.call.read_tone, talking, ends)
        else:
            async with wiring.parts(settings, note) as parts:
                observer = logs.watched(lambda event: _told(talking, event), settings.log)
                await here(Conversation(_kept(parts, args.keep), settings.call, observer, Playout()), talking, ends)
    except asyncio.CancelledError:
        print("\nhung up")
    finally:
        if args.transcript:
            talking.narrator.write(args.transcript)
    return 0


def _told(talking: Talking, event: CallEvent) -> None:
    for message in event_messages(event):
        talking.hear(message)


def _ends(args: argparse.Namespace, settings: Settings) -> Ends | None:
    """The sound card, or None for a call that is typed: wished for, or because there is no card. Raises DeviceError and
    MissingExtra where one was asked for."""
    if args.text:
        return None
    from warmline.speech.audio.device import Duplex

    try:
        Duplex(args.microphone, args.loudspeaker).close()
    except (DeviceError, MissingExtra) as error:
        if args.microphone or args.loudspeaker or args.push_to_talk:
            raise
        note(f"{error}. Until then: type here, and read the answers")
        return None
    denoiser = DENOISERS.create(settings.denoise.backend, settings.denoise.options)
    return Ends(args.microphone, args.loudspeaker, settings.front, denoiser)


def _settings(args: argparse.Namespace) -> Settings:
    quiet = ["call.greeting=''"] if args.no_greeting else []
    settings = settings_of(args, *quiet, *(["call.read_tone=false"] if args.no_tone else []))
    warn_of_helplines(settings)
    logs.configure(settings.log)
    return settings


def _kept(parts: Parts, path: Path | None) -> Parts:
    """The parts, with a transcript beside whatever keeps calls."""
    return parts if path is None else replace(parts, keeper=AlsoKept(Transcript(path), parts.keeper))
