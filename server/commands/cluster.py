"""The model stages on more than one machine, through Ray Serve (extra cluster).

  ray start --head                          on the first machine; on the others: ray start --address=FIRST:6379
  warmline cluster up --most 6              ears, voice and sentences as deployments; again for a rolling upgrade
  warmline cluster status
  warmline serve --profile cluster          a gateway that holds calls and asks the cluster; one on each machine
  warmline cluster down                     removes the stages, and nothing else that Ray runs

Every machine needs the same version of Warmline and its weights (warmline weights fetch). The language model is a vLLM
server by URL, or each gateway's own.
"""

from __future__ import annotations

import argparse

from warmline.server import report
from warmline.server.cluster import running
from warmline.server.cluster.plan import scales
from warmline.server.commands.common import add_settings, note, settings_of


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=("up", "status", "down"), help="what to do")
    parser.add_argument("--address", default="auto", help="of the Ray cluster (default: auto, the one on this machine)")
    parser.add_argument("--least", type=int, default=1, metavar="N", help="replicas of the ears when it is quiet (1)")
    parser.add_argument("--most", type=int, default=4, metavar="N", help="and at most (4)")
    parser.add_argument("--gpus", type=float, default=0.0, metavar="SHARE", help="of a GPU for each of them (0)")
    parser.add_argument("--json", action="store_true", help="print exactly one JSON object")
    add_settings(parser)


def run(args: argparse.Namespace) -> int:
    if args.action == "down":
        gone = running.down(args.address)
        report.emit({"removed": gone}, gone, f"{gone} stages removed", as_json=args.json)
        return 0
    if args.action == "up":
        running.up(settings_of(args), scales(args.least, args.most, args.gpus), args.address, note)
    return _told(args)


def _told(args: argparse.Namespace) -> int:
    """Exit status 3 where a stage is not healthy, or none is there."""
    found = running.status(args.address)
    rows = [
        {"stage": one.stage, "status": one.status, "replicas": dict(one.replicas), "message": one.message}
        for one in found
    ]
    lines = [
        f"{one.stage:<10}{one.status:<12}"
        + ", ".join(f"{count} {state.lower()}" for state, count in one.replicas.items() if count)
        + (f"  {one.message}" if one.message else "")
        for one in found
    ]
    report.emit(
        {"stages": rows}, len(rows), "\n".join(lines) or "nothing is deployed: warmline cluster up", as_json=args.json
    )
    return 0 if found and all(one.status == "HEALTHY" for one in found) else 3
