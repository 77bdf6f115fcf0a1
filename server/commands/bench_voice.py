"""What the voice costs and how clean it is, measured in this process.

  warmline bench voice                     alone, then beside recognition and the language model in memory
  warmline bench voice --alone --json      without loading the language model
  warmline bench voice --minutes 1 --cuts 10

load_s, added_mib   to load the voice; resident memory that it and its first sentence add to recognition's
first_ms            first audio after eight words, the voice alone; beside: with the other models idle in memory
loudness_lu         largest distance of a sentence's loudness from their middle, one style
clicks              joins of the long reply at which the wave bends sharply
underruns           of a reply of --minutes, spoken while another thread recognises speech without a break, each piece
                    offered to the playout when it was ready; spoken_x: how many times faster than real time
heard               random cuts of replies: share in which the words told as heard are within one of those that ended in
                    what was played, by word times that our recogniser measures on the sound; and the worst
"""

from __future__ import annotations

import argparse
import asyncio
import random
import time
from typing import Final

import numpy as np

from warmline.dialogue.types import NEUTRAL
from warmline.server import report, wiring
from warmline.server.bench import voice as bench
from warmline.server.bench.sentences import SENTENCES
from warmline.server.bench.soak import rss_mib
from warmline.server.commands.common import add_settings, settings_of
from warmline.server.commands.eval_turns import aligner
from warmline.server.commands.say import voice_of
from warmline.server.settings import Settings
from warmline.speech.asr.backends import RECOGNISERS
from warmline.speech.asr.base import Recogniser
from warmline.speech.audio.resample import resampled
from warmline.speech.runtime.errors import UsageError
from warmline.speech.types import SAMPLE_RATE, AudioChunk
from warmline.tts.speech_of import speech_of
from warmline.tts.types import VOICE_RATE
from warmline.tts.voice.base import Voice

CUT_SENTENCES: Final = 3
CUTS_A_REPLY: Final = 4


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--voice", metavar="NAME", help="another voice than the settings' (see: warmline voices)")
    parser.add_argument("--runs", type=int, default=100, metavar="N", help="first sounds to time (default 100)")
    parser.add_argument("--minutes", type=float, default=10.0, metavar="M", help="of the long reply (default 10)")
    parser.add_argument("--cuts", type=int, default=100, metavar="N", help="replies cut at random (default 100)")
    parser.add_argument("--alone", action="store_true", help="do not load the language model")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--json", action="store_true", help="print exactly one JSON object")
    add_settings(parser)


def run(args: argparse.Namespace) -> int:
    """Measure; exit status 0 whatever the figures."""
    if args.runs < 1 or args.minutes <= 0 or args.cuts < 1:
        raise UsageError("--runs and --cuts take a number from 1, --minutes one above 0")
    settings = settings_of(args)
    recogniser = RECOGNISERS.create(settings.asr.backend, settings.asr.options)
    before, begun = rss_mib(), time.perf_counter()
    voice = voice_of(args.voice, settings)
    loaded_s = time.perf_counter() - begun
    speech_of(voice, bench.EIGHT_WORDS[0], NEUTRAL)
    payload: dict[str, object] = {"load_s": loaded_s, "added_mib": rss_mib() - before}
    report.progress("  first sounds ...")
    payload["first_ms"] = _percentiles(bench.first_ms(voice, args.runs))
    try:
        if not args.alone:
            report.progress("  beside the other models ...")
            payload["first_ms_beside"] = _percentiles(asyncio.run(_beside(voice, settings, args.runs)))
        payload |= _stream(voice, recogniser, args.minutes)
        payload |= _heard(voice, settings, args.cuts, args.seed)
    finally:
        voice.close()
        recogniser.close()
    report.emit(payload, args.runs, _table(payload), as_json=args.json)
    return 0


async def _beside(voice: Voice, settings: Settings, runs: int) -> list[float]:
    """With recognition and the language model loaded and at rest."""
    model = await asyncio.to_thread(wiring.language_model, settings)
    try:
        return await asyncio.to_thread(bench.first_ms, voice, runs)
    finally:
        await model.close()


def _stream(voice: Voice, recogniser: Recogniser, minutes: float) -> dict[str, object]:
    report.progress(f"  {minutes:g} minutes of reply under load ...")
    other = resampled(AudioChunk(speech_of(voice, SENTENCES[0], NEUTRAL).audio, VOICE_RATE), SAMPLE_RATE)
    with bench.load(lambda: recogniser.decode(other)):
        ready = bench.long_reply(voice, SENTENCES, minutes, NEUTRAL)
    played = bench.streamed(ready)
    seconds_s = sum(len(one.chunk.audio) for one in ready) / VOICE_RATE
    return {
        "minutes": seconds_s / 60.0,
        "spoken_x": seconds_s / ready[-1].at_s,
        "underruns": played.underruns,
        "joins": len(played.joins),
        "clicks": bench.clicks(played.audio, played.joins),
        "loudness_lu": bench.steadiness_lu([one.chunk for one in ready]),
    }


def _heard(voice: Voice, settings: Settings, count: int, seed: int) -> dict[str, object]:
    report.progress(f"  {count} cuts ...")
    draw, found = random.Random(seed), list[bench.Cut]()
    ears = aligner(settings)
    try:
        while len(found) < count:
            some = min(CUTS_A_REPLY, count - len(found))
            found += bench.cuts(voice, ears, draw.sample(SENTENCES, CUT_SENTENCES), some, draw)
    finally:
        ears.close()
    off = np.array([one.off for one in found])
    return {
        "heard": {
            "cuts": count,
            "within_one": float((off <= 1).mean()),
            "exact": float((off == 0).mean()),
            "worst": int(off.max()),
        }
    }


def _percentiles(values: list[float]) -> dict[str, float]:
    return {f"p{percent}": report.percentile(values, percent) for percent in (50, 95)}


def _table(payload: dict[str, object]) -> str:
    rows = []
    for name, value in payload.items():
        shown = ", ".join(f"{key} {item:.3g}" for key, item in value.items()) if isinstance(value, dict) else value
        rows.append(f"{name:<16}{shown:.3g}" if isinstance(shown, float) else f"{name:<16}{shown}")
    return "\n".join(rows)
