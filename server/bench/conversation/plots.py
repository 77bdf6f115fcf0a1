"""Plots as SVG text for a page that fetches nothing. Pure; colours hold on white and for colour-blind eyes."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Final

OURS, THEIRS = "#0b5fa5", "#b25400"
_KINDS: Final = {
    "QUESTION": "#0b5fa5",
    "REFLECTION": "#12876f",
    "RESTATEMENT": "#6bb7a5",
    "AFFIRMATION": "#8a5ba8",
    "SELF_DISCLOSURE": "#c08bd0",
    "SUGGESTION": "#b25400",
    "INFORMATION": "#e0a458",
    "OTHER": "#8c8c8c",
}
_WIDTH, _HEIGHT, _LEFT, _BELOW = 640, 260, 44, 34


def curves(series: Sequence[tuple[str, str, Sequence[float], Sequence[Sequence[float]]]]) -> str:
    """Intensity (1-5) over turns: name, colour, the mean, and every single talk thin behind it."""
    longest = max((len(mean) for _, _, mean, _ in series), default=1)
    parts = [_frame("intensity", "replies heard")]
    for level in range(1, 6):
        y = _y(level, 1.0, 5.0)
        parts.append(_line(_LEFT, y, _WIDTH - 8, y, "#ddd") + _text(_LEFT - 8, y + 4, str(level), "end"))
    for place in range(0, longest, max(1, longest // 10)):
        parts.append(_text(_x(place, longest), _HEIGHT - _BELOW + 16, str(place)))
    for number, (name, colour, mean, each) in enumerate(series):
        parts += [_path(talk, longest, colour, 1.0, 0.18) for talk in each]
        parts.append(_path(mean, longest, colour, 3.0, 1.0))
        parts.append(f'<rect x="{_LEFT + 40 + 190 * number}" y="6" width="14" height="8" fill="{colour}"/>')
        parts.append(_text(_LEFT + 60 + 190 * number, 14, name, "start"))
    return _svg(parts, "Intensity of the seekers' emotion after each reply")


def stages(rows: Mapping[str, Mapping[str, float]], title: str) -> str:
    """What replies did, a bar a stage."""
    height, parts = 34, []
    for number, (stage, shares) in enumerate(rows.items()):
        x, y = 120.0, 10 + number * height
        parts.append(_text(112, y + 16, stage, "end"))
        for kind, share in shares.items():
            wide = share * (_WIDTH - 130)
            label = f"{kind.lower().replace('_', ' ')} {share:.0%}"
            parts.append(
                f'<rect x="{x:.1f}" y="{y}" width="{wide:.1f}" height="24" fill="{_KINDS.get(kind, "#8c8c8c")}">'
                f"<title>{html.escape(label)}</title></rect>"
            )
            if wide > 90:
                parts.append(_text(x + wide / 2, y + 16, label, "middle", "#fff"))
            x += wide
    below = 10 + len(rows) * height
    for number, (kind, colour) in enumerate(_KINDS.items()):
        x, y = 10 + 158 * (number % 4), below + 8 + 18 * (number // 4)
        parts.append(f'<rect x="{x}" y="{y}" width="10" height="10" fill="{colour}"/>')
        parts.append(_text(x + 16, y + 9, kind.lower().replace("_", " "), "start"))
    return _svg(parts, title, below + 50)


def differences(values: Sequence[float], mean: float, low: float, high: float) -> str:
    """Each pair's difference as a dot, the mean with its interval; right of the line is for us."""
    reach = max([1.0, *(abs(value) for value in values)])
    parts = [_line(_at(0.0, reach), 10, _at(0.0, reach), 110, "#555")]
    ordered = sorted(values)
    for number, value in enumerate(ordered):
        y = 20 + 60 * (number + 0.5) / max(1, len(ordered))
        parts.append(f'<circle cx="{_at(value, reach):.1f}" cy="{y:.1f}" r="4" fill="{OURS}" fill-opacity="0.5"/>')
    if low == low:
        parts.append(_line(_at(low, reach), 96, _at(high, reach), 96, "#000", 3))
    parts.append(f'<circle cx="{_at(mean, reach):.1f}" cy="96" r="6" fill="#000"/>')
    for value in (-reach, 0.0, reach):
        parts.append(_text(_at(value, reach), 128, f"{value:+.1f}"))
    return _svg(parts, "Difference in the fall of intensity, pair by pair", 136)


def _at(value: float, reach: float) -> float:
    return _WIDTH / 2 + value / reach * (_WIDTH / 2 - 40)


def _x(place: float, longest: int) -> float:
    return _LEFT + place / max(1, longest - 1) * (_WIDTH - _LEFT - 16)


def _y(value: float, low: float, high: float) -> float:
    return 22 + (high - value) / (high - low) * (_HEIGHT - _BELOW - 22)


def _path(values: Sequence[float], longest: int, colour: str, width: float, opacity: float) -> str:
    points = " ".join(f"{_x(at, longest):.1f},{_y(value, 1.0, 5.0):.1f}" for at, value in enumerate(values))
    return f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="{width}" opacity="{opacity}"/>'


def _frame(up: str, along: str) -> str:
    return _text(10, 14, up, "start") + _text(_WIDTH - 8, _HEIGHT - 4, along, "end")


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, width: float = 1.0) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" stroke-width="{width}"/>'


def _text(x: float, y: float, text: str, anchor: str = "middle", colour: str = "#333") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">{html.escape(text)}</text>'


def _svg(parts: Sequence[str], title: str, height: int = _HEIGHT) -> str:
    return (
        f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{html.escape(title)}" font-size="12" '
        f'font-family="system-ui, sans-serif"><title>{html.escape(title)}</title>{"".join(parts)}</svg>'
    )
