"""A timeline drawn: level with its events, pitch, valence and arousal with their doubt, and the words. PNG or SVG.

Needs matplotlib (the extra ``plots``), imported only here.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from warmline.server.analysis.timeline import Timeline
from warmline.speech.runtime.errors import MissingExtra, StorageError, UsageError
from warmline.speech.types import seconds_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SUFFIXES = (".png", ".svg")
INK, VOICE, VALENCE, AROUSAL, EVENT = "#444444", "#4c72b0", "#0b6e4f", "#c1440e", "#8856a7"
MOST_POINTS = 6000


def require(path: Path) -> None:
    """Raise UsageError for a kind of file that is not drawn, MissingExtra without matplotlib: before models load."""
    if path.suffix.lower() not in SUFFIXES:
        raise UsageError(f"a plot is written as {' or '.join(SUFFIXES)}, not {path.name!r}")
    if find_spec("matplotlib") is None:
        raise MissingExtra("plots need the package 'matplotlib': pip install \"warmline[plots]\"")


def draw(timeline: Timeline, path: Path) -> None:
    """Write the drawing. Raises UsageError, MissingExtra, StorageError."""
    require(path)
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    width = float(np.clip(seconds_of(timeline.length) * 0.7, 9.0, 40.0))
    figure = Figure(figsize=(width, 7.5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(4, 1, sharex=True, height_ratios=(2, 2, 2, 1))
    _level(axes[0], timeline)
    _pitch(axes[1], timeline)
    _affect(axes[2], timeline)
    _words(axes[3], timeline)
    axes[0].set_title(Path(timeline.file).name, loc="left")
    axes[3].set_xlabel("seconds")
    axes[3].set_xlim(0.0, max(0.1, seconds_of(timeline.length)))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, dpi=110, format=path.suffix[1:].lower())
    except OSError as error:
        raise StorageError(f"{path} cannot be written ({error.strerror or error}): choose another place") from error


def _level(axes: Axes, timeline: Timeline) -> None:
    thin = _thin(len(timeline.level_db))
    level = np.asarray(timeline.level_db[::thin])
    axes.fill_between(np.arange(len(level)) * thin * 0.01, np.maximum(level, -80.0), -80.0, color=VOICE, alpha=0.5)
    axes.set_ylabel("level, dB")
    axes.set_ylim(-80.0, 5.0)
    for number, event in enumerate(timeline.events):
        start, end = seconds_of(event.start), seconds_of(event.end)
        axes.axvspan(start, max(end, start + 0.05), color=EVENT, alpha=0.15 + 0.25 * event.confidence, linewidth=0)
        axes.text(start, -3.0 - 14.0 * (number % 3), event.kind, color=EVENT, fontsize=8, va="top", clip_on=True)


def _pitch(axes: Axes, timeline: Timeline) -> None:
    thin = _thin(len(timeline.pitch_hz))
    pitch = np.asarray(timeline.pitch_hz[::thin])
    axes.plot(np.arange(len(pitch)) * thin * 0.01, pitch, ".", color=VOICE, markersize=2)
    axes.set_yscale("log")
    axes.set_ylim(60.0, 550.0)
    axes.set_yticks([75, 100, 150, 200, 300, 450], ["75", "100", "150", "200", "300", "450"])
    axes.set_yticks([], minor=True)
    axes.set_ylabel("pitch, Hz")


def _affect(axes: Axes, timeline: Timeline) -> None:
    axes.axhline(0.0, color=INK, linewidth=0.5)
    for name, colour in (("valence", VALENCE), ("arousal", AROUSAL)):
        for passage in timeline.passages:
            span = (seconds_of(passage.start), seconds_of(passage.end))
            value, sure = getattr(passage.tags, name), passage.tags.confidence
            axes.plot(span, (value, value), color=colour, linewidth=3, alpha=0.25 + 0.75 * sure)
        axes.plot([], [], color=colour, linewidth=3, label=name)
    for speaker in {passage.speaker for passage in timeline.passages}:
        own = [passage for passage in timeline.passages if passage.speaker == speaker]
        middles = [seconds_of(passage.start + passage.end) / 2 for passage in own]
        axes.plot(middles, [passage.mood.valence for passage in own], "--", color=VALENCE, linewidth=1)
    for passage in timeline.passages:
        if passage.tags.label:
            axes.text(seconds_of(passage.start), 0.86, passage.tags.label, fontsize=9, color=INK, clip_on=True)
    axes.set_ylim(-1.05, 1.05)
    axes.set_ylabel("paler: less sure")
    axes.legend(loc="lower right", fontsize=8, ncols=2, frameon=False)


def _words(axes: Axes, timeline: Timeline) -> None:
    for passage in timeline.passages:
        for number, word in enumerate(passage.words):
            # a dollar sign would begin mathematics
            text = word.text.replace("$", r"\$")
            axes.text(seconds_of(word.start), 0.8 - 0.3 * (number % 3), text, fontsize=8, color=INK, clip_on=True)
    axes.set_yticks([])
    axes.set_ylim(0.0, 1.0)
    axes.set_ylabel("words")


def _thin(count: int) -> int:
    return max(1, count // MOST_POINTS)
