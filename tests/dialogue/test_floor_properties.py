"""What holds of the floor whatever happens: with a driver that does what it is told, and with events at random."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from warmline.dialogue import floor as f
from warmline.dialogue.overlap import Verdict
from warmline.speech.turn.endpoint import VoicePaused, VoiceStarted
from warmline.speech.types import samples_of as s

QUIET = (f.Phase.LISTENING, f.Phase.HOLDING)

EVENTS = st.one_of(
    st.just(f.CallBegan()),
    st.builds(VoiceStarted, onset=st.just(0), at=st.just(0)),
    st.builds(VoicePaused, onset=st.just(0), end=st.just(0), at=st.just(0)),
    st.builds(f.TurnScored, turn=st.integers(0, 4), wait=st.just(s(0.4))),
    st.builds(f.NothingHeard, turn=st.integers(0, 4)),
    st.builds(f.CryingHeard, at=st.just(0)),
    st.builds(f.ReplyAudible, turn=st.integers(0, 4), at=st.just(0)),
    st.builds(f.ReplyFinished, turn=st.integers(0, 4), at=st.just(0)),
    st.builds(f.OverlapJudged, onset=st.just(0), end=st.just(0), verdict=st.sampled_from(Verdict)),
    st.builds(f.Typed, at=st.just(0)),
    st.builds(f.Stopped, at=st.just(0)),
    st.builds(f.Away, at=st.just(0), unheard=st.booleans()),
    st.builds(f.Returned, at=st.just(0)),
    st.just(f.HangUp()),
)


def timed(event: f.Event, at: int, floor: f.Floor) -> f.Event:
    match event:
        case VoiceStarted():
            return VoiceStarted(at, at + s(0.032))
        case VoicePaused():
            return VoicePaused(at, at + s(0.05), at + s(0.1))
        case f.CryingHeard():
            return f.CryingHeard(at)
        case f.Typed():
            return f.Typed(at)
        case f.Stopped():
            return f.Stopped(at)
        case f.Away(_, unheard):
            return f.Away(at, unheard)
        case f.Returned():
            return f.Returned(at)
        case f.ReplyAudible(turn):
            return f.ReplyAudible(turn, at)
        case f.ReplyFinished(turn):
            return f.ReplyFinished(turn, at)
        case f.OverlapJudged(_, _, verdict):
            return f.OverlapJudged(floor.since, at, verdict)
    return event


@dataclass
class Driver:
    """Checks every command against what is going on, and answers for the reply: heard, finished, judged."""

    floor: f.Floor = field(default_factory=f.Floor)
    now: int = 0
    drafting: int | None = None
    speaking: int | None = None
    audible: bool = False
    lowered: bool = False
    held: bool = False
    let_out: list[int] = field(default_factory=list)
    ended: list[int] = field(default_factory=list)
    said: list[f.Command] = field(default_factory=list)

    def tell(self, event: f.Event) -> None:
        finished = self.speaking
        self.floor, commands = f.step(self.floor, event)
        if isinstance(event, f.ReplyFinished) and event.turn == finished:
            self._over()
        for command in commands:
            self.do(command)
            self.said.append(command)
        assert self.lowered == (self.floor.phase in (f.Phase.DUCKED, f.Phase.YIELDING)), "our voice is free elsewhere"
        assert self.held == (self.floor.phase is f.Phase.YIELDING)

    def _over(self) -> None:
        assert self.speaking is not None
        self.ended.append(self.speaking)
        self.speaking, self.audible = None, False

    def _let_out(self, turn: int) -> None:
        assert self.speaking is None, "one reply at a time"
        self.speaking = turn
        self.let_out.append(turn)

    def do(self, command: f.Command) -> None:
        match command:
            case f.StartDraft(turn, end):
                assert self.drafting is None, "a draft must be thrown away before the next"
                assert self.speaking is None
                assert end <= self.now
                self.drafting = turn
            case f.Release(turn):
                assert self.drafting == turn
                self.drafting = None
                self._let_out(turn)
            case f.Answer(turn) | f.Greet(turn) | f.CheckIn(turn, _) | f.Presence(turn, _) | f.WelcomeBack(turn, _):
                self._let_out(turn)
            case f.DiscardDraft(turn):
                assert not self.audible, "what was heard is cancelled or withdrawn, never discarded"
                if self.drafting == turn:
                    self.drafting = None
                else:
                    assert self.speaking == turn
                    self._over()
            case f.CancelReply(turn) | f.Withdraw(turn):
                assert self.speaking == turn
                assert self.audible
                self._over()
                self.lowered = self.held = False
            case _:
                self._level(command)

    def _level(self, command: f.Command) -> None:
        match command:
            case f.Duck():
                assert self.audible
                assert not self.lowered
                self.lowered = True
            case f.Hold():
                assert self.audible
                assert self.lowered
                assert not self.held
                self.held = True
            case f.Restore():
                assert self.lowered
                self.lowered = self.held = False
            case f.JudgeOverlap(onset, end, _):
                assert onset < end <= self.now
            case f.OpenTurn(turn, onset):
                assert turn == self.floor.turn or self.floor.phase is f.Phase.ENDED
                assert onset <= self.now

    def becomes_audible(self) -> None:
        if self.speaking is not None and not self.audible:
            self.audible = True
            self.tell(f.ReplyAudible(self.speaking, self.now))

    def finishes(self) -> None:
        if self.speaking is not None:  # even while held: what was pulled before may be heard to its end only now
            self.tell(f.ReplyFinished(self.speaking, self.now))


HAPPENINGS = [*2 * ["voice", "pause"], "score", "nothing", "cry", "audible", "finish", "judge", "wait", "began"]
HAPPENINGS += ["typed", "stopped", "away", "returned"]
ACTIONS = st.lists(
    st.tuples(
        st.sampled_from(HAPPENINGS),
        st.integers(1, 60),
        st.sampled_from(Verdict),
    ),
    max_size=80,
)


def act(driver: Driver, action: str, verdict: Verdict, voiced_since: int | None) -> int | None:
    """One thing that happens in a call; returns since when there is a voice."""
    floor, now = driver.floor, driver.now
    match action:
        case "voice" if voiced_since is None:
            driver.tell(VoiceStarted(now - s(0.03), now))
            return now - s(0.03)
        case "pause" if voiced_since is not None:
            driver.tell(VoicePaused(voiced_since, max(voiced_since + 1, now - s(0.06)), now))
            return None
        case "score":
            driver.tell(f.TurnScored(floor.turn, s(0.6)))
        case "nothing":
            driver.tell(f.NothingHeard(floor.turn))
        case "cry":
            driver.tell(f.CryingHeard(now))
        case "audible":
            driver.becomes_audible()
        case "finish":
            driver.finishes()
        case "judge":
            end = floor.overlap_end if floor.overlap_end is not None else now
            driver.tell(f.OverlapJudged(floor.since, end, verdict))
        case "began":
            driver.tell(f.CallBegan())
        case "typed":
            driver.tell(f.Typed(now))
        case "stopped":
            driver.tell(f.Stopped(now))
        case "away":
            driver.tell(f.Away(now))
            assert driver.drafting is None
            assert driver.speaking is None, "nothing is said to nobody"
        case "returned":
            driver.tell(f.Returned(now))
    return voiced_since


@settings(max_examples=300)
@given(ACTIONS)
def test_every_reply_ends_once_and_no_state_is_a_dead_end(actions: list[tuple[str, int, Verdict]]) -> None:
    driver = Driver(now=s(1.0))
    voiced: int | None = None
    for action, frames, verdict in actions:
        voiced = act(driver, action, verdict, voiced)
        driver.now += frames * 512
        driver.tell(f.Tick(driver.now))
    if voiced is not None:
        driver.tell(VoicePaused(voiced, max(voiced + 1, driver.now - s(0.06)), driver.now))
    driver.tell(f.Returned(driver.now))
    for _ in range(400):  # now everything that was begun takes its course, and nobody judges or scores any more
        driver.now += s(0.1)
        driver.becomes_audible()
        driver.finishes()
        driver.tell(f.Tick(driver.now))
    assert driver.floor.phase in QUIET
    driver.tell(f.HangUp())
    assert driver.drafting is None
    assert driver.speaking is None
    assert driver.let_out == driver.ended, "each reply that was let out ends exactly once, in order"
    assert not driver.held


@given(st.lists(EVENTS, max_size=60))
def test_whatever_is_told_it_never_raises_and_the_end_is_the_end(events: list[f.Event]) -> None:
    floor = f.Floor()
    for number, event in enumerate(events):
        at = s(0.15 * number)
        for one in (timed(event, at, floor), f.Tick(at + s(0.149))):
            before = floor
            floor, commands = f.step(floor, one)
            assert floor.turn >= before.turn
            if before.phase is f.Phase.ENDED:
                assert (floor, commands) == (before, ())


@given(st.lists(EVENTS, max_size=30), st.lists(st.integers(0, s(8.0)), max_size=8))
def test_it_does_not_matter_how_often_the_clock_is_told(events: list[f.Event], cuts: list[int]) -> None:
    seldom, often, at = f.Floor(), f.Floor(), 0
    for event in events:
        told = timed(event, at, seldom)
        seldom, _ = f.step(seldom, told)
        often, _ = f.step(often, told)
        assert seldom == often
        seldom, once = f.step(seldom, f.Tick(at + s(8.0)))
        many: f.Commands = ()
        for cut in (*sorted(cuts), s(8.0)):
            often, more = f.step(often, f.Tick(at + cut))
            many += more
        assert many == once
        at += s(8.0)


@given(st.lists(EVENTS, max_size=40), EVENTS)
def test_an_event_that_does_not_fit_changes_nothing(events: list[f.Event], last: f.Event) -> None:
    """Of another turn, or of a voice that is not over our reply."""
    floor = f.Floor()
    for number, event in enumerate(events):
        floor, _ = f.step(floor, timed(event, s(0.2 * number), floor))
    other = floor.turn + 7
    for event in (f.TurnScored(other, 1), f.NothingHeard(other), f.ReplyAudible(other, 1), f.ReplyFinished(other, 1)):
        assert f.step(floor, event) == (floor, ())
    if floor.phase not in (f.Phase.YIELDING, f.Phase.OVERHEARING):
        assert f.step(floor, f.OverlapJudged(floor.since, 10**9, Verdict.SPEECH)) == (floor, ())
    if floor.phase not in (f.Phase.RELEASED,):
        assert f.step(floor, f.ReplyAudible(floor.turn, 1)) == (floor, ())
