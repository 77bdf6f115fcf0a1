"""Does a style change what is heard? Each style against neutral, on the wave and by our own ears.

  warmline eval tone                        the voice of the settings, every style, thirty sentences
  warmline eval tone --voice piper --json
  warmline eval tone --page tone/           also a page with a drawing and sounds to compare: tone/index.html

f0_hz, range_st     median of F0, and its 5th to 95th percentile in semitones (means over the sentences)
words_per_s         with pauses        rms_db, centroid_hz   level and brightness of the wave
tilt_db             energy of 1-5 kHz against 0.05-1 kHz (alpha ratio)
clearness_db        harmonics against noise at 1.5-4 kHz: a breathier voice has less
wer                 by our recogniser
directions_ok       every style moves every figure it names its way (p < .01, Wilcoxon, over the sentences), for a voice
                    that can, and adds at most one point of WER to neutral
tagger_agree        share of claims about arousal and valence, sentence by sentence, that our emotion tagger hears as
                    meant; tagger_valence and tagger_arousal are its parts
distress            words_per_s, f0_hz and rms_db for distress 1 to 5, the style as in a call; distress_ok: all fall at
                    every step (p: Page's trend test over the sentences)
contours            pitch of the last 0.15 s of voice against the whole, in semitones: of questions, of statements
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from warmline.dialogue.strategy.tone import style_for_distress
from warmline.dialogue.types import Style
from warmline.emotion.tagger.backends import TAGGERS
from warmline.emotion.tagger.base import Tagger
from warmline.server import report
from warmline.server.bench import tone, tone_page
from warmline.server.bench.sentences import SENTENCES
from warmline.server.commands.common import add_settings, settings_of
from warmline.server.commands.say import voice_of
from warmline.server.settings import Settings
from warmline.speech.asr.backends import RECOGNISERS
from warmline.speech.runtime.errors import UsageError, WeightsError
from warmline.tts.styling import STYLES

LEVELS: Final = (1, 2, 3, 4, 5)


@dataclass(frozen=True, slots=True)
class Found:
    """The sentences in every style, and with the style of every level of distress; ``able``: what the voice can."""

    styles: dict[str, list[tone.Spoken]]
    levels: list[list[tone.Spoken]]
    able: frozenset[str]

    @property
    def axes(self) -> dict[str, list[tone.Axis]]:
        neutral = self.styles["neutral"]
        return {name: tone.axes(STYLES[name], self.able, neutral, ones) for name, ones in self.styles.items()}

    @property
    def ladders(self) -> dict[str, tone.Ladder]:
        return {name: tone.ladder(name, self.levels) for name in tone.LADDER if tone.AXES[name][0] in self.able}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--voice", metavar="NAME", help="another voice than the settings' (see: warmline voices)")
    parser.add_argument("--sentences", type=int, default=len(SENTENCES), metavar="N", help="only the first N")
    parser.add_argument("--no-tagger", action="store_true", help="leave out what our emotion tagger hears")
    parser.add_argument("--page", type=Path, metavar="FOLDER", help="write a page to listen to there")
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
    try:

        def spoken(name: str, style: Style) -> list[tone.Spoken]:
            report.progress(f"  {name} ...")
            return [tone.spoken(voice, text, style, recogniser, tagger) for text in texts]

        found = _found(spoken, voice.capabilities.controls)
        if args.page:
            tone_page.write(args.page, voice, texts, STYLES, found.styles)
    finally:
        voice.close()
        recogniser.close()
        if tagger:
            tagger.close()
    payload = _payload(found, texts)
    lines = [_table(found), _summary(payload)] + ([f"the page is {args.page / 'index.html'}"] if args.page else [])
    report.emit(payload, len(texts), "\n".join(lines), as_json=args.json)
    return 0


def _found(spoken: Callable[[str, Style], list[tone.Spoken]], able: frozenset[str]) -> Found:
    styles = {name: spoken(name, style) for name, style in STYLES.items()}
    return Found(styles, [spoken(f"distress {level}", style_for_distress(level)) for level in LEVELS], able)


def _tagger(settings: Settings) -> Tagger | None:
    try:
        return TAGGERS.create(settings.tagger.backend, settings.tagger.options)
    except WeightsError as error:
        report.progress(f"  without the emotion tagger: {error}")
        return None


def _payload(found: Found, texts: tuple[str, ...]) -> dict[str, object]:
    axes = found.axes
    agree = tone.agreement(found.styles)
    most = tone.wer(found.styles["neutral"]) + tone.MOST_WER_ADDED
    clear = all(tone.wer(ones) <= most for ones in found.styles.values())
    return {
        "styles": {
            name: tone.summary(ones) | {"p": {axis.name: axis.p for axis in axes[name]}}
            for name, ones in found.styles.items()
        },
        "directions_ok": clear and all(axis.holds for each in axes.values() for axis in each),
        "tagger_agree": agree.both,
        "tagger_valence": agree.valence,
        "tagger_arousal": agree.arousal,
        "distress": {
            name: {"means": ladder.means, "falls": ladder.falls, "p": ladder.p}
            for name, ladder in found.ladders.items()
        },
        "distress_ok": all(ladder.falls for ladder in found.ladders.values()),
        "contours": {
            kind: tone.mean(np.array([one.end_st for one, text in pairs if text.endswith("?") is asks]))
            for pairs in (list(zip(found.styles["neutral"], texts, strict=True)),)
            for kind, asks in (("questions_st", True), ("statements_st", False))
        },
    }


def _table(found: Found) -> str:
    lines = [
        f"{'style':<13}{'F0 Hz':>7}{'range st':>10}{'words/s':>9}{'RMS dB':>8}{'centroid':>10}{'tilt dB':>9}"
        f"{'clear dB':>10}{'WER':>7}  moved"
    ]
    for name, ones in found.styles.items():
        figures = tone.summary(ones)
        moved = [f"{axis.name}{'' if axis.holds else ' NOT'} (p {axis.p:.1g})" for axis in found.axes[name]]
        lines.append(
            f"{name:<13}{figures['f0_hz']:>7.0f}{figures['range_st']:>10.1f}{figures['words_per_s']:>9.2f}"
            f"{figures['rms_db']:>8.1f}{figures['centroid_hz']:>10.0f}{figures['tilt_db']:>9.1f}"
            f"{figures['clearness_db']:>10.1f}{figures['wer']:>7.1%}  {', '.join(moved)}"
        )
    for name, ladder in found.ladders.items():
        means = "  ".join(f"{mean:.2f}" for mean in ladder.means)
        lines.append(f"distress 1-5  {name:<13}{means}  {'falls' if ladder.falls else 'does NOT fall'}")
    return "\n".join(lines)


def _summary(payload: dict[str, object]) -> str:
    return (
        f"directions_ok {payload['directions_ok']}, distress_ok {payload['distress_ok']}, "
        f"tagger_agree {payload['tagger_agree']:.2f} "
        f"(valence {payload['tagger_valence']:.2f}, arousal {payload['tagger_arousal']:.2f})"
    )
