"""What ``eval tone`` found as a page to listen to: a drawing, a table, and sentences in every style side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Final

import numpy as np

from warmline.dialogue.types import Style
from warmline.server.bench.tone import AXES, Spoken, summary
from warmline.speech.audio.files import write_wav
from warmline.speech.runtime.errors import StorageError
from warmline.tts.speech_of import speech_of
from warmline.tts.types import VOICE_RATE
from warmline.tts.voice.base import Voice

SENTENCES: Final = 8
"""How many are written as sound: enough to hear it, small enough to pass on."""

_WIDTH, _ROW, _LEFT = 720, 18, 190
_COLOURS: Final = ("#0b6e4f", "#c1440e", "#4c72b0", "#8856a7", "#8a6d00", "#5a5a5a", "#a0522d", "#2f6f7e", "#7a1f3d")


def write(
    folder: Path, voice: Voice, texts: Sequence[str], styles: Mapping[str, Style], found: Mapping[str, Sequence[Spoken]]
) -> None:
    """``index.html``, ``tone.svg`` and the sounds. Raises StorageError, VoiceError."""
    texts = texts[:SENTENCES]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "tone.svg").write_text(svg(found), encoding="utf-8")
        (folder / "index.html").write_text(_page(texts, styles, found), encoding="utf-8")
    except OSError as error:
        raise StorageError(f"cannot write the page into {folder}: {error.strerror}") from error
    for name, style in styles.items():
        for number, text in enumerate(texts):
            write_wav(folder / _file(name, number), speech_of(voice, text, style).audio, VOICE_RATE)


def svg(found: Mapping[str, Sequence[Spoken]]) -> str:
    """Each figure of each style beside neutral, in standard deviations of the sentences' own differences."""
    names = [name for name in found if name != "neutral"]
    bars = [(axis, name, effect(found["neutral"], found[name], axis)) for axis in AXES for name in names]
    widest = max([abs(size) for _, _, size in bars] + [1.0])
    height = 40 + len(bars) * _ROW + len(AXES) * 10
    middle = _LEFT + (_WIDTH - _LEFT) / 2
    scale = (_WIDTH - _LEFT) / 2 / widest * 0.95
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" font-family="sans-serif" '
        'font-size="12">',
        f'<rect width="{_WIDTH}" height="{height}" fill="white"/>',
        '<text x="10" y="20" font-size="15">Styles beside neutral, in standard deviations over the sentences</text>',
        f'<line x1="{middle}" x2="{middle}" y1="30" y2="{height}" stroke="#999"/>',
    ]
    y = 36.0
    for place, (axis, name, size) in enumerate(bars):
        y += 10.0 if place and place % len(names) == 0 else 0.0
        left, wide = (middle, size * scale) if size >= 0 else (middle + size * scale, -size * scale)
        colour = _COLOURS[names.index(name) % len(_COLOURS)]
        parts.append(f'<text x="10" y="{y + 12:.0f}">{escape(f"{axis}  {name}")}</text>')
        parts.append(f'<rect x="{left:.1f}" y="{y + 2:.1f}" width="{wide:.1f}" height="12" fill="{colour}"/>')
        parts.append(f'<text x="{_WIDTH - 40}" y="{y + 12:.0f}" fill="#666">{size:+.1f}</text>')
        y += _ROW
    return "\n".join([*parts, "</svg>", ""])


def effect(neutral: Sequence[Spoken], styled: Sequence[Spoken], axis: str) -> float:
    """The mean difference over its own standard deviation (Cohen's d of pairs); 0 where nothing can be told."""
    change = np.array(
        [getattr(after, axis) - getattr(before, axis) for before, after in zip(neutral, styled, strict=True)]
    )
    change = change[np.isfinite(change)]
    spread = float(change.std(ddof=1)) if len(change) > 1 else 0.0
    return float(change.mean()) / spread if spread > 1e-9 else 0.0


def _page(texts: Sequence[str], styles: Mapping[str, Style], found: Mapping[str, Sequence[Spoken]]) -> str:
    figures = {name: summary(ones) for name, ones in found.items()}
    keys = list(next(iter(figures.values())))
    head = "".join(f"<th>{escape(key)}</th>" for key in ("style", *keys))
    rows = "".join(
        f"<tr><td>{escape(name)}</td>" + "".join(f"<td>{figures[name][key]:.3g}</td>" for key in keys) + "</tr>"
        for name in figures
    )
    sounds = "".join(
        f"<h3>{escape(text)}</h3><p>"
        + "".join(
            f"<label>{escape(name)} <audio controls preload='none' src='{_file(name, number)}'></audio></label> "
            for name in styles
        )
        + "</p>"
        for number, text in enumerate(texts)
    )
    return (
        "<!doctype html><html lang='en'><meta charset='utf-8'><title>Warmline: tone</title>"
        "<style>body{font:16px sans-serif;max-width:60em;margin:2em auto;padding:0 1em}"
        "table{border-collapse:collapse}td,th{padding:.2em .7em;text-align:right;border-bottom:1px solid #ddd}"
        "label{display:inline-block;margin:.2em 1em .2em 0}</style>"
        f"<h1>What each style changes</h1><table><tr>{head}</tr>{rows}</table>"
        f"<p><img src='tone.svg' alt='each figure beside neutral' width='720'></p><h2>Listen</h2>{sounds}</html>\n"
    )


def _file(style: str, number: int) -> str:
    return f"{number + 1:02d}-{style}.wav"
