"""Who may open a stream: only a call that a signed webhook has announced, once, within a minute."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from warmline.dialogue.safety.numbers import country_of_number
from warmline.speech.runtime.clock import Clock

VALID_S: Final = 60.0
MOST: Final = 1_000
"""Tickets that wait; beyond it the oldest is forgotten."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """``caller``: a name that says nothing about them, "" where calls are not told apart. ``country``: ISO code from
    the caller's number, "" where it says none. ``call``: the name of this call by which it can be moved and comes back,
    "" where it cannot; ``rings_s``: how long a human is then rung for."""

    caller: str = ""
    country: str = ""
    call: str = ""
    rings_s: float = 0.0


class Tickets:
    """Issued by a webhook, redeemed by a stream."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._open: OrderedDict[str, tuple[float, Ticket]] = OrderedDict()

    def issue(self, ticket: Ticket) -> str:
        """A word that opens one stream."""
        word = secrets.token_urlsafe(24)
        self._open[word] = (self._clock.now_s() + VALID_S, ticket)
        while len(self._open) > MOST:
            self._open.popitem(last=False)
        return word

    def redeem(self, word: str) -> Ticket | None:
        """The ticket, once; None for a word that is unknown, used or too old."""
        until_s, ticket = self._open.pop(word, (0.0, Ticket()))
        return ticket if self._clock.now_s() < until_s else None


def ticket_for(number: str, secret: str) -> Ticket:
    """``number``: the caller's, as the provider gives it; it is kept nowhere. With a ``secret`` the same number is the
    same caller in a later call (HMAC-SHA-256); without it nobody is known again."""
    country = country_of_number(number)
    if not secret or not country:
        return Ticket("", country)
    digest = hmac.new(secret.encode(), number.encode(), hashlib.sha256).hexdigest()
    return Ticket(f"phone-{digest[:32]}", country)
