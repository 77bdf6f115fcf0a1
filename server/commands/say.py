"""Speak a text in a style, into a WAV file.

  warmline say "I'm here. Take your time." --style warm -o warm.wav
  warmline say "I'm here. Take your time." --distress 4 -o slow.wav
  warmline say --file letter.txt --voice piper -o letter.wav
  warmline say --ssml 'Take your <emphasis>time</emphasis>.<break time="1s"/>I am here.' -o time.wav

Styles: neutral, warm, concerned, encouraging, steady. --distress 1 to 5 takes the style for that much distress instead.
--ssml understands break, emphasis, prosody (rate, pitch, range, volume), say-as (digits, telephone, characters), sub.
Mark-up, emoji, stage directions and links are not read aloud; helpline numbers are read digit by digit.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from warmline.dialogue.strategy.tone import style_for_distress
from warmline.dialogue.types import Style
from warmline.server import report
from warmline.server.commands.common import add_settings, settings_of
from warmline.server.settings import Settings
from warmline.speech.audio.files import write_wav
from warmline.speech.runtime.errors import UnreadableInput, UsageError
from warmline.tts.speech_of import Speech, speech_of, speech_of_pieces
from warmline.tts.ssml import pieces
from warmline.tts.styling import STYLES
from warmline.tts.types import VOICE_RATE
from warmline.tts.voice.backends import VOICES
from warmline.tts.voice.base import Voice


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("text", nargs="?", help="what to say")
    parser.add_argument("--file", type=Path, metavar="FILE", help="say the text of this file (UTF-8)")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="WAV", help="where to write the speech")
    parser.add_argument("--style", choices=sorted(STYLES), default="neutral", help="how it should sound")
    parser.add_argument("--distress", type=float, metavar="1..5", help="the style for this much distress")
    parser.add_argument("--ssml", action="store_true", help="the text is SSML")
    parser.add_argument("--voice", metavar="NAME", help="another voice than the settings' (see: warmline voices)")
    parser.add_argument("--json", action="store_true", help="print exactly one JSON object, with the end of each word")
    add_settings(parser)


def run(args: argparse.Namespace) -> int:
    """Speak and write; exit status 0 when something was said."""
    style = style_of(args.style, args.distress)
    text = _text(args)
    voice = voice_of(args.voice, settings_of(args))
    try:
        speech = speech_of_pieces(voice, pieces(text, style)) if args.ssml else speech_of(voice, text, style)
    finally:
        voice.close()
    if not speech.words:
        raise UsageError("nothing in this text can be said in English: give words, not only marks or emoji")
    write_wav(args.output, speech.audio, VOICE_RATE)
    report.emit(_view(speech, args.output), len(speech.words), _shown(speech, args.output), as_json=args.json)
    return 0


def voice_of(name: str | None, settings: Settings) -> Voice:
    """The voice of that name, or the settings' own. Raises UsageError, WeightsError."""
    if name is None or name == settings.voice.backend:
        return VOICES.create(settings.voice.backend, settings.voice.options)
    if name == settings.spare_voice.backend:
        return VOICES.create(name, settings.spare_voice.options)
    return VOICES.create(name)


def style_of(name: str, distress: float | None) -> Style:
    """The named style, or the one for ``distress``. Raises UsageError outside 1 to 5."""
    if distress is None:
        return STYLES[name]
    if not 1.0 <= distress <= 5.0:
        raise UsageError(f"--distress goes from 1 (slight) to 5 (overwhelming), not {distress:g}")
    return style_for_distress(distress)


def _text(args: argparse.Namespace) -> str:
    if (args.text is None) == (args.file is None):
        raise UsageError("give a text to say, or a file with --file (one of the two)")
    if args.file is None:
        return str(args.text)
    try:
        return str(args.file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableInput(
            f"cannot read {args.file} as UTF-8 text ({type(error).__name__}): check the path"
        ) from error


def _view(speech: Speech, path: Path) -> dict[str, object]:
    return {
        "file": str(path),
        "duration_s": speech.duration_s,
        "first_audio_ms": speech.first_ms,
        "total_ms": speech.total_ms,
        "words": [{"text": word.text, "end_s": word.end / VOICE_RATE} for word in speech.words],
    }


def _shown(speech: Speech, path: Path) -> str:
    return (
        f"{path}: {len(speech.words)} words, {speech.duration_s:.1f} s of speech; "
        f"first audio after {speech.first_ms:.0f} ms, all after {speech.total_ms:.0f} ms"
    )
