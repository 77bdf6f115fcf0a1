"""Whether the weights on this disk are whole: every file hashed afresh, nothing repaired."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from warmline.speech.runtime.weights import cache, installed
from warmline.speech.runtime.weights.table import Model, model


@dataclass(frozen=True, slots=True)
class Checked:
    """One file: ``state`` is "ok", "damaged" or "missing"; ``path`` is where it is or should be."""

    model: str
    file: str
    state: str
    path: Path
    bytes: int
    sha256: str


def verify(names: Sequence[str], *, table: tuple[Model, ...] | None = None) -> Iterator[Checked]:
    """Check every file of every name, in order. Raises UsageError for an unknown name."""
    rows = [model(name, table) for name in names]
    for row in rows:
        folder = folder_in_use(row)
        for file in row.files:
            path = folder / file.name
            whole = cache.matches(path, file, afresh=True)
            state = "ok" if whole else "damaged" if path.exists() else "missing"
            yield Checked(row.name, file.name, state, path, file.bytes, file.sha256)


def folder_in_use(row: Model) -> Path:
    """The folder that loading would take: the cache, or a package's own where the cache has nothing."""
    own = cache.folder_of(row.name)
    if any((own / file.name).exists() for file in row.files):
        return own
    return installed.in_place(row) or own
