"""Who may call over the programs' interface: tokens of the operator's, and short-lived secrets made from them.

Without tokens in the settings everybody who reaches the server may call. The page of the server itself needs none: it
is meant for the public, and guarded by its origin. A client secret is for a browser or an app, which must not hold a
token: it opens calls for some minutes.
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from warmline.speech.runtime.clock import Clock

LASTS_S: Final = 600
SHORTEST_S, LONGEST_S = 10, 7_200
MOST: Final = 10_000
"""Secrets that are valid at once; beyond it the oldest is forgotten."""

PREFIX: Final = "ek_"
_SUBPROTOCOL: Final = "openai-insecure-api-key."


@dataclass(frozen=True, slots=True)
class Minted:
    """A client secret: valid ``until_s``, made from the token of this number, for ``caller`` ("" for nobody known)."""

    until_s: float
    token: int | None = None
    caller: str = ""


@dataclass(frozen=True, slots=True)
class Vouched:
    """What the operator's credentials say of who calls: whoever shows a token itself may name them (``names``); a
    client secret may have been made for one ``caller``. A client without credentials is believed nothing."""

    names: bool = False
    caller: str = ""

    def caller_named(self, key: str) -> str:
        """The caller whom the client names by the operator's ``key`` ("" for none), or for whom its secret was made.
        Raises NotVouched."""
        if key and not self.names and key != self.caller:
            raise NotVouched(
                "x_caller needs a token of this server's, or a client secret that was made for this caller"
            )
        named = key or self.caller
        return f"{OPERATORS}{named}" if named else ""


NO_VOUCHER: Final = Vouched()


class NotVouched(Exception):
    """A client names a caller, and nobody vouches for it."""


OPERATORS: Final = "x:"
"""Before callers whom an operator knows: no client can choose such a name itself."""

_KEY: Final = re.compile(r"[A-Za-z0-9._@-]{1,60}")


def operators_key(given: object) -> str:
    """A caller's key of the operator's own; "" for none. Raises ValueError."""
    if given is None or given == "":
        return ""
    if not isinstance(given, str) or not _KEY.fullmatch(given):
        raise ValueError("x_caller is up to 60 letters, digits, . _ @ or -: a key that says nothing about the person")
    return given


class Keys:
    """``tokens``: the operator's, none for an open server."""

    def __init__(self, tokens: Iterable[str], clock: Clock) -> None:
        self._tokens = tuple(token.encode() for token in tokens)
        self._clock = clock
        self._secrets: OrderedDict[str, Minted] = OrderedDict()

    @property
    def open(self) -> bool:
        """May everybody call?"""
        return not self._tokens

    def is_token(self, authorization: str) -> bool:
        """Does an ``Authorization`` header carry a token of the operator's? Always, where the server is open."""
        given = _bearer(authorization).encode()
        same = [hmac.compare_digest(given, token) for token in self._tokens]  # all, so that time tells nothing
        return self.open or any(same)

    def admits(self, authorization: str, subprotocols: Iterable[str] = ()) -> bool:
        """May this client call: by a token or a secret, in the header or, from a browser, among the subprotocols?"""
        return self.is_token(authorization) or self.minted(authorization, subprotocols) is not None

    def number(self, authorization: str) -> int | None:
        """Which of the operator's tokens an ``Authorization`` header carries; None for none."""
        given = _bearer(authorization).encode()
        same = [hmac.compare_digest(given, token) for token in self._tokens]
        return same.index(True) if any(same) else None

    def minted(self, authorization: str, subprotocols: Iterable[str] = ()) -> Minted | None:
        """The valid secret that a client shows; None for none."""
        offered = [name.removeprefix(_SUBPROTOCOL) for name in subprotocols if name.startswith(_SUBPROTOCOL)]
        now_s = self._clock.now_s()
        found = (self._secrets.get(word) for word in (_bearer(authorization), *offered))
        return next((one for one in found if one is not None and one.until_s > now_s), None)

    def vouched(self, authorization: str, subprotocols: Iterable[str] = ()) -> Vouched:
        """What the credentials that a client shows say of who calls."""
        minted = self.minted(authorization, subprotocols)
        if minted is not None:
            return Vouched(caller=minted.caller)
        return Vouched(names=self.number(authorization) is not None)

    def secret(self, lasts_s: int = LASTS_S, token: int | None = None, caller: str = "") -> str:
        """A fresh secret that opens calls for ``lasts_s`` seconds, made from the token of this number, for whom the
        operator knows as ``caller``."""
        now_s = self._clock.now_s()
        for word in [word for word, one in self._secrets.items() if one.until_s <= now_s]:
            del self._secrets[word]
        word = PREFIX + secrets.token_urlsafe(24)
        self._secrets[word] = Minted(now_s + lasts_s, token, caller)
        while len(self._secrets) > MOST:
            self._secrets.popitem(last=False)
        return word


def same_host(origin: str | None, host: str | None) -> bool:
    """Does a browser's page come from this very server? Programs send no origin and are let in; a page of another
    site must not be able to open the microphone's call in the person's name."""
    if origin is None:
        return True
    try:
        return bool(host) and urlsplit(origin).netloc.lower() == (host or "").lower()
    except ValueError:
        return False


def token_shown(asking: HTTPConnection, keys: Keys) -> int | None:
    """The number of the operator's token by which this client calls, itself or by a secret made from it."""
    authorization = asking.headers.get("authorization", "")
    minted = keys.minted(authorization, asking.scope.get("subprotocols", []))
    return keys.number(authorization) if minted is None else minted.token


def admitted(asking: HTTPConnection, keys: Keys) -> bool:
    """Our own page; a program, or another site's page, that shows a token or a client secret; where the server asks for
    none, any program."""
    offered = asking.scope.get("subprotocols", [])
    origin = asking.headers.get("origin")
    if origin is not None and same_host(origin, asking.headers.get("host")):
        return True
    shown = keys.admits(asking.headers.get("authorization", ""), offered)
    return shown and (origin is None or not keys.open)


def _bearer(authorization: str) -> str:
    kind, _, word = authorization.partition(" ")
    return word.strip() if kind.lower() == "bearer" else ""
