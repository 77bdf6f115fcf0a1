"""What a call looks like in a terminal."""

from __future__ import annotations

import io

from fake_call import PLAN, REPLY, TAGS, WORDS
from rich.console import Console

from warmline.dialogue.types import Outcome
from warmline.server import events as e
from warmline.server.terminal.screen import Screen
from warmline.server.transport.wire import event_messages

SAID = " ".join(REPLY)


class Terminal:
    """A screen of 100 columns, as text."""

    def __init__(self, push_to_talk: bool = False) -> None:
        self._console = Console(width=100, record=True, file=io.StringIO())
        self.above: list[str] = []
        self.screen = Screen(lambda line: self.above.append(self._text(line)), push_to_talk=push_to_talk)

    def hear(self, *events: e.CallEvent) -> None:
        for event in events:
            for message in event_messages(event):
                self.screen.hear(message)

    @property
    def live(self) -> str:
        return self._text(self.screen.live())

    def _text(self, shown: object) -> str:
        self._console.print(shown)
        return self._console.export_text(clear=True).rstrip("\n")


def turn(terminal: Terminal, outcome: Outcome = Outcome.SPOKEN, heard: str = SAID) -> None:
    terminal.hear(
        e.TurnBegan(1, 0),
        e.PartialHeard(1, "I failed"),
        e.DraftStarted(1, 16_000, 17_000),
        e.Planned(1, WORDS, TAGS, PLAN),
        e.ReplyReleased(1, 18_000, ready=True),
        *(e.ReplyText(1, text, "model") for text in REPLY),
        e.ReplyBegan(1, 19_000),
    )
    terminal.hear(e.ReplyEnded(1, WORDS, SAID, heard, outcome, {"asr": 1.0}, 40_000))


def test_captions_appear_while_they_are_spoken_and_stay_above() -> None:
    terminal = Terminal()
    terminal.hear(e.TurnBegan(1, 0), e.PartialHeard(1, "I fai"))
    assert "you are speaking" in terminal.live
    assert "you      I fai" in terminal.live
    turn(terminal)
    assert terminal.above == [f"you      {WORDS}", f"warmline {SAID}"]
    assert "listening" in terminal.live
    assert WORDS not in terminal.live


def test_what_was_cut_is_shown_as_not_said() -> None:
    terminal = Terminal()
    turn(terminal, Outcome.CUT, heard=REPLY[0])
    assert terminal.above[-1] == f"warmline {REPLY[0]} {REPLY[1]}", "the second part is struck through"


def test_the_mood_is_in_words_and_says_how_sure_it_is() -> None:
    terminal = Terminal()
    assert "sure" not in terminal.live
    turn(terminal)
    assert "low, rather calm (quite sure)" in terminal.live


def test_the_level_and_the_mute_are_seen() -> None:
    terminal = Terminal(push_to_talk=True)
    terminal.screen.level = 0.5
    assert terminal.live.count("▮") == 7
    terminal.screen.muted = True
    assert "muted" in terminal.live
    assert "space: talk" in terminal.live
    terminal.screen.typed = "Hel"
    assert "> Hel" in terminal.live


def test_a_draft_that_is_discarded_leaves_nothing() -> None:
    terminal = Terminal()
    terminal.hear(e.ReplyText(1, "Something early.", "model"), e.DraftDiscarded(1, 100))
    turn(terminal)
    assert terminal.above[-1] == f"warmline {SAID}"
