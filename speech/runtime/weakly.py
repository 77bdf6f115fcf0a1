"""A method given away without its object: a part may call the whole it belongs to and does not keep it alive.

Two objects that know each other are freed only by the garbage collector, which may not look at old ones for hours; a
call holds megabytes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar
from weakref import WeakMethod

P = ParamSpec("P")
R = TypeVar("R")


def weakly(method: Callable[P, R]) -> Callable[P, R]:
    """``method``, a bound one, callable for as long as somebody else holds its object; afterwards it raises
    ReferenceError."""
    held = WeakMethod(method)

    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        there = held()
        if there is None:
            raise ReferenceError(f"what {method_name} belongs to is gone")
        return there(*args, **kwargs)

    method_name = getattr(method, "__qualname__", "the method")
    del method  # or the call would hold it after all
    return call
