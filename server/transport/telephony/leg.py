"""What a telephone call needs of whatever carries it at the moment: a stream, a channel, a socket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from warmline.server.transport.ending import Ending

if TYPE_CHECKING:
    from warmline.server.transport.telephony.phone import Phone


class Leg(Protocol):
    """One connection of a call. A call that was moved and comes back has another."""

    @property
    def room(self) -> bool:
        """Does the line take more audio now?"""
        ...

    def send(self, audio: bytes) -> None:
        """20 ms of our voice, encoded as the call began."""
        ...

    def mark(self, number: int) -> None:
        """Ask to be told when all that was sent so far has been played; nothing where the line cannot tell."""
        ...

    def clear(self) -> bool:
        """Throw away what was not played. False where the line cannot."""
        ...

    def pause(self) -> bool:
        """Play silence and keep what was not played. False where the line cannot."""
        ...

    def restore(self) -> bool:
        """Play on after :meth:`pause`. False where the line cannot pause."""
        ...

    def leave(self) -> None:
        """End this leg, not the call: what carries it goes on by its own plan."""
        ...

    async def carry(self, phone: Phone, /) -> None:
        """Be the leg of ``phone`` until this connection ends, which ends the call unless it was moved."""
        ...

    async def close(self, ending: Ending, /) -> None: ...
