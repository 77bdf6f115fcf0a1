"""The options by which a measuring command makes its recordings harder: noise, a room, the telephone.

parser: add_harder(parser)      run: harder = harder_of(args); samples = harder.apply(samples, file_name)
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path

from warmline.speech.audio.degrade import Harder, read_recordings
from warmline.speech.runtime.errors import UsageError

USUAL_SNR_DB = 10.0


def add_harder(parser: argparse.ArgumentParser) -> None:
    """Add ``--noise``, ``--snr``, ``--rir``, ``--telephone`` and ``--harder-seed``."""
    group = parser.add_argument_group("made harder (in this order: room, noise, telephone)")
    group.add_argument("--rir", type=Path, metavar="DIR", help="in rooms: a folder of impulse responses")
    group.add_argument("--noise", type=Path, metavar="DIR", help="a folder of noises to mix in")
    group.add_argument(
        "--snr",
        type=float,
        metavar="DB",
        help=f"how far the speech stands above the noise (with --noise {USUAL_SNR_DB:g}); pink noise without --noise",
    )
    group.add_argument("--telephone", action="store_true", help="through a telephone line: 8 kHz, mu-law")
    group.add_argument("--harder-seed", type=int, default=0, metavar="N", help="which noise and room each one gets")


def harder_of(args: argparse.Namespace) -> Harder:
    """What the options ask for. Raises UsageError and, for a folder without recordings, UnreadableInput."""
    snr_db: float | None = args.snr
    if snr_db is None and args.noise is not None:
        snr_db = USUAL_SNR_DB
    if snr_db is not None and not (math.isfinite(snr_db) and abs(snr_db) <= 100.0):
        raise UsageError(f"--snr is in decibels, such as 10, not {snr_db}")
    if args.harder_seed < 0:
        raise UsageError(f"--harder-seed is 0 or more, not {args.harder_seed}")
    return Harder(read_recordings(args.noise), snr_db, read_recordings(args.rir), args.telephone, args.harder_seed)


def harder_payload(args: argparse.Namespace, harder: Harder) -> dict[str, object]:
    """What was done, for the JSON object of a command."""
    return {
        "snr": harder.snr_db,
        "noise": None if args.noise is None else args.noise.name,
        "rir": None if args.rir is None else args.rir.name,
        "telephone": harder.telephone,
    }
