"""The C library's allocator, where it can be spoken to (glibc's): how many heaps it keeps, and what it gives back.

glibc gives threads heaps of their own, up to eight a core, and hands what was freed in one of them to no thread of
another. Recognition, the voice and the planner run on many threads and free megabytes at a time, so each heap stays at
the height of its own worst moment. Knows nothing about who allocates.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from typing import Any, Final

_ARENA_MAX: Final = -8
"""M_ARENA_MAX of malloc.h."""


def share_heaps() -> bool:
    """Let all threads that begin to allocate from now on share as many heaps as there are cores, two at least. False
    where the C library cannot."""
    mallopt = _function("mallopt")
    return mallopt is not None and bool(mallopt(_ARENA_MAX, max(2, os.cpu_count() or 2)))


def give_back() -> None:
    """Hand what was freed back to the system: parsing dictionaries and networks leaves some 50 MiB in the allocator's
    hands. Does nothing where the C library cannot."""
    trim = _function("malloc_trim")
    if trim is not None:
        trim(0)


def _function(name: str) -> Callable[..., Any] | None:
    try:
        found: Callable[..., Any] = getattr(ctypes.CDLL(None), name)
    except (AttributeError, OSError, TypeError):
        return None
    return found
