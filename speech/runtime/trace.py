"""How long each stage of a turn took. Numbers only: no words of a person ever enter a trace."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from warmline.speech.runtime.clock import Clock, WallClock


@dataclass(slots=True)
class Trace:
    """Milliseconds by stage name, for one turn; a stage that runs twice adds up."""

    clock: Clock = field(default_factory=WallClock)
    stages_ms: dict[str, float] = field(default_factory=dict)

    def add(self, stage: str, ms: float) -> None:
        self.stages_ms[stage] = self.stages_ms.get(stage, 0.0) + ms

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        start_s = self.clock.now_s()
        try:
            yield
        finally:
            self.add(name, (self.clock.now_s() - start_s) * 1000.0)
