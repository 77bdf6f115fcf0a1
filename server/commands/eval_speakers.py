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
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from warmline.emotion.training.corpora import Clip, read_corpus, recordings
from warmline.server.commands.common import add_settings, settings_of
from warmline.server.report import emit, progress
from warmline.server.wiring import use_cache
from warmline.speech.audio.degrade import Harder, read_recordings
from warmline.speech.audio.files import write_text
from warmline.speech.diarize.backends import DIARISERS
from warmline.speech.diarize.base import Diariser, Voiceprint
from warmline.speech.diarize.caller import CallerRules
from warmline.speech.diarize.embedded import WEIGHTS, Calibration
from warmline.speech.diarize.evaluate import Figures, Spoken, Trial, centred, figures, fitted, mean_print, trials
from warmline.speech.diarize.voiced import voiced
from warmline.speech.runtime.errors import UnreadableInput, UsageError
from warmline.speech.types import Samples, samples_of

SEEDS = 5
EVERY = 200
LIMIT = CallerRules().else_below

Chance = Callable[[float, float], float]
"""A score and the seconds of the shorter voice, to the probability of one person."""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("corpora", type=Path, nargs="+", metavar="LABELS.tsv AUDIO", help="pairs of table and audio")
    parser.add_argument("--enrol", type=int, default=3, help="clips the caller is known by")
    parser.add_argument(
        "--seconds",
        type=float,
        nargs="+",
        default=[3.0],
        help="voice heard of each clip at most; of several, each clip has one",
    )
    parser.add_argument("--snr", type=float, metavar="DB", help="add noise at this level below the speech")
    parser.add_argument("--noise", type=Path, metavar="DIR", help="recordings to take the noise from; default pink")
    parser.add_argument("--telephone", action="store_true", help="through a mu-law line at 8 kHz")
    parser.add_argument("--limit", type=int, help="about this many clips of each corpus")
    parser.add_argument("--calibrate", type=Path, metavar="FILE", help="fit the probability and write it here")
    parser.add_argument("--below", type=float, default=LIMIT, metavar="P", help="a voice less likely is another's")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    add_settings(parser)


def run(args: argparse.Namespace) -> int:
    if len(args.corpora) % 2:
        raise UsageError("give pairs: a table of labels and its folder or tar of recordings")
    settings = settings_of(args, "diarize.backend=embedded", *(["diarize.centre=false"] if args.calibrate else []))
    if args.calibrate and settings.diarize.backend != "embedded":
        raise UsageError("--calibrate is for the embedded backend; others have options of their own")
    use_cache(settings)
    diariser = DIARISERS.create(settings.diarize.backend, settings.diarize.options)
    harder = Harder(read_recordings(args.noise) if args.noise else (), args.snr, (), args.telephone)
    known: dict[str, list[Spoken]] = {}
    held: dict[str, list[Spoken]] = {}
    for labels, audio in zip(args.corpora[::2], args.corpora[1::2], strict=True):
        spoken = _comparable(list(_prints(labels, audio, args, diariser, harder)))
        names = [name for _, name in sorted({(one.group, one.speaker) for one in spoken})]
        if len(names) < 4:
            raise UnreadableInput(f"{labels} has fewer than four speakers with enough voice: two are held out")
        known[_name(labels)] = [one for one in spoken if one.speaker in names[::2]]
        held[_name(labels)] = [one for one in spoken if one.speaker in names[1::2]]
    chance: Chance = _chance(diariser, [one for spoken in held.values() for one in spoken])
    if args.calibrate:
        used, held = _calibrated(known, held, args.enrol)
        chance = used.probability
    found, by_corpus = _measured(held, args.enrol, chance, args.below)
    if args.calibrate:
        _write(args.calibrate, used, found, by_corpus, args)
    payload = {**dataclasses.asdict(found), "by_corpus": by_corpus, "below": args.below, "enrol": args.enrol}
    payload.update(seconds=args.seconds, snr=args.snr, telephone=args.telephone, backend=settings.diarize.backend)
    emit(payload, found.trials, table(found, by_corpus, args.below), as_json=args.json)
    return 0


def _calibrated(
    known: dict[str, list[Spoken]], held: dict[str, list[Spoken]], enrol: int
) -> tuple[Calibration, dict[str, list[Spoken]]]:
    """The calibration by the speakers that are not held out, and those that are, centred by it."""
    mean = np.mean([mean_print(spoken) for spoken in known.values()], axis=0).astype(np.float32)
    fit = [trial for spoken in known.values() for trial in _trials(centred(spoken, mean), enrol)]
    if not fit:
        raise UnreadableInput(f"no speaker has more than {enrol} clips: lower --enrol")
    return Calibration(*fitted(fit), mean), {name: centred(spoken, mean) for name, spoken in held.items()}


def _measured(
    held: dict[str, list[Spoken]], enrol: int, chance: Chance, below: float
) -> tuple[Figures, dict[str, float]]:
    """The figures over all corpora, and the equal error rate of each."""
    tried = {name: _trials(spoken, enrol) for name, spoken in held.items()}
    if not all(tried.values()):
        raise UnreadableInput(f"no speaker has more than {enrol} clips: lower --enrol")

    def of(trials_: list[Trial]) -> Figures:
        return figures(trials_, [chance(trial.score, trial.seconds_s) for trial in trials_], below)

    return of([trial for each in tried.values() for trial in each]), {
        name: of(each).eer for name, each in tried.items()
    }


def table(found: Figures, by_corpus: dict[str, float], below: float) -> str:
    """The figures for people."""
    each = "   ".join(f"{name} {eer:.3f}" for name, eer in by_corpus.items())
    return (
        f"{found.trials} trials of held-out speakers\n"
        f"  equal error rate {found.eer:.3f}   among pairs of one gender {found.eer_alike:.3f}   by corpus: {each}\n"
        f"  below {below:g}: {found.doubted:.1%} of the caller's own clips, {found.found:.1%} of others'\n"
        f"  Brier {found.brier:.3f}   Cllr {found.cllr:.3f} bits"
    )


def _prints(
    labels: Path, audio: Path, args: argparse.Namespace, diariser: Diariser, harder: Harder
) -> Iterator[Spoken]:
    corpus = read_corpus(labels, audio, args.limit)
    for done, (clip, samples) in enumerate(recordings(corpus), 1):
        seconds_s = args.seconds[zlib.crc32(clip.file.encode()) % len(args.seconds)]
        voice = diariser.voiceprint(_cut(samples, clip, seconds_s, harder))
        if voice is not None:
            yield Spoken(clip.speaker, clip.gender, voice)
        if done % EVERY == 0:
            progress(f"{corpus.name}: {done} of {len(corpus.clips)} clips")


def _comparable(spoken: list[Spoken]) -> list[Spoken]:
    """The clips whose prints can be compared: of one encoder, the commonest (telephone speech has one of its own)."""
    common, _ = Counter(one.voice.encoder for one in spoken).most_common(1)[0] if spoken else ("", 0)
    kept = [one for one in spoken if one.voice.encoder == common]
    if len(kept) < len(spoken):
        progress(f"{len(spoken) - len(kept)} clips of another band are left out")
    return kept


def _cut(samples: Samples, clip: Clip, seconds_s: float, harder: Harder) -> Samples:
    """The clip's voice, cut to length before it is made harder, so that noise counts as little as in a call."""
    return harder.apply(voiced(samples)[: samples_of(seconds_s)], clip.file)


def _chance(diariser: Diariser, spoken: list[Spoken]) -> Chance:
    """The backend's own probability of a score: asked with two prints that have exactly that score."""
    size = len(spoken[0].voice.values) if spoken else 2
    encoder = spoken[0].voice.encoder if spoken else ""

    def chance(score: float, seconds_s: float) -> float:
        one, other = np.zeros((2, size), np.float32)
        one[0], other[0], other[1] = 1.0, score, max(0.0, 1.0 - score**2) ** 0.5
        return diariser.likeness(Voiceprint(one, seconds_s, encoder), Voiceprint(other, seconds_s, encoder)).probability

    return chance


def _trials(spoken: list[Spoken], enrol: int) -> list[Trial]:
    return [trial for seed in range(SEEDS) for trial in trials(spoken, enrol, seed)]


def _name(labels: Path) -> str:
    return labels.stem.removesuffix("_labels")


def _write(path: Path, used: Calibration, found: Figures, eers: dict[str, float], args: argparse.Namespace) -> None:
    """The calibration with its card: what it was fitted on, and how it did on the speakers held out."""
    card = {
        "weights": WEIGHTS,
        "made_by": "warmline eval speakers --calibrate, on every second speaker of each corpus",
        "fitted_on": [_name(labels) for labels in args.corpora[::2]],
        "enrol": args.enrol,
        "seconds": args.seconds,
        "held_out": {key: round(value, 4) for key, value in dataclasses.asdict(found).items()},
        "eer_by_corpus": {name: round(eer, 4) for name, eer in eers.items()},
    }
    figures_ = {"bias": round(used.bias, 4), "slope": round(used.slope, 4), "log_s": round(used.log_s, 4)}
    made = {**card, **figures_, "mean": [round(float(value), 4) for value in used.mean]}
    write_text(path, json.dumps(made) + "\n")
