"""What several commands share: the settings arguments, and words for people who wait."""

from __future__ import annotations

import argparse
import datetime
import sys
from pathlib import Path

from warmline.dialogue.safety import helplines
from warmline.server import config, profiles
from warmline.server.care import cared, directory
from warmline.server.settings import Settings


def add_settings(parser: argparse.ArgumentParser) -> None:
    """Every command that builds something takes a settings file and single settings."""
    group = parser.add_argument_group("settings")
    group.add_argument(
        "--profile", default="", metavar="NAME", help=f"settings that ship: {', '.join(profiles.names())}"
    )
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
    return cared(config.here(args.config, [*more, *args.sets], args.profile).settings)


def warn_of_helplines(settings: Settings) -> None:
    """Before calls are taken, an operator is told which emergency numbers and help lines nobody has verified."""
    for line in helplines.warnings(datetime.date.today(), directory(settings)):
        print(f"  warning: {line}", file=sys.stderr, flush=True)


def note(line: str) -> None:
    """Tell a waiting person what is happening."""
    print(f"  {line} ...", file=sys.stderr, flush=True)
