"""The rules read a text: which signs of risk are in it, each weighed by what stands around it.

A sign that is denied, long ago, taken back or about somebody else weighs less or not at all. Pure; knows nothing of
the call before, except its level where a rule needs company.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from warmline.dialogue.safety.folded import folded, is_han
from warmline.dialogue.safety.normal import normal
from warmline.dialogue.safety.patterns import TABLES, Patterns, Rule, Weighing, patterns
from warmline.dialogue.types import RiskLevel

_OWN = re.compile(r"\b(?:i|me|myself|my life|my own life)\b")
_FIRST = re.compile(r"\b(?:i|my|me|myself|ich|mich|mir|mein\w*|yo|mi|\w+[ai]rme)\b|我")
_BUT = re.compile(r" (?:but|though|lied|lie|yes|every|aber|gelogen|ja|pero|aunque|menti|si) |但|可是|不过|其实")
_MEANS = re.compile(r"\bx(?:means|act)\b")
OVER = "long ago and over"
"""How the sign of what is over begins."""

_NEAR = 70
"""Letters before and after a hit in which a question and its answer are looked for."""

_ENGLISH = frozenset(
    (
        *("i", "i'm", "i've", "it", "the", "a", "and", "to", "my", "me", "you", "of", "in", "is", "that", "so"),
        *("just", "do", "don't", "not", "be", "am", "was", "have", "this", "for", "on", "with", "he", "she", "they"),
    )
)
"""Small words that tell English from the other languages of its script."""


@dataclass(frozen=True, slots=True)
class Sign:
    """A rule that fired, at the level it fired at after denial, distance in time and retraction were weighed.
    ``loose``: it is a hint that other readers may overrule."""

    level: RiskLevel
    name: str
    kind: str = "self"
    loose: bool = False


def languages(text: str, language: str = "") -> tuple[str, ...]:
    """The languages whose rules read a text: its own where we have rules for it; else every one of its script.
    English is believed only where the words look like it: a recogniser that knows one language takes all for that."""
    if is_han(text):
        return ("zh",)
    known = language.split("-")[0].lower()
    believed = known in TABLES and known != "zh" and (known != "en" or is_english(text))
    return (known,) if believed else ("en", "es", "de")


def is_english(text: str) -> bool:
    """Whether small words of English are in it, or too few words to tell."""
    words = text.lower().replace("’", "'").split()
    return bool(words) and (len(words) < 3 or sum(word in _ENGLISH for word in words) >= 0.15 * len(words))


def signs(text: str, language: str = "", before: RiskLevel = RiskLevel.L0) -> tuple[Sign, ...]:
    """Every sign in the words. ``language``: its code, "" when unknown. ``before``: the level of the call so far."""
    found: list[Sign] = []
    for code in languages(text, language):
        found += _found(plain(text, code), patterns(code), before)
    return tuple(dict.fromkeys(found))


def plain(text: str, language: str) -> str:
    """A text in the form that the rules of a language are matched on."""
    if language == "en":
        return normal(text)
    form = folded(text)
    return re.sub(r"(?<=[㐀-鿿]) (?=[㐀-鿿])", "", form) if language == "zh" else form


@dataclass(frozen=True, slots=True)
class _Scene:
    """What holds for a whole text: when it was, whether it is over, taken back, or a story."""

    long_ago: bool
    over: bool
    taken_back: bool
    fiction: bool


def _scene(said: str, form: str, around: Weighing) -> _Scene:
    """``said``: the words before everyday speech was taken out of them: it may hold the name of the story."""
    return _Scene(
        long_ago=bool(around.remote.search(form)) and not around.recent.search(form),
        over=bool(around.long.search(form) and around.over.search(form)) and not around.relapse.search(form),
        taken_back=bool(around.retract.search(form)),
        fiction=bool(around.fiction.search(said)),
    )


def _found(form: str, table: Patterns, before: RiskLevel) -> Iterator[Sign]:
    around = table.weighing
    kept = table.idioms.sub(" idiom ", form)
    kept = f" {' '.join(kept.split())} "
    kept = around.loss.sub(" bereaved ", kept)
    scene = _scene(form, kept, around)
    found = [sign for rule in table.rules if not rule.beside and (sign := _weighed(rule, kept, table, scene))]
    alone = [sign for sign in found if sign.level > RiskLevel.L0]
    denied = any(sign.name.startswith("denied") for sign in found)
    open_ = around.but.search(kept) or around.door.search(kept) or before >= RiskLevel.L1
    if denied and not alone and open_:
        alone.append(Sign(RiskLevel.L1, "denied, with a but", loose=True))
    if denied and not alone:
        yield Sign(RiskLevel.L0, "denied")
    if not alone:
        yield from (sign for sign in found if sign.name.startswith(OVER))
    yield from alone
    if alone or before >= RiskLevel.L1:
        for rule in table.rules:
            if rule.beside:
                sign = _weighed(rule, kept, table, scene)
                if sign is not None and sign.level > RiskLevel.L0:
                    yield sign


def _weighed(rule: Rule, form: str, table: Patterns, scene: _Scene) -> Sign | None:
    """The strongest reading of a rule in the words: asserted, denied (level 0), long ago or taken back; None without a
    hit."""
    around, denied = table.weighing, False
    for match in rule.pattern.finditer(form):
        ahead = form[max(0, match.start() - 60) : match.start()].rpartition(" . ")[2]
        ahead = f" {ahead.lstrip()}"
        if rule.kind == "self" and _someone_else(ahead, match[0], table):
            continue
        if scene.fiction and _told(form, match, rule.kind):
            continue
        if (rule.deniable and around.denial.search(ahead)) or _answered_no(form, match, rule, around):
            denied = True
            continue
        level = rule.level
        past, present = _tense(form, match, around)
        if scene.over and past and not present:
            return Sign(RiskLevel.L0, f"{OVER}: {rule.name}", rule.kind)
        if scene.long_ago and (past or not present) and (rule.remote or rule.level >= RiskLevel.L2):
            level = RiskLevel.L1 if rule.level >= RiskLevel.L2 else RiskLevel.L0
            return Sign(level, f"long ago: {rule.name}", rule.kind, loose=True)
        if scene.taken_back and level >= RiskLevel.L2:
            return Sign(RiskLevel(level - 1), f"taken back: {rule.name}", rule.kind)
        return Sign(level, rule.name, rule.kind, _loose(rule, level, form, match, around))
    return Sign(RiskLevel.L0, f"denied: {rule.name}", rule.kind) if denied else None


def _loose(rule: Rule, level: RiskLevel, form: str, hit: re.Match[str], around: Weighing) -> bool:
    """Whether a hit is a hint: a slight sign, or one where words that deny, or of long ago, stand in the same turn,
    though not where a rule of grammar could tell what they belong to. What is of level 3 or by somebody else is none.
    """
    if level is not RiskLevel.L2 or rule.loose or rule.kind != "self":
        return rule.loose or level is RiskLevel.L1
    beside = f"{form[: hit.start()]} {form[hit.end() :]}"
    past = around.long.search(beside) or around.remote.search(beside)
    return bool((rule.deniable and around.nay.search(beside)) or past)


def _answered_no(form: str, hit: re.Match[str], rule: Rule, around: Weighing) -> bool:
    """Whether a hit is a question that is told, or put by the person, and answered no."""
    after = form[hit.end() : hit.end() + _NEAR]
    if _BUT.search(form[hit.end() - 1 :]) or around.door.search(form[hit.start() :]):
        return False
    told = around.asked.search(form[max(0, hit.start() - _NEAR) : hit.end()])
    bare = rule.deniable and not form[: hit.start()].rpartition(" . ")[2].strip()  # "suicidal? no"
    return bool((rule.deniable and around.no.search(after)) or ((told or bare) and around.answer.search(after)))


def _tense(form: str, hit: re.Match[str], around: Weighing) -> tuple[bool, bool]:
    """Whether a hit, with the words before it in its clause, speaks of then, and whether of now."""
    said = f" {form[max(0, hit.start() - 30) : hit.end()].rpartition(' . ')[2]} "
    return bool(around.past.search(said)), bool(around.present.search(said))


def _told(form: str, hit: re.Match[str], kind: str) -> bool:
    """Whether a hit in a story speaks of nobody who is there: no first person in it or right before it, nowhere before
    it where it is about somebody else. Who asks about means for a story is not told a story."""
    since = 0 if kind == "other" else max(0, hit.start() - 12)
    return not _FIRST.search(form[since : hit.end()]) and not _MEANS.search(hit[0])


def _someone_else(ahead: str, hit: str, table: Patterns) -> bool:
    """Whether a hit speaks of another person: third person right before it, and no first person in between or
    inside."""
    third = table.weighing.third.search(ahead)
    if third is None:
        return False
    between = third[0].split(" ", 1)[1] if third[0].startswith("my ") else third[0]
    return not table.weighing.first.search(between) and not _OWN.search(hit)
