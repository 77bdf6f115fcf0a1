"""Voices of other languages: espeak-ng where the machine has it, and one voice beside another."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from warmline.dialogue.types import NEUTRAL, ReplySegment, Style
from warmline.speech.runtime.cancel import CancelFlag, Cancelled
from warmline.speech.runtime.errors import SettingsError, VoiceError
from warmline.tts.types import VOICE_RATE
from warmline.tts.voice.by_language import ByLanguage
from warmline.tts.voice.espeak import EspeakConfig, EspeakVoice
from warmline.tts.voice.tone import ToneConfig, ToneVoice

TEXTS = {
    "en": "You kept going. That counts.",
    "es": "Has seguido adelante. ¿Cómo estás?",
    "de": "Du bist weitergegangen. Und das zählt!",
    "zh": "你还是走过来了。这很不容易。",
}
needs_espeak = pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="needs the program espeak-ng")


def segment(text: str, language: str, style: Style = NEUTRAL) -> ReplySegment:
    return ReplySegment(1, 0, text, style, True, language=language)


@pytest.fixture
def pretender(tmp_path: Path) -> str:
    """A program that answers as espeak-ng does: a WAV of a length that its input decides, or fails on "!"."""
    program = tmp_path / "espeak-pretender"
    program.write_text(
        "#!/usr/bin/env python3\n"
        "import sys, math, struct\n"
        "text = sys.stdin.read()\n"
        "if 'fail' in text: sys.exit(3)\n"
        "n = 2205 * len(text.strip())\n"
        "kind = struct.pack('<IHHIIHH', 16, 1, 1, 22050, 44100, 2, 16)\n"
        "head = b'RIFF' + struct.pack('<I', 0x7ffff000) + b'WAVEfmt ' + kind\n"
        "body = b''.join(struct.pack('<h', int(9000 * math.sin(i / 9))) for i in range(n))\n"
        "sys.stdout.buffer.write(head + b'data' + struct.pack('<I', 0x7ffff000) + body)\n"
    )
    program.chmod(0o755)
    return str(program)


@pytest.mark.parametrize("language", TEXTS)
def test_sentences_words_and_ends(pretender: str, language: str) -> None:
    chunks = list(EspeakVoice(EspeakConfig(pretender)).speak(segment(TEXTS[language], language)))
    assert len(chunks) == 2
    for chunk in chunks:
        ends = [word.end for word in chunk.words]
        assert ends == sorted(ends)
        assert ends[0] > 0
        assert ends[-1] <= len(chunk.audio)
        assert np.isfinite(chunk.audio).all()
        assert float(np.abs(chunk.audio).max()) > 0.02
    said = ("" if language == "zh" else " ").join(word.text for chunk in chunks for word in chunk.words)
    assert said == TEXTS[language]


def test_a_language_it_lacks_and_a_program_that_fails_are_told(pretender: str) -> None:
    voice = EspeakVoice(EspeakConfig(pretender))
    with pytest.raises(VoiceError, match="does not speak 'fr'"):
        list(voice.speak(segment("Bonjour.", "fr")))
    with pytest.raises(VoiceError, match="espeak-ng failed"):
        list(voice.speak(segment("fail now.", "en")))


def test_a_missing_program_says_what_to_do() -> None:
    with pytest.raises(SettingsError, match="install espeak-ng"):
        EspeakVoice(EspeakConfig("no-such-program"))


def test_a_set_flag_cancels(pretender: str) -> None:
    flag = CancelFlag()
    chunks = EspeakVoice(EspeakConfig(pretender)).speak(segment(TEXTS["es"], "es"), flag)
    next(chunks)
    flag.set()
    with pytest.raises(Cancelled):
        next(chunks)


@pytest.mark.parametrize("text", ["", "...", "🙂"])
def test_nothing_is_said_where_nothing_can_be(pretender: str, text: str) -> None:
    assert list(EspeakVoice(EspeakConfig(pretender)).speak(segment(text, "es"))) == []


def test_each_language_has_its_voice(pretender: str) -> None:
    both = ByLanguage(ToneVoice(ToneConfig()), EspeakVoice(EspeakConfig(pretender)))
    assert both.capabilities.languages == {"en", "es", "de", "zh"}
    tone = list(ToneVoice(ToneConfig()).speak(segment("Hello there.", "en")))
    assert np.array_equal(next(iter(both.speak(segment("Hello there.", "en")))).audio, tone[0].audio)
    assert len(list(both.speak(segment(TEXTS["es"], "es")))) == 2


@needs_espeak
@pytest.mark.parametrize("language", TEXTS)
def test_the_real_program_speaks(language: str) -> None:
    voice = EspeakVoice(EspeakConfig())
    slow = list(voice.speak(segment(TEXTS[language], language, Style(pace=-0.8))))
    quick = list(voice.speak(segment(TEXTS[language], language, Style(pace=0.8))))
    length, shorter = (sum(len(chunk.audio) for chunk in each) / VOICE_RATE for each in (slow, quick))
    assert 1.0 < shorter < length < 8.0
