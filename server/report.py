"""What every measuring command prints: a table for people, or exactly one JSON object, with the hardware beside it."""

from __future__ import annotations

import json
import math
import os
import platform
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path


def hardware() -> str:
    """The processor's name and how many cores this process may use."""
    name = platform.processor() or platform.machine()
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                name = line.partition(":")[2].strip()
                break
    except OSError:
        pass
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{name}, {cores} cores, {platform.system()} {platform.machine()}"


def emit(payload: Mapping[str, object], n: int, table: str, *, as_json: bool) -> None:
    """Print the measurement: ``table`` for people, or ``payload`` with n, version and hardware as one JSON object."""
    if not as_json:
        print(table)
        return
    print(json.dumps(_plain(stamped(payload, n)), ensure_ascii=False))


def stamped(payload: Mapping[str, object], n: int) -> dict[str, object]:
    """The payload with what every JSON object carries: n, version and hardware."""
    return {**payload, "n": n, "version": version("warmline"), "hardware": hardware()}


def progress(line: str) -> None:
    """A line of progress, on stderr so that stdout stays one JSON object."""
    print(line, file=sys.stderr, flush=True)


def percentile(values: Sequence[float], percent: float) -> float:
    """The percentile by linear interpolation; nan for no values."""
    if not values:
        return math.nan
    ordered = sorted(values)
    place = (len(ordered) - 1) * percent / 100.0
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def _plain(value: object) -> object:
    """JSON has no nan: such a figure becomes null."""
    if isinstance(value, float):
        return None if math.isnan(value) or math.isinf(value) else round(value, 6)
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
