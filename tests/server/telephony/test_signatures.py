"""Signatures against the providers' own validators, where they ship one; and forged ones."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from plivo.utils.signature_v3 import construct_post_url, get_signature_v3
from twilio.request_validator import RequestValidator

from warmline.server.transport.telephony import signatures

URL = "https://calls.example.org/v1/phone/twilio"
NAMES = st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1, max_size=6)
FORMS = st.dictionaries(NAMES, NAMES, max_size=4)


@given(FORMS, st.sampled_from(["HMAC_SHA1", "HMAC_SHA256"]), st.sampled_from([URL, URL + "?a=1"]))
def test_what_twilio_signs_is_known_and_nothing_else(form: dict[str, str], algorithm: str, url: str) -> None:
    signed = RequestValidator("secret").compute_signature(url, form, algorithm)
    fields = tuple(form.items())
    settings = f"key=webhooks_1,algorithm={algorithm}"
    assert signatures.twilio("secret", url, fields, signed, settings)
    assert not signatures.twilio("other", url, fields, signed, settings)
    assert not signatures.twilio("secret", url + "x", fields, signed, settings)
    assert not signatures.twilio("secret", url, (*fields, ("To", "1")), signed, settings)
    assert not signatures.twilio("", url, fields, signed, settings)


@given(FORMS, st.sampled_from([URL, URL + "?b=2&a=1"]))
def test_what_plivo_signs_is_known_and_nothing_else(form: dict[str, str], url: str) -> None:
    signed = get_signature_v3(b"secret", construct_post_url(url, dict(form)).decode(), b"n1").decode()
    fields = tuple(form.items())
    assert signatures.plivo("secret", "POST", url, fields, f"other,{signed}", "n1")
    assert not signatures.plivo("secret", "POST", url, fields, signed, "n2")
    assert not signatures.plivo("", "POST", url, fields, signed, "n1")


def test_what_telnyx_signs_is_known_while_it_is_fresh() -> None:
    key = Ed25519PrivateKey.generate()
    public = base64.b64encode(key.public_key().public_bytes_raw()).decode()
    signed = base64.b64encode(key.sign(b"1000|{}")).decode()
    assert signatures.telnyx(public, b"{}", signed, "1000", 1100.0)
    assert not signatures.telnyx(public, b"{}", signed, "1000", 1301.0)
    assert not signatures.telnyx(public, b"{ }", signed, "1000", 1100.0)
    assert not signatures.telnyx(public, b"{}", signed, "1001", 1100.0)


@pytest.mark.parametrize(("signature", "at"), [("", ""), ("%", "1000"), ("AAAA", "nan"), ("ä", "inf")])
def test_a_signature_that_is_none_is_refused(signature: str, at: str) -> None:
    public = base64.b64encode(b"\0" * 32).decode()
    assert not signatures.telnyx(public, b"", signature, at, 1000.0)
    assert not signatures.twilio("secret", URL, (), signature)
    assert not signatures.plivo("secret", "POST", URL, (), signature, at)
