"""What a call costs, as ``bench load`` measured it and a simulation takes it: jobs a turn by lane, how long they run,
how long a reply is written and spoken.

The delays of the run with fewest calls are kept too: what one caller waits for where nobody else wants the cores.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Final

from warmline.server.bench.load import Loaded
from warmline.server.bench.meter import Used
from warmline.server.bench.pauses import Pause
from warmline.server.report import hardware
from warmline.speech.runtime.errors import UsageError

LEAST_JOBS: Final = 20
"""Of fewer jobs no mean is taken."""

AT_ONCE_MS: Final = 50.0
"""A first piece that is there so soon was not written by a model."""


@dataclass(frozen=True, slots=True)
class Lane:
    """``a_turn``: jobs in one turn of the caller's; ``mean_ms``: how long one runs."""

    a_turn: float
    mean_ms: float


@dataclass(frozen=True, slots=True)
class Point:
    """What was measured with so many calls. ``gaps_ms``: for how long our voice ran dry inside a reply, each time."""

    calls: int
    p50: float
    p95: float
    answers: int
    gaps_ms: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Costs:
    """``turn_s``: from one turn to the next; ``talk_share``: of it that the caller speaks; ``drafts``: replies prepared
    in a turn; ``loop_cores``: of one core, what the loop spends on a call; ``opened``: share of replies that begin with
    a clause of ours, before the model has written, which takes ``opening_s`` to say; ``first_ms``: until the model has
    written its first piece; ``written_ms``: until it has written a whole reply of ``pieces`` pieces (``writer`` counts
    turns at writing); ``spoken_s``: of voice in a whole reply, opening and all;
    ``base_ms``: delays without company. ``pauses``: those of one call; ``beside``: how many times as long a final job
    takes while a language model writes, by the run that had most of those."""

    turn_s: float
    talk_share: float
    drafts: float
    loop_cores: float
    final: Lane
    writer: Lane
    reader: Lane
    partial: Lane
    voice: Lane
    opened: float
    first_ms: float
    written_ms: float
    opening_s: float
    pieces: float
    spoken_s: float
    base_ms: tuple[float, ...]
    pauses: tuple[Pause, ...]
    beside: float
    measured: tuple[Point, ...]
    on: str


def fitted(runs: Sequence[Loaded]) -> Costs:
    """Costs by the run with fewest calls. Raises UsageError where nobody was answered in it."""
    least = min(runs, key=lambda one: one.calls)
    turns = sum(tally.turns for tally in least.tallies)
    base_ms = tuple(ms for tally in least.tallies for ms in tally.v2v_ms)
    if not turns or not base_ms:
        raise UsageError("nobody was answered in the run with fewest calls: make it longer (--minutes)")

    def lane(name: str) -> Lane:
        used = least.lanes.get(name)
        return Lane(used.jobs / turns, 1000.0 * used.busy_s / used.jobs) if used and used.jobs else Lane(0.0, 0.0)

    if not least.spoken:
        raise UsageError("no whole reply was spoken in the run with fewest calls: make it longer (--minutes)")

    firsts = least.stages_ms.get("llm_first_segment", [0.0])
    written = [ms for ms in firsts if ms >= AT_ONCE_MS]
    after = [one.first_ms for one in least.spoken if one.first_ms is not None]
    openings_s = [one.opening_s for one in least.spoken if one.opening_s]
    whole_s = len(least.tallies) * least.seconds_s
    return Costs(
        turn_s=whole_s / turns,
        talk_share=sum(tally.spoken_s for tally in least.tallies) / whole_s,
        drafts=max(1.0, least.drafts / turns),
        loop_cores=least.threads_s.get("MainThread", 0.0) / whole_s,
        final=lane("final"),
        writer=lane("writer"),
        reader=lane("reader"),
        partial=lane("partial"),
        voice=lane("voice"),
        opened=1.0 - len(written) / len(firsts),
        first_ms=_mean(written + after),
        written_ms=_mean(least.stages_ms.get("llm", [])) or lane("writer").mean_ms,
        opening_s=_mean(openings_s),
        pieces=_mean([one.pieces for one in least.spoken]),
        spoken_s=_mean([one.opening_s + one.written_s for one in least.spoken]),
        base_ms=base_ms,
        pauses=tuple(least.pauses),
        beside=_beside(runs),
        measured=tuple(_point(one) for one in runs),
        on=hardware(),
    )


def _point(run: Loaded) -> Point:
    answers = sum(len(tally.v2v_ms) for tally in run.tallies)
    return Point(run.calls, run.v2v(50), run.v2v(95), answers, tuple(run.gaps_ms))


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _beside(runs: Sequence[Loaded]) -> float:
    """Of final jobs, the mean while a language model writes by the mean while none does; 2, an even share, where too
    few of either were seen."""
    most = max(runs, key=lambda one: one.beside.get("final", Used()).jobs)
    every, some = most.lanes.get("final", Used()), most.beside.get("final", Used())
    apart = Used(every.jobs - some.jobs, every.busy_s - some.busy_s)
    if min(some.jobs, apart.jobs) < LEAST_JOBS or apart.busy_s <= 0.0:
        return 2.0
    return max(1.0, (some.busy_s / some.jobs) / (apart.busy_s / apart.jobs))


def save(costs: Costs, path: Path) -> None:
    """Raises UsageError where it cannot be written."""
    try:
        path.write_text(json.dumps(asdict(costs), indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"the costs cannot be written to {path} ({error.strerror})") from error


def load(path: Path) -> Costs:
    """Raises UsageError for a file that is missing, of another Warmline or something else."""
    again = f"make it with: warmline bench load --costs {path}"
    try:
        row = json.loads(path.read_text(encoding="utf-8"))
        strange = {one.name for one in fields(Costs)} ^ row.keys()
    except (OSError, ValueError, AttributeError) as error:
        raise UsageError(f"{path} holds no measured costs ({type(error).__name__}): {again}") from error
    if strange:
        raise UsageError(f"{path} was measured by another Warmline ({', '.join(sorted(strange))}): {again}")
    try:
        lanes = {name: Lane(**row.pop(name)) for name in ("final", "writer", "reader", "partial", "voice")}
        measured = tuple(Point(**point | {"gaps_ms": tuple(point["gaps_ms"])}) for point in row.pop("measured"))
        pauses = tuple(Pause(**pause) for pause in row.pop("pauses"))
        return Costs(**row | lanes | {"base_ms": tuple(row["base_ms"]), "measured": measured, "pauses": pauses})
    except (KeyError, TypeError) as error:
        raise UsageError(f"{path} holds no measured costs ({type(error).__name__}): {again}") from error
