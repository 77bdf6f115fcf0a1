"""Words of any language in one folded form for the classifiers and for the rules of Spanish, German and Chinese.

Lower case without accents, ``ß`` as ``ss``, words between single spaces, clause ends as the token ``.``; Chinese as
one run of characters a clause. Words for means of harm are tokens (see :mod:`.means`), and so are the placeholders
``[means]`` and ``[method]`` of test sets. English has a fuller form of its own for its rules (:mod:`.normal`).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from warmline.dialogue.safety.means import ACT, THING, covered

_PLACEHOLDER = re.compile(r"[\[<(](means|method)[\])>]", re.IGNORECASE)
_TOKEN = re.compile(r"[㐀-鿿]+|[a-z0-9]+|[.!?;:…。！？；：，\n]+")
_HAN = re.compile(r"[㐀-鿿]")
_LONGEST_MEANS = 4
"""Chinese has no spaces: runs of up to so many characters are looked up among the words for means."""


def placeholders(text: str) -> str:
    """The placeholders of test sets as the tokens that words for means become."""
    return _PLACEHOLDER.sub(lambda match: f" {THING if match[1].lower() == 'means' else ACT} ", text)


def folded(text: str) -> str:
    """The folded form, padded with one space at both ends. Never raises."""
    lowered = unicodedata.normalize("NFKD", placeholders(text).lower().replace("ß", "ss"))
    plain = "".join(letter for letter in lowered if not unicodedata.combining(letter) and letter not in "'’‘`")
    words = [word for token in _TOKEN.findall(plain) for word in _words(token)]
    return f" {' '.join(words)} "


def is_han(text: str) -> bool:
    """Whether there is Chinese script in it."""
    return bool(_HAN.search(text))


def _words(token: str) -> list[str]:
    if _HAN.match(token):
        return covered_run(token).split()
    if not token[0].isalnum():
        return [] if token.strip("，") == "" else ["."]
    return [covered(token)]


@lru_cache(maxsize=2048)
def covered_run(run: str) -> str:
    """A run of Chinese with the words for means in it as tokens, longest first."""
    found, at = [], 0
    while at < len(run):
        for length in range(min(_LONGEST_MEANS, len(run) - at), 0, -1):
            piece = run[at : at + length]
            token = covered(piece)
            if token != piece:
                found.append(f" {token} ")
                at += length
                break
        else:
            found.append(run[at])
            at += 1
    return "".join(found)
