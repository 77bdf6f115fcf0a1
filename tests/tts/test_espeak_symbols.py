"""Phoneme symbols for Piper, and the way back to places."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.tts.voice.espeak_symbols import espeak_symbols


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("həlˈO ðˈɛɹ.", "həlˈoʊ ðˈɛɹ."),
        ("bˈɜɹd", "bˈɜːd"),
        ("bˈʌTəɹ", "bˈʌɾɚ"),
        ("ʤˈʌʤ ʧˈI", "dʒˈʌdʒ tʃˈaɪ"),
        ("hˈæpi sˈi wi", "hˈæpi sˈiː wiː"),
        ("ˈɑː", "ˈɑː"),
        ("wˈɛl—nˈW…", "wˈɛl,nˈaʊ."),
    ],
)
def test_symbols_become_espeaks(ours: str, theirs: str) -> None:
    assert espeak_symbols(ours)[0] == theirs


@given(st.text(alphabet="həlˈOðɛɹ.Aɜiu ʤʧː", max_size=40))
def test_places_grow_with_the_text_and_end_at_its_end(ours: str) -> None:
    theirs, places = espeak_symbols(ours)
    assert len(places) == len(ours) + 1
    assert places[0] == 0
    assert places[-1] == len(theirs)
    assert list(places) == sorted(places)
