"""English words as phonemes, and which phonemes belong to which word. The hibari package does the reading (its
grapheme-to-phoneme step, in misaki's symbols, needs no espeak); this keeps the way back to the words as written.

It does not know languages other than American English.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Final

from warmline.speech.runtime.errors import MissingExtra
from warmline.tts.types import SaidWord

PUNCTUATION: Final = frozenset(';:,.!?—…"“”() ')


@dataclass(frozen=True, slots=True)
class Phonemes:
    """``symbols``: one character a phoneme, stress or punctuation mark. ``ends[i]``: the index just past the last
    sounding symbol of word i; a word without a sound of its own ends where the word before it ends."""

    symbols: str
    ends: tuple[int, ...]


class Phonemiser:
    """Reads words. Loading takes about half a second (two dictionaries); not for use by two threads at once."""

    def __init__(self) -> None:
        try:
            from hibari.g2p import G2P
            from hibari.g2p.normalize import normalize
        except ModuleNotFoundError as error:
            raise MissingExtra(
                f"reading text aloud needs the package {error.name!r}: pip install hibari-tts==0.2.1"
            ) from error
        self._reader: Any = G2P()
        self._normalise: Any = normalize

    def read(self, words: tuple[SaidWord, ...]) -> Phonemes:
        """The phonemes of ``words`` as one stretch of speech."""
        if not words:
            return Phonemes("", ())
        pieces = [piece for word in words for piece in word.said.split()]
        owners = [place for place, word in enumerate(words) for _ in word.said.split()]
        read = self._normalise(" ".join(pieces)).split()
        owner_of = _aligned(pieces, owners, read)
        symbols: list[str] = []
        ends = [0] * len(words)
        place = 0
        count = 0
        for token in self._reader.phonemize_tokens(self._reader.tokenize(" ".join(read))):
            sound = token.phonemes or ""
            symbols.append(sound)
            spoken = len(sound.rstrip("".join(PUNCTUATION)))
            if spoken:
                ends[owner_of[min(place, len(owner_of) - 1)]] = count + spoken
            count += len(sound)
            if token.whitespace:
                symbols.append(" ")
                count += 1
                place += 1
        for place in range(1, len(ends)):
            ends[place] = max(ends[place], ends[place - 1])
        return Phonemes("".join(symbols).rstrip(), tuple(ends))


def _aligned(pieces: list[str], owners: list[int], read: list[str]) -> list[int]:
    """For each normalised word the word it came from: equal stretches one to one, changed stretches to the last word
    of the stretch they replace (an inserted word to the one before it)."""
    if pieces == read:
        return owners
    owner_of: list[int] = []
    for kind, start, stop, low, high in SequenceMatcher(None, pieces, read, autojunk=False).get_opcodes():
        if kind == "equal" or (kind == "replace" and stop - start == high - low):
            owner_of += owners[start:stop]
        elif kind != "delete":
            owner_of += [owners[max(0, stop - 1)]] * (high - low)
    return owner_of
