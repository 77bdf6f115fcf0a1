"""Does a style change what is heard? Each style against neutral, on the wave and by our own ears.

  warmline eval tone                        the voice of the settings, every style, thirty sentences
  warmline eval tone --voice piper --json

f0_hz, range_st     median of F0, and its 5th to 95th percentile in semitones (means over the sentences)
words_per_s         with pauses        rms_db, centroid_hz   level and brightness of the wave
wer                 by our recogniser
directions_ok       every style moves every figure it names its way (p < .01, Wilcoxon, over the sentences), for a voice
                    that can, and adds at most one point of WER to neutral
tagger_agree        share of sentences in which our emotion tagger hears arousal move as meant
"""

from __future__ import annotations

import argparse

from warmline.emotion.tagger.backends import TAGGERS
from warmline.emotion.tagger.base import Tagger
from warmline.server import report
from warmline.server.bench import tone
from warmline.server.bench.sentences import SENTENCES
from warmline.server.commands.common import add_settings, settings_of
from warmline.server.commands.say import voice_of
from warmline.server.config import Settings
from warmline.speech.asr.backends import RECOGNISERS
from warmline.speech.runtime.errors import UsageError, WeightsError
from warmline.tts.styling import STYLES


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--voice", metavar="NAME", help="another voice than the settings' (see: warmline voices)")
    parser.add_argument("--sentences", type=int, default=len(SENTENCES), metavar="N", help="only the first N")
    parser.add_argument("--no-tagger", action="store_true", help="leave out what our emotion tagger hears")
    parser.add_argument("--json", action="store_true", help="print exactly one JSON object")
    add_settings(parser)


def run(args: argparse.Namespace) -> int:
    """Measure; exit status 0 whatever the figures."""
    if not 2 <= args.sentences <= len(SENTENCES):
        raise UsageError(f"--sentences goes from 2 to {len(SENTENCES)}")
    settings = settings_of(args)
    texts = SENTENCES[: args.sentences]
    voice = voice_of(args.voice, settings)
    recogniser = RECOGNISERS.create(settings.asr.backend, settings.asr.options)
    tagger = None if args.no_tagger else _tagger(settings)
    by_style: dict[str, list[tone.Spoken]] = {}
    try:
        for name, style in STYLES.items():
            report.progress(f"  {name} ...")
            by_style[name] = [tone.spoken(voice, text, style, recogniser, tagger) for text in texts]
    finally:
        voice.close()
        recogniser.close()
        if tagger:
            tagger.close()
    able = voice.capabilities.controls
    axes = {name: tone.axes(style, able, by_style["neutral"], by_style[name]) for name, style in STYLES.items()}
    payload = _payload(by_style, axes)
    report.emit(payload, len(texts), _table(by_style, axes, payload), as_json=args.json)
    return 0


def _tagger(settings: Settings) -> Tagger | None:
    try:
        return TAGGERS.create(settings.tagger.backend, settings.tagger.options)
    except WeightsError as error:
        report.progress(f"  without the emotion tagger: {error}")
        return None


def _payload(by_style: dict[str, list[tone.Spoken]], axes: dict[str, list[tone.Axis]]) -> dict[str, object]:
    styles = {
        name: tone.summary(ones) | {"p": {axis.name: axis.p for axis in axes[name]}} for name, ones in by_style.items()
    }
    most = tone.wer(by_style["neutral"]) + tone.MOST_WER_ADDED
    clear = all(tone.wer(ones) <= most for ones in by_style.values())
    return {
        "styles": styles,
        "directions_ok": clear and all(axis.holds for found in axes.values() for axis in found),
        "tagger_agree": tone.agreement(STYLES, by_style),
    }


def _table(by_style: dict[str, list[tone.Spoken]], axes: dict[str, list[tone.Axis]], payload: dict[str, object]) -> str:
    lines = [f"{'style':<13}{'F0 Hz':>7}{'range st':>10}{'words/s':>9}{'RMS dB':>8}{'centroid':>10}{'WER':>7}  moved"]
    for name, ones in by_style.items():
        figures = tone.summary(ones)
        moved = [f"{axis.name}{'' if axis.holds else ' NOT'} (p {axis.p:.1g})" for axis in axes[name]]
        lines.append(
            f"{name:<13}{figures['f0_hz']:>7.0f}{figures['range_st']:>10.1f}{figures['words_per_s']:>9.2f}"
            f"{figures['rms_db']:>8.1f}{figures['centroid_hz']:>10.0f}{figures['wer']:>7.1%}  {', '.join(moved)}"
        )
    lines.append(f"directions_ok {payload['directions_ok']}, tagger_agree {payload['tagger_agree']:.2f}")
    return "\n".join(lines)
