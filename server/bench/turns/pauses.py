"""What each system makes of each pause: when it would begin to answer. Pure arithmetic over what was played.

Three systems on the same voice activity: ours (as the conversation decided), a fixed wait, and Smart Turn as pipecat
1.x uses it (scored 0.2 s into a pause, answered at once above 0.5, else after 3 s of silence).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from warmline.server import events as e
from warmline.server.bench.turns.scenes import TurnScene
from warmline.server.bench.turns.stage import Played
from warmline.speech.turn import endpoint
from warmline.speech.turn.base import TurnDetector
from warmline.speech.turn.endpoint import Endpoint, EndpointRules, VoicePaused, VoiceStarted
from warmline.speech.types import Samples, samples_of
from warmline.speech.vad.base import FRAME, Vad

VAD_WAIT_S = 0.7
SMART_LOOK = samples_of(0.2)
SMART_FALLBACK = samples_of(3.0)
SMART_ABOVE = 0.5


@dataclass(frozen=True, slots=True)
class Look:
    """At ``at`` a system thought that ``wait`` samples of silence since the end of the voice would do."""

    at: int
    wait: int


@dataclass(frozen=True, slots=True)
class Silence:
    """A pause as the voice activity detector saw it: the voice ended at ``end``, it was noticed at ``at``, and a voice
    was noticed again at ``resumed`` (or the scene ended). ``score``: Smart Turn's, 0.2 s in; None if it was over."""

    end: int
    at: int
    resumed: int
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """One scene: ``silences`` for the fixed systems, and for ours ``looks`` of each pause, as (end, resumed, looks)."""

    scene: TurnScene
    silences: tuple[Silence, ...]
    ours: tuple[tuple[int, int, tuple[Look, ...]], ...]
    released: tuple[int, ...]


Answers = Callable[[Heard], list[int]]
"""When a system would begin to answer, on the scene's clock, in order."""


def ours(heard: Heard, patience: float = 1.0) -> list[int]:
    """Ours, as decided; with every wait ``patience`` times as long."""
    if patience == 1.0:
        return list(heard.released)
    found = []
    for end, resumed, looks in heard.ours:
        for number, look in enumerate(looks):
            until = looks[number + 1].at if number + 1 < len(looks) else resumed
            at = max(look.at, end + round(patience * look.wait))
            if at < until:
                found.append(at)
                break
    return found


def fixed(heard: Heard, wait: int) -> list[int]:
    """After so much silence, whatever was said."""
    return [one.end + wait for one in heard.silences if max(one.at, one.end + wait) < one.resumed]


def smart_turn(heard: Heard, above: float = SMART_ABOVE, score_delay: int = 0) -> list[int]:
    """Smart Turn, see the module."""
    found = []
    for one in heard.silences:
        done = one.score is not None and one.score > above
        at = one.end + SMART_LOOK + score_delay if done else one.end + SMART_LOOK + SMART_FALLBACK
        if at < one.resumed:
            found.append(at)
    return found


def heard(scene: TurnScene, played: Played, vad: Vad, smart: TurnDetector | None) -> Heard:
    """Put together what the scoring needs. ``smart`` scores each pause once; None leaves Smart Turn out."""
    silences = silences_of(scene.audio, vad)
    if smart is not None:
        silences = tuple(_scored(one, scene.audio, smart) for one in silences)
    released = tuple(one.at for one in played.noted if isinstance(one.event, e.ReplyReleased))
    return Heard(scene, silences, _looks(played, len(scene.audio)), released)


def silences_of(audio: Samples, vad: Vad) -> tuple[Silence, ...]:
    """The pauses of a scene, by the detector and the call's own endpoint rules."""
    state, rules = Endpoint(), EndpointRules()
    open_: VoicePaused | None = None
    found: list[Silence] = []
    for start in range(0, len(audio) - FRAME + 1, FRAME):
        state, events = endpoint.step(state, vad.score(audio[start : start + FRAME]), start, start + FRAME, rules)
        for event in events:
            if isinstance(event, VoiceStarted) and open_ is not None:
                found.append(Silence(open_.end, open_.at, event.at))
                open_ = None
            elif isinstance(event, VoicePaused):
                open_ = event
    vad.close()
    if open_ is not None:
        found.append(Silence(open_.end, open_.at, len(audio)))
    return tuple(found)


def _scored(one: Silence, audio: Samples, smart: TurnDetector) -> Silence:
    at = one.end + SMART_LOOK
    if at >= one.resumed:
        return one
    return Silence(one.end, one.at, one.resumed, smart.score(audio[: min(at, len(audio))]))


def _looks(played: Played, length: int) -> tuple[tuple[int, int, tuple[Look, ...]], ...]:
    """Our own decisions, pause by pause."""
    found: list[tuple[int, int, tuple[Look, ...]]] = []
    end, looks = None, list[Look]()
    for one in played.noted:
        match one.event:
            case e.DraftStarted():
                end, looks = one.event.end, []
            case e.TurnScored():
                looks.append(Look(one.at, one.event.wait))
            case e.DraftDiscarded() if end is not None:
                found.append((end, one.at, tuple(looks)))
                end = None
    if end is not None:
        found.append((end, length, tuple(looks)))
    return tuple(found)
