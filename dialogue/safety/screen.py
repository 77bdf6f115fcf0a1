"""A screen for risk in what was said: levels 0-3 after the C-SSRS screener, each with the evidence for it.

Three readers, and the highest wins, but that the encoder may overrule a loose hint: rules over recognised words in four
languages, answers to our own questions, and a small trained encoder, which also lets a misheard text be read again as
it may have been meant. The call so far and, lightly, the voice weigh in. It errs on the side of asking. It is a screen,
never a diagnosis, and no score of it is shown to a person. It cannot see what is not said.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from warmline.dialogue.safety.asks import Ask, asked, calmer, cleared, no, raised
from warmline.dialogue.safety.folded import is_han
from warmline.dialogue.safety.minors import says_minor
from warmline.dialogue.safety.mishearing import mended
from warmline.dialogue.safety.open_question import PLAINLY, READS, answered, evades, looked_into
from warmline.dialogue.safety.patterns import TABLES, patterns
from warmline.dialogue.safety.protocol_state import WISHES
from warmline.dialogue.safety.requests import is_asking, kind_of, request_rules
from warmline.dialogue.safety.risk_reader import KINDS, RiskReader, shipped
from warmline.dialogue.safety.rules import Sign, is_english, signs
from warmline.dialogue.types import Risk, RiskLevel, Sensed, Turn
from warmline.emotion.types import ParalinguisticTags

_SOBS = frozenset({"sob", "sobbing", "cry", "crying"})
_OWN = frozenset({"self", "eating", "mind"})
"""Kinds of the person's own danger, which the protocol needs no other path for."""

_SURE = 0.9999
"""From this probability the model alone takes a request for one that must not be answered: it is too sure of
look-alikes (at 0.995 it takes 16% of XSTest's safe prompts, here 2%)."""

_BESIDE = 0.9
"""From this probability of level 2 it is taken for one where a rule heard a sign too."""

_AGAINST = 0.02
"""Below this probability of risk the model overrules a rule's loose hint (level 1), and nothing graver. Of thoughts
that its layers had not learnt from, 14 of 49 harmless hints are dropped so and none of 144 true ones."""

_FIRM = 0.95
"""From this probability of risk on a rule's loose hint is no matter of doubt, nor is level 2 by the model. What a rule
heard at level 2 with a denial or long ago in the same words is in doubt only below the model's cut-off."""

_QUIET = 0.45
"""Below this probability of risk even a firm rule is a matter of doubt, unless it heard of violence suffered, where
both readers are weak: of 1,291 true texts that its layers had not learnt and a firm rule finds, 17 lie below it, of 57
harmless ones 35."""

_DOUBT = 0.4
"""Share of the model's cut-off from which a text is read again as it may have been meant, or with the turn before, and
an answer to our open question counts."""

_ASKED = 0.2
"""Share of the model's cut-off from which a text is read a second time before it is answered."""

_UNSURE = 0.1
"""Share of the model's cut-off from which a text is worth reading a second time later (:meth:`Screen.doubt`), and the
answer to our open question before it is taken for plain."""

_TOGETHER = 0.9
"""From this probability two turns read as one count. Of hints that are missed alone it finds 13 of 71 beside another
(36 from the cut-off), of calm turns in doubt it takes 17 of 453 (76)."""

_MEANT, _TWO = "misheard?", f"{READS}, over two turns"
"""How signs begin that the words by themselves do not give: who reads those alone must be as sure as against a rule. Of
our calls' signs over two turns that keeps 10 of 10 true ones and 19 of 21 others; both readers together, 7 and 11."""

CARRIED = ("earlier in the call",)
"""Evidence that what was found before still stands."""

_WEIGHED = ("denied", "long ago", "taken back")
"""How the names of signs begin that weigh less for what stands around them."""

CALM = 8
"""Turns without any sign, after a plain no to our question, from which a slight sign counts as over: more than the
protocol waits before it comes back once to ask (:data:`~warmline.dialogue.safety.protocol.LATER_AFTER`)."""

_FEWEST = 2
"""Words of a text that the model is asked about: of one word it knows nothing."""


class Screen:
    """Reads each turn of a person, and stable partials of it, for risk. Holds no state between calls. ``model``: the
    trained reader, by default the shipped one; ``rules_alone`` leaves it out. Raises CorruptWeights."""

    languages = frozenset(TABLES)

    def __init__(self, model: RiskReader | None = None, *, rules_alone: bool = False) -> None:
        self._model = None if rules_alone else model or shipped()
        request_rules()
        for language in TABLES:
            patterns(language)

    def assess(
        self,
        text: str,
        history: tuple[Turn, ...] = (),
        tags: ParalinguisticTags | None = None,
        language: str = "",
    ) -> Risk:
        """The risk now. ``history``: past turns, oldest first, whose plans carry the risk found then. ``language``: of
        the words, "" when unknown.

        Evidence is rule names, each with its kind as a prefix when it is not about the person's own life, and the
        model's probability where it decided. It is doubtful where the model or a loose hint speaks for it, or the model
        does not find it quite unlikely, and neither a firm rule nor an answer, the voice or the call so far does (but
        for an answer to our open question); nor where we were asked for what must not be answered. Never raises.
        """
        before = history[-1].plan.risk if history else Risk()
        opened = looked_into(history)
        known = RiskLevel.L0 if opened else before.level
        found, sure, sensed = list(signs(text, language, known)), False, None
        firm = any(sign.level > RiskLevel.L1 for sign in found)
        request = kind_of(text)
        if self._model is not None and (is_han(text) or len(text.split()) >= _FEWEST):
            chances = self._model.read(text)
            sure = chances["risk"] >= (self._model.cuts["risk"] if firm else _FIRM)
            if chances["risk"] < _QUIET:
                found = [sign if sign.kind == "abuse" else replace(sign, loose=True) for sign in found]
            if chances["risk"] < _AGAINST:
                found = [replace(sign, level=RiskLevel.L0) if sign.level is RiskLevel.L1 else sign for sign in found]
            least = (_UNSURE if opened else _ASKED) * self._model.cuts["risk"]
            if not any(sign.level for sign in found) and chances["risk"] >= least:
                kind = _kind(chances)
                sensed = Sensed(chances["risk"], "" if kind in _OWN else kind)
            more = tuple(self._sensed(text, history, chances, found))
            if any(sign.name.startswith((_MEANT, _TWO)) for sign in more):
                sensed = None
            found = [*found, *more]
            if not request and chances["request"] >= _SURE and is_asking(text):
                request = "by its wording"
        found += _from_answer(text, history)
        level = max((sign.level for sign in found), default=RiskLevel.L0)
        risky = [sign for sign in found if sign.level > RiskLevel.L0]
        read_alone = opened and _told(text, tags) and all(sign.name.startswith((READS, PLAINLY)) for sign in risky)
        doubtful = (not before.level or read_alone) and all(sign.loose for sign in risky)
        hint = sensed is not None and not (sure and level >= RiskLevel.L2)
        doubtful = doubtful and not request and (hint or (bool(risky) and not sure))
        names = [sign.name if sign.kind in _OWN else f"{sign.kind}: {sign.name}" for sign in risky]
        if level is RiskLevel.L1 and tags is not None and (_breaking(tags) or _spent(tags, history)):
            level, doubtful = RiskLevel.L2, False
            names.append("voice: breaking" if _breaking(tags) else "voice: flat after distress")
        found_now = level
        level, carried = _carried(level, text, history, tags, told=sensed is None and _told(text, tags))
        evidence = tuple(dict.fromkeys([*names, *carried]))
        if sensed is not None and opened:
            sensed = replace(sensed, answer=found_now)
        return Risk(level, evidence, request, doubtful, sensed if doubtful else None)

    def doubt(self, text: str, language: str = "") -> str | None:
        """Whether words in which nothing was found may hold something after all, by the model alone: the likeliest kind
        as evidence names it ("" for the person's own danger); None where there is no doubt or a rule heard them denied.
        """
        if self._model is None or not (is_han(text) or len(text.split()) >= _FEWEST):
            return None
        chances = self._model.read(text)
        if chances["risk"] < _UNSURE * self._model.cuts["risk"]:
            return None
        if any(sign.name.startswith("denied") for sign in signs(text, language, RiskLevel.L0)):
            return None
        kind = _kind(chances)
        return "" if kind in _OWN else kind

    def _sensed(
        self, text: str, history: tuple[Turn, ...], chances: Mapping[str, float], by_rule: Sequence[Sign]
    ) -> Iterator[Sign]:
        """What the model finds: in the words, and where no rule did, in the words as they may have been meant or in two
        turns. It raises nothing where words were denied and nothing else was heard, and to level 1 at most where they
        were taken back or are long ago."""
        assert self._model is not None
        cuts, chance = self._model.cuts, chances["risk"]
        known = max((sign.level for sign in by_rule), default=RiskLevel.L0)
        level = _level(chances, cuts, known)
        if chance >= _DOUBT * cuts["risk"] and looked_into(history):
            level = max(level, RiskLevel.L1)
        if not known and any(sign.name.startswith("denied") for sign in by_rule):
            level = RiskLevel.L0
        elif any(sign.name.startswith(_WEIGHED) for sign in by_rule):
            level = min(level, RiskLevel.L1)
        if known < level:
            name = PLAINLY if level >= RiskLevel.L2 else READS
            yield Sign(level, f"{name} ({chance:.2f})", _kind(chances), loose=True)
            return
        if by_rule or chance < _DOUBT * cuts["risk"]:
            return
        for sign in signs(mended(text), "en") if is_english(text) else ():
            if sign.level > RiskLevel.L0:
                yield Sign(min(sign.level, RiskLevel.L2), f"{_MEANT} {sign.name} ({chance:.2f})", sign.kind, loose=True)
        if history and (both := self._model.read(f"{history[-1].user.text} {text}")["risk"]) >= _TOGETHER:
            yield Sign(RiskLevel.L1, f"{_TWO} ({both:.2f})", _kind(chances), loose=True)


def _level(chances: Mapping[str, float], cuts: Mapping[str, float], known: RiskLevel) -> RiskLevel:
    """The level that the model finds; none counts without ``risk``. Beside a rule's sign, level 2 takes less."""
    if chances["risk"] < cuts["risk"]:
        return RiskLevel.L0
    if chances["three"] >= cuts["three"]:
        return RiskLevel.L3
    if chances["two"] >= (_BESIDE if known else cuts["two"]):
        return RiskLevel.L2
    return RiskLevel.L1


def _kind(chances: Mapping[str, float]) -> str:
    """The likeliest kind; the person's own danger where none is likelier than not."""
    kind = max(KINDS, key=lambda name: chances[name])
    return kind if chances[kind] >= 0.5 else KINDS[0]


def _from_answer(text: str, history: tuple[Turn, ...]) -> Iterator[Sign]:
    """A sign in an answer to the question we asked last ("yes", "tonight")."""
    ask = asked(history[-1].heard) if history else None
    if ask is None:
        return
    level = raised(ask, text)
    if level > RiskLevel.L0:
        yield Sign(level, f"answer: {ask.name.lower()}")


def _carried(
    level: RiskLevel, text: str, history: tuple[Turn, ...], tags: ParalinguisticTags | None, *, told: bool
) -> tuple[RiskLevel, tuple[str, ...]]:
    """The level with the call so far: it falls only by an explicit check, and below L1 only where our open question on
    what a model alone had read was plainly answered (``told``), or where the call never went higher, our question was
    plainly answered no, and :data:`CALM` turns brought nothing since (:func:`_over`)."""
    before = history[-1].plan.risk if history else Risk()
    if before.level is RiskLevel.L0:
        return level, ()
    ask = asked(history[-1].heard)
    if looked_into(history) and not level:
        level, name = answered(history, told=told)
        return level, (name,)
    if ask is not None and before.level is RiskLevel.L3 and calmer(ask, text):
        return max(level, RiskLevel.L2), ("checked: safer for now",)
    if (
        ask is not None
        and before.level is RiskLevel.L2
        and (cleared(ask, text) or (ask is not Ask.SAFE and calmer(ask, text)))
    ):
        return max(level, RiskLevel.L1), ("checked: said no when asked",)
    if before.level is RiskLevel.L1 and not level and _over(history, tags):
        return RiskLevel.L0, ("checked: said no when asked, nothing since",)
    return max(level, before.level), CARRIED


def _told(text: str, tags: ParalinguisticTags | None) -> bool:
    """Whether an answer to the open question says what was meant, no breaking voice says otherwise, and nobody under
    age says it, who is asked directly."""
    return not evades(text) and not says_minor(text) and not (tags is not None and _breaking(tags))


def _over(history: tuple[Turn, ...], tags: ParalinguisticTags | None) -> bool:
    """Whether a slight sign was asked about, denied, and not heard of since, in words or voice. A wish not to be alive
    that was said, and what was ever graver, is never over."""
    asked_at = [at for at in range(1, len(history)) if asked(history[at - 1].heard) in (Ask.GENTLE, Ask.THOUGHTS)]
    if not asked_at or not no(history[asked_at[-1]].user.text):
        return False
    since = history[asked_at[-1] :]
    if len(since) < CALM or any(turn.plan.risk.evidence != CARRIED or _pained(turn.tags) for turn in since):
        return False
    names = [name for turn in history for name in turn.plan.risk.evidence]
    grave = any(turn.plan.risk.level > RiskLevel.L1 for turn in history) or any(
        name.startswith(WISHES) for name in names
    )
    return not grave and not (tags is not None and _pained(tags))


def _breaking(tags: ParalinguisticTags) -> bool:
    """Whether the voice adds weight to a sign in the words: sobbing, or heard as clearly in pain."""
    if any(event.kind in _SOBS and event.confidence >= 0.6 for event in tags.events):
        return True
    return _pained(tags)


def _pained(tags: ParalinguisticTags) -> bool:
    return tags.confidence >= 0.6 and tags.valence <= -0.6


def _spent(tags: ParalinguisticTags, history: tuple[Turn, ...]) -> bool:
    """Whether the voice has gone flat after it was in distress."""
    flat = tags.confidence >= 0.6 and tags.arousal <= -0.5
    return flat and any(turn.tags.valence <= -0.5 and turn.tags.arousal >= 0.2 for turn in history[-4:])
