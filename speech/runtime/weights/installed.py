"""Weight packages that pip has installed, read as folders of data. Their code is never imported.

Knows nothing about the cache.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from warmline.speech.runtime.weights.cache import PIECE
from warmline.speech.runtime.weights.table import File, Member, Model


def member(part: Member) -> Path | None:
    """Where the installed package has the file; None where the package or the file is not there."""
    try:
        path = Path(str(distribution(part.package).locate_file(part.path)))
    except PackageNotFoundError:
        return None
    return path if path.is_file() else None


def members(file: File) -> tuple[Path, ...]:
    """All parts of a file in order; empty when any is missing or the table names none."""
    found = [member(part) for part in file.parts]
    present = [path for path in found if path is not None]
    return tuple(present) if len(present) == len(found) else ()


def in_place(model: Model) -> Path | None:
    """The package's own folder, where every file of the model lies there whole and under its own name."""
    folders: set[Path] = set()
    for file in model.files:
        paths = members(file)
        if len(paths) != 1 or paths[0].name != file.name:
            return None
        folders.add(paths[0].parent)
    return folders.pop() if len(folders) == 1 else None


def pieces(paths: tuple[Path, ...], advance: Callable[[int], None]) -> Iterator[bytes]:
    """The bytes of all paths, one after the other."""
    for path in paths:
        with path.open("rb") as opened:
            while piece := opened.read(PIECE):
                advance(len(piece))
                yield piece
