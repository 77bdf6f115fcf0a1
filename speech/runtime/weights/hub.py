"""Files of a hub repository at a pinned revision, through ``huggingface_hub``, which is imported only when asked for.

Does not know whether a snapshot's bytes are the right ones: the revision pins them, a table row's SHA-256 checks them.
"""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any

from warmline.speech.runtime.errors import MissingExtra, MissingWeights, UsageError
from warmline.speech.runtime.weights.table import Hub

PREFIX = "hub:"

_ADDRESS = re.compile(r"hub:(?P<repository>[\w.-]+/[\w.-]+)@(?P<revision>[0-9a-f]{40})")


def snapshot(address: str, folder: Path) -> Path:
    """The folder of a whole repository, ``hub:owner/name@<40-digit commit>``, fetched once into ``folder``.

    Raises UsageError for another form (a branch name can change under one's feet), MissingExtra, MissingWeights.
    """
    parsed = _ADDRESS.fullmatch(address)
    if parsed is None:
        raise UsageError(f"{address!r} is not of the form hub:owner/name@revision with a 40-digit commit as revision")
    library = _library()
    where = {"repo_id": parsed["repository"], "revision": parsed["revision"], "cache_dir": str(folder)}
    try:
        return Path(library.snapshot_download(**where, local_files_only=True))
    except Exception:  # noqa: BLE001 - not there yet, in one of the library's many ways of saying so
        return Path(_fetched(address, lambda: library.snapshot_download(**where)))


def file(source: Hub, folder: Path) -> Path:
    """One file of a table row. Raises MissingExtra, MissingWeights."""
    library = _library()
    return Path(
        _fetched(
            f"{source.path} of {source.repository}",
            lambda: library.hf_hub_download(
                source.repository, source.path, revision=source.revision, cache_dir=str(folder)
            ),
        )
    )


def _fetched(what: str, download: Any) -> str:
    try:
        return str(download())
    except Exception as error:
        reason = str(error).strip().partition("\n")[0] or type(error).__name__
        raise MissingWeights(f"{what} could not be fetched ({reason}): check the network and the name") from error


def _library() -> Any:
    try:
        return importlib.import_module("huggingface_hub")
    except ModuleNotFoundError as error:
        raise MissingExtra("weights of a hub need the package huggingface_hub: pip install huggingface_hub") from error
