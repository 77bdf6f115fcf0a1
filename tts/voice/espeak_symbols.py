"""From the phoneme symbols of hibari's reader (misaki's) to those that Piper voices were trained on (espeak-ng's,
American English). Pure. So Piper's GPL runtime and espeak-ng are not needed.

Known differences from espeak-ng's own output: its function-word reductions and its linking are not imitated.
"""

from __future__ import annotations

from typing import Final

_PAIRS: Final = {"ɜɹ": "ɜː", "əɹ": "ɚ", "ᵊɹ": "ɚ"}
_SINGLES: Final = {
    "A": "eɪ",
    "I": "aɪ",
    "W": "aʊ",
    "O": "oʊ",
    "Q": "əʊ",
    "Y": "ɔɪ",
    "ʤ": "dʒ",
    "ʧ": "tʃ",
    "ᵊ": "ə",
    "T": "ɾ",
    "ɑ": "ɑː",
    "ɔ": "ɔː",
    "u": "uː",
    "g": "ɡ",
    "r": "ɹ",
    "—": ",",
    "…": ".",
}
_STRESS: Final = frozenset("ˈˌ")
_VOWELS: Final = frozenset("AIWOQYɑɔuiɪʊɛæʌəɜᵊɚ")


def espeak_symbols(symbols: str) -> tuple[str, tuple[int, ...]]:
    """The symbols for Piper, and for each place in ``symbols`` (0 to its length) the place in them that it became."""
    out: list[str] = []
    places = [0]
    count = 0
    at = 0
    while at < len(symbols):
        pair = symbols[at : at + 2]
        if pair in _PAIRS:
            taken, new = 2, _PAIRS[pair]
        elif symbols[at] == "i" and _is_stressed(symbols, at):
            taken, new = 1, "iː"
        elif symbols[at] == "ː":
            taken, new = 1, "" if out and out[-1].endswith("ː") else "ː"
        else:
            taken, new = 1, _SINGLES.get(symbols[at], symbols[at])
        out.append(new)
        count += len(new)
        places += [count] * taken
        at += taken
    return "".join(out), tuple(places)


def _is_stressed(symbols: str, at: int) -> bool:
    """Whether the vowel at ``at`` carries a stress mark, or stands in a word of one syllable (espeak: see, we)."""
    if at and symbols[at - 1] in _STRESS:
        return True
    start = symbols.rfind(" ", 0, at) + 1
    stop = symbols.find(" ", at)
    word = symbols[start : stop if stop >= 0 else len(symbols)]
    return sum(letter in _VOWELS for letter in word) == 1
