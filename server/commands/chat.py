"""Talk by text with the same mind that answers calls: screen, planner, language model, safety protocol.

  warmline chat                 type, press return; an empty line is a silence; Ctrl-C or Ctrl-D ends it
  warmline chat --why           shows the plan of every reply
  warmline chat --language es   begins in Spanish (en, es, de, zh)
  warmline chat --keep t.json   keeps it in a file of yours, for: warmline explain t.json
  warmline chat --voice sad     as if every line sounded sad (sad, angry, fearful, happy, disgusted, surprised)
  echo "I lost my job" | warmline chat --seed 1

Nothing of it is kept, unless store.url is set.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import numpy as np

from warmline.dialogue.languages import LANGUAGES, joined, of
from warmline.dialogue.memory.items import Mood
from warmline.dialogue.supporter import Supporter
from warmline.dialogue.types import HelpCard, Outcome, Turn
from warmline.emotion.circumplex import place
from warmline.emotion.types import LABELS, ParalinguisticTags
from warmline.server import wiring
from warmline.server.commands.common import add_settings, note, settings_of, warn_of_helplines
from warmline.server.remembering import Remembering, without_memory
from warmline.server.store.record import NOTHING
from warmline.server.store.records import Ended
from warmline.server.transcript import AlsoKept, Transcript
from warmline.server.views import card_line, grounds_line, plan_line
from warmline.speech.runtime.cancel import CancelFlag
from warmline.speech.runtime.clock import WallClock
from warmline.speech.runtime.cores import Inline
from warmline.speech.types import AudioChunk, Utterance


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--why", action="store_true", help="show the plan of every reply, and its reasons")
    parser.add_argument("--keep", type=Path, metavar="FILE", help="keep the talk, its plans and reasons, as JSON")
    parser.add_argument(
        "--language", choices=tuple(LANGUAGES), help="the language to begin in; it follows yours from then on"
    )
    parser.add_argument("--voice", choices=LABELS, help="as if every line sounded like this")
    parser.add_argument("--seed", type=int, default=None, metavar="S", help="makes the replies repeatable")
    add_settings(parser)


def run(args: argparse.Namespace) -> int:
    try:
        asyncio.run(_run(args))
    except KeyboardInterrupt:
        print()
    return 0


async def _run(args: argparse.Namespace) -> None:
    more = [] if args.seed is None else [f"call.seed={args.seed}"]
    if args.language is not None:
        more.append(f"call.languages={','.join(dict.fromkeys((args.language, *LANGUAGES)))}")
    settings = settings_of(args, *more)
    warn_of_helplines(settings)
    async with wiring.mind(settings, note) as mind:
        print(settings.call.hello, flush=True)
        turns: tuple[Turn, ...] = ()
        clock = WallClock()
        begun_s = clock.now_s()
        memory = Remembering(mind.sentences)
        keeper = mind.keeper if args.keep is None else AlsoKept(Transcript(args.keep), mind.keeper)
        memory.begin(NOTHING if keeper is None else await keeper.begin(settings.call))
        try:
            while (line := await asyncio.to_thread(_line)) is not None:
                tags = _tags(args.voice)
                turn, sources = await _answer(mind.supporter, turns, line.strip(), tags, memory, why=args.why)
                turns = (*turns, turn)
                memory.ended(Ended(turn, clock.now_s() - begun_s, {}, sources), turns)
                turns = without_memory(turns) if memory.forgotten else turns
                await memory.learn(Inline())
        finally:
            memory.hung_up("")


async def _answer(
    supporter: Supporter,
    turns: tuple[Turn, ...],
    text: str,
    tags: ParalinguisticTags,
    memory: Remembering,
    *,
    why: bool,
) -> tuple[Turn, tuple[str, ...]]:
    """One exchange, printed as it comes; and where each piece of the reply is from."""
    id = len(turns) + 1
    utterance = Utterance(id, text, (), AudioChunk(np.zeros(0, np.float32)))
    mood = Mood(tags.valence, tags.arousal, tags.confidence)
    found = await supporter.planned(text, tags, turns, CancelFlag())
    plan = memory.planned(found, memory.beside(text, mood, turns))
    utterance = replace(utterance, language=plan.language)
    await supporter.prepare(turns, text, CancelFlag(), plan.memory)
    if why:
        print(f"  [{plan_line(plan)}]\n  [{grounds_line(plan)}]", flush=True)
    said: list[str] = []
    sources: list[str] = []
    card: HelpCard | None = None
    written = supporter.reply(id, utterance, tags, plan, turns, CancelFlag())
    async with aclosing(memory.spoken(plan, text, turns, id, written)) as pieces:
        async for piece in pieces:
            print(piece.text, end="\n" if piece.last else of(piece.language).between, flush=True)
            card = piece.safety.card if piece.safety is not None else card
            said.append(piece.text)
            sources.append(piece.source)
    if card is not None:
        print(f"  [{card_line(card)}]", flush=True)
    reply = joined(said)
    return Turn(id, utterance, tags, plan, reply, reply, Outcome.SPOKEN), tuple(sources)


def _line() -> str | None:
    """The next line; None at the end of the input. The prompt is shown to people only."""
    try:
        return input("> " if sys.stdin.isatty() else "")
    except EOFError:
        return None


def _tags(label: str | None) -> ParalinguisticTags:
    tags = ParalinguisticTags.unknown()
    if label is None:
        return tags
    labels = {each: 0.8 if each == label else 0.2 / (len(LABELS) - 1) for each in LABELS}
    where = place(labels)
    return replace(tags, valence=where.valence, arousal=where.arousal, labels=labels, confidence=0.7, label=label)
