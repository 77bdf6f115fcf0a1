"""What replaces free generation when somebody is at risk: a pure state machine that chooses among our own sentences.

``next`` takes the state, the screen's finding and the person's words, and gives the next state and what to say: one
sentence that takes up what was said, at most one statement, at most one question that was not asked before; where only
a model read something in the words, an open question alone first. It goes to the urgent steps at once when the risk
rises, never ends the talk, and gives way to the planner when the steps are worked through or the screen's level has
fallen by an explicit check. It writes no words of its own and knows no model.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from warmline.dialogue.safety import lines
from warmline.dialogue.safety.answers import Heard, read
from warmline.dialogue.safety.asks import Ask, sentences
from warmline.dialogue.safety.helplines import Directory
from warmline.dialogue.safety.lines import Lines
from warmline.dialogue.safety.open_question import parts, vague
from warmline.dialogue.safety.openings import Moment, opening
from warmline.dialogue.safety.protocol_state import EXPLICIT, MERE, WISHES, WORSE_SAID, ProtocolState, noted, path_of
from warmline.dialogue.safety.says import Sayings
from warmline.dialogue.safety.steps import AFTER, AGAIN_DARK, AGE, GROUND, OPEN, PROBES, WISH, WORSE, Path, Step, steps
from warmline.dialogue.types import ReplySegment, Risk, RiskLevel, SafetyNote, Style, TurnId

STYLE = Style(warmth=0.6, pace=-0.4, pitch=-0.2, range=-0.3, volume=-0.1, breath=0.1)
"""How the protocol sounds: slow, warm, steady, clear."""

LATER_AFTER = 6
"""Replies of ordinary support after which the protocol comes back once to ask."""

__all__ = ["STYLE", "Protocol", "ProtocolState", "Response", "segments"]


_URGENT = frozenset({"urgent", "urgent again", "press", "worse"})
"""Steps that point to help at once: the numbers are shown beside them."""


@dataclass(frozen=True, slots=True)
class Response:
    """What is said now. ``note``: the step, and the numbers to show beside it. ``yields``: the planner may answer."""

    sentences: tuple[str, ...] = ()
    note: SafetyNote | None = None
    yields: bool = False


QUIET = Response(yields=True)


class Protocol:
    """``next`` is a pure function of its arguments. ``directory``: the helplines to name."""

    def __init__(self, directory: Directory | None = None) -> None:
        self.directory = directory or Directory()

    def next(self, state: ProtocolState, risk: Risk, text: str, language: str = "en") -> tuple[ProtocolState, Response]:
        """The state after this turn, and what to say. ``risk``: the screen's finding on ``text``, what was said."""
        turn = _Turn(self.directory, state, risk, text, language)
        return turn.answered()


def segments(turn: TurnId, response: Response, style: Style = STYLE) -> tuple[ReplySegment, ...]:
    """The sentences as reply segments whose source is "protocol"; the first carries the note."""
    last = len(response.sentences) - 1
    return tuple(
        ReplySegment(turn, at, said, style, at == last, source="protocol", safety=response.note if at == 0 else None)
        for at, said in enumerate(response.sentences)
    )


class _Turn:
    """One turn: what was known, and what is heard now."""

    def __init__(self, directory: Directory, state: ProtocolState, risk: Risk, text: str, language: str) -> None:
        self._words: Lines = lines.of(language)
        self._heard: Heard = read(text)
        self._risk, self._text = risk, text
        self._state = noted(state, text, self._heard, risk, self._words.language)
        care = directory.lookup(self._state.country)
        self._says = Sayings(self._words, care, self._state.said, self._state.start or 0, bool(self._state.minor))
        self._path = path_of(self._state, risk)

    def answered(self) -> tuple[ProtocolState, Response]:
        level = self._risk.level
        if self._may_wait and vague(self._risk):
            return self._opened()
        if self._heard.number and ("line" in self._state.done or level > RiskLevel.L0 or "call" in self._text.lower()):
            return self._number()
        if level >= RiskLevel.L2 or self._path not in {Path.SELF, None}:
            return self._guided()
        if level is RiskLevel.L1:
            return self._checked()
        return self._to_planner()

    def _opened(self) -> tuple[ProtocolState, Response]:
        """The open question alone, not for minors: whatever comes of it begins as if nothing had been asked."""
        said = self._question(Ask.OPEN)
        state = self._state
        after = replace(
            state, done=state.done | {OPEN.name}, said=state.said | {said}, pending=Ask.OPEN, level=self._risk.level
        )
        return after, Response((said,), SafetyNote(OPEN.name))

    # --- levels ---------------------------------------------------------------------------------------------------

    def _guided(self) -> tuple[ProtocolState, Response]:
        """At L2 and L3: an acknowledgement, then the next step that has not been taken."""
        state, now = self._state, self._risk.level is RiskLevel.L3
        if self._heard.leaves and state.turns:
            return self._goodbye(now)
        if now and self._insists and not state.urged:
            return self._take(Step("urgent again", "press" if self._path is Path.SELF else "stay_now"))
        if state.pending in {Ask.AGAIN, Ask.LATER} and WORSE_SAID.search(self._text):
            return self._take(WORSE)
        step = self._next_step(steps(self._path or Path.SELF, now=now))
        if step is not None:
            return self._take(step)
        if not now and not self._fresh:
            return self._after()
        return self._stay(now)

    def _checked(self) -> tuple[ProtocolState, Response]:
        """At L1: a wish not to be alive is asked about and gets a line, trusted people and care, then the planner
        speaks; any lesser sign is asked about once, gently; a plain no leaves the door open."""
        state = self._state
        denied = state.pending in {Ask.GENTLE, Ask.THOUGHTS} and self._heard.no
        cleared = denied or any(name.startswith("checked") for name in self._risk.evidence)
        wished = any(name.startswith(WISHES) for name in self._risk.evidence)
        unclear = state.pending in {Ask.GENTLE, Ask.THOUGHTS} and not cleared
        if wished or unclear or "wish" in state.done:
            return self._wished(cleared)
        if cleared and "cleared" not in state.done and "line" not in state.done:
            return self._say("cleared", (self._says.line("cleared"),), None, {"cleared", "gentle"})
        if state.done & {"gentle", "cleared"} and self._fresh and not cleared:
            step = self._next_step(AGAIN_DARK)
            if step is not None:
                return self._take(step)
        if cleared or state.turns or state.done & {"gentle", "cleared"}:
            return self._after() if "line" in state.done else self._to_planner()
        return self._take(Step("gentle", ask=Ask.GENTLE))

    def _wished(self, cleared: bool) -> tuple[ProtocolState, Response]:
        """The short way: what was denied is not asked again."""
        self._state = replace(self._state, done=self._state.done | {"wish", *({"thoughts"} if cleared else ())})
        step = self._next_step(WISH)
        return self._after() if step is None else self._take(step)

    def _after(self) -> tuple[ProtocolState, Response]:
        """The planner speaks; once, after a while, the protocol comes back to ask."""
        state = self._state
        if self._wants_ground("line" in state.done):
            return self._take(GROUND)
        if state.quiet >= LATER_AFTER and AFTER.name not in state.done and not self._heard.closed:
            return self._take(AFTER)
        return self._to_planner()

    def _to_planner(self) -> tuple[ProtocolState, Response]:
        quiet = self._state.quiet + 1 if self._state.turns else 0
        return replace(self._state, pending=None, quiet=quiet, level=self._risk.level), QUIET

    # --- steps ----------------------------------------------------------------------------------------------------

    def _next_step(self, path: tuple[Step, ...]) -> Step | None:
        """The next step of a path; at a moment that is not for questions, one without a question, once."""
        state = self._state
        open_ = [step for step in path if self._worth(step)]
        if self._wants_ground(bool(open_)):
            return GROUND
        if not open_:
            return None
        young = state.young and state.minor is None and "age" not in state.done
        if young and "line" in state.done and self._risk.level < RiskLevel.L3:
            return AGE
        if self._risk.level < RiskLevel.L3 and self._heard.closed and not state.eased:
            kind = next((step for step in open_ if step.ask not in PROBES and step.say and step.ask is None), None)
            return kind or Step("ease", "stay")
        return open_[0]

    def _wants_ground(self, working: bool) -> bool:
        """Whether somebody asks for help with this very moment; in danger the emergency number and a line come first.
        ``working``: whether steps are left to take."""
        state, level = self._state, self._risk.level
        if self._path in {Path.OTHER, Path.HARM, Path.ABUSE} or "ground" in state.done or not self._heard.moment:
            return False
        urgent = level is RiskLevel.L3 and "line" not in state.done
        return bool(state.turns) and not urgent and (working or level >= RiskLevel.L2)

    def _worth(self, step: Step) -> bool:
        """Whether a step still has something new to bring."""
        state = self._state
        if step.name in state.done:
            return False
        if step.say == "safety plan":
            return bool(state.plan.parts)
        return bool(step.say) or (step.ask is not None and step.ask.value not in state.asked)

    def _take(self, step: Step) -> tuple[ProtocolState, Response]:
        state = self._state
        ask = self._ask(step)
        if step.name == "line":
            return self._line()
        if step.say == "safety plan":
            said = self._says.safety_plan(state.plan)
        else:
            statement = self._says.line(step.say) if step.say else ""
            question = self._question(ask) if ask is not None else ""
            said = tuple(part for part in (self._opening(), statement, question) if part)
        done = {step.name} if step.name != "ease" else set()
        return self._say(step.name, said, ask, done)

    def _ask(self, step: Step) -> Ask | None:
        """The question of a step; a young person is pointed to grown-ups, and asked for their age where it may be."""
        ask = step.ask
        if ask is Ask.TRUSTED and self._state.minor:
            ask = Ask.TRUSTED_YOUNG
        if ask is None or ask.value in self._state.asked or (self._heard.closed and step.say and ask in PROBES):
            return None
        return ask

    def _question(self, ask: Ask) -> str:
        return self._says.variant(sentences(ask, self._words.language))

    def _line(self) -> tuple[ProtocolState, Response]:
        """A line of the caller's country. Where the country is not known, the question for it comes first."""
        state, care = self._state, self._says.care
        if not care.lines and not state.country and Ask.COUNTRY.value not in state.asked:
            said = (self._opening(), self._question(Ask.COUNTRY))
            return self._say("country", said, Ask.COUNTRY, set())
        return self._say("line", (self._opening(), *self._says.helpline()), None, {"line"}, shown=True)

    def _number(self) -> tuple[ProtocolState, Response]:
        """The number once more, because it was asked for."""
        if not self._says.care.lines:
            return self._line()
        return self._say("number", self._says.number_again(), None, {"line"}, shown=True)

    def _goodbye(self, now: bool) -> tuple[ProtocolState, Response]:
        """Somebody wants to go: nobody is held, and nobody goes without a number."""
        given = () if "line" in self._state.done and not now else self._says.number_to_take(now=now)
        return self._say("goodbye", (self._says.line("goodbye"), *given), None, {"line"}, shown=True)

    def _stay(self, now: bool) -> tuple[ProtocolState, Response]:
        near = self._path in {Path.OTHER, Path.HARM, Path.ABUSE}
        pool = "stay_near" if near else "stay_now" if now else "stay"
        said = (self._opening(), self._says.line(pool, again=self._state.turns))
        return self._say("stay", said, None, set())

    def _opening(self) -> str:
        state, path = self._state, self._path or Path.SELF
        back = (self._heard.takes_back and state.turns > 0) or any(
            name.startswith("taken back") for name in self._risk.evidence
        )
        moment = Moment(
            self._text,
            self._heard,
            None if state.pending is Ask.OPEN else state.pending,
            path,
            first=not state.turns,
            changed=state.path is not None and path is not state.path,
            rising=bool(state.turns) and self._risk.level > max(state.level, RiskLevel.L1),
            taken_back=back,
            line_given="line" in state.done,
            said=state.said,
            start=state.start or 0,
        )
        if not state.turns and self._risk.level is RiskLevel.L1 and not back:
            return self._says.heard("gentle")
        return opening(self._words, moment)

    def _say(
        self, step: str, said: tuple[str, ...], ask: Ask | None, done: set[str], *, shown: bool = False
    ) -> tuple[ProtocolState, Response]:
        state, kept = self._state, tuple(part for part in said if part)[:3]
        urgent = step in _URGENT or (step == "stay" and self._path is Path.OTHER)
        card = self._says.card() if shown or urgent else None
        after = replace(
            state,
            path=self._path or Path.SELF,
            level=self._risk.level,
            done=state.done | done,
            asked=state.asked | ({ask.value} if ask is not None else set()),
            said=state.said | set(kept),
            pending=ask,
            turns=state.turns + 1,
            quiet=0,
            eased=step == "ease",
            urged=step in _URGENT,
        )
        return after, Response(kept, SafetyNote(step, card))

    @property
    def _may_wait(self) -> bool:
        """Whether an open question may come first: nothing was asked or given yet, nobody under age speaks, and these
        words want no number, no person, no end of the talk and nothing that must not be answered."""
        state = self._state
        begun = bool(state.turns) or OPEN.name in state.done
        return not (begun or state.minor or self._risk.request or parts(self._text))

    @property
    def _insists(self) -> bool:
        """Whether somebody in danger says so anew, after the emergency number was given."""
        return "urgent" in self._state.done and any(name.startswith(EXPLICIT) for name in self._risk.evidence)

    @property
    def _fresh(self) -> bool:
        """Whether these words bring a new sign."""
        return any(not name.startswith(MERE) for name in self._risk.evidence)
