"""Hostile requests: SDP offers through WebRTC's own peer, and the bodies, forms and headers of every telephone and
Realtime route through the real application, without a network.

An offer that a peer refuses by an error that we answer is refused; any other error would be a crash. A request that is
answered by 500 or more is a crash, but for 503, which says that all lines are busy.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress
from random import Random
from typing import Any, Final
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message, Receive, Scope

from warmline.server.app import create_app
from warmline.server.bench.fuzz import Session, Watch
from warmline.server.bench.fuzz_frames import JUNK, spoilt, spoilt_bytes, spoilt_text
from warmline.server.settings import HandoffSettings, Settings, TelephonySettings
from warmline.server.transport.conversing import MakeCall
from warmline.server.transport.realtime.messages import BadEvent
from warmline.server.transport.realtime.offers import read_offer

REQUESTS: Final = 50
WHOLE_PEER: Final = 10
"""One offer in so many goes through a whole peer; the others through its parser."""

TOKEN: Final = "fuzz"
PUBLIC: Final = "https://calls.example.org"
SETTINGS: Final = Settings(
    telephony=TelephonySettings(
        public_url=PUBLIC,
        twilio_token=TOKEN,
        plivo_token=TOKEN,
        telnyx_key=base64.b64encode(bytes(32)).decode(),
        asterisk_token=TOKEN,
        caller_key=TOKEN,
    ),
    handoff=HandoffSettings(by="transfer", number="+442079460123"),
)

OFFER: Final = """v=0
o=- 1 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0 1
a=msid-semantic:WMS *
m=audio 9 UDP/TLS/RTP/SAVPF 111 9 0 8
c=IN IP4 0.0.0.0
a=sendrecv
a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid
a=mid:0
a=msid:s t
a=rtcp:9 IN IP4 0.0.0.0
a=rtcp-mux
a=ssrc:4110240906 cname:c
a=rtpmap:111 opus/48000/2
a=fmtp:111 minptime=10;useinbandfec=1
a=rtcp-fb:111 transport-cc
a=rtpmap:9 G722/8000
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
a=candidate:1 1 udp 2130706431 192.0.2.2 52624 typ host
a=end-of-candidates
a=ice-ufrag:Q7hE
a=ice-pwd:EOcqTfNBaGHpfUo4SxEsJC
a=fingerprint:sha-256 9E:24:03:2A:0B:89:53:6D:F0:73:63:02:C6:A6:49:B0:79:FE:0D:6C:49:0F:34:7B:19:53:82:8A:0E:C8:5B:A1
a=setup:actpass
m=application 9 UDP/DTLS/SCTP webrtc-datachannel
c=IN IP4 0.0.0.0
a=mid:1
a=sctp-port:5000
a=max-message-size:262144
a=ice-ufrag:Q7hE
a=ice-pwd:EOcqTfNBaGHpfUo4SxEsJC
a=fingerprint:sha-256 9E:24:03:2A:0B:89:53:6D:F0:73:63:02:C6:A6:49:B0:79:FE:0D:6C:49:0F:34:7B:19:53:82:8A:0E:C8:5B:A1
a=setup:actpass
"""


def offer(random: Random) -> str:
    """An offer with lines lost, doubled, swapped, or spoilt in one place."""
    lines = OFFER.splitlines()
    for _ in range(random.choice((0, 1, 1, 2, 4))):
        at = random.randrange(len(lines))
        way = random.randrange(6)
        if way == 0:
            del lines[at]
        elif way == 1:
            lines.insert(random.randrange(len(lines)), lines[at])
        elif way == 2:
            lines[at] = spoilt_text(random, lines[at])[:2_000]
        elif way == 3:
            name = lines[at].partition(":")[0]
            lines[at] = f"{name}:{random.choice(JUNK)}"
        elif way == 4:
            words = lines[at].split(" ")
            words[random.randrange(len(words))] = str(random.choice(JUNK))
            lines[at] = " ".join(words)
        else:
            lines = lines[at:] + lines[:at] if random.random() < 0.3 else lines
        lines = lines or ["v=0"]
    return random.choice(("\r\n", "\n")).join([*lines, ""])


async def offers(random: Random, watch: Watch) -> str:
    """SDP offers, one after the other."""
    from aiortc import RTCPeerConnection, RTCSessionDescription
    from aiortc.sdp import SessionDescription

    from warmline.server.transport.realtime.webrtc import UNANSWERABLE, close_peer

    async def parsed(sdp: str) -> None:
        SessionDescription.parse(sdp)

    async def answered(sdp: str) -> None:
        peer = RTCPeerConnection()
        try:
            await peer.setRemoteDescription(RTCSessionDescription(sdp, "offer"))
            await peer.createAnswer()
        finally:
            await close_peer(peer)

    for number in range(REQUESTS):
        sdp = offer(random) if random.random() < 0.9 else spoilt_text(random, OFFER)
        watch.take(sdp)
        with suppress(*UNANSWERABLE):
            await (parsed if number % WHOLE_PEER else answered)(sdp)
    watch.done()
    return "done"


class Requests:
    """Requests to the application, which has no place for a call."""

    def __init__(self) -> None:
        self._app: Any = None

    async def __call__(self, random: Random, watch: Watch) -> str:
        if self._app is None:
            self._app = create_app(_nobody, SETTINGS)
        for _ in range(REQUESTS):
            method, path, headers, body = random.choice(ROUTES)(random)
            watch.take((path, headers, body[:200]))
            scope, receive = _scope(self._app, method, path, headers), _receiving(body, random)
            if path == OFFERED:
                with suppress(BadEvent, HTTPException):
                    await read_offer(Request(scope, receive))
                continue
            status = await self._asked(scope, receive)
            if status >= 500 and status != 503:
                raise AssertionError(f"{method} {path[:60]} was answered by {status}")
        watch.done()
        return "done"

    async def _asked(self, scope: Scope, receive: Receive) -> int:
        """The status of the answer."""
        statuses: list[int] = []

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])

        await self._app(scope, receive, send)
        return statuses[0]


def _receiving(body: bytes, random: Random) -> Receive:
    """The body in two pieces, cut anywhere."""
    cut = random.randrange(len(body) + 1)
    pieces = [(body[:cut], True), (body[cut:], False)]

    async def receive() -> Message:
        if not pieces:
            return {"type": "http.disconnect"}
        piece, more = pieces.pop(0)
        return {"type": "http.request", "body": piece, "more_body": more}

    return receive


def _scope(app: object, method: str, path: str, headers: dict[str, str]) -> Scope:
    where, _, query = path.partition("?")
    return {
        "app": app,
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": where,
        "raw_path": where.encode("utf-8", "replace"),
        "query_string": query.encode("utf-8", "replace"),
        "root_path": "",
        "headers": [(name.encode(), value.encode("latin-1", "replace")) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }


def _nobody() -> AbstractAsyncContextManager[MakeCall]:
    raise AssertionError("the application is never started")


_FORM: Final = "application/x-www-form-urlencoded"
OFFERED: Final = "/v1/realtime/calls"
Asked = tuple[str, str, dict[str, str], bytes]
"""Method, path, headers, body."""


def _webhook(random: Random) -> Asked:
    """A provider's, mostly signed as it must be."""
    provider = random.choice(("twilio", "telnyx", "plivo", "nobody"))
    fields = {"CallSid": "CA1", "From": "+442079460958", "To": "+18005550100", "DialCallStatus": "busy"}
    if random.random() < 0.5:
        changed = spoilt(random, fields)
        fields = {str(k): str(v) for k, v in changed.items()} if isinstance(changed, dict) else {"x": str(changed)}
    step = random.choice(
        ("", "", "/x/next", "/x/asked", "/x/taken", "/x/ended", "/x/y", f"/{random.choice('%/?#')}/next")
    )
    path = f"/v1/phone/{provider}{step}"
    text = urlencode(fields, errors="replace")
    body = text.encode() if random.random() < 0.8 else spoilt_bytes(random, text.encode())
    said = PUBLIC + path + "".join(name + value for name, value in sorted(fields.items()))
    signed = hmac.new(TOKEN.encode(), said.encode("utf-8", "replace"), hashlib.sha1).digest()
    headers = {
        "content-type": random.choice((_FORM, "application/json", "", "text/plain; charset=x")),
        "x-twilio-signature": random.choice((base64.b64encode(signed).decode(), "", "é", "x" * 500)),
        "x-plivo-signature-v3": random.choice(("", "a,b,,", "é")),
        "x-plivo-signature-v3-nonce": random.choice(("", "1")),
        "telnyx-signature-ed25519": random.choice(("", "AAAA", base64.b64encode(bytes(64)).decode(), "é")),
        "telnyx-timestamp": random.choice(("", "nan", "inf", "-1", "1e400", "1700000000", "é")),
    }
    return "POST", path, headers, body


def _exchange(random: Random) -> Asked:
    given = random.choice(
        ("", "Basic", "Basic %%%", "Basic " + base64.b64encode(b"m:fuzz").decode(), "Basic gID/", "Bearer fuzz", "é")
    )
    call = random.choice(("x", "1.7", "%00", "..", "a" * 300, "é"))
    query = random.choice(("", "?token=fuzz", "?token=", "?token=%ff%fe", "?token=a&token=b"))
    return "GET", f"/v1/phone/asterisk/next/{call}{query}", {"authorization": given}, b""


def _secret(random: Random) -> Asked:
    message: object = {
        "expires_after": {"anchor": "created_at", "seconds": 600},
        "session": {"type": "realtime", "model": "m", "audio": {"output": {"voice": "v"}}},
    }
    text = json.dumps(spoilt(random, message) if random.random() < 0.7 else message)
    body = spoilt_text(random, text) if random.random() < 0.3 else text
    return "POST", "/v1/realtime/client_secrets", {"content-type": "application/json"}, body.encode("utf-8", "replace")


def _offered(random: Random) -> Asked:
    """An offer, in a form or as it is: only its reading, because a call would need a network."""
    parts = {"sdp": offer(random), "session": json.dumps(spoilt(random, {"type": "realtime"}))}
    text = "".join(
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in parts.items()
    )
    body = (text + "--b--\r\n").encode("utf-8", "replace")
    kind = random.choice(("multipart/form-data; boundary=b", "multipart/form-data", "application/sdp", ""))
    headers = {"content-type": kind, "content-length": random.choice((str(len(body)), "0", "-1", "x", "9" * 30))}
    return "POST", OFFERED, headers, spoilt_bytes(random, body) if random.random() < 0.5 else body


ROUTES: Final[tuple[Callable[[Random], Asked], ...]] = (_webhook, _webhook, _exchange, _secret, _offered)

HTTP_SESSIONS: Final[dict[str, Session]] = {"sdp": offers, "http": Requests()}
