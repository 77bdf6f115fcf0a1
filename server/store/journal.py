"""What the database has not taken yet, in a file of its own, so that a killed process loses no finished turn.

Writing a call waits for nothing; the database is synced turn by turn behind it, and under load falls behind. So each
job is first appended here, closed with the store's key, by one write that a kill cannot undo (the system has it, though
perhaps not the disk: a machine that loses its power keeps what the database had synced). When the database has caught
up, the file is emptied; when the next process starts, what is still in it is done again.

One process has one file: a lock tells whose owner is dead. It knows nothing of what jobs do.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import logging
import os
from collections.abc import Callable, Iterable, Iterator
from glob import escape
from pathlib import Path
from typing import Final

from warmline.server.store.database import Database
from warmline.server.store.jobs import Job, entry_of, job_of
from warmline.server.store.sealing import Seal
from warmline.server.store.store import Store
from warmline.speech.runtime.errors import StorageError

MOST_BYTES: Final = 8 * 1024 * 1024
"""From here on what is done is taken out, though more is waiting."""

MOST_FILES: Final = 64
FRESH: Final = ".new"

log = logging.getLogger(__name__)


class Journal:
    """Methods return at once. What cannot be appended (a full disk) is told once in the log: then the database alone
    keeps it. Close it at the end."""

    def __init__(self, path: Path, file: int, seal: Seal) -> None:
        self._path = path
        self._file = file
        self._seal = seal
        self._size = os.fstat(file).st_size
        self._told = False

    @property
    def long(self) -> bool:
        """Is it time to :meth:`keep` only what waits?"""
        return self._size > MOST_BYTES

    def add(self, job: Job) -> None:
        self._told_of(lambda: self._append(job))

    def clear(self) -> None:
        """The database has all of it."""
        if self._size:
            self._told_of(lambda: os.ftruncate(self._file, 0))
            self._size = 0

    def keep(self, jobs: Iterable[Job]) -> None:
        """Only these are still to be done; the file is replaced whole, so a kill leaves the old or the new one."""
        if self._size:
            self._told_of(lambda: self._replace(jobs))

    def close(self) -> None:
        """Leave the file only where something in it is still to be done."""
        if not self._size:
            self._path.unlink(missing_ok=True)
        os.close(self._file)

    def _append(self, job: Job) -> None:
        line = self._line(job)
        if os.write(self._file, line) < len(line):
            os.ftruncate(self._file, self._size)  # half a line would spoil the next one
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._size += len(line)

    def _replace(self, jobs: Iterable[Job]) -> None:
        fresh = self._path.with_name(f"{self._path.name}{FRESH}")
        data = b"".join(self._line(job) for job in jobs)
        file = os.open(fresh, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            if not _locked(file) or os.write(file, data) < len(data):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            fresh.replace(self._path)
        except OSError:
            os.close(file)
            raise
        os.close(self._file)
        self._file, self._size = file, len(data)

    def _line(self, job: Job) -> bytes:
        return self._seal.close(entry_of(job)) + b"\n"

    def _told_of(self, work: Callable[[], None]) -> None:
        try:
            work()
        except OSError as error:
            if not self._told:
                self._told = True
                log.error("what waits for the store cannot be written down (%s): a crash may lose it", error.strerror)


def place_of(database: Database, cache: Path) -> Path:
    """Where the journals of a store lie: beside a SQLite file; for a server, in the cache folder of this machine."""
    url = database.engine.url
    if database.is_sqlite and url.database:
        return Path(f"{url.database}.pending")
    name = hashlib.sha256(url.render_as_string(hide_password=True).encode()).hexdigest()[:16]
    return cache.expanduser() / "pending" / name


def opened(base: Path, seal: Seal) -> Journal | None:
    """A journal that no other process has. None, and a line in the log, where there can be none."""
    try:
        base.parent.mkdir(parents=True, exist_ok=True)
        for number in range(MOST_FILES):
            path = base if number == 0 else base.with_name(f"{base.name}.{number}")
            file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            if _locked(file):
                return Journal(path, file, seal)
            os.close(file)
    except OSError as error:
        log.error("no journal can be kept (%s): a crash may lose the last turns", error.strerror)
        return None
    log.error("no journal can be kept (%d processes have one): a crash may lose the last turns", MOST_FILES)
    return None


async def recovered(base: Path, store: Store) -> int:
    """Do again what killed processes left behind, and remove their files. Returns how many jobs there were. Raises
    StorageError where the store does not take them; then the files stay."""
    count = 0
    for path in sorted(base.parent.glob(f"{escape(base.name)}*")) if base.parent.is_dir() else ():
        try:
            file = os.open(path, os.O_RDONLY)
        except FileNotFoundError:
            continue  # its owner has just closed it
        except OSError as error:
            raise StorageError(
                f"{path} cannot be read ({error.strerror}): let this user read it, or remove it"
            ) from error
        try:
            if not _locked(file):
                continue
            jobs = () if path.name.endswith(FRESH) else _jobs(path, store.database.seal)  # never finished: not needed
            for job in jobs:
                await job.again(store)
                count += 1
            path.unlink(missing_ok=True)
        finally:
            os.close(file)
    return count


def _jobs(path: Path, seal: Seal) -> Iterator[Job]:
    """The jobs in a file; one that cannot be read (cut short by the kill) is left out and counted in the log."""
    bad = 0
    for line in path.read_bytes().split(b"\n"):
        if not line:
            continue
        try:
            yield job_of(seal.open(line))
        except (StorageError, KeyError, TypeError, ValueError):
            bad += 1
    if bad:
        log.error("%d entries of %s could not be read and are lost", bad, path.name)


def _locked(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
