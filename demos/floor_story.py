"""Turn-taking without a model or a clock: feed the floor events, see what it commands.

python demos/floor_story.py
"""

from __future__ import annotations

from warmline.dialogue import floor as f
from warmline.dialogue.overlap import Verdict
from warmline.speech.turn.endpoint import VoicePaused, VoiceStarted
from warmline.speech.turn.patience import Manner, wait
from warmline.speech.types import samples_of as s
from warmline.speech.types import seconds_of

WORDS = "I haven't told my parents because"

STORY: tuple[tuple[str, f.Event], ...] = (
    ("somebody begins to speak", VoiceStarted(s(0.5), s(0.56))),
    ("and pauses in the middle of a thought", VoicePaused(s(0.5), s(2.0), s(2.06))),
    ("the pause is judged by voice and words", f.TurnScored(1, wait(0.4, WORDS, Manner()))),
    ("a second passes", f.Tick(s(3.0))),
    ("they go on", VoiceStarted(s(3.1), s(3.16))),
    ("and are done", VoicePaused(s(3.1), s(4.0), s(4.06))),
    ("this pause sounds final", f.TurnScored(1, wait(0.97, f"{WORDS} I'm ashamed.", Manner()))),
    ("a moment passes", f.Tick(s(4.75))),
    ("our reply is heard", f.ReplyAudible(1, s(4.8))),
    ('they say "mm-hm"', VoiceStarted(s(6.0), s(6.03))),
    ("it is over quickly", VoicePaused(s(6.0), s(6.3), s(6.36))),
    ("it was no claim to the floor", f.OverlapJudged(s(6.0), s(6.3), Verdict.BACKCHANNEL)),
    ("now they interrupt", VoiceStarted(s(7.0), s(7.03))),
    ("and keep talking", f.Tick(s(7.4))),
    ('"wait, that is not"', f.OverlapJudged(s(7.0), s(7.4), Verdict.SPEECH)),
)


def main() -> None:
    floor = f.Floor()
    for what, event in STORY:
        floor, commands = f.step(floor, event)
        done = ", ".join(type(command).__name__ for command in commands) or "-"
        waiting = f" (waits {seconds_of(floor.wait):.2f} s)" if floor.wait and floor.phase is f.Phase.PAUSING else ""
        print(f"{what:<42} {floor.phase.value:<10} {done}{waiting}")


if __name__ == "__main__":
    main()
