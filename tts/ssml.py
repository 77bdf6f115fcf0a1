"""SSML's common tags as pieces to speak: break, emphasis, prosody, say-as and sub. Pure.

    <speak>I hear you.<break time="500ms"/><prosody rate="slow">Take your <emphasis>time</emphasis>.</prosody></speak>

What a tag asks for becomes a change of :class:`~warmline.dialogue.types.Style`, within what a voice can do; other tags
of SSML (p, s, speak, voice, lang, mark ...) let their text through. XML with a document type or entities of its own is
refused, so that no text can make the parser grow or read files. It does not know voices.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final
from xml.etree import ElementTree as ET

from warmline.dialogue.types import Style
from warmline.speech.runtime.errors import UsageError
from warmline.tts.readings import digits_said, telephone
from warmline.tts.styling import FASTEST, GAIN_DB, PITCH_ST, WIDEST

LONGEST_BREAK_S: Final = 10.0
_BREAKS_S: Final = {"none": 0.0, "x-weak": 0.1, "weak": 0.2, "medium": 0.4, "strong": 0.7, "x-strong": 1.2}
_RATES: Final = {"x-slow": 0.5, "slow": 0.8, "medium": 1.0, "default": 1.0, "fast": 1.2, "x-fast": 1.5}
_PITCHES_ST: Final = {"x-low": -3.0, "low": -1.5, "medium": 0.0, "default": 0.0, "high": 1.5, "x-high": 3.0}
_VOLUMES_DB: Final = {
    "silent": -99.0,
    "x-soft": -4.0,
    "soft": -2.0,
    "medium": 0.0,
    "default": 0.0,
    "loud": 2.0,
    "x-loud": 4.0,
}
_RANGES: Final = {"x-low": 0.5, "low": 0.75, "medium": 1.0, "default": 1.0, "high": 1.3, "x-high": 1.6}


@dataclass(frozen=True, slots=True)
class Say:
    """``text`` in ``style``; ``emphasis``: words of it with weight."""

    text: str
    style: Style
    emphasis: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Break:
    """Silence of that length."""

    seconds_s: float


Piece = Say | Break


def pieces(markup: str, style: Style) -> tuple[Piece, ...]:
    """What to say and when to pause; ``style`` is what holds where no tag says otherwise. Raises UsageError."""
    if re.search(r"<!(?:DOCTYPE|ENTITY)", markup, re.IGNORECASE):
        raise UsageError(
            "SSML with a document type or entities of its own is not taken: leave <!DOCTYPE> and <!ENTITY> out"
        )
    text = markup if re.search(r"<speak[\s>]", markup) else f"<speak>{markup}</speak>"
    try:
        root = ET.fromstring(text)
    except ET.ParseError as error:
        raise UsageError(f"this is no well-formed SSML ({error}): close every tag, and write & as &amp;") from error
    return tuple(_joined(_walk(root, style)))


def _walk(element: ET.Element, style: Style) -> Iterator[Piece]:
    """The pieces of ``element``, its own text and that of what is inside it."""
    name = element.tag.rpartition("}")[2]
    if name == "break":
        yield Break(_break_s(element))
        return
    if name == "sub":
        yield Say(element.get("alias", "") or "".join(element.itertext()), style)
        return
    if name == "say-as":
        yield Say(_said_as("".join(element.itertext()), element), style)
        return
    inner = _prosody(element, style) if name == "prosody" else style
    marked = name == "emphasis" and element.get("level", "moderate") not in ("none", "reduced")
    for text, child in [(element.text, None), *((child.tail, child) for child in element)]:
        if child is not None:
            yield from _walk(child, inner)
        if text and text.strip():
            yield Say(text, inner, tuple(re.findall(r"[\w']+", text.lower())) if marked and child is None else ())
    if name in ("p", "s"):
        yield Break(0.0)


def _joined(found: Iterator[Piece]) -> Iterator[Piece]:
    """Neighbours in one style become one piece, so that a sentence keeps its tune."""
    held: Say | None = None
    for piece in found:
        if isinstance(piece, Say) and held is not None and held.style == piece.style:
            held = Say(f"{held.text} {piece.text}", held.style, (*held.emphasis, *piece.emphasis))
            continue
        if held is not None:
            yield replace(held, text=_tidy(held.text))
        held = piece if isinstance(piece, Say) else None
        if isinstance(piece, Break) and piece.seconds_s > 0.0:
            yield piece
    if held is not None:
        yield replace(held, text=_tidy(held.text))


def _tidy(text: str) -> str:
    return re.sub(r"\s+([,.;:!?…])", r"\1", re.sub(r"\s+", " ", text).strip())


def _break_s(element: ET.Element) -> float:
    told = element.get("time")
    if told is None:
        return _BREAKS_S.get(element.get("strength", "medium"), _BREAKS_S["medium"])
    match = re.fullmatch(r"\+?(\d+(?:\.\d+)?|\.\d+)(ms|s)", told.strip())
    if match is None:
        raise UsageError(f'break takes a time such as "500ms" or "1.5s", not {told!r}')
    seconds_s = float(match[1]) / (1000.0 if match[2] == "ms" else 1.0)
    return min(seconds_s, LONGEST_BREAK_S)


def _said_as(text: str, element: ET.Element) -> str:
    kind = element.get("interpret-as", "")
    if kind in ("digits", "telephone"):
        return telephone(text).rstrip(".") if any(letter.isdigit() for letter in text) else text
    if kind in ("characters", "spell-out", "verbatim"):
        return ", ".join(
            digits_said(letter) if letter.isdigit() else letter.upper() for letter in text if letter.isalnum()
        )
    return text


def _prosody(element: ET.Element, style: Style) -> Style:
    """``style`` with what the tag's attributes add to it."""
    rate = _factor(element.get("rate"), _RATES, "rate")
    spread = _factor(element.get("range"), _RANGES, "range")
    return replace(
        style,
        pace=_clip(style.pace + math.log(rate) / math.log(FASTEST)),
        pitch=_clip(style.pitch + _steps(element.get("pitch"), _PITCHES_ST, "st", "pitch") / PITCH_ST),
        range=_clip(style.range + math.log(spread) / math.log(WIDEST)),
        volume=_clip(style.volume + _steps(element.get("volume"), _VOLUMES_DB, "dB", "volume") / GAIN_DB),
    )


def _factor(told: str | None, names: dict[str, float], what: str) -> float:
    """A name, "80%" (of the usual) or "+10%" (more than it)."""
    if told is None or told.strip() in names:
        return names[told.strip()] if told else 1.0
    match = re.fullmatch(r"([+-]?)(\d+(?:\.\d+)?)%", told.strip())
    if match is None:
        raise UsageError(f'{what} takes {", ".join(names)} or a share such as "80%", not {told!r}')
    share = float(match[2]) / 100.0
    return max(0.1, 1.0 + share if match[1] == "+" else 1.0 - share if match[1] == "-" else share)


def _steps(told: str | None, names: dict[str, float], unit: str, what: str) -> float:
    """A name, or "+2st" ("-3dB"), or for pitch "+10%"."""
    if told is None or told.strip() in names:
        return names[told.strip()] if told else 0.0
    match = re.fullmatch(rf"([+-]\d+(?:\.\d+)?)({unit}|%)", told.strip())
    if match is None or (match[2] == "%" and unit != "st"):
        raise UsageError(f'{what} takes {", ".join(names)} or a step such as "+2{unit}", not {told!r}')
    amount = float(match[1])
    return 12.0 * math.log2(max(0.1, 1.0 + amount / 100.0)) if match[2] == "%" else amount


def _clip(value: float) -> float:
    return min(1.0, max(-1.0, value))
