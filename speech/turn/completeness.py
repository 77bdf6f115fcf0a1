"""Could a turn end with these words? A probability from the words alone: pure, about 0.1 ms.

A linear model over hashed features of the last words and of the sentence they stand in, learnt from written talk whose
turns were broken off at random (``warmline train turns``). Punctuation of the end is not read: a recogniser puts a
full stop wherever the audio stops. It knows English; of other languages, and of no words, it says 0.5.
"""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
import zlib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from io import BytesIO
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from warmline.speech.runtime.errors import CorruptWeights

BUCKETS: Final = 1 << 15
FORMAT: Final = 1

_SENTENCE = re.compile(r"[.?!]+(?:\s+|$)")
_WORD = re.compile(r"[a-z0-9']+")
_LONGEST = 12


@dataclass(frozen=True, slots=True)
class Words:
    """``weight``: float32[BUCKETS], one each hashed feature; ``bias``."""

    weight: NDArray[np.float32]
    bias: float

    def logit(self, text: str) -> float:
        """Log-odds that a turn could end here, within [-8, 8]; 0 where there are no words."""
        found = features(text)
        if not found:
            return 0.0
        places = [bucket(name) for name in found]
        return float(np.clip(self.weight[places].sum() + self.bias, -8.0, 8.0))


def features(text: str) -> tuple[str, ...]:
    """Names of what is there, each once; () for no words."""
    plain = text.lower().replace("’", "'")
    words = _WORD.findall(plain)
    if not words:
        return ()
    before = _SENTENCE.split(plain.rstrip(" .?!…,-"))
    sentence = _WORD.findall(before[-1]) or words
    padded = ["<", "<", "<", *sentence]
    one, two, three = padded[-1], padded[-2], padded[-3]
    return (
        f"1 {one}",
        f"2 {two} {one}",
        f"3 {three} {two} {one}",
        f"p {two}",
        f"q {three} {two}",
        f"s {one[-3:]}",
        f"t {one[-2:]} {two[-2:]}",
        f"f {sentence[0]}",
        f"g {' '.join(sentence[:2])}",
        f"n {min(len(sentence), _LONGEST)}",
        f"m {min(len(sentence), 6)} {one}",
        f"c {min(len(before), 4)}",
        f"w {min(len(words) // 3, 8)}",
    )


def bucket(name: str) -> int:
    return zlib.crc32(name.encode()) % BUCKETS


def save(words: Words, path: Path) -> str:
    """Write it as npz; returns its SHA-256."""
    facts = json.dumps({"format": FORMAT, "bias": words.bias}).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, facts=np.frombuffer(facts, np.uint8), weight=words.weight.astype(np.float16))
    return hashlib.sha256(path.read_bytes()).hexdigest()


def parsed(data: bytes, name: str, sha256: str | None = None) -> Words:
    """Read it from bytes. Raises CorruptWeights when it is something else, or its SHA-256 is not the given one."""
    found = hashlib.sha256(data).hexdigest()
    if sha256 is not None and found != sha256:
        raise CorruptWeights(f"{name} is damaged (SHA-256 {found[:12]}, not {sha256[:12]}): install warmline again")
    try:
        with np.load(BytesIO(data), allow_pickle=False) as arrays:
            facts = json.loads(arrays["facts"].tobytes())
            weight = arrays["weight"].astype(np.float32)
        if facts["format"] != FORMAT or weight.shape != (BUCKETS,) or not np.isfinite(weight).all():
            raise ValueError("its format or shape differs")
        return Words(weight, float(facts["bias"]))
    except (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise CorruptWeights(
            f"{name} is no reading of words of this version ({error}): make one with `warmline train turns`"
        ) from error


@cache
def shipped() -> Words:
    """The one that ships, verified. Raises CorruptWeights."""
    folder = resources.files("warmline.speech.turn.weights")
    row = json.loads((folder / "heads.json").read_text(encoding="utf-8"))["words"]
    return parsed((folder / row["file"]).read_bytes(), row["file"], row["sha256"])
