"""A report as a picture (its first page) and as a PDF: mood over time, what the answers tried, moments, and all that
was said. Needs matplotlib (the extra ``plots``), imported only here. One at a time: its settings are the process's.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING, Final

from warmline.server.aftercall import written
from warmline.server.aftercall.letters import BOX, Fonts, wrapped
from warmline.server.aftercall.report import Exchange, Report

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SIZE: Final = (8.27, 11.69)
"""A4, in inches."""

DPI: Final = 110
SMALL: Final = 9.0
LINES: Final = 68
"""Lines of a page."""

INK, SOFT, VALENCE, AROUSAL, RISK, BAR = "#2b2420", "#665a52", "#0b6e4f", "#c1440e", "#8c2f2f", "#a5673f"
_LOCK: Final = threading.Lock()


def png(report: Report) -> bytes:
    """The first page as a picture."""
    with _drawing() as fonts:
        figure = _overview(report, fonts)
        out = BytesIO()
        figure.savefig(out, format="png", dpi=DPI)
        return out.getvalue()


def pdf(report: Report) -> bytes:
    """The first page, then everything that was said. Its text can be searched and read aloud."""
    from matplotlib.backends.backend_pdf import PdfPages

    with _drawing() as fonts:
        out = BytesIO()
        about = {"Title": "Your call with Warmline", "Creator": "Warmline", "Producer": None, "CreationDate": None}
        with PdfPages(out, metadata=about) as pages:
            pages.savefig(_overview(report, fonts))
            for lines in _pages(report):
                pages.savefig(_written(lines, fonts))
        return out.getvalue()


@contextmanager
def _drawing() -> Iterator[Fonts]:
    import matplotlib as mpl

    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)  # it warns of each weight that a font lacks
    fonts = Fonts()
    settings = {"font.family": list(fonts.families), "pdf.fonttype": 42, "text.parse_math": False}
    with _LOCK, mpl.rc_context(settings):  # type: ignore[arg-type] # its keys are literals, ours too
        yield fonts


def _overview(report: Report, fonts: Fonts) -> Figure:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=SIZE)
    FigureCanvasAgg(figure)
    figure.text(0.08, 0.955, "Your call with Warmline", fontsize=18, color=INK)
    figure.text(0.08, 0.935, f"{written.day(report.started)}, {written.length(report)}", fontsize=10, color=SOFT)
    figure.text(0.08, 0.918, written.DOUBT, fontsize=8, color=SOFT)
    _mood(figure.add_axes((0.12, 0.69, 0.8, 0.19)), report)
    _tried(figure.add_axes((0.36, 0.525, 0.56, 0.09)), report)
    at = 0.47
    for title, lines in (("Moments", _moments(report)), ("Remembered for later calls", _remembered(report))):
        figure.text(0.08, at, title, fontsize=12, color=INK)
        for line in lines:
            at -= 0.0165
            figure.text(0.08, at, fonts.drawn(line), fontsize=SMALL, color=INK)
        at -= 0.035
    missing = _boxes(report, fonts)
    if missing:
        figure.text(0.08, 0.03, missing, fontsize=8, color=SOFT)
    return figure


def _mood(axes: Axes, report: Report) -> None:
    """Valence and arousal turn by turn, paler where less sure, and the running mood."""
    read = [one for one in report.exchanges if one.feeling is not None and one.feeling.sure > 0]
    axes.axhline(0.0, color=SOFT, linewidth=0.5)
    axes.set_title("How you sounded", loc="left", fontsize=12, color=INK)
    for name, colour, mark in (("valence", VALENCE, "o"), ("arousal", AROUSAL, "^")):
        for one in read:
            value = getattr(one.feeling, name)
            sure = one.feeling.sure if one.feeling else 0.0
            axes.plot(_minutes(one), value, mark, color=colour, alpha=0.25 + 0.75 * sure, markersize=5)
        axes.plot([], [], mark, color=colour, label={"valence": "pleasant", "arousal": "stirred"}[name])
    mood = [(one, one.feeling.mood) for one in read if one.feeling is not None]
    axes.plot([_minutes(one) for one, _ in mood], [value for _, value in mood], "-", color=VALENCE, linewidth=1)
    for moment in report.moments:
        if moment.kind == "risk":
            axes.axvline(moment.at_s / 60.0, color=RISK, linewidth=1, linestyle=":")
    if not read:
        told = "not shown: the caller has not shared it" if report.withheld else "not read in this call"
        axes.text(0.5, 0.5, told, transform=axes.transAxes, ha="center", va="center", fontsize=SMALL, color=SOFT)
    axes.set_ylim(-1.05, 1.05)
    axes.set_xlim(0.0, max(0.1, max((one.ended_s for one in report.exchanges), default=0.0) / 60.0))
    axes.set_xlabel("minutes", fontsize=8)
    axes.set_yticks([-1, 0, 1], ["low", "", "high"], fontsize=8)
    axes.tick_params(axis="x", labelsize=8)
    axes.legend(loc="lower right", fontsize=8, ncols=2, frameon=False)


def _tried(axes: Axes, report: Report) -> None:
    """How often each kind of answer was chosen."""
    from matplotlib.ticker import MaxNLocator

    names = list(report.strategies)[::-1]
    axes.set_title("What the answers tried", loc="left", fontsize=12, color=INK)
    axes.barh(names, [report.strategies[name] for name in names], color=BAR)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.tick_params(labelsize=8)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def _moments(report: Report) -> list[str]:
    lines = [f"{written.clock(moment.at_s)}  {moment.text}" for moment in report.moments[:10]]
    more = len(report.moments) - len(lines)
    return [*lines, *([f"and {more} more"] if more > 0 else [])] or ["none stood out"]


def _remembered(report: Report) -> list[str]:
    lines = [line for note in report.notes[:8] for line in wrapped(note.text)[:2]]
    more = len(report.notes) - 8
    return [*lines, *([f"and {more} more"] if more > 0 else [])] or ["nothing"]


def _pages(report: Report) -> Iterator[list[str]]:
    """All that was said, line by line, in pages."""
    page = ["What was said", ""]
    for one in report.exchanges:
        lines = [line for row in written.said(one) for line in wrapped(row.strip(), "    ")] + [""]
        while lines:
            room = LINES - len(page)
            page, lines = page + lines[:room], lines[room:]
            if len(page) == LINES:
                yield page
                page = []
    if page:
        yield page


def _written(lines: list[str], fonts: Fonts) -> Figure:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=SIZE)
    FigureCanvasAgg(figure)
    for place, line in enumerate(lines):
        indent = len(line) - len(line.lstrip())
        x, y = 0.08 + 0.008 * indent, 0.95 - place * 0.91 / LINES
        figure.text(x, y, fonts.drawn(line), fontsize=SMALL, color=INK)
    return figure


def _boxes(report: Report, fonts: Fonts) -> str:
    """What to say where letters are missing; "" where none is."""
    said: Iterable[str] = (text for one in report.exchanges for text in (one.user, one.heard, one.unheard))
    missing = any(BOX in fonts.drawn(text) and BOX not in text for text in said)
    return f"{BOX}: letters that no font of the server has. The text and JSON exports have them all." if missing else ""


def _minutes(one: Exchange) -> float:
    return one.began_s / 60.0
