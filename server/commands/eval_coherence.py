"""Does our tone follow the plan from turn to turn, without leaps? Simulated talks, our tone policy, measured waves.

  warmline eval coherence                      50 turns by the voice of the settings
  warmline eval coherence --turns 20 --json

coherence   follows * smooth, in 0-1
follows     over all turns, mean over pitch, pace, volume, range and warmth of Pearson's r between what the style of the
            turn asked for and what it changed in the wave beside the same sentence in neutral (negative counts as 0)
smooth      share of neighbouring turns between which no figure leaps: 2 semitones, 15% of rate, 3 dB, half an octave of
            range, 3.5 dB of tilt
heard       as follows, of the sentences as a caller hears them: another one each turn, and no neutral beside it
styleless   the same talks, everything spoken in neutral
"""

from __future__ import annotations

import argparse
from dataclasses import asdict

from warmline.server import report
from warmline.server.bench import coherence
from warmline.server.bench.coherence import Coherence
from warmline.server.bench.sentences import SENTENCES
from warmline.server.commands.common import add_settings, settings_of
from warmline.server.commands.say import voice_of
from warmline.speech.runtime.errors import UsageError


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--turns", type=int, default=50, metavar="N", help="how many (default 50)")
    parser.add_argument("--voice", metavar="NAME", help="another voice than the settings' (see: warmline voices)")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--json", action="store_true", help="print exactly one JSON object")
    add_settings(parser)


def run(args: argparse.Namespace) -> int:
    """Measure; exit status 0 whatever the figures."""
    if args.turns < 3:
        raise UsageError("--turns takes a number from 3")
    planned = list(coherence.talks(SENTENCES, args.turns, args.seed))
    voice = voice_of(args.voice, settings_of(args))
    try:
        ours = coherence.judged(voice, planned)
        styleless = coherence.judged(voice, planned, styled=False)
    finally:
        voice.close()
    payload = {**asdict(ours), "styleless": asdict(styleless)}
    report.emit(payload, len(planned), _table(ours, styleless), as_json=args.json)
    return 0


def _table(ours: Coherence, styleless: Coherence) -> str:
    rows = [f"{'':<12}{'coherence':>10}{'follows':>9}{'smooth':>8}{'heard':>7}"]
    for name, one in (("with style", ours), ("without", styleless)):
        rows.append(f"{name:<12}{one.coherence:>10.2f}{one.follows:>9.2f}{one.smooth:>8.2f}{one.heard:>7.2f}")
    rows.append("r by figure: " + ", ".join(f"{name} {value:.2f}" for name, value in ours.by_axis.items()))
    return "\n".join(rows)
