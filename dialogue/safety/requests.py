"""What a caller asks of us that must not be answered, whatever the reason given: of which kind, or nothing.

By rules over the words, with everyday uses of the same words taken out first, and by the trained model where the form
is that of a request. A person who is in danger themselves is the screen's matter; a request may be both. English only.
It does not answer: what is said instead is in :mod:`.instead`.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from warmline.dialogue.safety.normal import normal
from warmline.dialogue.safety.patterns import patterns

_TABLE = Path(__file__).parent / "requests.toml"
_FAR = r"(?:\w+ ){0,6}"


@dataclass(frozen=True, slots=True)
class RequestRules:
    """``asks``: the form of a request. ``harmless``: everyday uses, taken out first. ``kinds``: by name."""

    asks: re.Pattern[str]
    harmless: re.Pattern[str]
    kinds: tuple[tuple[str, re.Pattern[str]], ...]


def kind_of(text: str) -> str:
    """The kind of a request that must not be answered, by rule; "" for everything else."""
    found = request_rules()
    form = normal(text)
    if not found.asks.search(form):
        return ""
    kept = patterns().idioms.sub(" idiom ", found.harmless.sub(" harmless ", form))
    kept = f" {' '.join(kept.split())} "
    return next((name for name, pattern in found.kinds if pattern.search(kept)), "")


def is_asking(text: str) -> bool:
    """Whether a text has the form of a request."""
    return bool(request_rules().asks.search(normal(text)))


@lru_cache(maxsize=1)
def request_rules() -> RequestRules:
    """The shipped table; a fault in it is a fault of ours and raises at once."""
    table = tomllib.loads(_TABLE.read_text(encoding="utf-8"))
    return RequestRules(
        re.compile(table["asks"]),
        _joined(table["harmless"]),
        tuple((rule["kind"], _joined(rule["any"])) for rule in table["rule"]),
    )


def _joined(parts: list[str]) -> re.Pattern[str]:
    written = "|".join(f"(?:{part})" for part in parts).replace("<far>", _FAR)
    return re.compile(rf"(?:^|(?<=\s))(?:{written})(?=\s|$)")
