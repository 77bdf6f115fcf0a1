"""Whole conversations with simulated seekers: how they go, how they leave the seeker, what several judges say.

  warmline eval conversation cards.json --turns 10 --seeds 1              aloud, through the real audio path
  warmline eval conversation cards.json --turns 8 --text --out talks      in text; run it again and it goes on
  warmline eval conversation cards.json --text --against planner-off      beside the same model without the planner
  warmline eval conversation cards.json --text --out new --against old    two versions of Warmline, by their folders
  warmline eval conversation cards.json --telephone --snr 15 --only 32025 --only 32036

CARDS.json is a list of {"id", "card"}; a card has "Problem:" (docs/conversations.md). A seeker has an intensity of
emotion, trust, resistance and something hidden; each reply moves them by rules. --seeker words their lines by a model:
"settings", or the address of an OpenAI-compatible server. Waiting costs no time aloud: the clock jumps over it.

No score is given without how far the judges agree. Seekers and judges are ours: a fall of this figure is no proof that
anybody would feel better.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from pathlib import Path

from warmline.dialogue.evaluate.conversation.cards import Card, read
from warmline.dialogue.evaluate.conversation.figures import figures
from warmline.dialogue.evaluate.conversation.paired import compare
from warmline.dialogue.evaluate.conversation.panel import verdicts
from warmline.dialogue.evaluate.conversation.talk import OURS, PLAIN, Talk, kept
from warmline.dialogue.llm.base import LanguageModel
from warmline.server.bench.conversation import skipping
from warmline.server.bench.conversation.aloud import PATIENCE_S
from warmline.server.bench.conversation.judging import SETTINGS, Bench, endpoint, seats
from warmline.server.bench.conversation.result import Result, payload, table
from warmline.server.bench.conversation.run import RULES, Done, Wanted, held
from warmline.server.bench.conversation.tone import coherence_of
from warmline.server.commands.common import add_settings, settings_of
from warmline.server.commands.harder import add_harder, harder_of
from warmline.server.report import emit, progress
from warmline.server.settings import Settings
from warmline.speech.runtime.errors import UnreadableInput, UsageError


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("cards", type=Path, metavar="CARDS.json", help="role cards of seekers")
    parser.add_argument("--turns", type=int, default=10, metavar="N", help="lines of the seeker in a talk (default 10)")
    parser.add_argument("--seeds", type=int, default=1, metavar="K", help="talks per card (default 1)")
    parser.add_argument("--first-seed", type=int, default=0, metavar="S", help="number of the first seed (default 0)")
    parser.add_argument("--text", action="store_true", help="in text, without ears and voice")
    parser.add_argument(
        "--seeker", default=RULES, metavar="rules|settings|URL", help="who words the seekers' lines (default rules)"
    )
    parser.add_argument("--seeker-model", default="default", metavar="NAME", help="the model's name at that URL")
    parser.add_argument("--seeker-voice", default="", metavar="NAME", help="the seekers' voice (default: by the card)")
    parser.add_argument("--patience", type=float, default=PATIENCE_S, metavar="S", help="seconds for a reply, aloud")
    which = parser.add_argument_group("which talks, and when")
    which.add_argument("--only", action="append", default=[], metavar="ID", help="this card alone; may be repeated")
    which.add_argument("--shard", default="1/1", metavar="I/N", help="the Ith of N parts of the cards")
    which.add_argument("--minutes", type=float, default=0.0, metavar="M", help="begin no talk after so many minutes")
    which.add_argument("--jobs", type=int, default=1, metavar="N", help="talks at once (text, a model behind a server)")
    which.add_argument("--out", type=Path, metavar="DIR", help="where talks are kept; what is there is not held again")
    judged = parser.add_argument_group("beside what, and by whom it is judged")
    judged.add_argument("--against", metavar="planner-off|DIR", help="compare with the same model, or with kept talks")
    judged.add_argument(
        "--judge", action="append", default=[], metavar="settings|URL", help="a language model that judges, too"
    )
    judged.add_argument("--judge-model", default="default", metavar="NAME", help="the judge's name at its URL")
    judged.add_argument("--ratings", type=Path, action="append", default=[], metavar="FILE", help="people's ratings")
    judged.add_argument("--report", type=Path, metavar="FILE.html", help="write a report with plots")
    judged.add_argument("--page", type=Path, metavar="FILE.html", help="write a page for blind rating by people")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    add_harder(parser)
    add_settings(parser)


def run(args: argparse.Namespace) -> int:
    if min(args.turns, args.seeds, args.jobs) < 1 or args.minutes < 0.0 or args.patience <= 0.0 or args.first_seed < 0:
        raise UsageError(
            "--turns, --seeds and --jobs are at least 1, --minutes and --first-seed at least 0, --patience above 0"
        )
    cards = _part(read(args.cards, args.only), args.shard)
    other = _other(args)
    out = args.out or Path(tempfile.mkdtemp(prefix="warmline-conversations-"))
    # who waits longer than a call does must not be asked meanwhile whether they are there
    more = [f"call.check_in_s={args.patience + 60.0}"] if args.patience > PATIENCE_S else []
    settings = settings_of(args, "call.seed=1", *more)
    work = _measured(args, settings, cards, other, out)
    try:
        result = asyncio.run(work) if args.text else skipping.run(work)
    except KeyboardInterrupt:
        progress(f"\nstopped; what is done lies in {out}: the same command with --out {out} goes on")
        raise
    if args.report is not None:
        from warmline.server.bench.conversation.report_page import page as report

        _write(args.report, report(result))
    if args.page is not None:
        from warmline.server.bench.conversation.blind_page import page as blind

        _write(args.page, blind(result))
    emit(payload(result), len(result.ours), table(result), as_json=args.json)
    return 0


async def _measured(
    args: argparse.Namespace, settings: Settings, cards: tuple[Card, ...], other: dict[str, Talk] | None, out: Path
) -> Result:
    player: LanguageModel | None = None
    if args.seeker not in (RULES, SETTINGS):
        player = endpoint(args.seeker, args.seeker_model)
    wanted = Wanted(
        cards=cards,
        seeds=tuple(range(args.first_seed, args.first_seed + args.seeds)),
        turns=args.turns,
        text=args.text,
        out=out,
        systems=(OURS, PLAIN) if args.against == PLAIN else (OURS,),
        seeker=args.seeker,
        player=player,
        minutes=args.minutes,
        jobs=args.jobs,
        seeker_voice=args.seeker_voice,
        patience_s=args.patience,
        line=harder_of(args),
    )
    bench = Bench([])

    async def after(done: Done, llm: LanguageModel) -> None:
        nonlocal bench
        talks = [talk for side in done.talks.values() for talk in side.values()] + list((other or {}).values())
        bench = await seats(talks, args.judge, args.judge_model, args.ratings, out, llm)

    try:
        done = await held(wanted, settings, after)
    finally:
        if player is not None:
            await player.close()
    return _result(args, settings, done, other, bench, out)


def _result(
    args: argparse.Namespace, settings: Settings, done: Done, other: dict[str, Talk] | None, bench: Bench, out: Path
) -> Result:
    ours, theirs = done.talks[OURS], done.talks.get(PLAIN) if other is None else other
    if not ours:
        raise UsageError("no talk was held: give more --minutes")
    mine = tuple(ours.values())
    both = tuple(theirs.values()) if theirs else ()
    return Result(
        ours=mine,
        theirs=both,
        name=PLAIN if args.against == PLAIN else str(args.against or ""),
        figures=figures(mine),
        their_figures=figures(both) if both else None,
        verdicts=verdicts(bench.seats, mine, both),
        their_verdicts=verdicts(bench.seats, both, mine) if both else (),
        judges=tuple((seat.name, seat.weight, seat.view) for seat in bench.seats),
        absent=tuple(bench.absent),
        paired=compare(ours, theirs) if theirs else None,
        coherence=coherence_of(mine, settings),
        left=done.left,
        out=str(out),
    )


def _part(cards: tuple[Card, ...], shard: str) -> tuple[Card, ...]:
    """The Ith of N parts, dealt out in turn. Raises UsageError."""
    first, slash, count = shard.partition("/")
    if not slash or not first.isdigit() or not count.isdigit() or not 1 <= int(first) <= int(count):
        raise UsageError(f"--shard takes a part such as 2/4, not {shard!r}")
    found = cards[int(first) - 1 :: int(count)]
    if not found:
        raise UsageError(f"--shard {shard}: there are only {len(cards)} cards")
    return found


def _other(args: argparse.Namespace) -> dict[str, Talk] | None:
    """The talks to compare with, None for those that are yet to be held. Raises UnreadableInput."""
    if args.against in (None, PLAIN):
        return None
    found = kept(Path(args.against))
    if not found:
        raise UnreadableInput(
            f"--against takes planner-off, or a folder that --out wrote; {args.against} holds no talks"
        )
    return found


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {path}: give another file") from error
