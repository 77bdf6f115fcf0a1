"""A call as another server can go on with it: what was said in it so far, and what opens it. Where such calls are put
down is not known here (:mod:`warmline.server.cluster` has a book of them); one server alone puts them down nowhere.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Protocol

from warmline.dialogue.types import Turn
from warmline.server.settings import CallSettings
from warmline.server.transport.said import Said


@dataclass(frozen=True, slots=True)
class Carried:
    """``keys``: the hashes of the tokens that open it. ``unanswered``: what the person has said since the last
    exchange, as far as it was recognised. ``settings``: of the call, with what was agreed at its start."""

    id: str
    keys: tuple[str, ...]
    settings: CallSettings
    turns: tuple[Turn, ...] = ()
    said: tuple[Said, ...] = ()
    unanswered: str = ""


def key_of(token: str) -> str:
    """A token as it is put down: nobody who reads it there can take the call up."""
    return hashlib.sha256(token.encode()).hexdigest()


class Elsewhere(Protocol):
    """Where calls are put down for other servers."""

    def keep(self, carried: Carried) -> None:
        """In the place of what was there of this call. Returns at once; never raises."""
        ...

    def drop(self, id: str) -> None:
        """The call is over. Returns at once; never raises."""
        ...

    async def take(self, token: str) -> Carried | None:
        """The call that the token opens, which is nobody else's from now on; None where there is none, or nobody can be
        asked."""
        ...
