"""Practise being the supporter: Warmline plays the one who seeks support, and then tells you kindly how it went.

  warmline practice night                     in text, with one of our cards (night, quiet-house, exam, promotion)
  warmline practice cards.json --only 32025   with a card of yours
  warmline practice exam --hints              feedback after every line, not only at the end
  warmline practice exam --llm                the configured language model words the seeker's lines
  warmline practice night --voice             aloud, with microphone and loudspeaker

Type what you would say and press return; an empty line is a silence. Ctrl-D or Ctrl-C ends the talk and gives the
feedback. The other side is a simulation. The feedback goes by rules that err: it is for learning, and no assessment.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Awaitable, Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, replace
from importlib.resources import as_file, files
from pathlib import Path

from warmline.dialogue.evaluate.conversation.cards import Card, read
from warmline.dialogue.evaluate.conversation.coaching import Practised, Turn, practised, replayed, turn
from warmline.dialogue.evaluate.conversation.heard import Ear
from warmline.dialogue.evaluate.conversation.played import PlayedSeeker
from warmline.dialogue.evaluate.conversation.rehearsal import Ruled, Seeker
from warmline.dialogue.evaluate.conversation.seeker import Line as Said
from warmline.dialogue.evaluate.conversation.seeker import RuleSeeker, Told
from warmline.dialogue.safety.screen import Screen
from warmline.dialogue.types import RiskLevel
from warmline.server import wiring
from warmline.server.bench.conversation.practising import SeekerSide, own_danger
from warmline.server.bench.conversation.run import ear_of
from warmline.server.commands.common import add_settings, note, settings_of
from warmline.server.conversation import Conversation
from warmline.server.narrator import Narrator
from warmline.server.report import emit, progress
from warmline.server.settings import Settings
from warmline.server.transport.caller import Caller, Line
from warmline.speech.audio.files import read_audio
from warmline.speech.runtime.errors import StorageError, UsageError
from warmline.tts.playout import Playout
from warmline.tts.voice.backends import VOICES

NOTICE = "You talk with a simulation, not with a person. What you say stays here."
OUT_OF_PART = (
    "I'm stepping out of the part: that sounded as if you meant yourself. If your life may be in danger, call your "
    "local emergency number now; `warmline helplines list` shows lines that answer."
)
ABOUT_DANGER = "This card touches on danger to life: practise it with a trainer beside you."


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("card", metavar="CARD", help="a card's name, or a JSON file of cards (see eval conversation)")
    parser.add_argument("--only", metavar="ID", help="which card of the file (default: the first)")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--text", action="store_true", help="in text (the default)")
    how.add_argument("--voice", action="store_true", help="aloud, by microphone and loudspeaker")
    parser.add_argument("--input", type=Path, nargs="+", metavar="FILE", help="aloud, recordings for a microphone")
    parser.add_argument("--turns", type=int, default=12, metavar="N", help="most replies of yours (default 12)")
    parser.add_argument("--hints", action="store_true", help="feedback after every reply (text)")
    parser.add_argument("--llm", action="store_true", help="the language model words the seeker's lines (text)")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="another mood of the same person")
    parser.add_argument("--transcript", type=Path, metavar="FILE", help="keep talk and feedback, as Markdown")
    parser.add_argument("--json", action="store_true", help="print one JSON object at the end")
    add_settings(parser)


def run(args: argparse.Namespace) -> int:
    if args.turns < 1:
        raise UsageError("--turns is at least 1")
    card = card_of(args.card, args.only)
    aloud = args.voice or args.input
    if aloud and (args.llm or args.hints):
        raise UsageError("--llm and --hints are for practice in text")
    told = Screen().assess(card.problem).level >= RiskLevel.L2
    print(f"{NOTICE}{f' {ABOUT_DANGER}' if told else ''}", file=sys.stderr, flush=True)
    found = asyncio.run(_aloud(args, card)) if aloud else _in_text(args, card)
    if args.transcript is not None:
        _write(args.transcript, markdown(card, found))
    emit(payload(card, found), len(found.turns), f"\n{feedback(found)}", as_json=args.json)
    return 0


def card_of(name: str, only: str | None) -> Card:
    """One of our cards by its name, or one of a file. Raises UnreadableInput."""
    wanted = [only] if only else []
    if Path(name).suffix == ".json" or Path(name).exists():
        return read(Path(name), wanted)[0]
    with as_file(files("warmline.dialogue.evaluate.conversation").joinpath("practice_cards.json")) as path:
        ours = {card.id: card for card in read(path)}
    if name not in ours:
        raise UsageError(f"there is no card {name!r}: take one of {', '.join(ours)}, or a JSON file of cards")
    return ours[name]


def _in_text(args: argparse.Namespace, card: Card) -> Practised:
    """Line by line, until the person ends it. They are read outside of the loop, so that Ctrl-C ends the talk at once
    and the feedback still comes."""
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        try:
            return _talk(args, runner, runner.run(_seeker(args, card, stack)))
        finally:
            runner.run(stack.aclose())


async def _seeker(args: argparse.Namespace, card: Card, stack: AsyncExitStack) -> Seeker:
    ear = await asyncio.to_thread(ear_of)
    if not args.llm:
        return Ruled(RuleSeeker(card, args.seed, ear))
    mind = await stack.enter_async_context(wiring.mind(settings_of(args), note))
    return PlayedSeeker(card, args.seed, ear, mind.llm)


def _talk(args: argparse.Namespace, runner: asyncio.Runner, seeker: Seeker) -> Practised:
    begun = seeker.rules.state
    turns: list[Turn] = []
    told: list[Told] = []
    line = runner.run(_awaited(seeker.opens()))
    while True:
        _say(args, f"\n{line.text}")
        reply = None if len(turns) >= args.turns else _typed()
        if reply is None:
            break
        if own_danger(reply):
            _say(args, OUT_OF_PART)
            break
        before = seeker.rules.state
        told.append(seeker.hears(reply.strip()))
        turns.append(turn(line, reply.strip(), told[-1], before))
        if args.hints:
            _say(args, hint(turns[-1]))
        line = runner.run(_awaited(seeker.says(told[-1], reply)))
    return practised(turns, told, begun, seeker.rules.state)


async def _awaited(line: Awaitable[Said]) -> Said:
    return await line


def _say(args: argparse.Namespace, text: str) -> None:
    """To the person; with --json the one object alone goes to stdout."""
    print(text, file=sys.stderr if args.json else sys.stdout, flush=True)


def _typed() -> str | None:
    """The next line; None at the end."""
    try:
        if not sys.stdin.isatty():
            return input()
        print("> ", end="", file=sys.stderr, flush=True)
        return input()
    except (EOFError, KeyboardInterrupt):
        return None


async def _aloud(args: argparse.Namespace, card: Card) -> Practised:
    if not args.input:
        from warmline.speech.audio.device import Duplex

        Duplex(None, None).close()  # a missing device is told before the models load
    ear = await asyncio.to_thread(ear_of)
    opening, _ = replayed(card, args.seed, ear, ())
    quiet = ("llm.backend=scripted", "call.check_in_s=3600.0", "call.read_tone=false")
    settings = settings_of(args, *quiet, f"call.greeting={json.dumps(opening.text)}")
    conversation = await _held(args, settings, card, ear)
    replies = [turn.user.text for turn in conversation.turns][: args.turns]
    return replayed(card, args.seed, ear, replies)[1]


async def _held(args: argparse.Namespace, settings: Settings, card: Card, ear: Ear) -> Conversation:
    """The whole call, hung up by the person (Ctrl-C) or by the last recording."""
    async with wiring.parts(settings, note) as built:
        side = SeekerSide(card, args.seed, ear, wiring.language_model(settings), settings.call.country)
        voice = built.voice
        if settings.voice.backend == "hibari" and card.gender == "male":
            voice = await asyncio.to_thread(VOICES.create, "piper")
        parts = replace(built, supporter=side, voice=voice)
        narrator = Narrator(progress if args.json else print)
        conversation = Conversation(parts, settings.call, narrator, Playout())
        try:
            if args.input:
                lines = tuple(Line(read_audio(path).samples) for path in args.input)
                await Caller(lines).call(conversation)
            else:
                from warmline.server.transport.microphone import talk

                await talk(conversation, None, None, tell=progress)
        except asyncio.CancelledError:
            progress("\nhung up")
    return conversation


def hint(one: Turn) -> str:
    """Feedback on one reply, in a few lines."""
    change = f"intensity {one.moved[0]:+.2f} to {one.intensity:.1f}, trust {one.moved[1]:+.2f} to {one.trust:.2f}"
    lines = [f"  [{one.code}, {one.kind.replace('_', ' ')}; {change}]", *(f"  {what}" for what in one.happened)]
    return "\n".join([*lines, *(f"  perhaps: {what}" for what in one.might)])


def feedback(found: Practised) -> str:
    """The whole feedback as text."""
    if not found.turns:
        return "You said nothing this time, so there is nothing to tell. Come back whenever you like."
    lines = ["How it went, reply by reply", ""]
    for number, one in enumerate(found.turns, 1):
        lines += [f"{number}. they: {one.line}", f"   you:  {one.reply or '(silence)'}", hint(one), ""]
    ratio = f"reflections that met them: {found.reflections}; replies with a question: {found.questions}"
    lines += ["As a whole", f"  {ratio}; intensity {found.begun.intensity:.1f} to {found.ended.intensity:.1f}, "
              f"trust {found.begun.trust:.2f} to {found.ended.trust:.2f}"]  # fmt: skip
    return "\n".join([*lines, *(f"  {what}" for what in found.summary)])


def payload(card: Card, found: Practised) -> dict[str, object]:
    """The practice for programs."""
    return {
        "card": card.id,
        "turns": [asdict(one) for one in found.turns],
        "intensity": {"before": found.begun.intensity, "after": found.ended.intensity},
        "trust": {"before": found.begun.trust, "after": found.ended.trust},
        "reflections": found.reflections,
        "questions": found.questions,
        "early_advice": found.early,
        "opened_up": found.opened,
        "summary": list(found.summary),
    }


def markdown(card: Card, found: Practised) -> str:
    """Talk and feedback as a page to keep."""
    lines: Sequence[str] = [f"# Practice with {card.id}", "", NOTICE, ""]
    body = [
        f"**They:** {one.line}\n\n**You:** {one.reply or '(silence)'}\n\n"
        f"> {' '.join((*one.happened, *(f'Perhaps: {what}' for what in one.might)))}\n"
        for one in found.turns
    ]
    return "\n".join([*lines, *body, "## As a whole", "", *(f"- {what}" for what in found.summary), ""])


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StorageError(f"cannot write {path}: give another file with --transcript") from error
