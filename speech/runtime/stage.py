"""The protocol of a streaming stage. Knows nothing about audio or models."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from typing import Protocol, TypeVar

In = TypeVar("In", contravariant=True)
Out = TypeVar("Out", covariant=True)


class Stage(Protocol[In, Out]):
    """Turns a stream of values into another.

    Consume it only inside :func:`contextlib.aclosing`: a cancelled bare ``async for`` may leave the generator's
    ``finally`` (where an abort lives) unexecuted while another reference exists.
    """

    def run(self, source: AsyncIterator[In], /) -> AsyncGenerator[Out, None]: ...
