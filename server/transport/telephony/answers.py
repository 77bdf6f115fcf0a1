"""What a provider's webhook is answered with: XML that connects the call to a stream, or says that we are busy."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

BUSY = "All lines are busy just now. Please try again in a few minutes."

_CONNECT = {
    "twilio": "<Connect><Stream url={url}/></Connect>",
    "telnyx": '<Connect><Stream url={url} track="inbound_track" bidirectionalMode="rtp"/></Connect>',
    "plivo": (
        '<Stream bidirectional="true" keepCallAlive="true" contentType="audio/x-mulaw;rate=8000">{text}</Stream>'
    ),
}


def connect(provider: str, url: str) -> str:
    """Connect the call to the stream at ``url`` (wss://...)."""
    body = _CONNECT[provider].format(url=quoteattr(url), text=escape(url))
    return f'<?xml version="1.0" encoding="UTF-8"?><Response>{body}</Response>'


def busy(provider: str) -> str:
    """Say so, and hang up."""
    said = f"<Speak>{BUSY}</Speak>" if provider == "plivo" else f"<Say>{BUSY}</Say>"
    return f'<?xml version="1.0" encoding="UTF-8"?><Response>{said}<Hangup/></Response>'
