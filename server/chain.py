"""The chain of a turn for people: what was heard, what it seemed to be about, what was chosen, and why.

Lines for a terminal that wraps nothing and colours nothing; who wants colour takes :func:`panel`. Of a turn whose words
were not kept, the figures are shown and said to be all there is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from warmline.dialogue.strategy.record import plan_of
from warmline.dialogue.types import Plan, RiskLevel, Style
from warmline.server.store.records import StoredTurn

SHOWN = 0.005
"""Share of the distribution from which a strategy is listed."""

_BAR = 24
_WIDE = 12
_NOT_KEPT = "(not kept)"


def chain(turn: StoredTurn) -> dict[str, object]:
    """The same for a program."""
    return {
        "turn": turn.number,
        "at_s": turn.at_s,
        "words": turn.words,
        "user": turn.user,
        "tags": dict(turn.tags),
        "plan": dict(turn.plan),
        "reply": turn.planned,
        "heard": turn.heard,
        "sources": list(turn.sources),
        "outcome": turn.outcome,
        "stages_ms": dict(turn.stages_ms),
    }


def lines(turn: StoredTurn, title: str = "") -> list[str]:
    """The chain as plain lines."""
    plan = plan_of(turn.plan)
    told = [title or f"turn {turn.number}", *(f"  {name:<{_WIDE}}{text}" for name, text in _rows(turn, plan))]
    told += [f"  {'strategies':<{_WIDE}}{_share_line(plan)}"]
    return [*told, *(f"  {'why' if at == 0 else '':<{_WIDE}}{reason}" for at, reason in enumerate(plan.why))]


def panel(turn: StoredTurn) -> Panel:
    """The chain for a terminal with colours."""
    plan = plan_of(turn.plan)
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="cyan", no_wrap=True)
    grid.add_column()
    for name, text in _rows(turn, plan):
        grid.add_row(name, Text(text, style="bold" if name in ("plan", "said") else ""))
    grid.add_row("strategies", _bars(plan))
    grid.add_row("why", Text("\n".join(f"- {reason}" for reason in plan.why)))
    return Panel(Group(grid), title=f"turn {turn.number}", title_align="left", border_style=_colour(plan))


def _rows(turn: StoredTurn, plan: Plan) -> Iterator[tuple[str, str]]:
    yield "person", turn.user if turn.words else _NOT_KEPT
    yield "heard", _heard(turn.tags, plan)
    yield "distress", _distress(plan)
    if plan.risk.level > RiskLevel.L0 or plan.risk.evidence:
        yield "risk", f"{plan.risk.level.name}: {', '.join(plan.risk.evidence) or 'no rule named'}"
    yield "cause", (f'"{plan.cause}"' if plan.cause else "none found") if turn.words else _NOT_KEPT
    yield "stage", plan.stage.value
    yield "plan", _move(plan)
    if plan.expected:
        yield "expected", _expected(plan)
    if plan.memory or not turn.words:
        yield "memory", "; ".join(plan.memory) if turn.words else _NOT_KEPT
    yield "tone", _tone(plan.style)
    yield "said", _said(turn)


def _heard(tags: Mapping[str, object], plan: Plan) -> str:
    parts = [plan.heard.manner or "voice: nothing sure"]
    label, labels = tags.get("label"), tags.get("labels")
    if isinstance(label, str) and isinstance(labels, Mapping):
        parts.append(f"{label} at {float(labels.get(label, 0.0)):.0%}")
    if plan.heard.mood:
        parts.append(f"{plan.heard.mood} since turn {plan.heard.since}")
    if plan.heard.disagree:
        chance = tags.get("disagreement")
        parts.append("the voice says more than the words" + (f" ({chance:.0%})" if isinstance(chance, float) else ""))
    events = tags.get("events")
    if isinstance(events, list) and events:
        parts.append(f"heard: {', '.join(str(event) for event in events)}")
    return "; ".join(parts)


def _distress(plan: Plan) -> str:
    voice = "voice not used" if plan.heard.voice is None else f"voice {plan.heard.voice:.1f}"
    return f"{plan.intensity:.1f} of 5 (words {plan.heard.words:.1f}, {voice})"


def _move(plan: Plan) -> str:
    first = plan.strategy.value if plan.purpose is None else f"{plan.strategy.value}: {plan.purpose.value}"
    return first if plan.then is None else f"{first}, then {plan.then.value}"


def _expected(plan: Plan) -> str:
    """The person's mark of 1-5 that the lookahead foresees."""
    best = max(plan.expected, key=lambda strategy: plan.expected[strategy])
    own = plan.expected.get(plan.strategy)
    told = f"mark {own:.2f} of 5 for this" if own is not None else "no mark for this"
    return told if best is plan.strategy else f"{told}, {plan.expected[best]:.2f} for {best.value}"


def _tone(style: Style) -> str:
    named = (
        ("warmth", style.warmth),
        ("pace", style.pace),
        ("pitch", style.pitch),
        ("range", style.range),
        ("volume", style.volume),
        ("breath", style.breath),
    )
    return ", ".join(f"{name} {value:+.2f}" for name, value in named if abs(value) >= 0.005) or "neutral"


def _said(turn: StoredTurn) -> str:
    if not turn.words:
        return f"{_NOT_KEPT} ({turn.outcome})"
    cut = "" if turn.heard == turn.planned else f"  [unheard: {turn.planned.removeprefix(turn.heard).strip()}]"
    by = "" if set(turn.sources) <= {"model", "opening"} else f"  [{', '.join(sorted(set(turn.sources)))}]"
    return f"{turn.heard}{cut}{by}"


def _sorted(plan: Plan) -> list[tuple[str, float]]:
    shares = [(strategy.value, share) for strategy, share in plan.distribution.items() if share >= SHOWN]
    return sorted(shares, key=lambda item: -item[1])


def _share_line(plan: Plan) -> str:
    return ", ".join(f"{name} {share:.0%}" for name, share in _sorted(plan))


def _bars(plan: Plan) -> RenderableType:
    grid = Table.grid(padding=(0, 1))
    for name, share in _sorted(plan):
        chosen = name == plan.strategy.value
        grid.add_row(Text(name, style="bold" if chosen else "dim"), Text("█" * round(_BAR * share)), f"{share:.0%}")
    return grid


def _colour(plan: Plan) -> str:
    if plan.risk.level >= RiskLevel.L1:
        return "red"
    return "yellow" if plan.intensity >= 3.5 else "green"
