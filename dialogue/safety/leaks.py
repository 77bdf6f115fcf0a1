"""Whether a piece of reply gives away the prompt, the plan or the machinery behind it.

On the words as they are written, because marks and brackets tell most (``leaks.toml``). It does not look for what a
caller may be told: that it is a program, that there are rules, that it cannot do something.
"""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from pathlib import Path

_TABLE = Path(__file__).parent / "leaks.toml"
_MACRO = re.compile(r"<(\w+)>")


def leaks(text: str) -> bool:
    """Whether ``text``, in any language, shows something of what a person never sees."""
    return _pattern().search(text.replace("’", "'")) is not None


@lru_cache(maxsize=1)
def _pattern() -> re.Pattern[str]:
    """The shipped table as one pattern; a fault in it is a fault of ours and raises at once."""
    table = tomllib.loads(_TABLE.read_text(encoding="utf-8"))
    parts = [*table["leak"]["any"], *(rf"(?:^|[.!?,。！？，]\s*)\s*(?:{one})" for one in table["leak"]["begins"])]
    written = _MACRO.sub(lambda match: table["macros"].get(match[1], match[0]), "|".join(f"(?:{one})" for one in parts))
    return re.compile(written, re.IGNORECASE | re.MULTILINE)
