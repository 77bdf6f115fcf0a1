"""How well the speaker check tells the caller from somebody else, on recordings with known speakers.

  warmline eval speakers LABELS.tsv AUDIO [LABELS.tsv AUDIO ...]

LABELS is a tab-separated table with the columns file, emotion, speaker, gender; AUDIO is the folder or tar (of any
codec) with the recordings. Each speaker in turn is the caller, enrolled on --enrol clips, against other clips of
theirs and of everybody else; a clip is cut to --seconds of voice. Every second speaker is held out: the figures are
theirs, and --calibrate fits the probability on the others only.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path

from warmline.emotion.training.corpora import Clip, read_corpus, recordings
from warmline.server.commands.common import add_settings, settings_of
from warmline.server.report import emit, progress
from warmline.server.wiring import use_cache
from warmline.speech.audio.degrade import Harder, read_recordings
from warmline.speech.audio.files import write_text
from warmline.speech.diarize.backends import DIARISERS
from warmline.speech.diarize.base import Diariser
from warmline.speech.diarize.caller import CallerRules
from warmline.speech.diarize.embedded import WEIGHTS, Calibration, calibration
from warmline.speech.diarize.evaluate import Figures, Spoken, Trial, figures, fitted, trials
from warmline.speech.diarize.voiced import voiced
from warmline.speech.runtime.errors import UnreadableInput, UsageError
from warmline.speech.types import Samples, samples_of

SEEDS = 5
EVERY = 200


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("corpora", type=Path, nargs="+", metavar="LABELS.tsv AUDIO", help="pairs of table and audio")
    parser.add_argument("--enrol", type=int, default=3, help="clips the caller is known by")
    parser.add_argument("--seconds", type=float, default=3.0, help="voice that is heard of each clip at most")
    parser.add_argument("--snr", type=float, metavar="DB", help="add noise at this level below the speech")
    parser.add_argument("--noise", type=Path, metavar="DIR", help="recordings to take the noise from; default pink")
    parser.add_argument("--telephone", action="store_true", help="through a mu-law line at 8 kHz")
    parser.add_argument("--limit", type=int, help="about this many clips of each corpus")
    parser.add_argument("--calibrate", type=Path, metavar="FILE", help="fit the probability and write it here")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    add_settings(parser)


def run(args: argparse.Namespace) -> int:
    if len(args.corpora) % 2:
        raise UsageError("give pairs: a table of labels and its folder or tar of recordings")
    settings = settings_of(args, "diarize.backend=embedded")
    use_cache(settings)
    diariser = DIARISERS.create(settings.diarize.backend, settings.diarize.options)
    harder = Harder(read_recordings(args.noise) if args.noise else (), args.snr, (), args.telephone)
    pairs = list(zip(args.corpora[::2], args.corpora[1::2], strict=True))
    known, held = [], []
    for labels, audio in pairs:
        spoken = list(_prints(labels, audio, args, diariser, harder))
        names = sorted({one.speaker for one in spoken})
        if len(names) < 4:
            raise UnreadableInput(f"{labels} has fewer than four speakers with enough voice: two are held out")
        known += _trials([one for one in spoken if one.speaker in names[::2]], args.enrol)
        held += _trials([one for one in spoken if one.speaker in names[1::2]], args.enrol)
    if not held:
        raise UnreadableInput(f"no speaker has more than {args.enrol} clips: lower --enrol")
    used = calibration()
    if args.calibrate:
        used = Calibration(*fitted(known))
    limit = CallerRules().else_below
    found = figures(held, [used.probability(trial.score, trial.seconds_s) for trial in held], limit)
    if args.calibrate:
        _write(args.calibrate, used, found, args)
    payload = {**dataclasses.asdict(found), "limit": limit, "enrol": args.enrol, "seconds": args.seconds}
    payload.update(snr=args.snr, telephone=args.telephone, backend=settings.diarize.backend)
    emit(payload, found.trials, table(found, limit), as_json=args.json)
    return 0


def table(found: Figures, limit: float) -> str:
    """The figures for people."""
    return (
        f"{found.trials} trials of held-out speakers\n"
        f"  equal error rate {found.eer:.3f}   among pairs of one gender {found.eer_alike:.3f}\n"
        f"  below {limit:g}: {found.doubted:.1%} of the caller's own clips, {found.found:.1%} of others'\n"
        f"  Brier {found.brier:.3f}   Cllr {found.cllr:.3f} bits"
    )


def _prints(
    labels: Path, audio: Path, args: argparse.Namespace, diariser: Diariser, harder: Harder
) -> Iterator[Spoken]:
    corpus = read_corpus(labels, audio, args.limit)
    for done, (clip, samples) in enumerate(recordings(corpus), 1):
        voice = diariser.voiceprint(_cut(samples, clip, args.seconds, harder))
        if voice is not None:
            yield Spoken(clip.speaker, clip.gender, voice)
        if done % EVERY == 0:
            progress(f"{corpus.name}: {done} of {len(corpus.clips)} clips")


def _cut(samples: Samples, clip: Clip, seconds_s: float, harder: Harder) -> Samples:
    """The clip's voice, cut to length before it is made harder, so that noise counts as little as in a call."""
    return harder.apply(voiced(samples)[: samples_of(seconds_s)], clip.file)


def _trials(spoken: list[Spoken], enrol: int) -> list[Trial]:
    return [trial for seed in range(SEEDS) for trial in trials(spoken, enrol, seed)]


def _write(path: Path, used: Calibration, found: Figures, args: argparse.Namespace) -> None:
    made = {
        **{key: round(value, 4) for key, value in dataclasses.asdict(used).items()},
        "weights": WEIGHTS,
        "fitted_on": [table.stem.removesuffix("_labels") for table in args.corpora[::2]],
        "enrol": args.enrol,
        "seconds": args.seconds,
        "held_out": {key: round(value, 4) for key, value in dataclasses.asdict(found).items()},
    }
    write_text(path, json.dumps(made, indent=2) + "\n")
