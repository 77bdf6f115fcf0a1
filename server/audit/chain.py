"""A chain of entries, each sealed with the hash of the one before it. Pure: lines in, lines out.

Any entry changed, removed, added or moved breaks the chain from there on. Entries cut off at the end leave a valid
chain: only an anchor (count and last hash), kept apart from the file, shows that. Who can rewrite file and anchor
together is not detected: keep copies of the anchor elsewhere.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from typing import Any

START = "0" * 64
"""What the first entry is sealed to."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One decision. ``at``: UTC, ISO to the second. ``call``: a hash that is the same within a call only. ``kind``:
    "risk", "consent", "handoff", "notice". ``evidence``: names of rules, never words. ``step``: of the protocol.
    ``referral``: whether a helpline or an emergency number was said and heard."""

    at: str
    call: str
    kind: str
    level: int = 0
    evidence: tuple[str, ...] = ()
    step: str = ""
    referral: bool = False
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Anchor:
    """How far a chain went: the number of entries, and the seal of the last."""

    count: int = 0
    seal: str = START

    def written(self) -> str:
        return f"{self.count} {self.seal}\n"

    @classmethod
    def read(cls, text: str) -> Anchor:
        """Raises ValueError for what is none."""
        count, seal = text.split()
        if len(seal) != len(START):
            raise ValueError("an anchor is a count and a hash of 64 digits")
        return cls(int(count), seal)


@dataclass(frozen=True, slots=True)
class Verified:
    """``fault``: "" for a sound chain, else what is wrong; ``line``: where, from 1, or 0 for the file as a whole."""

    entries: int
    fault: str = ""
    line: int = 0


def sealed(entry: Entry, anchor: Anchor) -> tuple[str, Anchor]:
    """The entry as a line, and the anchor after it."""
    body = {"n": anchor.count, **asdict(entry)}
    seal = _seal(body, anchor.seal)
    return json.dumps({**body, "seal": seal}, ensure_ascii=False, separators=(",", ":")), Anchor(anchor.count + 1, seal)


def verified(lines: Iterable[str], anchor: Anchor | None = None) -> Verified:
    """Whether the lines are one unbroken chain, as long as the anchor says. Never raises."""
    now = Anchor()
    for number, line in enumerate(lines, 1):
        fault = _fault(line, now)
        if fault:
            return Verified(now.count, fault, number)
        now = Anchor(now.count + 1, json.loads(line)["seal"])
    if anchor is not None and now != anchor:
        short = "ends too early: entries were cut off" if now.count < anchor.count else "does not match its anchor"
        return Verified(now.count, f"the file {short} ({now.count} entries, the anchor says {anchor.count})")
    return Verified(now.count)


def read(line: str) -> Entry:
    """An entry of a line that was verified. Raises ValueError."""
    body: dict[str, Any] = json.loads(line)
    known = {field.name for field in fields(Entry)}
    values: dict[str, Any] = {name: value for name, value in body.items() if name in known}
    values["evidence"] = tuple(values.get("evidence", ()))
    return Entry(**values)


def _fault(line: str, now: Anchor) -> str:
    try:
        body = json.loads(line)
        seal = body.pop("seal")
    except (ValueError, KeyError, AttributeError, TypeError):
        return "this line is no entry"
    if json.dumps({**body, "seal": seal}, ensure_ascii=False, separators=(",", ":")) != line:
        return "this line was rewritten"
    if body.get("n") != now.count:
        return "an entry is missing or out of place before this line"
    return "" if seal == _seal(body, now.seal) else "this entry, or the one before it, was changed"


def _seal(body: dict[str, object], before: str) -> str:
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{before}\n{text}".encode()).hexdigest()
