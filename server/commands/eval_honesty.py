"""Whole talks with the configured model, and every reply read for a diagnosis, a dose, a claimed life or feeling.

CARDS.json is a list of seekers (docs/conversations.md). Talks are held in text with the real screen, planner, protocol
and guard and kept in --out; the same command goes on where it was stopped, so a thousand turns can be had in pieces
(--minutes). Then a wide net that shares nothing with the guard, and with --judge a language model, pick out replies
that somebody should read: --out/suspicious.tsv, a line each, with a column "verdict". Write "yes" there where a reply
does hold such a thing: run again, and those are counted.

Where the model takes too long, as on a busy machine, a sentence of ours is said, which proves nothing: see
"written", and give it time with --set llm.first_timeout_s=120.

  warmline eval honesty cards.json --turns 1000 --out talks --minutes 60
  warmline eval honesty cards.json --turns 60 --out talks --judge settings
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from warmline.dialogue.evaluate.conversation.cards import Card, read
from warmline.dialogue.evaluate.conversation.talk import OURS, Talk
from warmline.dialogue.evaluate.honesty import JUDGE, caught, suspected
from warmline.dialogue.llm.base import LanguageModel, seat_of
from warmline.server.bench.conversation.judging import SETTINGS, endpoint
from warmline.server.bench.conversation.run import Done, Wanted, held
from warmline.server.commands.common import add_settings, settings_of
from warmline.server.report import emit, progress
from warmline.speech.runtime.errors import StorageError, UnreadableInput, UsageError

OURS_ALONE = frozenset(("fallback", "protocol", "notice", "instead", ""))
"""Who spoke a reply in which the model wrote nothing: they say nothing about the model."""

COLUMNS = ("verdict", "why", "by", "talk", "turn", "said", "reply")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("cards", type=Path, metavar="CARDS.json", help="role cards of seekers")
    parser.add_argument("--turns", type=int, default=1000, metavar="N", help="replies in all (default 1000)")
    parser.add_argument("--per-talk", type=int, default=10, metavar="N", help="replies in a talk (default 10)")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where talks and findings are kept")
    parser.add_argument("--minutes", type=float, default=0.0, metavar="M", help="begin no talk after so many minutes")
    parser.add_argument("--judge", default="", metavar="settings|URL", help="a language model that reads replies, too")
    parser.add_argument("--judge-model", default="default", metavar="NAME", help="the judge's name at its URL")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    add_settings(parser)


@dataclass(frozen=True, slots=True)
class Said:
    """One reply, where it stands, and why somebody should read it: () for no reason."""

    talk: str
    turn: int
    said: str
    reply: str
    by: str
    why: tuple[str, ...]

    @property
    def row(self) -> tuple[str, ...]:
        return "; ".join(self.why), self.by, self.talk, str(self.turn), self.said, self.reply


def run(args: argparse.Namespace) -> int:
    if args.turns < 1 or args.per_talk < 1 or args.minutes < 0.0:
        raise UsageError("--turns and --per-talk are at least 1, --minutes at least 0")
    cards, seeds = _enough(read(args.cards), -(-args.turns // args.per_talk))
    replies = asyncio.run(_held(args, cards, seeds))
    if not replies:
        raise UsageError("no talk was held: give more --minutes")
    path = args.out / "suspicious.tsv"
    verdicts = _written(path, [one for one in replies if one.why])
    named = Counter(name for one in replies for name in one.why)
    payload = {
        "turns": len(replies),
        "written": sum(one.by not in OURS_ALONE for one in replies),
        "by": dict(Counter(one.by for one in replies)),
        "to_read": sum(bool(one.why) for one in replies),
        "named": dict(named),
        "confirmed": verdicts["yes"],
        "read": sum(verdicts.values()),
        "lines": str(path),
    }
    emit(payload, len(replies), table(payload), as_json=args.json)
    return 0


def table(payload: dict[str, object]) -> str:
    """The figures for people."""
    lines = [
        f"{payload['turns']} replies, {payload['written']} of them with words of the model  {payload['by']}",
        f"to be read by a person   {payload['to_read']}  {payload['named']}",
        f"read so far              {payload['read']}, of which they hold such a thing: {payload['confirmed']}",
        f"lines: {payload['lines']} (write yes or no into the first column and run this again)",
    ]
    return "\n".join(lines)


def _enough(cards: tuple[Card, ...], talks: int) -> tuple[tuple[Card, ...], tuple[int, ...]]:
    """Cards and seeds for at least so many talks."""
    return cards[:talks], tuple(range(-(-talks // len(cards))))


async def _held(args: argparse.Namespace, cards: tuple[Card, ...], seeds: tuple[int, ...]) -> list[Said]:
    wanted = Wanted(cards, seeds, args.per_talk, text=True, out=args.out, minutes=args.minutes)
    replies: list[Said] = []

    async def after(done: Done, llm: LanguageModel) -> None:
        talks = list(done.talks[OURS].values())
        judge = (
            None
            if not args.judge
            else seat_of(llm)
            if args.judge == SETTINGS
            else endpoint(args.judge, args.judge_model)
        )
        try:
            judged = {} if judge is None else await _judged(talks, judge, args.out / "judges" / "honesty.json")
        finally:
            if judge is not None:
                await judge.close()
        replies.extend(_read(talks, judged))

    await held(wanted, settings_of(args, "call.seed=1"), after)
    return replies


def _read(talks: Sequence[Talk], judged: dict[str, bool]) -> list[Said]:
    found = []
    for talk in talks:
        for turn, one in enumerate(talk.exchanges, 1):
            why = (*caught(one.reply), *((JUDGE,) if judged.get(one.reply) else ()))
            found.append(Said(talk.name, turn, one.said, one.reply, one.by, why))
    return found


async def _judged(talks: Sequence[Talk], judge: LanguageModel, path: Path) -> dict[str, bool]:
    """What the judge says of each reply; kept, so that each is asked about once. Raises LanguageModelError."""
    known = _known(path)
    replies = dict.fromkeys(one.reply for talk in talks for one in talk.exchanges if one.reply)
    for number, reply in enumerate(replies, 1):
        if reply not in known:
            known[reply] = await suspected(reply, judge)
        if number % 20 == 0 or number == len(replies):
            _keep(path, json.dumps(known, ensure_ascii=False, indent=0))
            progress(f"  {number} of {len(replies)} replies judged")
    return known


def _known(path: Path) -> dict[str, bool]:
    try:
        return dict(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else {}
    except (OSError, ValueError) as error:
        raise UnreadableInput(f"{path} is damaged: remove it, and the judge is asked again") from error


def _written(path: Path, lines: Sequence[Said]) -> Counter[str]:
    """Write the lines with the verdicts that the file held already, and count those."""
    verdicts: dict[tuple[str, ...], str] = {}
    if path.is_file():
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file, delimiter="\t"):
                verdicts[row["talk"], row["turn"], row["reply"]] = (row["verdict"] or "").strip().lower()
    rows = [(verdicts.get((one.talk, str(one.turn), one.reply), ""), *one.row) for one in lines]
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, delimiter="\t")
            writer.writerows([COLUMNS, *rows])
    except OSError as error:
        raise StorageError(f"cannot write {path}: give another folder with --out") from error
    return Counter(row[0] for row in rows if row[0])


def _keep(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StorageError(f"cannot write {path}: give another folder with --out") from error
