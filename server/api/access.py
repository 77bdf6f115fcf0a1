"""Who asks: an operator by a token of ``server.tokens``, or a caller by the secret link to their own report.

Both come as a bearer token in a header, never in an address: addresses stand in logs and histories. Where no tokens are
set, nobody is an operator: whoever reaches the server may call, but not read about others.
"""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass, field
from typing import Annotated, Final

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from warmline.server.api.errors import Refused
from warmline.server.auth import Keys
from warmline.server.store import links
from warmline.server.store.keeping import Keeper
from warmline.server.store.records import StoredCall

_ASK: Final = {"www-authenticate": "Bearer"}

TOKEN = HTTPBearer(scheme_name="operator", auto_error=False, description="A token of server.tokens.")
LINK = HTTPBearer(scheme_name="link", auto_error=False, description="What stands after # in a caller's report link.")


@dataclass(slots=True)
class Shelf:
    """What the API works on. ``keeping``: None where nothing is kept. ``audit``: the file of safety decisions or "".
    ``drawing``: one picture at a time, each takes some seconds of a processor."""

    keys: Keys
    keeping: Keeper | None
    audit: str = ""
    drawing: asyncio.Lock = field(default_factory=asyncio.Lock)


@dataclass(frozen=True, slots=True)
class Operator:
    """``name``: the beginning of a hash of the token, by which readings are written down."""

    name: str


def shelf_of(request: Request) -> Shelf:
    """The server's shelf."""
    found: Shelf = request.app.state.shelf
    return found


def keeping_of(shelf: Annotated[Shelf, Depends(shelf_of)]) -> Keeper:
    """The keeper. Raises Refused where nothing is kept."""
    if shelf.keeping is None:
        raise Refused(404, "nothing_kept", "nothing is kept here: set store.url to keep something")
    return shelf.keeping


def operator(
    request: Request,
    shelf: Annotated[Shelf, Depends(shelf_of)],
    given: Annotated[HTTPAuthorizationCredentials | None, Security(TOKEN)],
) -> Operator:
    """The operator who asks. Raises Refused."""
    if shelf.keys.open:
        raise Refused(403, "no_operators", "this server has no operators: set server.tokens to read about calls")
    if given is None or not shelf.keys.is_token(request.headers.get("authorization", "")):
        raise Refused(401, "no_token", "send a token of server.tokens: Authorization: Bearer ...", _ASK)
    return Operator(hashlib.sha256(given.credentials.encode()).hexdigest()[:12])


async def own_call(
    keeping: Annotated[Keeper, Depends(keeping_of)],
    given: Annotated[HTTPAuthorizationCredentials | None, Security(LINK)],
) -> StoredCall:
    """The call whose link is shown. Raises Refused."""
    if given is None:
        raise Refused(401, "no_link", "open the link that you were given after the call", _ASK)
    call = await links.opened(keeping.store, given.credentials)
    if call is None or call.started < keeping.oldest:
        raise Refused(401, "no_report", "this link opens nothing: the call was erased, or is too old", _ASK)
    return call


AnOperator = Annotated[Operator, Depends(operator)]
AKeeper = Annotated[Keeper, Depends(keeping_of)]
AShelf = Annotated[Shelf, Depends(shelf_of)]
OwnCall = Annotated[StoredCall, Depends(own_call)]
