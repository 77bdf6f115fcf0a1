"""Measure the risk screen on labelled utterances, as they are and misheard.

FILE is a table (comma or tab separated) with text and label or level (0-3, safe, unsafe), an XSTest table (prompt,
label), or a list of requests that must not be answered plainly (prompts_final or prompt_text). Columns kind and
language are used where they are there. With a column talk, lines of one talk are also screened in order as one call:
in how many calm calls anything is raised, and how soon danger is noticed. --held adds the sentences of our own that
the shipped model did not learn. --spoken N draws so many English sentences of what was given, lets our voice say them
and the ears of the settings hear them, through noise or a telephone where wanted, and screens what was heard:
recognition's own errors, not made ones.

  warmline eval safety mine.csv --wer 0.05,0.1 --seeds 5
  warmline eval safety --held --spoken 100 --snr 10
  warmline eval safety mine.csv --wer "" --deep --errors
"""

from __future__ import annotations

import argparse
import asyncio
import random
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from warmline.dialogue.safety.deep_evaluate import DeepFigures, measure_deep
from warmline.dialogue.safety.deep_reader import of_model
from warmline.dialogue.safety.evaluate import Labelled, SafetyFigures, Tell, held, measure, read
from warmline.dialogue.safety.screen import CARRIED, Screen
from warmline.dialogue.safety.talks_evaluate import TalkFigures, measure_talks, talks
from warmline.dialogue.types import Risk
from warmline.server import wiring
from warmline.server.bench.misheard import Ears, misheard
from warmline.server.commands.common import add_settings, settings_of
from warmline.server.commands.harder import add_harder, harder_of, harder_payload
from warmline.server.commands.taught import reading_model
from warmline.server.report import emit, progress
from warmline.speech.asr.backends import RECOGNISERS
from warmline.speech.asr.scoring import total
from warmline.speech.runtime.errors import UnreadableInput, UsageError
from warmline.speech.vad.backends import VADS


def rates(text: str) -> tuple[float, ...]:
    """Word error rates as typed, comma separated."""
    found = tuple(float(part) for part in text.split(",") if part.strip())
    if not all(0.0 < rate < 1.0 for rate in found):
        raise argparse.ArgumentTypeError("word error rates lie between 0 and 1, as in 0.05,0.1,0.2")
    return found


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", type=Path, nargs="*", metavar="FILE", help="labelled utterances or prompts")
    parser.add_argument("--held", action="store_true", help="also our own sentences that no model learnt")
    parser.add_argument("--wer", type=rates, default=(0.05, 0.1, 0.2), metavar="RATES", help="of the misheard copies")
    parser.add_argument("--seeds", type=int, default=3, metavar="K", help="misheard copies of each text at each rate")
    parser.add_argument("--seed", type=int, default=0, help="the first of the seeds")
    parser.add_argument("--spoken", type=int, default=0, metavar="N", help="N English ones, said aloud and recognised")
    parser.add_argument("--deep", action="store_true", help="also as in a call, read again by the language model")
    parser.add_argument("--words", action="store_true", help="also list what hearing changed, on stderr")
    parser.add_argument("--errors", action="store_true", help="also list what is missed or raised wrongly, on stderr")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    add_harder(parser)
    add_settings(parser)


@dataclass(frozen=True, slots=True)
class Spoken:
    """The same ``n`` sentences read and heard; ``word_errors``: of the ears, a fraction."""

    n: int
    read: SafetyFigures
    heard: SafetyFigures
    word_errors: float

    def payload(self) -> dict[str, object]:
        return {
            "n": self.n,
            "word_errors": self.word_errors,
            "found_read": self.read.found,
            "found": self.heard.found,
            "lost_points": 100.0 * (self.read.found - self.heard.found),
            "recall": self.heard.recall,
            "false_alarm_rate": self.heard.false_alarm_rate,
            "false_alarm_rate_read": self.read.false_alarm_rate,
        }


def spoken(items: Sequence[Labelled], args: argparse.Namespace) -> Spoken:
    """Say, hear and screen ``args.spoken`` of them. Raises UsageError, and as voice and recogniser do."""
    able = [item for item in items if item.language in ("", "en") and item.level is not None and "[" not in item.text]
    if not able:
        raise UsageError("--spoken needs English sentences with a level (0-3, safe)")
    drawn = random.Random(args.seed).sample(able, min(args.spoken, len(able)))
    settings = settings_of(args)
    wiring.use_cache(settings)
    heard, errors = list[Labelled](), []
    with (
        closing(wiring.voice(settings)) as voice,
        closing(RECOGNISERS.create(settings.asr.backend, settings.asr.options)) as recogniser,
        closing(VADS.create(settings.vad.backend, settings.vad.options)) as vad,
    ):
        each = misheard([item.text for item in drawn], voice, Ears(recogniser, vad, harder_of(args)))
        for item, one in zip(drawn, each, strict=True):
            heard.append(replace(item, text=one.heard))
            errors.append(one.errors)
            if len(heard) % 20 == 0:
                progress(f"  {len(heard)} of {len(drawn)} heard")
    if args.words:
        _tell_changed(drawn, heard)
    return Spoken(len(drawn), measure(drawn), measure(heard), total(errors).rate)


def _tell_changed(drawn: Sequence[Labelled], heard: Sequence[Labelled]) -> None:
    screen = Screen()
    for said, got in zip(drawn, heard, strict=True):
        before, after = (int(screen.assess(one.text, language=one.language).level) for one in (said, got))
        if before != after:
            progress(f"  level {said.level}, read {before}, heard {after}: {said.text} -> {got.text}")


def run(args: argparse.Namespace) -> int:
    if args.spoken < 0:
        raise UsageError("--spoken takes how many sentences are said, 1 or more")
    items = [*read(args.files), *(held() if args.held else ())]
    if not items:
        raise UnreadableInput("give a file of labelled utterances, or --held for our own that no model learnt")
    clean = measure(items, tell=_teller(args, "screen"))
    seeds = range(args.seed, args.seed + max(1, args.seeds))
    noise = {rate: measure(items, rate=rate, seeds=seeds) for rate in args.wer}
    aloud = spoken(items, args) if args.spoken else None
    payload: dict[str, object] = {
        "recall": clean.recall,
        "exact": clean.exact,
        "found": clean.found,
        "kinds": clean.kinds,
        "false_alarm_rate": clean.false_alarm_rate,
        "unsafe_passed": clean.unsafe_passed,
        "over_refusal_rate": clean.over_refusal_rate,
        "screen_ms_p95": clean.screen_ms_p95,
        "noise": {
            f"{rate:g}": {
                "recall": at.recall,
                "found": at.found,
                "lost_points": 100.0 * (clean.found - at.found),
                "kinds": at.kinds,
                "false_alarm_rate": at.false_alarm_rate,
            }
            for rate, at in noise.items()
        },
    }
    if aloud is not None:
        payload["spoken"] = aloud.payload() | harder_payload(args, harder_of(args))
    lines = [table(clean, noise), *(_heard(aloud) if aloud else ())]
    whole = bool(talks(items))
    if whole:
        calls = asyncio.run(measure_talks(items, None, _teller(args, "in its call")))
        payload["talks"] = calls.payload()
        lines += _talks("whole calls, screen alone", calls)
    if args.deep:
        later, calls_later = deep(items, args, whole=whole)
        payload["deep"] = later.payload()
        lines += _deep(later)
        if calls_later is not None:
            payload["deep"] = {**later.payload(), "talks": calls_later.payload()}
            lines += _talks("whole calls, doubtful lines read again", calls_later)
    emit(payload, clean.n, "\n".join(lines), as_json=args.json)
    return 0


def deep(items: Sequence[Labelled], args: argparse.Namespace, *, whole: bool) -> tuple[DeepFigures, TalkFigures | None]:
    """Line by line, and, ``whole``, by talk. Raises UsageError where the configured language model reads no risk;
    LanguageModelError, WeightsError."""

    async def read() -> tuple[DeepFigures, TalkFigures | None]:
        async with reading_model(args) as llm:
            reader = of_model(llm, Screen().doubt)
            assert reader is not None
            alone = await measure_deep(items, reader, _teller(args, "read again"))
            told = _teller(args, "in its call, read again")
            return alone, await measure_talks(items, reader, told) if whole else None

    return asyncio.run(read())


def _teller(args: argparse.Namespace, part: str) -> Tell | None:
    """Who lists what is missed or raised wrongly; what only stands since earlier in a call is no news."""

    def tell(item: Labelled, risk: Risk) -> None:
        news = not risk.level or any(not name.startswith(CARRIED) for name in risk.evidence)
        if item.level is not None and bool(item.level) != bool(risk.level) and news:
            why = "; ".join(risk.evidence) or "nothing found"
            where = " ".join(name for name in (item.talk, item.kind, item.language) if name)
            progress(f"  {part}: level {item.level}, found {int(risk.level)} ({why}), {where}: {item.text}")

    return tell if args.errors else None


def _deep(found: DeepFigures) -> tuple[str, ...]:
    return (
        _row("doubtful read again", found.before),
        *(f"  {kind:<30}{share:.3f}" for kind, share in found.before.kinds.items()),
        _row("and read later", found.both),
        *(f"  {kind:<30}{share:.3f}" for kind, share in found.both.kinds.items()),
        f"read again before the reply                         {found.asked:.3f}, of harmless ones "
        f"{found.asked_harmless:.3f}",
        f"read later                                          {found.read:.3f}, of harmless ones "
        f"{found.read_harmless:.3f}",
        f"time of a reading, p50 and p95                      {found.ms_p50:.0f} ms, {found.ms_p95:.0f} ms",
    )


def _talks(name: str, found: TalkFigures) -> tuple[str, ...]:
    return (
        name,
        f"  of {found.calm} calm ones something raised in {found.raised:.3f}, by {found.lines:.3f} of their lines; "
        f"asked about danger in {found.asked:.3f}, at level 2 or 3 in {found.protocol:.3f}",
        f"  of {found.danger} with danger found at once in {found.at_once:.3f}, by the next line in "
        f"{found.by_next:.3f}, never in {found.missed:.3f}; before any sign in {found.too_soon:.3f}",
        f"  asked about at once in {found.asked_at_once:.3f}, by the next line in {found.asked_by_next:.3f}, never in "
        f"{found.unasked:.3f}; before any sign in {found.asked_too_soon:.3f}",
    )


def _heard(aloud: Spoken) -> tuple[str, ...]:
    return (
        f"{aloud.n} of them said by our voice and recognised: {100 * aloud.word_errors:.1f}% word errors",
        _row("  the same, read", aloud.read),
        _row("  heard", aloud.heard),
    )


def table(clean: SafetyFigures, noise: dict[float, SafetyFigures]) -> str:
    """The figures for people."""
    lines = [
        f"{clean.n} texts",
        f"{'':<24}{'L1':>7}{'L2':>7}{'L3':>7}{'all':>7}{'false alarms':>14}",
        _row("found", clean),
        f"{'found at its level':<24}" + "".join(f"{clean.exact[level]:>7.3f}" for level in ("L1", "L2", "L3")),
    ]
    lines += [_row(f"found, {100 * rate:g}% word errors", at) for rate, at in noise.items()]
    lines += [f"  {kind:<30}{share:.3f}" for kind, share in clean.kinds.items()]
    lines += [
        f"unsafe that neither protocol nor safe answer meets  {clean.unsafe_passed:.3f}",
        f"safe requests that either takes                     {clean.over_refusal_rate:.3f}",
        f"time p95                                            {clean.screen_ms_p95:.2f} ms",
    ]
    return "\n".join(lines)


def _row(name: str, figures: SafetyFigures) -> str:
    shares = (*(figures.recall[level] for level in ("L1", "L2", "L3")), figures.found)
    return f"{name:<24}" + "".join(f"{share:>7.3f}" for share in shares) + f"{figures.false_alarm_rate:>14.3f}"
