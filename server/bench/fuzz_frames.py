"""Hostile frames: valid ones of a protocol, and what becomes of them in the hands of somebody who knows its grammar.

A JSON message loses keys, gets values of every wrong type, size and nesting, is cut, doubled, or spoilt as a text;
bytes are cut, flipped, doubled and filled. Everything comes from one :class:`random.Random`: a seed is a run.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from random import Random
from typing import Final

Frame = str | bytes
Make = Callable[[Random], object]
"""A valid message: an object for JSON, or a frame as it is."""

JUNK: Final[tuple[object, ...]] = (
    None, True, False, 0, -1, 1, 7, 8_000, 2**31, -(2**63), 10**40, 0.1, -0.0, 1e308, float("nan"), float("inf"), "",
    " ", "0", "-1", "null", "\x00", "\ud800", "\udfff\ud800", "é\u202e", "💥" * 20, "A" * 300, "A=" * 400, "%%%", "AA",
    "AAA=", "../../x", "<x/>", "{}", [], {}, [[]], [None] * 50, {"": {}}, {"type": "x"}, [{"a": [1, {"b": None}]}],
)  # fmt: skip
"""Values that no field expects."""

RAW: Final = (
    "", "{", "}", "[]", "null", "0", '"', "NaN", "[" * 3_000, '{"a":' * 1_000, "1" * 6_000, "-", "\ufeff{}", "{}{}",
    '{"event":NaN}', '{"type":1e99999}', '{"event":"\\ud800"}', "\x00" * 50, "\n", "{" + " " * 5_000 + "}",
    '{"type":' + "9" * 5_000 + "}",
)  # fmt: skip
"""Texts that are no message at all."""

SIZES: Final = (0, 2, 80, 160, 160, 160, 320, 320, 640, 960, 1_920, 4_096, 1, 159, 641)


def audio(random: Random) -> bytes:
    """Audio of any length: silence, full scale, or noise."""
    size = random.choice(SIZES)
    kind = random.randrange(3)
    return random.randbytes(size) if kind == 0 else (b"\x7f" if kind == 1 else b"\x00") * size


def encoded(random: Random) -> str:
    """Audio in base64."""
    return base64.b64encode(audio(random)).decode("ascii")


def frame(random: Random, kinds: tuple[Make, ...], hostile: float) -> Frame:
    """One of ``kinds``; with the chance ``hostile`` it is spoilt."""
    made = random.choice(kinds)(random)
    spoil = random.random() < hostile
    if isinstance(made, bytes):
        return spoilt_bytes(random, made) if spoil else made
    if isinstance(made, str):
        return spoilt_text(random, made) if spoil else made
    if not spoil:
        return json.dumps(made)
    way = random.random()
    if way < 0.7:
        return json.dumps(spoilt(random, made))
    if way < 0.95:
        return spoilt_text(random, json.dumps(made))
    return json.dumps(made).encode("utf-8", "surrogatepass")


def spoilt(random: Random, message: object) -> object:
    """``message`` with one to three things wrong somewhere inside."""
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        message = _spoilt_at(random, message, 0)
    return message


def spoilt_text(random: Random, text: str) -> str:
    """A text with something wrong in its letters."""
    way = random.randrange(7)
    at = random.randrange(len(text) + 1)
    if way == 0:
        return text[:at]
    if way == 1:
        return text[at:]
    if way == 2:
        return text[:at] + random.choice(("\x00", "\ud800", "💥", '"', "{", "]", "\\", ":", ",", "-")) + text[at:]
    if way == 3:
        return text + text
    if way == 4:
        return random.choice(RAW)
    if way == 5:
        return text[:at] + text[at + random.randrange(1, 9) :]
    return text.swapcase()


def spoilt_bytes(random: Random, data: bytes) -> bytes:
    """Bytes with something wrong."""
    way = random.randrange(6)
    at = random.randrange(len(data) + 1)
    if way == 0:
        return data[:at]
    if way == 1:
        return data[at:]
    if way == 2:
        return data[:at] + random.randbytes(random.randrange(1, 9)) + data[at:]
    if way == 3:
        return data * random.randrange(2, 5)
    if way == 4:
        return random.randbytes(random.choice(SIZES))
    return bytes(byte ^ (1 << random.randrange(8)) if random.random() < 0.1 else byte for byte in data)


def _spoilt_at(random: Random, value: object, depth: int) -> object:
    """Go down into what holds things, mostly; then spoil what is found."""
    if isinstance(value, dict) and value and random.random() < 0.85:
        key = random.choice(list(value))
        way = random.random()
        if way < 0.15:
            return {name: item for name, item in value.items() if name != key}
        if way < 0.25:
            return {(name + "x" if name == key else name): item for name, item in value.items()}
        if way < 0.3:
            return value | {random.choice(("type", "event", "x", "", "\ud800")): random.choice(JUNK)}
        return value | {key: _spoilt_at(random, value[key], depth + 1)}
    if isinstance(value, list) and value and random.random() < 0.6:
        place = random.randrange(len(value))
        return [*value[:place], _spoilt_at(random, value[place], depth + 1), *value[place + 1 :]]
    way = random.random()
    if way < 0.1:
        return [value]
    if way < 0.15:
        return {"x": value}
    if way < 0.2:
        return _deep(random.choice((20, 200, 900)))
    return random.choice(JUNK)


def _deep(depth: int) -> object:
    value: object = 0
    for _ in range(depth):
        value = [value]
    return value
