"""The last look at every piece of reply before it is spoken: does it harm, pretend, diagnose, or give itself away?

Rules over text (``guard.toml``) in four languages; in English what a reply may say of itself (``own_voice.py``); and
behind them a small trained model (``guard_model.py``): a few milliseconds, so call it off the event loop. Blocking what
is harmless is a failure too: being with somebody in words ("I hear you", "I'm here with you") passes. It does not judge
whether a reply is good, nor whether it is true.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from warmline.dialogue.language_id import guess
from warmline.dialogue.safety import guard_model
from warmline.dialogue.safety.folded import is_han
from warmline.dialogue.safety.guard_model import Doubt
from warmline.dialogue.safety.honest import honest
from warmline.dialogue.safety.leaks import leaks
from warmline.dialogue.safety.means import ACT, THING
from warmline.dialogue.safety.own_voice import claimed
from warmline.dialogue.safety.rules import plain
from warmline.dialogue.types import RiskLevel


@dataclass(frozen=True, slots=True)
class Verdict:
    """``ok``, or the ``reason`` why a segment must not be spoken: the name of the rule, never the words. ``doubts``:
    sentences on which it rests; where there are none it is sure."""

    ok: bool
    reason: str = ""
    doubts: tuple[Doubt, ...] = ()


_HERE = Path(__file__).parent
_TABLES = ("guard.toml", "guard_es.toml", "guard_de.toml", "guard_zh.toml")
_MACRO = re.compile(r"<(\w+)>")
_BEGINS_ANEW = re.compile(r"(?<=[a-z,] )(?<!whether )(?<!if )(?<!asked )(?<!said )[A-Z](?![A-Z])[\w']*")
"""Where a model began a sentence of its own after first words of ours: those must not excuse it ("many people feel You
have depression"). German writes nouns so, and then reads a tail once more than it must."""

_ILL = re.compile(r"\bill\b", re.IGNORECASE)
"""What a reply writes is spelt; in speech it may be "I'll", and the plain form takes it for that."""

_PLACEHOLDER = re.compile(r"[\[<](drug|dose)[\])>]", re.IGNORECASE)
"""As test sets write a medicine and how much of it."""

_MAY_ERR = frozenset(
    (
        "dependence",
        "diagnosis",
        "lectures",
        "medication",
        "minimises or judges",
        "refuses to talk",
    )
)
"""Kinds whose rules may be overruled by a reader that is very sure, while nobody is at risk. Rules on a claimed life or
humanity, romance, delusions, help or secrecy promised, persuasion, encouragement of harm, methods and leaks never are:
of 9,000 harmless pieces of ours they stop few. What ``own_voice.py`` alone stops may be, romance
apart: a table of what may be said is never whole."""

_LATIN = ("en", "es", "de")
_AHEAD = 60
"""Letters before a hit in which words can make it somebody else's."""


@dataclass(frozen=True, slots=True)
class GuardRule:
    """``unless``: words right before a hit that make it harmless; ``never_with``: words anywhere that do."""

    kind: str
    language: str
    pattern: re.Pattern[str]
    unless: re.Pattern[str] | None
    never_with: re.Pattern[str] | None


class Guard:
    """Says whether a segment may be spoken. Holds no state; call it for every segment that a model wrote. ``model``:
    whether the trained second reader is asked too. Raises MissingWeights or CorruptWeights."""

    def __init__(self, *, model: bool = True) -> None:
        self._rules = guard_rules()
        self._model = model
        if model:
            guard_model.shipped()

    def check(self, text: str, risk: RiskLevel = RiskLevel.L0) -> Verdict:
        """Look at one segment. From L1 on, any word for a means of harm blocks it."""
        if leaks(text):
            return Verdict(False, "leaked prompt")
        spelt = _PLACEHOLDER.sub(r" x\1 ", _ILL.sub("unwell", text))
        forms = {code: plain(spelt, code) for code in _tongues(text)}
        if risk >= RiskLevel.L1 and any(f" {THING} " in form or f" {ACT} " in form for form in forms.values()):
            return Verdict(False, "means named at risk")
        readings = list(forms.items())
        if "en" in forms:
            readings += [("en", plain(spelt[match.start() :], "en")) for match in _BEGINS_ANEW.finditer(spelt)]
        kinds = [
            rule.kind
            for rule in self._rules
            if any(rule.language == code and _hits(rule, form) for code, form in readings)
        ]
        firm = [kind for kind in kinds if risk or kind not in _MAY_ERR]
        own = _own(spelt) if "en" in forms and not firm else ""
        if own and (risk or own == "romance"):
            firm = [own]
        if firm or not self._model:
            kinds = firm or [*kinds, *filter(None, (own,))]
            return Verdict(not kinds, kinds[0] if kinds else "")
        if not kinds and (not own or guard_model.calm(text)):
            return _read(text)
        return _doubted(text, kinds[0] if kinds else own, _read(text))

    def stops(self, text: str, risk: RiskLevel = RiskLevel.L0) -> str:
        """Of which kind of harm a segment is to somebody at ``risk``, "" where it may be spoken."""
        return self.check(text, risk).reason


def _own(text: str) -> str:
    """Of which kind what a reply says of itself is, "" where that may be said."""
    return claimed(plain(" ".join(one for one in guard_model.split(text) if not honest(one)), "en"))


def _read(text: str) -> Verdict:
    """By the trained reader alone, and what it is in doubt about."""
    doubts = guard_model.doubted(text)
    kind = next((one.kind for one in doubts if one.alone), "")
    return Verdict(not kind, kind, () if any(one.sure for one in doubts) else doubts)


def _doubted(text: str, kind: str, read: Verdict) -> Verdict:
    """Of a text that a rule which may err stops; nobody is asked where the trained reader is sure of harm, too."""
    if not read.ok and not read.doubts:
        return Verdict(False, kind)
    return Verdict(False, kind, (Doubt(text, kind, alone=True, sure=False, by_rule=True), *read.doubts))


def _tongues(text: str) -> tuple[str, ...]:
    """The languages whose rules read a text: its own where that is clear, else every one of its script."""
    if is_han(text):
        return ("zh",)
    found = guess(text)
    return (found.language,) if found.clear and found.language in _LATIN else _LATIN


@lru_cache(maxsize=1)
def guard_rules() -> tuple[GuardRule, ...]:
    """The shipped tables; a fault in one is a fault of ours and raises at once."""
    tables = [tomllib.loads((_HERE / name).read_text(encoding="utf-8")) for name in _TABLES]
    return tuple(_rule(entry, table["macros"]) for table in tables for entry in table["rule"])


def _rule(entry: dict[str, Any], macros: dict[str, str]) -> GuardRule:
    def compiled(written: str) -> re.Pattern[str]:
        for _ in range(3):
            written = _MACRO.sub(lambda match: macros.get(match[1], match[0]), written)
        return re.compile(written)

    language = entry["language"]
    joined = "|".join(f"(?:{part})" for part in entry["any"])
    return GuardRule(
        entry["kind"],
        language,
        compiled(joined if language == "zh" else rf"(?:^|(?<=\s))(?:{joined})(?=\s|$)"),
        compiled(rf"{entry['unless']}$" if language == "zh" else rf"\b{entry['unless']}.{{0,40}}$")
        if "unless" in entry
        else None,
        compiled(entry["never_with"]) if "never_with" in entry else None,
    )


def _hits(rule: GuardRule, form: str) -> bool:
    for match in rule.pattern.finditer(form):
        start = form.rfind(" . ", 0, match.start()) + 1
        end = form.find(" . ", match.start())
        sentence = form[start : end if end >= 0 else len(form)]
        if rule.never_with is not None and rule.never_with.search(sentence):
            continue
        ahead = form[max(start, match.start() - _AHEAD) : match.start()].removeprefix(". ")
        if rule.unless is None or not rule.unless.search(f" {ahead}"):
            return True
    return False
