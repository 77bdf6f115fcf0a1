"""Show every setting, its value, and where it came from.

Order, the last wins: defaults, a profile (--profile, or WARMLINE_PROFILE), the TOML file (--config, or
WARMLINE_CONFIG), the environment (WARMLINE_SECTION__KEY), --set section.key=value.
"""

from __future__ import annotations

import argparse

from warmline.server import config, report
from warmline.server.commands.common import add_settings


def arguments(parser: argparse.ArgumentParser) -> None:
    add_settings(parser)
    parser.add_argument("--json", action="store_true", help="print exactly one JSON object")


def run(args: argparse.Namespace) -> int:
    loaded = config.here(args.config, args.sets, args.profile)
    shown = config.flat(loaded.settings)
    table = "\n".join(f"{key:<22} = {value!r:<50} {loaded.origins.get(key, '')}" for key, value in shown.items())
    report.emit({"settings": shown, "origins": dict(loaded.origins)}, len(shown), table, as_json=args.json)
    return 0
