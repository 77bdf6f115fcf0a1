"""List the voices and what of their tone can be set; audition the styles.

warmline voices                                  every voice, whether it is ready, what it can do
warmline voices --audition audition/             each ready voice in each style, as WAV files
warmline voices --voice hibari --audition out/   one voice
warmline voices --voice kokoro --audition out/ --set voice.backend=kokoro --set voice.path=FOLDER
"""

from __future__ import annotations

import argparse
from pathlib import Path

from warmline.dialogue.strategy.tone import style_for_distress
from warmline.server import report
from warmline.server.commands.common import add_settings, settings_of
from warmline.server.commands.say import voice_of
from warmline.server.settings import Settings
from warmline.speech.audio.files import write_wav
from warmline.speech.runtime.errors import BackendError, MissingExtra, SettingsError, StorageError, WeightsError
from warmline.tts.speech_of import speech_of
from warmline.tts.styling import STYLES
from warmline.tts.types import VOICE_RATE
from warmline.tts.voice.backends import VOICES
from warmline.tts.voice.base import Capabilities, Voice

TEXT = "I'm glad you told me. It sounds like you have been carrying this alone. What would help you tonight?"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--voice", metavar="NAME", help="only this voice")
    parser.add_argument("--audition", type=Path, metavar="FOLDER", help="write every style of every ready voice there")
    parser.add_argument("--text", default=TEXT, help="what to say in the audition")
    parser.add_argument("--json", action="store_true", help="print exactly one JSON object")
    add_settings(parser)


def run(args: argparse.Namespace) -> int:
    """List, and audition where asked; a voice that is not ready is listed with the reason."""
    settings = settings_of(args)
    rows = [VOICES.row(args.voice)] if args.voice else list(VOICES.rows())
    listed: list[dict[str, object]] = []
    lines = []
    for row in rows:
        voice, why = _made(row.name, settings)
        known = voice.capabilities if voice else None
        listed.append({"name": row.name, "summary": row.summary, "ready": voice is not None, "why": why} | _view(known))
        lines.append(f"{row.name:<10}{'ready' if voice else 'not ready':<11}{row.summary}")
        lines.append(f"{'':<21}{_shown(known) if known else why}")
        if voice and args.audition:
            _audition(voice, row.name, args.audition, args.text)
        if voice:
            voice.close()
    if args.audition:
        lines.append(f"the styles are in {args.audition}")
    report.emit({"voices": listed}, len(listed), "\n".join(lines), as_json=args.json)
    return 0


def _made(name: str, settings: Settings) -> tuple[Voice | None, str]:
    try:
        return voice_of(name, settings), ""
    except (BackendError, MissingExtra, SettingsError, WeightsError, StorageError) as error:
        return None, str(error)


def _audition(voice: Voice, name: str, folder: Path, text: str) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"cannot make the folder {folder}: {error.strerror}") from error
    styles = STYLES | {f"distress-{level}": style_for_distress(level) for level in range(1, 6)}
    for style_name, style in styles.items():
        write_wav(folder / f"{name}-{style_name}.wav", speech_of(voice, text, style).audio, VOICE_RATE)


def _view(known: Capabilities | None) -> dict[str, object]:
    if known is None:
        return {"controls": [], "languages": [], "streams": False}
    return {"controls": sorted(known.controls), "languages": sorted(known.languages), "streams": known.streams}


def _shown(known: Capabilities) -> str:
    streams = "sentence by sentence" if known.streams else "whole"
    return f"sets {', '.join(sorted(known.controls))}; speaks {', '.join(sorted(known.languages))}, {streams}"
