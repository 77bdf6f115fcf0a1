"""Curves of cut-offs against delay as an SVG drawing, by hand: no plotting library needed. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

WIDTH, HEIGHT = 720, 480
LEFT, RIGHT, TOP, BOTTOM = 70, 20, 50, 60
COLOURS = ("#0b6e4f", "#c1440e", "#5a5a5a")

Point = tuple[float, float]
"""Median response delay in milliseconds, cut-off rate in 0-1."""


def svg(curves: Mapping[str, Sequence[Point]], marks: Mapping[str, Point], title: str) -> str:
    """The drawing: a line for each curve, a dot where each system stands by default. Points that are not numbers are
    left out."""
    longest = max((x for points in curves.values() for x, _ in points if x == x), default=1000.0)
    top_ms = max(500.0, -(-longest // 500) * 500)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
        'font-size="13">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<text x="{LEFT}" y="28" font-size="16">{escape(title)}</text>',
        *_axes(top_ms),
    ]
    for number, (name, points) in enumerate(curves.items()):
        colour = COLOURS[number % len(COLOURS)]
        places = [_place(x, y, top_ms) for x, y in sorted(points) if x == x and y == y]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        if name in marks and all(value == value for value in marks[name]):
            x, y = _place(*marks[name], top_ms)
            parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{colour}"/>')
        parts.append(f'<text x="{WIDTH - 190}" y="{TOP + 18 * number + 12}" fill="{colour}">{escape(name)}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _axes(top_ms: float) -> list[str]:
    parts = []
    for fifth in range(6):
        share = fifth / 5
        x, y = _place(share * top_ms, share, top_ms)
        floor, wall = HEIGHT - BOTTOM, LEFT
        parts += [
            f'<line x1="{wall}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}" stroke="#ddd"/>',
            f'<text x="{wall - 8}" y="{y + 4:.1f}" text-anchor="end">{share:.0%}</text>',
            f'<text x="{x:.1f}" y="{floor + 20}" text-anchor="middle">{share * top_ms:.0f}</text>',
        ]
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(f'<text x="{middle}" y="{HEIGHT - 14}" text-anchor="middle">response delay, median, ms</text>')
    parts.append(
        f'<text transform="translate(18 {HEIGHT / 2}) rotate(-90)" text-anchor="middle">pauses answered</text>'
    )
    return parts


def _place(delay_ms: float, cut: float, top_ms: float) -> Point:
    x = LEFT + (WIDTH - LEFT - RIGHT) * min(delay_ms / top_ms, 1.0)
    y = HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * cut
    return x, y
