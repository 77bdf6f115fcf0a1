"""The published page says what the code says, escapes it, and fetches nothing."""

from __future__ import annotations

import re

import pytest

from warmline.dialogue.safety import lines
from warmline.dialogue.safety.helplines import Directory, version
from warmline.server.config import load
from warmline.server.protocol_page import protocol_page
from warmline.speech.runtime.errors import SettingsError


def test_every_sentence_every_line_and_every_law_is_on_it() -> None:
    from html import unescape

    page = unescape(protocol_page(load(sets=["care.jurisdiction=us-ny"]).settings))
    for name in ("thoughts", "intent", "plan", "means", "time", "trusted", "care", "safe", "alone"):
        assert all(sentence in page for sentence in lines.of("en").ask[name])
    assert all(sentence in page for code in ("es", "de", "zh") for sentence in lines.of(code).ask["thoughts"])
    assert all(line.number in page for line in Directory().lines)
    assert version() in page
    assert "unverified" in page
    assert "General Business Law art. 47" in page
    assert "not legal advice" in page


def test_it_needs_no_script_and_nobody_else() -> None:
    page = protocol_page(load().settings)
    assert "<script" not in page
    assert not re.search(r'(?:src|href)="(?!/call\.css)', page)


def test_a_place_that_is_not_known_is_told() -> None:
    with pytest.raises(SettingsError):
        protocol_page(load(sets=["care.jurisdiction=mars"]).settings)
