"""What replaces free generation when somebody is at risk: a pure state machine that chooses among our own sentences.

Each turn it acknowledges, says at most one thing, and asks at most one question that was not asked before. It goes on
to the urgent steps at once when the risk rises, never ends the talk, and gives way to the planner only when the
screen's level has fallen by an explicit check. It writes no words of its own and knows no model.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from warmline.dialogue.safety import lines
from warmline.dialogue.safety.asks import Ask, no, yes
from warmline.dialogue.safety.helplines import Care, country_in, lookup, name_spoken, place, spoken
from warmline.dialogue.safety.lines import Path, Step
from warmline.dialogue.types import ReplySegment, Risk, RiskLevel, Style, TurnId

STYLE = Style(warmth=0.6, pace=-0.4, pitch=-0.2, range=-0.3, volume=-0.1, breath=0.1)
"""How the protocol sounds: slow, warm, steady, clear."""

_EXPLICIT = (
    "thoughts of killing",
    "intends",
    "has a plan",
    "an attempt",
    "preparations",
    "asks how",
    "answer: thoughts",
)
_WISH = ("wishes not", "answer: gentle", "taken back: thoughts")
_PLANNED = ("intends", "has a plan", "a plan, beside", "preparations", "an attempt", "answer: intent", "answer: plan")
_ON_RISK = frozenset({Ask.GENTLE, Ask.THOUGHTS, Ask.INTENT, Ask.PLAN, Ask.TIME, Ask.HARM, Ask.DONE, Ask.OTHERS})
_MOMENT = re.compile(
    r"\b(?:get (?:me )?through|calm(?:ing)? (?:me )?down|make it stop|breathe|panic\w*|spiral\w*|right now"
    r"|too loud)\b",
    re.IGNORECASE,
)
_NO_PLAN = re.compile(r"\b(?:no|not|don'?t|do not|haven'?t|without)\b.{0,20}\bplan(?:s|ned|ning)?\b", re.IGNORECASE)
_KIND = re.compile(r"^(?:long ago: |taken back: )?(other|harm|abuse|medical): ")
_HUMAN = re.compile(
    r"\b(?:are you|is this|am i (?:talking|speaking) (?:to|with)) (?:a |an |even |really )*(?:real|human|person"
    r"|robot|bot|machine"
    r"|ai|computer)\b",
    re.IGNORECASE,
)
_REFUSES = re.compile(
    r"\b(?:(?:don'?t|do not|won'?t|will not|no)\b.{0,25}\b(?:hotline|helpline|number|therap\w*|call|hospital"
    r"|doctor|police)s?)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class ProtocolState:
    """Where the protocol stands. ``country``: two-letter code, "" unknown. ``level``: the highest it has answered.
    ``done``: steps taken. ``said``: sentences spoken. ``pending``: the question that awaits an answer."""

    country: str = ""
    path: Path | None = None
    level: RiskLevel = RiskLevel.L0
    done: frozenset[str] = field(default_factory=frozenset)
    said: frozenset[str] = field(default_factory=frozenset)
    pending: Ask | None = None
    turns: int = 0


class Protocol:
    """``next`` is a pure function of its arguments. Keep the returned state only when the sentences were begun "
    "to be spoken."""

    def next(self, state: ProtocolState, risk: Risk, text: str) -> tuple[ProtocolState, tuple[str, ...]]:
        """The state after this turn, and up to three sentences; no sentence when the planner may answer.

        ``risk``: the screen's finding on ``text``, the person's words of this turn.
        """
        found = replace(state, country=country_in(text) or state.country) if state.pending is Ask.COUNTRY else state
        if risk.level >= RiskLevel.L2:
            return _guide(found, risk, text)
        if risk.level is RiskLevel.L1:
            return _check(found, risk, text)
        return replace(found, pending=None), ()


def segments(turn: TurnId, sentences: tuple[str, ...], style: Style = STYLE) -> tuple[ReplySegment, ...]:
    """The sentences as reply segments whose source is "protocol"."""
    last = len(sentences) - 1
    return tuple(
        ReplySegment(turn, place_, sentence, style, place_ == last, source="protocol")
        for place_, sentence in enumerate(sentences)
    )


def shown(state: ProtocolState) -> str:
    """What to show beside the voice, in figures: the line and the emergency number of the caller's country, or ""."""
    if "line" not in state.done and "urgent" not in state.done:
        return ""
    care = lookup(state.country)
    parts = [f"{care.first.name}: {care.first.number}"] if care.first else ["findahelpline.com"]
    if care.emergency:
        parts.append(f"Emergency: {care.emergency.medical}")
    return " · ".join(parts)


def _check(state: ProtocolState, risk: Risk, text: str) -> tuple[ProtocolState, tuple[str, ...]]:
    """At L1: a wish not to be alive is asked about and gets a line, a trusted person and care, then the planner
    speaks; any lesser sign is asked about once, gently; a hint that was denied leaves the door open."""
    if "wish" in state.done or any(name.startswith(_WISH) for name in risk.evidence):
        return _wish(state, risk, text)
    if any(name.startswith("checked") for name in risk.evidence) and "cleared" not in state.done:
        said = lines.CLEARED
        return replace(state, done=state.done | {"cleared", "gentle"}, pending=None, said=state.said | set(said)), said
    if "gentle" in state.done or "cleared" in state.done or state.turns:
        return replace(state, pending=None), ()
    said = (lines.GENTLE_OPENING, Ask.GENTLE.value)
    done = state.done | {"gentle"}
    return replace(state, done=done, pending=Ask.GENTLE, said=state.said | set(said), level=RiskLevel.L1), said


def _wish(state: ProtocolState, risk: Risk, text: str) -> tuple[ProtocolState, tuple[str, ...]]:
    done = state.done | {"wish"}
    step = next((step for step in lines.SELF_WISH if step.name not in done and _worth(step, state)), None)
    if step is None:
        return replace(state, done=done, pending=None), ()
    opening = _opening(state, Path.SELF, text, False) if state.turns else lines.GENTLE_OPENING
    said, ask = _spoken(step, opening, lookup(state.country), state)
    taken = done if ask is Ask.COUNTRY else done | {step.name}
    return _after(state, Path.SELF, risk, said, ask, taken), said


def _guide(state: ProtocolState, risk: Risk, text: str) -> tuple[ProtocolState, tuple[str, ...]]:
    """At L2 and L3: an acknowledgement, then the next step that has not been taken."""
    path = _path(state, risk)
    rising = (risk.level > state.level and state.turns > 0) or (path is not state.path and state.turns > 0)
    done = state.done | _answered(state, risk, text)
    if path is not state.path:
        done = frozenset(name for name in done if name not in {"urgent", "danger"})
    care = lookup(state.country)
    opening = _opening(state, path, text, rising)
    step = next(
        (step for step in _steps(path, risk.level, text) if step.name not in done and _worth(step, state)), None
    )
    if step is None:
        pool = lines.STAY if path in {Path.SELF, Path.MEDICAL} else lines.STAY_NEAR
        stay = _unsaid(pool, state) or pool[state.turns % len(pool)]
        said = tuple(part for part in (opening, stay) if part)
        return _after(state, path, risk, said, None, done), said
    said, ask = _spoken(step, opening, care, state)
    taken = done if ask is Ask.COUNTRY else done | {step.name}
    return _after(state, path, risk, said, ask, taken), said


def _after(
    state: ProtocolState, path: Path, risk: Risk, said: tuple[str, ...], ask: Ask | None, done: frozenset[str]
) -> ProtocolState:
    return replace(
        state,
        path=path,
        level=max(state.level, risk.level),
        done=done,
        said=state.said | set(said),
        pending=ask,
        turns=state.turns + 1,
    )


def _spoken(step: Step, opening: str, care: Care, state: ProtocolState) -> tuple[tuple[str, ...], Ask | None]:
    """The sentences of a step. A line that cannot be named for want of a country becomes the question for it."""
    ask = step.ask if step.ask is not None and step.ask.value not in state.said else None
    if step.name == "line":
        first = care.first
        if first is None and not state.country and Ask.COUNTRY.value not in state.said:
            return tuple(part for part in (opening, Ask.COUNTRY.value) if part), Ask.COUNTRY
        if first is None:
            return tuple(part for part in (opening, lines.NO_LINE) if part), None
        number = spoken(first.number)
        hours = "at any hour" if first.always else first.hours
        say = lines.LINE.format(place=place(care.country), line=name_spoken(first), hours=hours, number=number)
        return tuple(part for part in (opening, say, lines.LINE_AGAIN.format(number=number)) if part), None
    say = step.say.format(medical=_emergency(care, "medical"), police=_emergency(care, "police")) if step.say else ""
    question = ask.value if ask is not None else ""
    parts = [part for part in (opening, say, question) if part]
    return tuple(parts[-3:]), ask


def _emergency(care: Care, kind: str) -> str:
    if care.emergency is None:
        return "your local emergency number"
    return spoken(care.emergency.medical if kind == "medical" else care.emergency.police)


def _path(state: ProtocolState, risk: Risk) -> Path:
    """Whose safety it is: the person's own life first, then what the evidence names, then what it was before."""
    kinds = [match[1] if (match := _KIND.match(name)) else "" for name in risk.evidence if not _mere(name)]
    if "medical" in kinds:
        return Path.MEDICAL
    if "" in kinds and any(name.startswith(_EXPLICIT) for name in risk.evidence):
        return Path.SELF
    for kind in ("abuse", "harm", "other"):
        if kind in kinds and (state.path in {None, Path.OTHER} or state.path is Path(kind)):
            return Path(kind)
    return state.path or Path.SELF


def _mere(name: str) -> bool:
    """Whether evidence only carries on what was known."""
    return name.startswith(("earlier", "checked", "voice", "answer"))


def _worth(step: Step, state: ProtocolState) -> bool:
    """Whether a step still has something new: a statement, or a question that was not asked yet."""
    return bool(step.say) or (step.ask is not None and step.ask.value not in state.said)


def _steps(path: Path, level: RiskLevel, text: str) -> tuple[Step, ...]:
    """The steps of a path in order; whoever asks for help with this very moment gets that before the guiding "
    "steps."""
    now = level is RiskLevel.L3
    if path is Path.OTHER:
        return lines.THEY_NOW if now else lines.THEY
    if path is Path.HARM:
        return lines.OTHERS_NOW if now else lines.OTHERS
    if path is Path.ABUSE:
        return lines.ABUSED_NOW if now else lines.ABUSED
    if path is Path.MEDICAL:
        return (*lines.ILL_NOW, *lines.SELF_NOW[5:])
    if now:
        return lines.SELF_NOW
    ground = (Step("ground", lines.GROUND),) if _MOMENT.search(text) else ()
    return (*lines.SELF_FIRST, *lines.SELF_ACTIVE, *ground, *lines.SELF_GUIDE)


def _answered(state: ProtocolState, risk: Risk, text: str) -> frozenset[str]:
    """Steps that need not be taken any more, because the person has said it already."""
    done: set[str] = set()
    if any(name.startswith(_EXPLICIT) for name in risk.evidence):
        done.add("thoughts")
    if any(name.startswith(_WISH) for name in risk.evidence):
        done.add("wish")
    if any(name.startswith(_PLANNED) for name in risk.evidence):
        done |= {"intent", "plan"}
    if any(name.startswith("intends") for name in risk.evidence) or _NO_PLAN.search(text):
        done |= {"plan", "time"}
    if any("other: someone else at risk" in name for name in risk.evidence):
        done.add("they")
    if state.pending in {Ask.INTENT, Ask.PLAN} and no(text):
        done |= {"plan", "time"}
    if state.pending is Ask.WILLING and yes(text) and not no(text):
        done.add("barrier")
    return frozenset(done)


def _opening(state: ProtocolState, path: Path, text: str, rising: bool) -> str:
    """One sentence that takes up what was just said."""
    if _HUMAN.search(text):
        return lines.HUMAN
    if state.turns == 0 or (path is not state.path and lines.OPENINGS[path] not in state.said):
        return lines.OPENINGS[path]
    if rising:
        return _unsaid((lines.RAISED, *lines.HEARD), state)
    if state.pending in {Ask.WILLING, Ask.BARRIER, Ask.CARE, Ask.TRUSTED} or _REFUSES.search(text):
        for pattern, answer in lines.BARRIERS if not yes(text) else ():
            if re.search(rf"\b(?:{pattern})", text, re.IGNORECASE) and answer not in state.said:
                return answer
        if (no(text) or _REFUSES.search(text)) and lines.NO_PUSH not in state.said and "line" in state.done:
            return lines.NO_PUSH
    if state.pending is not None and yes(text):
        return _unsaid((*(lines.YES if state.pending in _ON_RISK else lines.GOOD), *lines.HEARD), state)
    if state.pending is not None and no(text):
        return _unsaid((*lines.NO, *lines.HEARD), state)
    return _unsaid(lines.HEARD, state)


def _unsaid(pool: tuple[str, ...], state: ProtocolState) -> str:
    """The first sentence of a pool that was not spoken yet, or ""."""
    return next((sentence for sentence in pool if sentence not in state.said), "")
