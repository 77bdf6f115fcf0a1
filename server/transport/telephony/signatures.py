"""Is a webhook really the provider's? Each signs with a secret that only the two of us know. Pure, in constant time."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FRESH_S: Final = 300.0
"""Age beyond which a signed message of Telnyx is not taken any more: it may be a recording."""

Fields = tuple[tuple[str, str], ...]
"""A posted form, as it came: names may repeat."""


def twilio(token: str, url: str, fields: Fields, signature: str, settings: str = "") -> bool:
    """``X-Twilio-Signature`` over the URL as Twilio called it and the sorted form; ``settings``: the header
    ``X-Twilio-Webhooks-Signature-Settings``, which may name SHA-256. https://www.twilio.com/docs/usage/security"""
    named = dict(part.strip().partition("=")[::2] for part in settings.split(","))
    algorithm = {"HMAC_SHA1": hashlib.sha1, "HMAC_SHA256": hashlib.sha256}.get(named.get("algorithm") or "HMAC_SHA1")
    if algorithm is None or not token:
        return False
    text = url + "".join(name + value for name, value in sorted(set(fields)))
    computed = base64.b64encode(hmac.new(token.encode(), text.encode(), algorithm).digest())
    return hmac.compare_digest(computed, signature.encode())


def plivo(token: str, method: str, url: str, fields: Fields, signature: str, nonce: str) -> bool:
    """``X-Plivo-Signature-V3`` (one or more, with commas between) over URL, form and nonce."""
    if not token:
        return False
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    base = urlunsplit((parts.scheme, parts.netloc, parts.path, "", ""))
    if method == "GET":
        query += fields
    asked = "&".join(f"{name}={value}" for name, value in sorted(query))
    if asked or (method == "POST" and fields):
        base += f"?{asked}"
    if method == "POST" and fields:
        base += ("." if asked else "") + "".join(name + value for name, value in sorted(fields))
    computed = base64.b64encode(hmac.new(token.encode(), f"{base}.{nonce}".encode(), hashlib.sha256).digest())
    return any(hmac.compare_digest(computed, one.strip().encode()) for one in signature.split(","))


def telnyx(public_key: str, body: bytes, signature: str, timestamp: str, now_s: float) -> bool:
    """``telnyx-signature-ed25519`` over ``timestamp|body``; ``public_key`` in base64, ``now_s`` seconds since 1970."""
    try:
        age_s = abs(now_s - float(timestamp))
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key, validate=True))
        key.verify(base64.b64decode(signature, validate=True), timestamp.encode() + b"|" + body)
    except (ValueError, binascii.Error, InvalidSignature):
        return False
    return age_s <= FRESH_S


def headers_of(raw: Mapping[str, str], *names: str) -> tuple[str, ...]:
    """Some headers, "" for those that are not there."""
    return tuple(raw.get(name, "") for name in names)
