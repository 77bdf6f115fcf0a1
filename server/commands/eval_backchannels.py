"""Where our "mm-hm" falls while somebody talks. Talks are built from your recordings and held by the real conversation.

  warmline eval backchannels recordings/            one folder a speaker, 20 minutes of talk
  warmline eval backchannels recordings/ --minutes 5 --json

per_minute, most_in_a_minute   how many, and the most within any 60 s of a talk
inside_word                    began while the person speaks (not in a pause of at least 0.3 s)
over_turn_start                share of them still audible more than 0.1 s after the person began a new turn
over_going_on                  the same, where the person went on with the same turn after a pause
met                            share during which the person began or went on at all; overlap_ms: for how long
"""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path

import numpy as np

from warmline.server import report, wiring
from warmline.server.bench import backchannels as bench
from warmline.server.bench.backchannels import Placed, Talk, Tally
from warmline.server.bench.turns import clips
from warmline.server.bench.turns.clips import Clip, Supply
from warmline.server.bench.turns.stage import Models
from warmline.server.commands.common import add_settings, settings_of
from warmline.server.commands.eval_turns import aligner, models
from warmline.server.commands.say import voice_of
from warmline.server.settings import Settings
from warmline.speech.runtime.errors import UnreadableInput, UsageError
from warmline.tts.voice.rendered import murmurs

CLIPS_A_SPEAKER = 12
TALK_MIN = 2.5


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("speech", type=Path, metavar="DIR", help="recordings of speech, one folder a speaker")
    parser.add_argument("--minutes", type=float, default=20.0, metavar="M", help="of talk, at least (default 20)")
    parser.add_argument("--clips", type=int, default=CLIPS_A_SPEAKER, metavar="N", help="recordings of each speaker")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--json", action="store_true", help="print exactly one JSON object")
    add_settings(parser)


def run(args: argparse.Namespace) -> int:
    """Measure; exit status 0 whatever the figures."""
    if args.minutes <= 0 or args.clips < 2:
        raise UsageError("--minutes takes a number above 0, --clips one from 2")
    settings = settings_of(args)
    wiring.use_cache(settings)
    rng = np.random.default_rng(args.seed)
    speakers = _speakers(args, settings, rng)
    voice = voice_of(None, settings)
    sounds = murmurs(voice)
    hearing: Models = models(settings)
    talks: list[Talk] = []
    found: list[list[Placed]] = []
    try:
        while sum(len(talk.audio) for talk in talks) < args.minutes * 60.0 * 16_000:
            name = list(speakers)[len(talks) % len(speakers)]
            talks.append(bench.talk(name, speakers[name], _nothing(speakers[name]), TALK_MIN, rng))
            found.append(bench.held(talks[-1], hearing, voice, sounds))
            report.progress(f"  {name}: {len(found[-1])} sounds in {len(talks[-1].audio) / 960_000:.1f} minutes")
    finally:
        voice.close()
    told = bench.tally(talks, found)
    report.emit(_payload(told), told.sounds, _table(told), as_json=args.json)
    return 0


def _speakers(args: argparse.Namespace, settings: Settings, rng: np.random.Generator) -> dict[str, list[Clip]]:
    """Clips of as many speakers as the talks need, with the places at which they may be broken off."""
    folders = sorted(path for path in args.speech.iterdir() if path.is_dir()) if args.speech.is_dir() else []
    folders = folders or [args.speech]
    needed = max(1, -(-int(args.minutes * 60) // int(TALK_MIN * 60)))
    ears = aligner(settings)
    speakers: dict[str, list[Clip]] = {}
    try:
        for number in rng.permutation(len(folders))[:needed]:
            folder = folders[int(number)]
            found = clips.recorded(folder, args.clips, rng)
            speakers[folder.name] = list(map(partial(clips.with_cuts, recogniser=ears), found))
            report.progress(f"  {folder.name}: {len(found)} recordings")
    finally:
        ears.close()
    if not speakers:
        raise UnreadableInput(f"{args.speech} holds no folder of recordings: give one folder a speaker")
    return speakers


def _nothing(turns: list[Clip]) -> Supply:
    """What scenes are made of besides the person's own speech: nothing."""
    return Supply(tuple(turns), (), (), (), (), (), (), np.zeros(0, np.float32))


def _payload(told: Tally) -> dict[str, object]:
    sounds = max(1, told.sounds)
    return {
        "minutes": told.minutes,
        "sounds": told.sounds,
        "per_minute": told.sounds / told.minutes,
        "most_in_a_minute": told.most_in_a_minute,
        "inside_word": told.inside,
        "over_turn_start": told.noticed_starts / sounds,
        "over_going_on": told.noticed_going_on / sounds,
        "met": (told.over_starts + told.going_on) / sounds,
        "turn_starts": told.turn_starts,
        "turn_starts_met": told.over_starts / max(1, told.turn_starts),
        "overlap_ms": {f"p{percent}": report.percentile(told.over_ms, percent) for percent in (50, 95)},
    }


def _table(told: Tally) -> str:
    one = _payload(told)
    overlap = one["overlap_ms"]
    assert isinstance(overlap, dict)
    return (
        f"{told.sounds} sounds in {told.minutes:.1f} minutes of talk ({one['per_minute']:.2f} a minute, at most "
        f"{told.most_in_a_minute}), {told.inside} inside a word\n"
        f"still audible 0.1 s after the person began: a new turn {one['over_turn_start']:.1%}, going on "
        f"{one['over_going_on']:.1%} of the sounds\n"
        f"the person began during {one['met']:.1%} of them; overlap p50 {overlap['p50']:.0f}, "
        f"p95 {overlap['p95']:.0f} ms"
    )
