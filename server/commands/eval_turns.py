"""When we answer, and when we let ourselves be interrupted: scenes made from any speech, on the real path.

  warmline eval turns                                       our own sentences, no recordings needed
  warmline eval turns SPEECH/ --plot curve.svg              any folder of recordings (wav, flac, opus, ogg ...)
  warmline eval turns SPEECH/ --events COUGHS/ --scenes 200 --json

Turns get inner pauses of 0.3-2.5 s at their own pauses and between words, fillers, trailing off, breaths, sobs, noise,
a telephone, a television. Beside ours, on the same voice activity: a fixed wait of 700 ms, and Smart Turn as pipecat
uses it. Over our reply come interruptions, backchannels, coughs, sobs, talk to others, other voices, noise and our own
echo. A folder may hold a manifest.jsonl ({"file", "text"} a line): only its files are used then.

Time is virtual: a decode is taken to last --decode-ms, a score --score-ms, whatever the machine; the fixed wait costs
nothing. The same seed and files give the same scenes.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from warmline.dialogue.types import NEUTRAL, Style
from warmline.server import wiring
from warmline.server.bench.turns import clips, lines, pauses, scenes, score
from warmline.server.bench.turns.clips import Clip, Supply
from warmline.server.bench.turns.pauses import Heard
from warmline.server.bench.turns.plot import svg
from warmline.server.bench.turns.score import Overlapped, Timing
from warmline.server.bench.turns.stage import DECODE_MS, SCORE_MS, Models, Stage
from warmline.server.commands.common import add_settings, settings_of
from warmline.server.report import emit, percentile, progress
from warmline.server.settings import Settings
from warmline.speech.asr.backends import RECOGNISERS
from warmline.speech.asr.base import Recogniser
from warmline.speech.runtime.errors import StorageError, UsageError
from warmline.speech.turn.backends import TURNS
from warmline.speech.turn.base import TurnDetector
from warmline.speech.types import samples_of
from warmline.speech.vad.backends import VADS
from warmline.tts.speech_of import speech_of
from warmline.tts.voice.backends import VOICES

PATIENCE = (0.4, 0.55, 0.7, 0.85, 1.0, 1.2, 1.5, 2.0, 2.6)
FIXED_S = (0.2, 0.3, 0.45, 0.6, 0.7, 0.9, 1.2, 1.6, 2.0, 2.6)
ABOVE = (0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.97, 0.99)
CALM = Style(pace=-0.2)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("speech", nargs="?", type=Path, metavar="DIR", help="recordings of speech (default: our own)")
    parser.add_argument("--events", type=Path, metavar="DIR", help="recorded coughs, sobs, sneezes ... to mix in")
    parser.add_argument("--scenes", type=int, default=48, metavar="N", help="turns, and as many overlaps (default 48)")
    parser.add_argument("--plot", type=Path, metavar="FILE.svg", help="draw cut-offs against delay")
    parser.add_argument("--failures", type=Path, metavar="FILE", help="list what went wrong, a scene a line")
    parser.add_argument("--only", choices=("turns", "overlaps"), help="leave the other half out")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--decode-ms", type=float, default=DECODE_MS, help=f"a decode lasts (default {DECODE_MS:g})")
    parser.add_argument("--score-ms", type=float, default=SCORE_MS, help=f"a score lasts (default {SCORE_MS:g})")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    add_settings(parser)


def run(args: argparse.Namespace) -> int:
    if args.scenes < 1 or args.decode_ms < 0 or args.score_ms < 0:
        raise UsageError("--scenes takes a number from 1, --decode-ms and --score-ms from 0")
    if args.plot is not None and args.plot.suffix.lower() != ".svg":
        raise UsageError(f"--plot writes SVG: give a name that ends in .svg, not {args.plot.name}")
    settings = settings_of(args)
    wiring.use_cache(settings)
    built = models(settings)
    supply = _supply(args, settings)
    stage = Stage(built, supply.reply, args.decode_ms, args.score_ms)
    heard = [] if args.only == "overlaps" else _turns(stage, scenes.turn_scenes(supply, args.scenes, args.seed))
    over = [] if args.only == "turns" else _overlaps(stage, scenes.overlap_scenes(supply, args.scenes, args.seed))
    payload = _payload(heard, over, args)
    _write(args.plot, lambda: _plot(payload))
    _write(args.failures, lambda: _failures(heard, over))
    emit(payload, len(heard) + len(over), _table(payload, len(heard)), as_json=args.json)
    return 0


def models(settings: Settings) -> Models:
    """The models of a call, by the settings. Raises WeightsError, BackendError."""
    from warmline.emotion.events.detector import EventDetector
    from warmline.emotion.tagger.backends import TAGGERS

    sounds = EventDetector()
    return Models(
        vad=lambda: VADS.create(settings.vad.backend, settings.vad.options),
        turn=TURNS.create(settings.turn.backend, settings.turn.options),
        recogniser=RECOGNISERS.create(settings.asr.backend, settings.asr.options),
        tagger=TAGGERS.create(settings.tagger.backend, settings.tagger.options),
        sounds=sounds if sounds.hears_sounds else None,
    )


def _supply(args: argparse.Namespace, settings: Settings) -> Supply:
    """Speak or read everything that the scenes are made of."""
    us = VOICES.create("hibari")
    caller = VOICES.create("piper")
    if args.speech is None:
        found = clips.own_lines(caller, args.scenes, progress)
    else:
        found = clips.recorded(args.speech, max(2, args.scenes), np.random.default_rng(args.seed))
        progress(f"{len(found)} clips from {args.speech}")
    ears = aligner(settings)
    turns = tuple(clips.with_cuts(clip, ears) for clip in found)
    ears.close()
    spoken = partial(clips.spoken, pitches=clips.PITCHES)
    interruptions = tuple(spoken(caller, lines.INTERRUPTIONS, "interruption", NEUTRAL))
    if args.speech is not None:
        interruptions = (*interruptions, *(_beginning(clip) for clip in turns))
    supply = Supply(
        turns=turns,
        interruptions=interruptions,
        backchannels=(
            *spoken(caller, lines.BACKCHANNELS, "backchannel", CALM),
            *clips.spoken(us, lines.BACKCHANNELS, "backchannel-b", CALM),
        ),
        fillers=tuple(spoken(caller, lines.FILLERS, "filler", CALM)),
        asides=tuple(spoken(caller, lines.ASIDES, "aside", NEUTRAL)),
        others=tuple(clips.spoken(us, lines.TELEVISION, "television", NEUTRAL, (1.05, 0.95))),
        events=clips.sounds(args.events),
        reply=speech_of(us, lines.REPLY, NEUTRAL).audio,
    )
    us.close()
    caller.close()
    return supply


def aligner(settings: Settings) -> Recogniser:
    """The recogniser with measured word times, where it can give them."""
    options = dict(settings.asr.options)
    if settings.asr.backend == "faster_whisper":
        options["word_times"] = "aligned"
    return RECOGNISERS.create(settings.asr.backend, options)


def _beginning(clip: Clip) -> Clip:
    """The first second or two of a clip, up to a gap between words."""
    ends = [cut.before for cut in clip.cuts if samples_of(0.7) <= cut.before <= samples_of(2.5)]
    return Clip(clip.name, clip.samples[: ends[-1] if ends else samples_of(2.0)])


def _turns(stage: Stage, found: tuple[scenes.TurnScene, ...]) -> list[Heard]:
    smart = _smart()
    heard = []
    for number, scene in enumerate(found, 1):
        heard.append(pauses.heard(scene, stage.turn(scene), stage.models.vad(), smart))
        if number % 8 == 0 or number == len(found):
            progress(f"turns: {number} of {len(found)}")
    return heard


def _smart() -> TurnDetector:
    return TURNS.create("smart_turn")


def _overlaps(stage: Stage, found: tuple[scenes.OverlapScene, ...]) -> list[Overlapped]:
    over = []
    for number, scene in enumerate(found, 1):
        over.append(score.overlapped(scene, stage.overlap(scene)))
        if number % 16 == 0 or number == len(found):
            progress(f"overlaps: {number} of {len(found)}")
    return over


def _payload(heard: list[Heard], over: list[Overlapped], args: argparse.Namespace) -> dict[str, Any]:
    """Every figure, by the keys of the contract and more."""
    delay = samples_of(args.score_ms / 1000.0)
    systems: dict[str, Callable[[float], Callable[[Heard], list[int]]]] = {
        "ours": lambda patience: lambda one: pauses.ours(one, patience),
        "smart_turn": lambda above: lambda one: pauses.smart_turn(one, above, delay),
        "vad": lambda wait_s: lambda one: pauses.fixed(one, samples_of(wait_s)),
    }
    usual = {"ours": 1.0, "smart_turn": pauses.SMART_ABOVE, "vad": pauses.VAD_WAIT_S}
    swept = {"ours": PATIENCE, "smart_turn": ABOVE, "vad": FIXED_S}
    stands = {name: score.timing(heard, system(usual[name])) for name, system in systems.items()}
    curves = {name: [score.timing(heard, system(at)) for at in swept[name]] for name, system in systems.items()}
    vad_ms = percentile(stands["vad"].delays_ms, 50)
    payload: dict[str, Any] = {name: one.payload() for name, one in stands.items()} if heard else {}
    if heard:
        payload["at_vad_delay"] = {
            "delay_ms": vad_ms,
            "vad": stands["vad"].cutoff_rate,
            "ours": score.at_delay(curves["ours"], vad_ms),
        }
        payload["curve"] = {
            name: [_point(at, one) for at, one in zip(swept[name], curves[name], strict=True)] for name in systems
        }
        payload["manners"] = _manners(heard, systems["ours"](1.0))
    payload |= score.overlaps(over) if over else {}
    payload["pauses"] = sum(len(one.scene.pauses) for one in heard)
    payload["modelled_ms"] = {"decode": args.decode_ms, "score": args.score_ms}
    return payload


def _point(at: float, one: Timing) -> dict[str, float]:
    return {
        "setting": at,
        "delay_ms": percentile(one.delays_ms, 50),
        "delay_p95_ms": percentile(one.delays_ms, 95),
        "cutoff_rate": one.cutoff_rate,
    }


def _manners(heard: list[Heard], ours: Callable[[Heard], list[int]]) -> dict[str, object]:
    kinds = sorted({one.scene.manner for one in heard})
    of = {kind: score.timing([one for one in heard if one.scene.manner == kind], ours) for kind in kinds}
    return {kind: {"n": one.turns, **one.payload()} for kind, one in of.items()}


def _plot(payload: dict[str, Any]) -> str:
    names = {"ours": "ours", "smart_turn": "Smart Turn", "vad": "fixed wait"}
    curves = {
        names[name]: [(point["delay_ms"], point["cutoff_rate"]) for point in points]
        for name, points in payload.get("curve", {}).items()
    }
    marks = {
        names[name]: (payload[name]["delay_ms"]["p50"], payload[name]["cutoff_rate"])
        for name in names
        if name in payload
    }
    return svg(curves, marks, "Pauses answered, against response delay")


def _failures(heard: list[Heard], over: list[Overlapped]) -> str:
    rows = []
    for one in heard:
        hit = sorted(score.cut_pauses(one.scene, pauses.ours(one)))
        for place in hit:
            pause = one.scene.pauses[place] if one.scene.pauses else None
            length = 0.0 if pause is None else (pause.end - pause.start) / 16_000
            rows.append(f"cut-off\t{one.scene.name}\tpause {place + 1}, {length:.2f} s")
        if not any(at >= one.scene.end for at in pauses.ours(one)):
            rows.append(f"missed end\t{one.scene.name}\t")
    for found in over:
        if found.wrong:
            what = "missed interruption" if found.scene.takes_floor else "false interruption"
            length = (found.scene.end - found.scene.onset) / 16_000
            rows.append(f"{what}\t{found.scene.name}\t{length:.2f} s, echo {found.scene.echo_db:g} dB")
    return "\n".join([*rows, ""])


def _write(path: Path | None, make: Callable[[], str]) -> None:
    if path is None:
        return
    try:
        path.write_text(make(), encoding="utf-8")
    except OSError as error:
        raise StorageError(f"cannot write {path}: {error}") from error


def _table(payload: dict[str, Any], turns: int) -> str:
    rows = [f"{turns} turns, {payload['pauses']} inner pauses"] if turns else []
    for name, title in (("ours", "ours"), ("smart_turn", "Smart Turn"), ("vad", "fixed wait, 700 ms")):
        if name in payload:
            one = payload[name]
            rows.append(
                f"{title:<20}pauses answered {one['cutoff_rate']:6.1%}   delay p50 {one['delay_ms']['p50']:5.0f}"
                f"  p95 {one['delay_ms']['p95']:5.0f} ms   missed ends {one['missed_ends']:.1%}"
            )
    if "at_vad_delay" in payload:
        at = payload["at_vad_delay"]
        rows.append(f"at {at['delay_ms']:.0f} ms            ours {at['ours']:.1%}, fixed wait {at['vad']:.1%}")
    if "overlaps" in payload:
        rows.append(
            f"listener's sounds taken for interruptions {payload['false_barge_rate']:.1%}, "
            f"interruptions missed {payload['missed_barge_rate']:.1%}"
        )
        kinds = payload["overlaps"].items()
        rows.append("wrong, by kind: " + ", ".join(f"{kind} {one['wrong']:.0%} of {one['n']}" for kind, one in kinds))
        rows.append(
            f"after the onset: lower p95 {payload['duck_ms']['p95']:.0f} ms, silent p95 "
            f"{payload['silence_ms']['p95']:.0f} ms, given up p50 {payload['cancel_ms']['p50']:.0f} ms"
        )
    return "\n".join(rows)
