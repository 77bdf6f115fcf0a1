"""A plan past these machines: a simulation fed with measured costs, checked against measured load, then scaled up.

  warmline bench load --calls 1,2,3,4,6 --costs costs.json        measure first, on a quiet machine
  warmline bench simulate --costs costs.json                      simulated beside measured, by number of calls
  warmline bench simulate --costs costs.json --calls 100000 --zones 3 --fail-zone

Each machine is simulated job by job, by the rules by which a real one lets its jobs take turns. A sample of machines
stands for all. --fail-zone loses one of the zones, whose callers come back to the others: machines are then planned so
that there is room for them. What is measured and what is assumed stands in one table; --assume changes an assumption.

error        simulated p95 against measured, as a share; the aim is 0.2
gaps         moments at which our voice ran dry inside a reply, for each answer
a_machine    calls that a machine holds at p95 within the limit (less what a zone's loss would bring)
"""

from __future__ import annotations

import argparse
import math
from dataclasses import asdict, replace
from pathlib import Path

from warmline.server import report
from warmline.server.bench import costs as measured
from warmline.server.bench import fleet
from warmline.server.bench.costs import Costs
from warmline.speech.runtime.errors import UsageError


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--costs", type=Path, required=True, metavar="FILE", help="what bench load --costs wrote")
    parser.add_argument("--calls", type=int, default=0, metavar="N", help="calls at once to plan for (up to 100000)")
    parser.add_argument("--zones", type=int, default=3, help="zones the machines stand in (default 3)")
    parser.add_argument("--fail-zone", action="store_true", help="one zone is lost in the middle")
    parser.add_argument("--sample", type=int, default=20, help="machines simulated one by one (default 20)")
    parser.add_argument("--assume", action="append", default=[], metavar="NAME=X", help="another assumption")
    parser.add_argument("--json", action="store_true", help="print exactly one JSON object")


def run(args: argparse.Namespace) -> int:
    if not 0 <= args.calls <= 1_000_000 or not 2 <= args.zones <= 100 or not 1 <= args.sample <= 1000:
        raise UsageError("--calls is up to 1000000, --zones from 2 to 100, --sample from 1 to 1000")
    costs, assumed = measured.load(args.costs), _assumed(args.assume)
    checks = [_check(costs, point, args.sample) for point in costs.measured]
    plans = []
    if args.calls:
        one = fleet.embedded(costs, args.calls, args.zones, args.fail_zone, assumed, args.sample)
        other = fleet.gpu(costs, args.calls, args.zones, args.fail_zone, assumed)
        plans = [asdict(plan) for plan in (one, other) if plan is not None]
    payload: dict[str, object] = {
        "validation": checks,
        "worst_error": max((abs(_number(row["error"])) for row in checks), default=float("nan")),
        "most_calls": fleet.most_calls(costs, assumed.limit_ms, range(args.sample)),
        "plans": plans,
        "assumed": asdict(assumed),
        "measured_on": costs.on,
    }
    report.emit(payload, args.sample, _table(costs, assumed, payload, checks, plans), as_json=args.json)
    return 0


def _check(costs: Costs, point: measured.Point, sample: int) -> dict[str, object]:
    met = fleet.met(costs, point.calls, range(sample))
    return {
        "calls": point.calls,
        "measured_p95": point.p95,
        "simulated_p95": met.p95,
        "error": met.p95 / point.p95 - 1.0 if point.p95 else float("nan"),
        "measured_gaps": len(point.gaps_ms) / max(1, point.answers),
        "simulated_gaps": len(met.gaps_ms) / max(1, len(met.delays_ms)),
        "measured_gap_p95": report.percentile(point.gaps_ms, 95),
        "simulated_gap_p95": report.percentile(met.gaps_ms, 95),
    }


def _assumed(words: list[str]) -> fleet.Assumed:
    assumed = fleet.Assumed()
    names = [name for name, _ in assumed.rows()]
    for word in words:
        name, _, value = word.partition("=")
        try:
            if name not in names:
                raise ValueError(name)
            assumed = replace(assumed, **{name: float(value)})
        except ValueError:
            raise UsageError(f"--assume takes NAME=NUMBER with one of {', '.join(names)}, not {word!r}") from None
    return assumed


def _table(
    costs: Costs,
    assumed: fleet.Assumed,
    payload: dict[str, object],
    checks: list[dict[str, object]],
    plans: list[dict[str, object]],
) -> str:
    lines = _compared(checks)
    lines += ["", f"calls that one such machine holds within {assumed.limit_ms:.0f} ms: {payload['most_calls']}"]
    for plan in plans:
        lines += ["", *(f"{key:<18}{_short(value)}" for key, value in plan.items())]
    lines += ["", "measured (" + costs.on + ")"]
    for name in ("final", "writer", "reader", "partial", "voice"):
        lane = getattr(costs, name)
        lines.append(f"  {name:<16}{lane.a_turn:.2f} a turn of {lane.mean_ms:.0f} ms")
    lines.append(
        f"  {'a turn':<16}every {costs.turn_s:.1f} s, {costs.talk_share:.0%} of it talk, {costs.drafts:.1f} drafts"
    )
    written = f"{costs.written_ms:.0f} ms to write (its first piece {costs.first_ms:.0f}), in {costs.pieces:.1f} pieces"
    opened = f"{costs.opened:.0%} open with {costs.opening_s:.1f} s of ours"
    lines.append(f"  {'a reply':<16}{written}, {costs.spoken_s:.1f} s to say; {opened}")
    lines.append(f"  {'event loop':<16}{1000.0 * costs.loop_cores:.1f} ms of a core a second and call")
    return "\n".join(lines + _given(assumed))


def _given(assumed: fleet.Assumed) -> list[str]:
    """What a plan takes besides the costs, measured and assumed apart; what was changed with --assume is assumed."""
    usual = dict(fleet.Assumed().rows())
    rows = [
        (name in fleet.MEASURED and value == usual[name], f"  {name:<16}{value:g}") for name, value in assumed.rows()
    ]
    measured_lines = [line for is_measured, line in rows if is_measured]
    assumed_lines = [line for is_measured, line in rows if not is_measured]
    return [
        f"measured ({fleet.MEASURED_ON})",
        *measured_lines,
        "assumed (nobody measured these here)",
        *assumed_lines,
    ]


def _compared(checks: list[dict[str, object]]) -> list[str]:
    """Simulated beside measured, a line for each number of calls."""
    pair = f"{'measured':>11}{'simulated':>11}"
    lines = [f"{'':7}{'p95, ms':^30}{'gaps an answer':^22}{'p95 of their length, ms':^24}"]
    lines.append(f"{'calls':>7}{pair}{'error':>8}{pair}{pair}")
    for row in checks:
        delays = (f"{_number(row[key]):>11.0f}" for key in ("measured_p95", "simulated_p95"))
        gaps = (f"{_number(row[key]):>11.2f}" for key in ("measured_gaps", "simulated_gaps"))
        lengths = (f"{_ms(_number(row[key])):>11}" for key in ("measured_gap_p95", "simulated_gap_p95"))
        error = f"{_number(row['error']):>+8.0%}"
        lines.append(f"{row['calls']!s:>7}" + "".join((*delays, error, *gaps, *lengths)))
    return lines


def _ms(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.0f}"


def _short(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _number(value: object) -> float:
    assert isinstance(value, float)
    return value
