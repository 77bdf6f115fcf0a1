"""A call kept in a file of one's own: JSON lines, a head and then every turn with its words, tags and plan.

For whoever talks to their own machine and wants to read the chain afterwards (``warmline explain FILE``); calls of
others belong in the store, which asks for consent. The file is in the open, readable by its owner only.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from warmline.server.settings import CallSettings
from warmline.server.store.record import NOTHING, Keeping, Keeps, Passing
from warmline.server.store.records import Ended, StoredTurn, figures_of, stored, words_of
from warmline.speech.runtime.clock import utc_s
from warmline.speech.runtime.errors import StorageError, UnreadableInput

FORMAT: Final = "warmline call"
VERSION: Final = 1


class Transcript:
    """Writes each exchange as it ends: a call that breaks off is kept as far as it came. Raises StorageError where the
    file cannot be written."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._count = 0
        self._write({"format": FORMAT, "version": VERSION}, os.O_TRUNC)

    def turn(self, ended: Ended) -> None:
        self._count += 1
        self._write(_row(ended, self._count), os.O_APPEND)

    def end(self) -> None:
        """Nothing is left to do: the file is whole after every turn."""

    def _write(self, row: dict[str, object], how: int) -> None:
        try:
            with open(os.open(self._path, os.O_WRONLY | os.O_CREAT | how, 0o600), "w", encoding="utf-8") as file:
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
        except OSError as error:
            raise StorageError(f"cannot write {self._path}: give another file with --keep") from error


class AlsoKept:
    """Every call is kept by ``others`` as before, and in the transcript."""

    def __init__(self, transcript: Transcript, others: Keeps | None) -> None:
        self._transcript = transcript
        self._others = others

    async def begin(self, call: CallSettings) -> Keeping:
        record = NOTHING if self._others is None else await self._others.begin(call)
        return _Also(record, self._transcript)


class _Also(Passing):
    def __init__(self, record: Keeping, transcript: Transcript) -> None:
        super().__init__(record)
        self._transcript = transcript

    def turn(self, ended: Ended) -> None:
        super().turn(ended)
        self._transcript.turn(ended)

    def end(self) -> None:
        super().end()
        self._transcript.end()


def turn_of(ended: Ended, number: int = 1) -> StoredTurn:
    """An exchange as it would come back from a file: what is shown at once and what is kept cannot differ."""
    row: dict[str, Any] = _row(ended, number)
    return stored(row, row["figures"], row["words"])


def read(path: Path) -> Sequence[StoredTurn]:
    """The turns of a kept call. Raises UnreadableInput."""
    advice = "give a file that --keep wrote (warmline chat, reply, talk)"
    try:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, ValueError) as error:
        raise UnreadableInput(f"cannot read {path}: {advice}") from error
    head = rows[0] if rows else None
    if not isinstance(head, dict) or head.get("format") != FORMAT:
        raise UnreadableInput(f"{path} is no kept call: {advice}")
    if head.get("version", 0) > VERSION:
        raise UnreadableInput(f"{path} was kept by a newer Warmline: update to read it")
    try:
        return [stored(row, row["figures"], row["words"]) for row in rows[1:]]
    except (KeyError, TypeError, AttributeError) as error:
        raise UnreadableInput(f"{path} is damaged: a turn lacks {error}") from error


def _row(ended: Ended, number: int) -> dict[str, object]:
    return {
        "number": number,
        "at": round(utc_s(), 2),
        "at_s": round(ended.at_s, 2),
        "outcome": ended.turn.outcome.name.lower(),
        "risk": int(ended.turn.plan.risk.level),
        "figures": figures_of(ended),
        "words": words_of(ended),
    }
