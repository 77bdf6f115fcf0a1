"""A report of whole conversations as one HTML file: plots, figures, scores with their agreement, talks to read. It
fetches nothing and runs nothing."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from typing import Final

from warmline.dialogue.evaluate.conversation.panel import Verdict
from warmline.dialogue.evaluate.conversation.talk import Talk
from warmline.server.bench.conversation import plots
from warmline.server.bench.conversation.result import WEAKNESS, Result, paired_line, rows
from warmline.server.report import stamped

SHOWN: Final = 4
"""Talks that are printed whole."""

_STYLE: Final = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem; color: #222; }
table { border-collapse: collapse; margin: 1rem 0; } th, td { text-align: left; padding: .2rem .8rem .2rem 0; }
td.n { text-align: right; font-variant-numeric: tabular-nums; } tr { border-bottom: 1px solid #ddd; }
svg { width: 100%; height: auto; background: #fff; } .seeker { font-weight: 600; margin: .6rem 0 0; }
.reply { margin: 0 0 0 1.5rem; } .moved { margin: 0 0 0 1.5rem; color: #555; font-size: .85rem; }
"""


def page(result: Result) -> str:
    """The whole page as text."""
    parts = ["<h1>Whole conversations</h1>", f"<p>{_about(result)}</p>"]
    if result.paired is not None:
        parts.append(f"<p><strong>{html.escape(paired_line(result.paired, result.name))}.</strong></p>")
    parts += ["<h2>How seekers were left</h2>", plots.curves(_series(result))]
    if (paired := result.paired) is not None:
        parts.append(plots.differences(paired.differences, paired.difference, paired.low, paired.high))
    parts += ["<h2>Figures</h2>", _figures(result), "<h2>What replies did, by stage</h2>"]
    parts.append(plots.stages(result.figures.by_stage, "warmline"))
    if result.their_figures is not None and result.their_figures.by_stage:
        parts += [f"<h3>{html.escape(result.name)}</h3>", plots.stages(result.their_figures.by_stage, result.name)]
    parts += ["<h2>Scores, with how far the judges agree</h2>", f"<p>{WEAKNESS}</p>", _scores(result)]
    parts += ["<h2>Talks</h2>", *(_talk(talk) for talk in result.ours[:SHOWN])]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\"><title>Warmline: whole conversations</title>"
        f"<style>{_STYLE}</style></head><body>{''.join(parts)}</body></html>\n"
    )


def _about(result: Result) -> str:
    about = stamped({}, len(result.ours))
    first = result.ours[0]
    return html.escape(
        f"{about['n']} {first.mode} talks of {first.turns} turns with simulated seekers (lines by {first.seeker}), "
        f"version {about['version']}, {about['hardware']}. The seekers are ours: a fall of their figure is no proof "
        "that anybody would feel better."
    )


def _series(result: Result) -> list[tuple[str, str, Sequence[float], Sequence[Sequence[float]]]]:
    found = [("warmline", plots.OURS, result.figures.curve, [_curve(talk) for talk in result.ours])]
    if result.their_figures is not None:
        each = [_curve(talk) for talk in result.theirs]
        found.append((result.name[-24:], plots.THEIRS, result.their_figures.curve, each))
    return [*found]


def _curve(talk: Talk) -> list[float]:
    return [talk.begun.intensity, *(one.after.intensity for one in talk.exchanges)]


def _figures(result: Result) -> str:
    theirs = rows(result.their_figures) if result.their_figures is not None else None
    head = f"<th>{html.escape(result.name)}</th>" if theirs else ""
    lines = [f"<tr><th></th><th>warmline</th>{head}</tr>"]
    for number, (name, value) in enumerate(rows(result.figures)):
        other = f'<td class="n">{html.escape(theirs[number][1])}</td>' if theirs else ""
        lines.append(f'<tr><td>{name}</td><td class="n">{html.escape(value)}</td>{other}</tr>')
    return f"<table>{''.join(lines)}</table>"


def _scores(result: Result) -> str:
    others = {one.dimension: one for one in result.their_verdicts}
    head = (
        "<tr><th>0 to 4</th><th>warmline</th><th>other</th><th>weighted kappa</th><th>ICC</th><th>agreement</th></tr>"
    )
    lines = [_score(one, others.get(one.dimension)) for one in result.verdicts]
    judges = "".join(f"<li>{html.escape(f'{name} (weight {w:g}): {view}')}</li>" for name, w, view in result.judges)
    absent = "".join(f"<li>no scores by {html.escape(what)}</li>" for what in result.absent)
    return f"<table>{head}{''.join(lines)}</table><ul>{judges}{absent}</ul>"


def _score(one: Verdict, other: Verdict | None) -> str:
    if one.score is None:
        return f'<tr><td>{one.dimension}</td><td colspan="5">not shown: {html.escape(one.why)}</td></tr>'
    theirs = "" if other is None or other.score is None else f"{other.score:.2f}"
    cells = [f"{one.score:.2f}", theirs, _told(one.kappa), _told(one.icc)]
    told = "".join(f'<td class="n">{cell}</td>' for cell in cells)
    return f"<tr><td>{one.dimension}</td>{told}<td>{one.strength}</td></tr>"


def _told(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.2f}"


def _talk(talk: Talk) -> str:
    lines = [f"<h3>{html.escape(talk.name)}: {html.escape(talk.ended)}</h3>"]
    for one in talk.exchanges:
        why = (
            f"{'; '.join(one.why) or 'nothing moved'}: intensity {one.after.intensity:.2f}, trust {one.after.trust:.2f}"
        )
        lines.append(f'<p class="seeker">{html.escape(one.said)}</p><p class="reply">{html.escape(one.reply)}</p>')
        lines.append(f'<p class="moved">{html.escape(why)}</p>')
    return "".join(lines)
