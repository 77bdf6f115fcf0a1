"""What a piece of reply says in the first person, measured against the little that an AI can say of itself.

Rules of what is forbidden never end; what may be said does. So here the table is of what may follow "I", "my" and "we"
(``own_voice.toml``), and the rest is a claim. English, on the form of ``normal.py``. It does not look at anything said
to "you", and it cannot tell a lie in allowed words.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

_TABLE = Path(__file__).parent / "own_voice.toml"
_BEFORE = 9
"""Words before a first person in which another may be named who said it."""

_INVERTED = re.compile(r"\b(?:can|may|could|shall|should|did|have|might|must|would|am|was|if)$")
_LEADS_TO_US = re.compile(
    r"\b(?:can|could|shall|should|are|may|do|did|if|as|where|what|once|until|while|before|since|when|that)$"
)
_LEADS_IN = re.compile(r"\b(?:sentence(?: can be short)?|to any ?(?:body|one)|such as|say only|the words)$")
"""Before a colon: what follows is for the person to say."""
_FELT = re.compile(
    r"\b(?:feel|felt|am|was|sad|happy|proud|cry|weep|afraid|scared|hate|enjoy|miss|worry|nervous|lonely|angry|furious"
    r"|touched|moved|honou?red|hurt|tears|upset|emotional|jealous|excited|joy|like|look forward"
    r"|care|thinking|think|cried|bursting)\b"
)
_POWER = re.compile(r"\b(?:promise|guarantee|swear|fix|cure|heal|call|called|ring|sent|send|make sure|protect|keep you"
                    r"|watch over|talk to your|get you|stop (?:him|her|them)|solution|solve|save)\b")  # fmt: skip
_BOND = re.compile(r"\b(?:love|kiss|hug|marry|blush\w*|arms|gorgeous|(?:thinking|dream\w*) (?:about|of) you|fancy)\b")
_SECRET = re.compile(r"\b(?:secret|tell (?:a soul|anyone|anybody|your|them|no one)|quiet about|private)\b")


@dataclass(frozen=True, slots=True)
class _Voice:
    skip: re.Pattern[str]
    between: re.Pattern[str]
    shared: re.Pattern[str]
    denied: re.Pattern[str]
    denied_claim: re.Pattern[str]
    asks: re.Pattern[str]
    quoted: re.Pattern[str]
    may: re.Pattern[str]
    mine: re.Pattern[str]
    with_us: re.Pattern[str]
    done: tuple[tuple[str, re.Pattern[str]], ...]


def claimed(form: str) -> str:
    """The kind of claim in a text's plain form, "" for none."""
    voice = _voice()
    before = ""
    for sentence in form.split(" . "):
        led, before = _LEADS_IN.search(before), sentence.rstrip()
        found = "" if led else _in_sentence(voice, sentence.split())
        if found:
            return found
    return ""


def _in_sentence(voice: _Voice, words: list[str]) -> str:
    done = _done(voice, f" {' '.join(words)} ")
    if "romance" in done:
        return "romance"
    for place, word in enumerate(words):
        before = " ".join(words[max(0, place - _BEFORE) : place])
        after = " ".join(words[place + 1 : place + 9])
        if word not in _MAY or voice.quoted.search(before):
            continue
        if not _MAY[word](voice, before, after):
            return _kind(after)
    return next(iter(done), "")


def _done(voice: _Voice, whole: str) -> list[str]:
    """Kinds of what is said to be done to "me"."""
    found = ((kind, pattern.search(whole)) for kind, pattern in voice.done)
    return [kind for kind, match in found if match and not voice.quoted.search(whole[: match.start()])]


def _i(voice: _Voice, before: str, after: str) -> bool:
    if _INVERTED.search(before) and voice.asks.match(after):
        return True
    if voice.shared.match(after):
        return False
    if voice.denied.match(after) and not voice.denied_claim.search(after):
        return True
    while (match := voice.skip.match(after)) and match.end() < len(after) and not voice.may.match(after):
        after = after[match.end() :].lstrip()
    # a piece may end after "i": what comes next is read with the next piece
    return not after or bool(voice.may.match(after) or voice.may.match(voice.between.sub(r"\1", after)))


def _my(voice: _Voice, before: str, after: str) -> bool:
    return bool(voice.mine.match(after))


def _we(voice: _Voice, before: str, after: str) -> bool:
    return not after or bool(voice.with_us.match(after) or _LEADS_TO_US.search(before))


_MAY = {"i": _i, "my": _my, "we": _we}
"""For each word of the first person: may it stand between what is before and after it?"""


def _kind(said: str) -> str:
    for kind, pattern in (
        ("promises secrecy", _SECRET),
        ("romance", _BOND),
        ("overclaims help", _POWER),
        ("claimed feeling", _FELT),
    ):
        if pattern.search(said):
            return kind
    return "claimed life"


@lru_cache(maxsize=1)
def _voice() -> _Voice:
    table = tomllib.loads(_TABLE.read_text(encoding="utf-8"))
    return _Voice(
        re.compile(rf"(?:{table['skip']})\b"),
        re.compile(rf"^(\w+)(?: (?:{table['between']}))+\b"),
        re.compile(table["shared"]),
        re.compile(table["denied"]),
        re.compile(table["denied_claim"]),
        re.compile(rf"(?:{table['asks']})\b"),
        re.compile(rf"\b{table['quoted']}\b"),
        re.compile("|".join(f"(?:{part})" for part in table["may"])),
        re.compile(rf"(?:{table['mine']})\b"),
        re.compile(rf"(?:{table['with_us']})\b"),
        tuple((row["kind"], re.compile(rf"(?:^|(?<=\s))(?:{row['say']})")) for row in table["done_to_me"]),
    )
