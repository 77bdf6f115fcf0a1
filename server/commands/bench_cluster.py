"""What a cluster of gateways and Ray Serve stages holds and survives, on one machine, with stand-ins for models.

  warmline bench cluster                    calls held on one node and on three; a killed gateway during 20 calls
  warmline bench cluster --only crash --calls 20
  warmline bench cluster --only capacity --nodes 3

Nodes are Ray's test nodes on this machine: they show that work spreads and that nothing is lost, not how fast models
run. The stand-in ear takes 0.1 s for each decode and no core; every call asks once a second. Needs the extra cluster.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
from collections.abc import Iterator, Mapping
from subprocess import Popen
from typing import Any

from warmline.server import report
from warmline.server.bench.cluster import capacity, crash
from warmline.server.bench.cluster.nodes import nodes
from warmline.server.cluster import running
from warmline.server.cluster.plan import Scale
from warmline.server.commands.common import note
from warmline.server.settings import Choice, Settings
from warmline.speech.asr.backends import RECOGNISERS
from warmline.speech.runtime.errors import UsageError


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--only", choices=("capacity", "crash"), help="one of the two (default: both)")
    parser.add_argument("--nodes", type=int, default=3, metavar="N", help="nodes that are compared with one (3)")
    parser.add_argument("--calls", type=int, default=20, metavar="N", help="calls while a gateway is killed (20)")
    parser.add_argument("--json", action="store_true", help="print exactly one JSON object")


def run(args: argparse.Namespace) -> int:
    if not 2 <= args.nodes <= 8 or not 2 <= args.calls <= 200:
        raise UsageError("--nodes is from 2 to 8, --calls from 2 to 200")
    payload: dict[str, Any] = {}
    if args.only != "crash":
        one, many = _held(1), _held(args.nodes)
        payload["capacity"] = {
            "nodes": args.nodes,
            "calls_one": one,
            "calls": many,
            "ratio": many / one if one else None,
        }
    if args.only != "capacity":
        payload["crash"] = _crashed(args.calls)
    report.emit(payload, args.calls, _table(payload), as_json=args.json)
    return 0


def _stand_ins(takes_s: float) -> Settings:
    return Settings(
        asr=Choice("scripted", {"script": crash.SCRIPT, "takes_s": takes_s}),
        tagger=Choice("scripted"),
        turn=Choice("scripted"),
        voice=Choice("tone"),
        spare_voice=Choice(""),
    )


def _held(count: int) -> int:
    """Calls held on so many nodes with one replica of the ears each."""
    note(f"{count} node{'s' * (count > 1)}")
    with nodes(count, cpus=1) as address:
        running.up(_stand_ins(capacity.TAKES_S), {"ears": Scale(count, count, waiting=64)}, address)
        ear = RECOGNISERS.create("cluster", {"address": address})
        most, _ = capacity.held(ear, 5 * count, count, note)
    return most


def _crashed(count: int) -> Mapping[str, object]:
    note(f"two gateways, {count} calls")
    with nodes(2, cpus=4) as address:
        running.up(_stand_ins(0.02), {"ears": Scale(2, 2, waiting=64), "mouth": Scale(1, 1, cpus=0.5)}, address)
        ports = (crash.free_port(), crash.free_port())
        with _gateways(ports, address, count) as processes:
            callers = asyncio.run(crash.calls(ports, processes[0], count, note))
    moved = [one for one in callers if one.moved]
    return {
        "calls": count,
        "moved": len(moved),
        "calls_lost": sum(bool(one.why) or not one.after for one in callers),
        "exchanges_before": sum(len(one.finished) for one in callers) - sum(one.after for one in callers),
        "exchanges_lost": sum(one.lost for one in callers),
        "away_s": {f"p{p}": report.percentile([one.away_s for one in moved], p) for p in (50, 95)},
        "why": sorted({one.why for one in callers if one.why}),
    }


@contextlib.contextmanager
def _gateways(ports: tuple[int, ...], address: str, calls: int) -> Iterator[list[Popen[bytes]]]:
    processes = [crash.gateway(port, address, calls) for port in ports]
    try:
        for port, process in zip(ports, processes, strict=True):
            crash.await_ready(port, process)
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.wait()
            if process.stderr is not None:
                process.stderr.close()


def _table(payload: Mapping[str, Any]) -> str:
    lines = []
    if "capacity" in payload:
        held = payload["capacity"]
        ratio = f"{held['ratio']:.2f}" if held["ratio"] else "?"
        lines.append(f"calls held on 1 node          {held['calls_one']}")
        lines.append(f"calls held on {held['nodes']} nodes         {held['calls']}  ({ratio} times)")
    if "crash" in payload:
        met = payload["crash"]
        lines.append(f"calls while a gateway died    {met['calls']}, {met['moved']} of them were on it")
        lines.append(f"calls lost                    {met['calls_lost']}  {', '.join(met['why'])}")
        lines.append(f"exchanges lost                {met['exchanges_lost']} of {met['exchanges_before']}")
        lines.append(f"away, p50 / p95               {met['away_s']['p50']:.1f} / {met['away_s']['p95']:.1f} s")
    return "\n".join(lines)
