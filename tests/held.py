"""What an object keeps alive, in bytes: everything that can be reached from it, each thing once.

Knows the memory of Python and numpy, not that of libraries. What is shared (modules, classes, the globals of functions)
is not followed.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import types
from collections.abc import Iterator

import numpy as np

_SHARED = (type, types.ModuleType, types.CodeType, types.BuiltinFunctionType, asyncio.AbstractEventLoop, property)


def held(root: object, apart: object = None) -> int:
    """Bytes that ``root`` keeps alive and ``apart`` does not."""
    known: set[int] = set()
    for _ in _reached(apart, known):
        """Only to know it."""
    return sum(_size(thing) for thing in _reached(root, known))


def _reached(root: object, known: set[int]) -> Iterator[object]:
    waiting = [root]
    while waiting:
        thing = waiting.pop()
        if id(thing) in known or isinstance(thing, _SHARED):
            continue
        known.add(id(thing))
        yield thing
        if isinstance(thing, types.FunctionType):
            waiting += [thing.__closure__, thing.__defaults__]
        elif isinstance(thing, np.ndarray):
            waiting.append(thing.base)
        else:
            waiting += gc.get_referents(thing)


def _size(thing: object) -> int:
    """Of an array its own memory: a view's is its base's."""
    if isinstance(thing, np.ndarray):
        return 112 + (thing.nbytes if thing.base is None else 0)
    return sys.getsizeof(thing)
