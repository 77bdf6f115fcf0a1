"""Rehearse the safety protocol with simulated callers, and judge every talk by the rubric.

PERSONAS.tsv has VERA-MH's columns (and, if wanted, Country). Each persona calls once per seed, by rules of ours that
follow its risk, disclosure, manner and reactions, or played by a language model: the configured one (--caller settings)
or one behind an OpenAI-compatible server (--caller URL). Screen, protocol and planner are the real ones; ordinary
replies come from a stand-in that says fixed words, unless --llm settings names the configured model. Items are those of
the rubric; docs/protocol.md says how each is judged, and which are not. --only takes some personas, to go in pieces.

  warmline eval protocol personas.tsv --seeds 3
  warmline eval protocol personas.tsv --seeds 1 --llm settings --out talks --page rate.html
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
from contextlib import AsyncExitStack, aclosing
from pathlib import Path

from warmline.dialogue.evaluate.personas import Persona, read
from warmline.dialogue.evaluate.played_caller import PlayedCaller
from warmline.dialogue.evaluate.protocol import Caller, Judged, ProtocolFigures, RuledCaller, figures, rehearse
from warmline.dialogue.llm.base import LanguageModel
from warmline.dialogue.llm.scripted import ScriptedConfig, ScriptedModel
from warmline.dialogue.safety.replay import ReplayedProtocol
from warmline.dialogue.safety.screen import Screen
from warmline.dialogue.strategy.planner import Planner
from warmline.dialogue.supporter import Supporter
from warmline.server import wiring
from warmline.server.bench.conversation.judging import endpoint
from warmline.server.care import directory
from warmline.server.commands.common import add_settings, settings_of
from warmline.server.commands.rating_page import page
from warmline.server.report import emit, progress
from warmline.server.settings import Settings
from warmline.speech.runtime.errors import UsageError

STAND_IN = (" a lot to carry.", " weighing on you.", " hard just now.")
"""What the stand-in model says: enough for the checks to pass it, the same in every talk."""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("personas", type=Path, metavar="PERSONAS.tsv", help="a table with VERA-MH's columns")
    parser.add_argument("--seeds", type=int, default=3, metavar="K", help="calls per persona (default 3)")
    parser.add_argument("--first-seed", type=int, default=0, metavar="S", help="number of the first seed (default 0)")
    parser.add_argument("--turns", type=int, default=20, metavar="N", help="lines of the caller in a call (default 20)")
    parser.add_argument("--out", type=Path, metavar="DIR", help="where transcripts go (default: a new folder)")
    parser.add_argument(
        "--llm", choices=("scripted", "settings"), default="scripted", help="who writes ordinary replies"
    )
    parser.add_argument("--only", nargs="+", metavar="NAME", help="rehearse these personas alone, to go in pieces")
    parser.add_argument(
        "--caller", metavar="URL", help="a server (ending in /v1) whose model plays the callers, or settings for ours"
    )
    parser.add_argument("--caller-model", default="default", metavar="NAME", help="the model's name there")
    parser.add_argument("--page", type=Path, metavar="FILE.html", help="a page for clinicians to rate the talks blind")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    add_settings(parser)


def run(args: argparse.Namespace) -> int:
    if args.seeds < 1 or args.turns < 1:
        raise UsageError("--seeds and --turns are at least 1")
    personas = _chosen(read(args.personas), args.only)
    out = args.out or Path(tempfile.mkdtemp(prefix="warmline-protocol-"))
    out.mkdir(parents=True, exist_ok=True)
    judged = asyncio.run(_rehearsed(args, settings_of(args), personas, out))
    if args.page is not None:
        args.page.write_text(page([one.transcript for one in judged]), encoding="utf-8")
    found = figures(judged)
    payload = {
        "dialogues": found.dialogues,
        "red_items": found.red_items,
        "yellow_items": found.yellow_items,
        "human_care_rate": found.human_care_rate,
        "human_care_red_rate": found.human_care_red_rate,
        "wrong_country": found.wrong_country,
        "repeated_probes": found.repeated_probes,
        "by_item": found.by_item,
        "by_danger": found.by_danger,
        "transcripts": str(out),
    }
    emit(payload, found.dialogues, table(found, judged, out), as_json=args.json)
    return 0


def _chosen(personas: tuple[Persona, ...], only: list[str] | None) -> tuple[Persona, ...]:
    """Those that were named, all without a name. Raises UsageError."""
    if only is None:
        return personas
    wanted = {name.lower() for name in only}
    missing = wanted - {persona.name.lower() for persona in personas}
    if missing:
        raise UsageError(f"--only names nobody of the table: {', '.join(sorted(missing))}")
    return tuple(persona for persona in personas if persona.name.lower() in wanted)


async def _rehearsed(
    args: argparse.Namespace, settings: Settings, personas: tuple[Persona, ...], out: Path
) -> list[Judged]:
    planner, screen, known = Planner(), Screen(), directory(settings)
    judged: list[Judged] = []
    async with AsyncExitStack() as stack:
        llm: LanguageModel = ScriptedModel(ScriptedConfig(STAND_IN))
        player: LanguageModel | None = None
        if "settings" in (args.llm, args.caller):
            wiring.use_cache(settings)
            ours = await asyncio.to_thread(wiring.language_model, settings)
            stack.push_async_callback(ours.close)
            llm = ours if args.llm == "settings" else llm
            player = ours if args.caller == "settings" else None
        if args.caller and player is None:
            player = endpoint(args.caller, args.caller_model)
            stack.push_async_callback(player.close)

        def play(persona: Persona, seed: int) -> Caller:
            return RuledCaller(persona, seed) if player is None else PlayedCaller(persona, seed, player)

        def make(country: str) -> Supporter:
            return Supporter(planner, screen, llm, ReplayedProtocol(country, known), seed=1)

        seeds = range(args.first_seed, args.first_seed + args.seeds)
        talks = rehearse(make, personas, seeds, args.turns, settings.call.greeting, play)
        async with aclosing(talks):
            async for one in talks:
                judged.append(one)
                _keep(one, out)
                if len(judged) % 10 == 0:
                    progress(f"{len(judged)} of {len(personas) * args.seeds} talks")
    return judged


def _keep(one: Judged, out: Path) -> None:
    """One transcript as JSON: what was said, by whom, what was shown, what was found."""
    talk = one.transcript
    lines = [
        {
            "caller": line.said.text,
            "sign": line.said.sign,
            "reply": line.reply,
            "by": line.source,
            "shown": None if line.card is None else {"number": line.card.number, "emergency": line.card.emergency},
        }
        for line in talk.lines
    ]
    found = [{"item": violation.item, "turn": violation.turn, "why": violation.why} for violation in one.violations]
    head = {"name": talk.name, "seed": talk.seed, "danger": one.danger.name.lower(), "country": talk.country}
    told = {"country_known": talk.known, "human_care": one.cares, "violations": found, "greeting": talk.greeting}
    path = out / f"{talk.name.lower()}-{talk.seed}.json"
    path.write_text(json.dumps({**head, **told, "lines": lines}, ensure_ascii=False, indent=1), encoding="utf-8")


def table(found: ProtocolFigures, judged: list[Judged], out: Path) -> str:
    """The figures for people."""
    lines = [
        f"{found.dialogues} talks, {found.red_items} violations of red items, {found.yellow_items} of yellow ones",
        f"guides to human care       {found.human_care_rate:.3f} (red items alone {found.human_care_red_rate:.3f})",
        f"numbers of other countries {found.wrong_country}",
        f"probes repeated            {found.repeated_probes}",
    ]
    lines += [f"  item {item}: {count}" for item, count in found.by_item.items()]
    lines += [
        f"  {one.transcript.name} {one.transcript.seed}: item {violation.item}, {violation.why}"
        for one in judged
        for violation in one.violations
        if violation.red
    ][:20]
    return "\n".join([*lines, f"transcripts: {out}"])
