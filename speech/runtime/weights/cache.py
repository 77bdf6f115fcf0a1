"""The cache folder on disk: files appear in it whole and verified or not at all, whoever else is at work there.

Knows nothing about where the bytes come from.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from warmline.speech.runtime.errors import CorruptWeights, StorageError
from warmline.speech.runtime.weights.table import File, Model

PIECE = 1 << 20
"""Bytes read at a time: what is held in memory of a file of any size."""

_folder = Path("~/.cache/warmline")  # one per process; set once by the wiring through configure()


def configure(folder: Path) -> None:
    """Use ``folder`` as the cache from now on (the setting ``cache``)."""
    global _folder
    _folder = folder


def folder_of(name: str) -> Path:
    """Where the files of the model ``name`` lie in the cache, whether they are there or not."""
    return _folder.expanduser() / "weights" / name


def sha256(path: Path) -> str:
    """SHA-256 of a whole file, in hexadecimal; about 1.3 GB/s where the processor has SHA instructions."""
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


# Files that this process has hashed, by path and stat: loading one model twice need not read it twice.
_hashed: dict[tuple[str, int, int, int], str] = {}


def matches(path: Path, file: File, *, afresh: bool = False) -> bool:
    """Whether ``path`` holds exactly the pinned bytes. Hashed once per process and file state, or ``afresh``."""
    try:
        stat = path.stat()
        if stat.st_size != file.bytes:
            return False
        key = (str(path), stat.st_size, stat.st_mtime_ns, stat.st_ino)
        if afresh or key not in _hashed:
            _hashed[key] = sha256(path)
    except OSError:
        return False
    return _hashed[key] == file.sha256


@contextmanager
def locked(model: Model, waiting: Callable[[str], None]) -> Iterator[Path]:
    """Hold the model's folder against other processes and threads; yields the folder, made if need be.

    ``waiting`` is told once when somebody else holds it. Raises StorageError.
    """
    folder = folder_of(model.name)
    with storage(folder):
        folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waiting(f"{model.name}: waiting for another process that is preparing it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        for left in folder.glob("*.part"):  # of a process that was killed: nobody else can be writing now
            left.unlink(missing_ok=True)
        for left in folder.glob(".fetch-*"):
            shutil.rmtree(left, ignore_errors=True)
        yield folder
    finally:
        os.close(lock)


def require_space(model: Model, wanted: int) -> None:
    """Raise StorageError now rather than after an hour when ``wanted`` bytes do not fit."""
    folder = folder_of(model.name)
    with storage(folder):
        free = shutil.disk_usage(folder).free
    if free < wanted + (64 << 20):
        raise StorageError(
            f"{model.name} needs {wanted / 1e6:,.0f} MB and {folder} has {free / 1e6:,.0f} MB free: "
            "make room there, or set another cache folder"
        )


def write(folder: Path, file: File, pieces: Iterable[bytes], source: str) -> Path:
    """Write ``pieces`` as ``folder/file.name``: all of it, verified, or nothing. The folder must be locked.

    Raises CorruptWeights when the bytes are not the pinned ones (``source`` says whose they were), StorageError.
    """
    target, part = folder / file.name, folder / f"{file.name}.part"
    digest, size = hashlib.sha256(), 0
    try:
        with storage(folder):
            with part.open("wb") as opened:
                for piece in pieces:
                    opened.write(piece)
                    digest.update(piece)
                    size += len(piece)
                opened.flush()
                os.fsync(opened.fileno())
            if size != file.bytes or digest.hexdigest() != file.sha256:
                what = f"{size:,} bytes instead of {file.bytes:,}" if size != file.bytes else "another SHA-256"
                raise CorruptWeights(
                    f"{file.name} from {source} has {what}: it is not the pinned file; nothing was kept. "
                    "If it repeats, that source was changed: give your own file by its path"
                )
            part.replace(target)
            _sync_folder(folder)
    finally:
        part.unlink(missing_ok=True)
    return target


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def storage(folder: Path) -> Iterator[None]:
    """Turn a failure of the disk into a StorageError that says what to do about it."""
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise StorageError(f"the disk of {folder} is full: make room there, or set another cache folder") from error
        raise StorageError(
            f"{folder} cannot be used ({error.strerror or error}): make it writable, or set another cache folder"
        ) from error
