"""The audit on disk: entries are sealed in order, appended and synced by a thread of its own, off the call's path.

One process writes one file. A file whose chain is broken is not appended to: it is moved aside by a person, after they
have looked. Where the disk fails, the entry is lost and the operator is told; the call goes on.
"""

from __future__ import annotations

import logging
import os
import queue
import threading
from pathlib import Path
from typing import Final

from warmline.server.audit.chain import Anchor, Entry, Verified, sealed, verified
from warmline.speech.runtime.errors import StorageError

MOST_WAITING: Final = 10_000
"""Entries that wait for the disk; what comes beyond is dropped, and counted in the next entry."""

log = logging.getLogger(__name__)


class AuditLog:
    """Appends to ``path``, with its anchor beside it. Raises StorageError when opened on a broken chain."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._queue: queue.Queue[Entry | None] = queue.Queue(MOST_WAITING)
        self._dropped = 0
        self._anchor = _open(path)
        self._thread = threading.Thread(target=self._run, name="audit", daemon=True)
        self._thread.start()

    def put(self, entry: Entry) -> None:
        """Hand an entry over; returns at once."""
        try:
            self._queue.put_nowait(entry)
        except queue.Full:
            self._dropped += 1

    def close(self) -> None:
        """Wait until all is on the disk."""
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (entry := self._queue.get()) is not None:
            entries = [entry]
            while not self._queue.empty() and len(entries) < 100:
                more = self._queue.get()
                if more is None:
                    self._write(entries)
                    return
                entries.append(more)
            self._write(entries)

    def _write(self, entries: list[Entry]) -> None:
        anchor, lines = self._anchor, []
        if self._dropped:
            first = entries[0]
            entries = [Entry(first.at, "", "lost", detail=f"{self._dropped} entries"), *entries]
            self._dropped = 0
        for entry in entries:
            line, anchor = sealed(entry, anchor)
            lines.append(line)
        try:
            with self._path.open("a", encoding="utf-8") as file:
                file.write("\n".join(lines) + "\n")
                file.flush()
                os.fsync(file.fileno())
            _keep(anchor_path(self._path), anchor)
        except OSError as error:
            log.error("%d audit entries could not be written (%s)", len(entries), error.strerror)
            return
        self._anchor = anchor


def anchor_path(path: Path) -> Path:
    """Where the anchor of an audit file is."""
    return path.with_name(f"{path.name}.anchor")


def check(path: Path, anchor: Anchor | None = None) -> Verified:
    """Verify a file against ``anchor``, or against the one beside it. Raises StorageError where it cannot be read."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
        beside = anchor_path(path)
        known = anchor or (Anchor.read(beside.read_text(encoding="utf-8")) if beside.exists() else None)
    except (OSError, UnicodeDecodeError) as error:
        raise StorageError(f"cannot read the audit {path}: {error}") from error
    except ValueError as error:
        return Verified(0, f"the anchor beside the file is unreadable: {error}")
    if known is None:
        return Verified(len(lines) - 1, f"there is no anchor: {beside} is missing, so a cut-off end would not show")
    if lines[-1]:
        return Verified(0, "the last line is not complete", len(lines))
    return verified(lines[:-1], known)


def _open(path: Path) -> Anchor:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.touch(mode=0o600)
            _keep(anchor_path(path), Anchor())
            return Anchor()
    except OSError as error:
        raise StorageError(f"cannot write the audit {path}: {error.strerror}") from error
    found = check(path)
    if found.fault:
        where = f" (line {found.line})" if found.line else ""
        raise StorageError(f"the audit {path} is broken: {found.fault}{where}. Look at it, move it aside, start again")
    return Anchor.read(anchor_path(path).read_text(encoding="utf-8"))


def _keep(path: Path, anchor: Anchor) -> None:
    """The anchor is replaced whole, so that a crash leaves the old or the new one."""
    fresh = path.with_name(f"{path.name}.new")
    with fresh.open("w", encoding="utf-8") as file:
        file.write(anchor.written())
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
