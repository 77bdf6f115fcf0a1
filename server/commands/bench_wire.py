"""Many calls at once through a whole server: real sockets, /v1/call, with stand-ins for the models.

  warmline bench wire --calls 200                        a server of its own, whose models are stand-ins
  warmline bench wire --calls 50,100,200 --minutes 2 --json
  warmline bench wire --calls 200 --servers 2            two processes, as behind a proxy, with half of the calls each
  warmline bench wire --calls 4 --models                 a server of its own with the settings' models

Callers speak recordings (default: demos/audio) in real time for a share of the call, 20 ms a frame at 16 kHz, as in
`warmline bench load`. Server and callers are processes of their own on this machine; callers are one thread that is
made to be cheap. server.max_calls is the largest N.

held         nobody was refused or lost, no frame was lost, no trouble was told, and p95 is at most 1500 ms
none         turns without an answer within 12 s: stand-ins hear nothing in some short ones
server_cpu   cores that the server used while the calls ran, client_cpu those of the callers
lag_ms       how late the server's event loop woke (by its own /metrics: upper bounds of buckets)
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen

from warmline.server import report
from warmline.server.bench.people import Person
from warmline.server.bench.wire_load import hold
from warmline.server.commands.bench_load import _counts, _things, stand_ins
from warmline.server.commands.common import add_settings
from warmline.speech.runtime.errors import UsageError

_TICKS = os.sysconf("SC_CLK_TCK")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "recordings", nargs="*", type=Path, metavar="WAV", help="what callers say; default: demos/audio"
    )
    parser.add_argument("--calls", default="200", metavar="N[,N...]", help="calls at once, one run each (default 200)")
    parser.add_argument("--minutes", type=float, default=1.0, help="length of each run (default 1)")
    parser.add_argument("--talk-share", type=float, default=0.4, help="of the time a caller speaks (default 0.4)")
    parser.add_argument("--into", type=Path, metavar="WAV", help="what they say into a reply")
    parser.add_argument("--servers", type=int, default=1, metavar="N", help="processes that share the calls")
    parser.add_argument("--models", action="store_true", help="the models of the settings in place of stand-ins")
    parser.add_argument("--json", action="store_true", help="print exactly one JSON object: the last run, all in runs")
    add_settings(parser)


def run(args: argparse.Namespace) -> int:
    counts, things = _counts(args.calls), _things(args)
    if not 0.05 <= args.minutes <= 60.0:
        raise UsageError(f"--minutes is from 0.05 to 60, not {args.minutes:g}")
    if not 1 <= args.servers <= 16:
        raise UsageError(f"--servers is from 1 to 16, not {args.servers}")
    if not 0.05 <= args.talk_share <= 0.8:
        raise UsageError(f"--talk-share is from 0.05 to 0.8, not {args.talk_share:g}")
    rows: list[dict[str, object]] = []
    for count in counts:
        people = [Person(things, args.talk_share, seed) for seed in range(count)]
        with ExitStack() as stack:
            servers = [stack.enter_context(_server(args, count)) for _ in range(args.servers)]
            pids, urls = [process.pid for process, _ in servers], [url for _, url in servers]
            addresses = [(urlsplit(url).hostname or "127.0.0.1", urlsplit(url).port or 80) for url in urls]
            spent_s, lag = sum(map(_spent_s, pids)), _lags(urls)
            wired = hold(addresses, people, things, args.minutes * 60.0, report.progress)
            own = {
                "servers": args.servers,
                "server_cpu": (sum(map(_spent_s, pids)) - spent_s) / wired.seconds_s,
                "server_rss_mib": sum(map(_rss_mib, pids)),
                "lag_ms": _lag_percentiles(lag, _lags(urls)),
            }
            rows.append(wired.payload() | own)
    payload = rows[-1] | {"runs": rows, "minutes": args.minutes, "models": args.models}
    report.emit(payload, sum(counts), _table(rows), as_json=args.json)
    return 0


@contextmanager
def _server(args: argparse.Namespace, count: int) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A fresh server in a process of its own, and its address."""
    own = ["call.seed=1", "call.greeting=", f"server.max_calls={count}", "server.drain_s=0", "server.most_lag_ms=0"]
    own += () if args.models else stand_ins(args.minutes)
    given = [f"--set={one}" for one in (*own, *args.sets)]
    given += ["--config", str(args.config)] if args.config else []
    given += ["--profile", args.profile] if args.profile else []
    command = [sys.executable, "-m", "warmline.server.cli", "serve", "--port", "0", *given]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            told = next((word for word in process.stdout.readline().split() if word.startswith("http")), None)
            if told is None:
                raise UsageError("the server did not start: see above")
            yield process, told
        finally:
            process.terminate()


def _family(pid: int) -> list[int]:
    """The process and its children."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return [pid, *(one for child in children for one in _family(int(child)))]


def _spent_s(pid: int) -> float:
    """Processor seconds of the server so far."""
    spent = 0.0
    for one in _family(pid):
        fields = Path(f"/proc/{one}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        spent += (int(fields[11]) + int(fields[12])) / _TICKS
    return spent


def _rss_mib(pid: int) -> float:
    pages = sum(int(Path(f"/proc/{one}/statm").read_text(encoding="ascii").split()[1]) for one in _family(pid))
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024.0**2


def _lags(urls: Sequence[str]) -> dict[float, float]:
    """The servers' own histograms of how late their loops woke: counts by upper bound in seconds."""
    found: dict[float, float] = {}
    for url in urls:
        with urlopen(f"{url}/metrics", timeout=30.0) as answer:
            lines = answer.read().decode().splitlines()
        for name, count in (line.split() for line in lines if line.startswith("warmline_loop_lag_seconds_bucket")):
            bound = float(name.partition('le="')[2].partition('"')[0].replace("+Inf", "inf"))
            found[bound] = found.get(bound, 0.0) + float(count)
    return found


def _lag_percentiles(before: dict[float, float], after: dict[float, float]) -> dict[str, float]:
    counts = {bound: count - before.get(bound, 0.0) for bound, count in sorted(after.items())}
    most = max(counts.values(), default=0.0)
    out = {}
    for percent in (50, 95, 99):
        reached = (bound for bound, count in counts.items() if count >= most * percent / 100.0)
        out[f"p{percent}"] = 1000.0 * next(reached, float("nan"))
    return out


_BELOW = (
    "ended",
    "errors",
    "stream_faults",
    "silenced_ms",
    "talk_share",
    "lag_ms",
    "client_late_ms",
    "stalled_frames",
    "server_rss_mib",
)
_COLUMNS = ("calls", "p50", "p95", "p99", "answers", "cut off", "none", "ended", "trouble", "server", "client", "held")


def _table(rows: list[dict[str, object]]) -> str:
    lines = ["".join(f"{name:>9}" for name in _COLUMNS)]
    for row in rows:
        v2v = row["v2v_ms"]
        assert isinstance(v2v, dict)
        cells = [row["calls"], *(f"{v2v[key]:.0f}" for key in ("p50", "p95", "p99")), row["answers"], row["cut_off"]]
        cells += [row["unanswered"], sum(_figures(row["ended"]).values()), row["troubles"]]
        cells += [f"{row['server_cpu']:.2f}", f"{row['client_cpu']:.2f}", "yes" if row["held"] else "no"]
        lines.append("".join(f"{cell!s:>9}" for cell in cells))
    last = rows[-1]
    lines.append("")
    stages = last["stages_ms"]
    assert isinstance(stages, dict)
    for name, figures in stages.items():
        lines.append(f"  {name:<20}" + ", ".join(f"{key} {ms:.0f} ms" for key, ms in _figures(figures).items()))
    for key in _BELOW:
        lines.append(f"{key:<18}{last[key]}")
    return "\n".join([*lines, f"{'hardware':<18}{report.hardware()}"])


def _figures(value: object) -> dict[str, float]:
    assert isinstance(value, dict)
    return value
