"""Ways to a human: each is asked once, and says whether somebody is there now.

A request holds as little as will do: why, how urgent, which language and country. No words of the caller.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import Final, Protocol

import httpx

from warmline.server.handoff.talk import Talk
from warmline.speech.runtime.errors import SettingsError

TRIES: Final = 3
POLL_S: Final = 2.0


MOST_OVER = 20
"""Talks that are over and can still be read to their end."""


@dataclass(frozen=True, slots=True)
class Request:
    """``id``: of this hand-off only. ``level``: 0-3 as the screen found. ``summary``: one sentence, none of
    their words."""

    id: str
    level: int
    language: str
    country: str
    summary: str


class Bridge(Protocol):
    """Somebody to ask."""

    async def ring(self, request: Request) -> bool:
        """True once a human is there, False when nobody will be. Cancelled when it takes too long."""
        ...

    async def close(self) -> None: ...


class Transfer:
    """A telephone's own transfer: ``transfer`` moves the call and says whether it was taken."""

    def __init__(self, transfer: Callable[[Request], Awaitable[bool]]) -> None:
        self._transfer = transfer

    async def ring(self, request: Request) -> bool:
        return await self._transfer(request)

    async def close(self) -> None:
        """Nothing to free."""


class Webhook:
    """Asks an operator's own server: POST ``url`` with the request, signed; it answers {"status": "answered"},
    "refused" or "ringing". While it is ringing it is asked again, GET ``url``/ID. Failures of the line and of the
    server are tried again, a refusal is not."""

    def __init__(
        self,
        url: str,
        secret: str,
        transport: httpx.AsyncBaseTransport | None = None,
        *,
        now: Callable[[], float] = time.time,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        local = url.startswith(("http://127.0.0.1", "http://localhost"))
        if not (url.startswith("https://") or local):
            raise SettingsError("handoff.url must be an https address (or http on this machine)")
        if not secret:
            raise SettingsError("handoff.secret must be set: what is sent is signed with it")
        self._url, self._secret = url.rstrip("/"), secret.encode()
        self._now, self._pause = now, pause
        self._client = httpx.AsyncClient(timeout=httpx.Timeout(10.0, connect=3.0), transport=transport)

    async def ring(self, request: Request) -> bool:
        status = await self._asked("POST", self._url, json.dumps(asdict(request)))
        while status == "ringing":
            await self._pause(POLL_S)
            status = await self._asked("GET", f"{self._url}/{request.id}", "")
        return status == "answered"

    async def _asked(self, method: str, url: str, body: str) -> str:
        """The status that the server gives; "failed" after all tries."""
        for attempt in range(TRIES):
            if attempt:
                await self._pause(2.0 ** (attempt - 1))
            try:
                response = await self._client.request(method, url, content=body, headers=self._signed(body))
            except httpx.HTTPError:
                continue
            if response.status_code >= 500:
                continue
            try:
                status = response.json().get("status", "") if response.is_success else "refused"
            except (ValueError, AttributeError):
                return "refused"
            return status if status in {"answered", "refused", "ringing"} else "refused"
        return "failed"

    def _signed(self, body: str) -> dict[str, str]:
        at = str(int(self._now()))
        seal = signature(self._secret, at, body)
        return {"content-type": "application/json", "x-warmline-time": at, "x-warmline-signature": seal}

    async def close(self) -> None:
        await self._client.aclose()


def signature(secret: bytes, at: str, body: str) -> str:
    """HMAC-SHA256 over the time, a dot and the body, in hexadecimal: for the receiver to check, with the time."""
    return hmac.new(secret, f"{at}.{body}".encode(), hashlib.sha256).hexdigest()


@dataclass(slots=True)
class _Waiting:
    request: Request
    taken: asyncio.Future[bool]


class Console:
    """Operators at a screen: requests wait here until somebody takes or refuses one. Of a call that was taken they
    read what is said from then on, and what they write is read to the caller."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._waiting: dict[str, _Waiting] = {}
        self._talks: dict[str, Talk] = {}
        self._now = now

    def begin(self, id: str, say: Callable[[str], None]) -> Talk:
        """The talk of a call that was taken under this name. ``say`` has words spoken to the caller."""
        for old in [name for name, talk in self._talks.items() if not talk.open][:-MOST_OVER]:
            del self._talks[old]
        self._talks[id] = Talk(say, self._now)
        return self._talks[id]

    def talk(self, id: str) -> Talk | None:
        """The talk under this name, for a while also after its end."""
        return self._talks.get(id)

    async def ring(self, request: Request) -> bool:
        waiting = _Waiting(request, asyncio.get_running_loop().create_future())
        self._waiting[request.id] = waiting
        try:
            return await waiting.taken
        finally:
            self._waiting.pop(request.id, None)

    @property
    def waiting(self) -> tuple[Request, ...]:
        """Who waits, the longest first."""
        return tuple(one.request for one in self._waiting.values())

    def answer(self, id: str, *, take: bool) -> bool:
        """An operator takes or refuses; False where nobody waits under that name any more."""
        one = self._waiting.get(id)
        if one is None or one.taken.done():
            return False
        one.taken.set_result(take)
        return True

    async def close(self) -> None:
        """Nobody is there any more."""
        for one in self._waiting.values():
            if not one.taken.done():
                one.taken.set_result(False)
