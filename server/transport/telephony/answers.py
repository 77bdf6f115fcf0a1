"""What a provider's webhook is answered with: XML that connects the call to a stream, moves it to a human, or ends it.

The order of things is each provider's documented one: what stands behind a stream is done when we have closed it. So a
call is moved without any account's secret: the stream ends, and the provider asks what is next.
"""

from __future__ import annotations

from typing import Final
from xml.sax.saxutils import escape, quoteattr

BUSY: Final = "All lines are busy just now. Please try again in a few minutes."
TAKE: Final = "A caller would like to talk with a person, and agreed to it. To take the call, press any key."

HANGUP: Final = "<Hangup/>"

_CONNECT: Final = {
    "twilio": "<Connect><Stream url={url}/></Connect>",
    "telnyx": '<Connect><Stream url={url} track="inbound_track" bidirectionalMode="rtp"/></Connect>',
    "plivo": (
        '<Stream bidirectional="true" keepCallAlive="true" contentType="audio/x-mulaw;rate=8000">{text}</Stream>'
    ),
}

_DIAL: Final = {
    "twilio": '<Dial timeout="{rings}" action={ended}><Number url={asked}>{number}</Number></Dial>',
    "telnyx": '<Dial timeout="{rings}" action={ended}><Number>{number}</Number></Dial>',
    "plivo": '<Dial timeout="{rings}" action={ended} redirect="true"><Number>{number}</Number></Dial>',
}
"""Twilio asks the one who picks up first, so that no answering machine takes a caller; the others' pages promise no
such thing in a way that we could check."""


def connect(provider: str, url: str, then: str = "") -> str:
    """Connect the call to the stream at ``url`` (wss://...); when it has ended, ask at ``then``."""
    body = _CONNECT[provider].format(url=quoteattr(url), text=escape(url))
    return _document(body + (f"<Redirect>{escape(then)}</Redirect>" if then else ""))


def dial(provider: str, number: str, rings_s: float, asked: str, ended: str) -> str:
    """Ring for a human. At ``asked`` it is asked what they are told once they pick up, at ``ended`` what comes then."""
    body = _DIAL[provider].format(
        rings=round(rings_s), asked=quoteattr(asked), ended=quoteattr(ended), number=escape(number)
    )
    return _document(body)


def ask(taken: str) -> str:
    """Twilio, to the human who picked up: take the call by any key, or it is not theirs."""
    gather = f'<Gather numDigits="1" timeout="10" action={quoteattr(taken)}><Say>{TAKE}</Say></Gather>'
    return _document(gather + HANGUP)


def through() -> str:
    """Twilio, to the human who took the call: nothing more, so that they are connected."""
    return _document("")


def hang_up() -> str:
    return _document(HANGUP)


def busy(provider: str) -> str:
    """Say so, and hang up."""
    said = f"<Speak>{BUSY}</Speak>" if provider == "plivo" else f"<Say>{BUSY}</Say>"
    return _document(said + HANGUP)


def _document(body: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?><Response>{body}</Response>'
