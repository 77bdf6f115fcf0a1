"""What several commands share: the settings arguments, and one line a part of a turn for people to read."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from warmline.dialogue.types import Plan, RiskLevel
from warmline.emotion.types import ParalinguisticTags
from warmline.server import config
from warmline.server.config import Settings


def add_settings(parser: argparse.ArgumentParser) -> None:
    """Every command that builds something takes a settings file and single settings."""
    group = parser.add_argument_group("settings")
    group.add_argument("--config", type=Path, metavar="FILE", help="a TOML settings file")
    group.add_argument(
        "--set",
        action="append",
        default=[],
        dest="sets",
        metavar="KEY=VALUE",
        help="one setting, such as asr.model=whisper-base (see: warmline settings)",
    )


def settings_of(args: argparse.Namespace, *more: str) -> Settings:
    """The settings of this run; ``more`` are defaults of the command, weaker than what the person set."""
    return config.here(args.config, [*more, *args.sets]).settings


def note(line: str) -> None:
    """Tell a waiting person what is happening."""
    print(f"  {line} ...", file=sys.stderr, flush=True)


def tags_line(tags: ParalinguisticTags) -> str:
    """How it was said, with its doubt."""
    label = f"{tags.label} ({tags.labels[tags.label]:.0%})" if tags.label else "no clear emotion"
    disagree = ", words and voice disagree" if tags.words_disagree else ""
    events = "".join(f", {event.kind}" for event in tags.events)
    return f"{label}, valence {tags.valence:+.2f}, arousal {tags.arousal:+.2f}{disagree}{events}"


def plan_line(plan: Plan) -> str:
    """What the answer is for, and why."""
    risk = f" | risk {plan.risk.level.name}" if plan.risk.level > RiskLevel.L0 else ""
    return (
        f"{plan.strategy.value} | {plan.stage.value} | distress {plan.intensity:.1f} of 5{risk} | "
        f"why: {'; '.join(plan.why)}"
    )


def stages_line(stages_ms: dict[str, float]) -> str:
    return ", ".join(f"{name} {ms:.0f} ms" for name, ms in stages_ms.items())
