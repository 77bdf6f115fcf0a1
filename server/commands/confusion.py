"""A confusion matrix as an SVG drawing, by hand: no plotting library needed. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

CELL, LEFT, TOP = 64, 130, 110


def svg(classes: Sequence[str], counts: Sequence[Sequence[int]], title: str) -> str:
    """Rows are what was acted, columns what was heard; a cell holds the share of its row and the count."""
    side = CELL * len(classes)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + side + 20} {TOP + side + 40}" '
        'font-family="sans-serif" font-size="13">',
        '<rect width="100%" height="100%" fill="white"/>',
        f'<text x="12" y="28" font-size="16">{escape(title)}</text>',
        f'<text x="{LEFT}" y="{TOP - 44}" fill="#5a5a5a">heard as</text>',
        f'<text x="12" y="{TOP - 12}" fill="#5a5a5a">labelled</text>',
    ]
    for place, name in enumerate(classes):
        middle = place * CELL + CELL // 2
        parts.append(
            f'<text x="{LEFT + middle}" y="{TOP - 12}" text-anchor="middle" font-size="11">{escape(name)}</text>'
        )
        parts.append(f'<text x="{LEFT - 10}" y="{TOP + middle + 4}" text-anchor="end">{escape(name)}</text>')
    for row, line in enumerate(counts):
        for column, count in enumerate(line):
            parts += _cell(LEFT + column * CELL, TOP + row * CELL, count, count / max(1, sum(line)))
    return "\n".join([*parts, "</svg>", ""])


def _cell(x: int, y: int, count: int, share: float) -> list[str]:
    ink = "white" if share > 0.5 else "black"
    middle = x + CELL // 2
    return [
        f'<rect x="{x}" y="{y}" width="{CELL}" height="{CELL}" fill="#0b6e4f" fill-opacity="{share:.3f}" '
        'stroke="#d0d0d0"/>',
        f'<text x="{middle}" y="{y + 30}" text-anchor="middle" fill="{ink}">{share:.0%}</text>',
        f'<text x="{middle}" y="{y + 48}" text-anchor="middle" fill="{ink}" font-size="10">{count}</text>',
    ]
