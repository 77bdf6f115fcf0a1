"""The languages of a call as they are set: what it opens with, what the voice allows, and what is refused clearly."""

from __future__ import annotations

from dataclasses import replace

import pytest

from warmline.server import wiring
from warmline.server.settings import GREETING, CallSettings, Choice, Settings
from warmline.speech.runtime.errors import SettingsError
from warmline.tts.voice.base import Capabilities, Voice
from warmline.tts.voice.tone import ToneConfig, ToneVoice


class Polyglot(ToneVoice):
    @property
    def capabilities(self) -> Capabilities:
        return replace(super().capabilities, languages=frozenset({"en", "es"}))


def voice(kind: type[ToneVoice] = ToneVoice) -> Voice:
    return kind(ToneConfig())


def settings(languages: str, **options: object) -> Settings:
    return Settings(call=CallSettings(languages=languages), asr=Choice("faster_whisper", options))


def test_a_call_opens_in_its_first_language() -> None:
    assert CallSettings().hello == GREETING
    assert "inteligencia artificial" in CallSettings(languages="es,en").hello
    assert CallSettings(languages="es", greeting="Hola, soy una IA.").hello == "Hola, soy una IA."
    assert CallSettings(languages="de", greeting="").hello == ""


@pytest.mark.parametrize("languages", ["", "fr", "en;es", "en,xx"])
def test_a_language_that_is_not_written_here_is_refused(languages: str) -> None:
    with pytest.raises(SettingsError, match=r"call\.languages takes en, es, de, zh"):
        _ = CallSettings(languages=languages).tongues


def test_a_voice_that_lacks_the_first_language_refuses_the_call() -> None:
    with pytest.raises(SettingsError, match=r"does not speak Spanish.*warmline chat --language es"):
        wiring.spoken_languages(settings("es,en"), voice())


def test_a_voice_limits_what_is_spoken() -> None:
    assert wiring.spoken_languages(settings("en,es,de"), voice()) == ("en",)
    assert wiring.spoken_languages(settings("en,es,de", language="auto"), voice(Polyglot)) == ("en", "es")


def test_ears_of_one_language_are_not_asked_to_hear_two() -> None:
    with pytest.raises(SettingsError, match=r"asr\.language=auto"):
        wiring.spoken_languages(settings("en,es"), voice(Polyglot))
