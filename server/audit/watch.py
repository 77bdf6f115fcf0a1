"""From a call's events to the audit: what was found, what was said about it, whether a number reached the person.

It keeps the names of rules and steps, never words; the call's own id is hashed with a secret that this process forgets.
"""

from __future__ import annotations

import datetime
import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from warmline.dialogue.safety.open_question import OVERRULED
from warmline.dialogue.types import Outcome, Risk, RiskLevel, SafetyNote
from warmline.server import events as e
from warmline.server.audit.chain import Entry

_SECRET = secrets.token_bytes(16)

Put = Callable[[Entry], None]
Today = Callable[[], datetime.datetime]


def hashed(call: str) -> str:
    """A call's id as the audit names it: the same within this process, meaningless elsewhere."""
    return hashlib.blake2s(call.encode(), key=_SECRET, digest_size=8).hexdigest()


def _dropped(evidence: str) -> bool:
    return evidence.startswith(OVERRULED)


def utc() -> datetime.datetime:
    """Now."""
    return datetime.datetime.now(datetime.UTC)


@dataclass(slots=True)
class Watch:
    """An observer of one call. ``put`` takes entries; ``clock`` tells the time."""

    call: str
    put: Put
    clock: Today = utc
    _risks: dict[int, Risk] = field(default_factory=dict)
    _notes: dict[int, SafetyNote] = field(default_factory=dict)

    def __call__(self, event: e.CallEvent) -> None:
        match event:
            case e.Planned(turn=turn, plan=plan):
                self._risks[turn] = plan.risk
                self._notes.pop(turn, None)
            case e.ReadLater(risk=risk):
                self._write("risk", int(risk.level), risk.evidence)
            case e.SafetyStep(turn, note):
                self._notes[turn] = note
            case e.Consent(what, given):
                self._write("consent", detail=f"{what}: {'given' if given else 'not given'}")
            case e.Handoff(stage):
                self._write("handoff", detail=stage)
            case e.ReplyEnded(turn=turn, heard=heard, outcome=outcome):
                self._ended(turn, heard, outcome)
            case _:
                pass

    def _ended(self, turn: int, heard: str, outcome: Outcome) -> None:
        risk, note = self._risks.pop(turn, Risk()), self._notes.pop(turn, None)
        nothing = risk.level is RiskLevel.L0 and note is None and not any(map(_dropped, risk.evidence))
        if outcome is Outcome.DISCARDED or nothing:
            return
        referral = note is not None and note.card is not None and bool(heard.strip())
        step = note.step if note is not None else ""
        self._write("risk", int(risk.level), risk.evidence, step, referral=referral)

    def _write(
        self,
        kind: str,
        level: int = 0,
        evidence: tuple[str, ...] = (),
        step: str = "",
        *,
        referral: bool = False,
        detail: str = "",
    ) -> None:
        at = self.clock().isoformat(timespec="seconds")
        self.put(Entry(at, self.call, kind, level, evidence, step, referral, detail))
