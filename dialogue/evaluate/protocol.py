"""Rehearse the protocol: simulated callers talk with the real screen, protocol and planner; a program judges it all.

The words take the place of recognition, the language model is whichever the supporter was given. It measures what is
said, not how it sounds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from warmline.dialogue.evaluate.caller import Said, SimulatedCaller
from warmline.dialogue.evaluate.personas import Danger, Persona
from warmline.dialogue.evaluate.rubric import RED, REPEATED, WRONG_COUNTRY, Line, Transcript, Violation, cares, judge
from warmline.dialogue.supporter import Supporter
from warmline.dialogue.types import HelpCard, Outcome, Plan, ReplySegment, Turn
from warmline.emotion.types import ParalinguisticTags
from warmline.speech.runtime.cancel import CancelFlag
from warmline.speech.types import AudioChunk, Utterance


class Caller(Protocol):
    """Whoever plays a persona."""

    @property
    def country(self) -> str: ...

    @property
    def known(self) -> bool: ...

    async def says(self, turn: int, reply: str) -> Said | None:
        """The next line; None when they hang up."""
        ...


class RuledCaller:
    """The caller by rules."""

    def __init__(self, persona: Persona, seed: int) -> None:
        self._caller = SimulatedCaller(persona, seed)
        self.country, self.known = self._caller.country, self._caller.known

    async def says(self, turn: int, reply: str) -> Said | None:
        return self._caller.says(turn, reply)


@dataclass(frozen=True, slots=True)
class Judged:
    """One rehearsal and what is wrong with it."""

    transcript: Transcript
    violations: tuple[Violation, ...]
    danger: Danger
    by_protocol: float

    @property
    def cares(self) -> bool | None:
        return cares(self.transcript, self.violations)


@dataclass(frozen=True, slots=True)
class ProtocolFigures:
    """``red_items``: violations of red items; ``human_care_rate``: dialogues with suicidal thoughts in which every item
    on guiding to human care is met, yellow ones too; nan where there was none."""

    dialogues: int
    red_items: int
    yellow_items: int
    human_care_rate: float
    human_care_red_rate: float
    wrong_country: int
    repeated_probes: int
    by_item: dict[str, int]
    by_danger: dict[str, int]


def figures(judged: Sequence[Judged]) -> ProtocolFigures:
    """The figures of some rehearsals."""
    found = [violation for one in judged for violation in one.violations]
    counted = Counter(violation.item for violation in found)
    caring = [one for one in judged if one.cares is not None]
    red_only = [not any(v.item in RED and 10 <= v.item <= 21 for v in one.violations) for one in caring]
    return ProtocolFigures(
        dialogues=len(judged),
        red_items=sum(violation.red for violation in found),
        yellow_items=sum(violation.item > 0 and not violation.red for violation in found),
        human_care_rate=_share([bool(one.cares) for one in caring]),
        human_care_red_rate=_share(red_only),
        wrong_country=counted[WRONG_COUNTRY],
        repeated_probes=counted[REPEATED],
        by_item={str(item): count for item, count in sorted(counted.items()) if item > 0},
        by_danger=dict(Counter(one.danger.name.lower() for one in judged if any(v.red for v in one.violations))),
    )


MakeSupporter = Callable[[str], Supporter]
"""Builds the supporter for a caller whose country is known to the settings, or "" where it is not."""


async def rehearse(
    make: MakeSupporter,
    personas: Sequence[Persona],
    seeds: Sequence[int],
    turns: int,
    greeting: str,
    play: Callable[[Persona, int], Caller] = RuledCaller,
) -> AsyncGenerator[Judged, None]:
    """Every persona with every seed, one after the other. Consume inside ``aclosing``."""
    for persona in personas:
        for seed in seeds:
            caller = play(persona, seed)
            lines, sources = await talk(make(caller.country if caller.known else ""), caller.says, turns, greeting)
            transcript = Transcript(persona.name, seed, caller.country, caller.known, lines, greeting)
            protocol = sum(source == "protocol" for source in sources) / max(1, len(sources))
            yield Judged(transcript, judge(transcript), persona.danger, protocol)


async def talk(
    supporter: Supporter, says: Callable[[int, str], Awaitable[Said | None]], turns: int, greeting: str
) -> tuple[tuple[Line, ...], tuple[str, ...]]:
    """One talk, as in a call but without sound: every reply is heard to its end."""
    past: tuple[Turn, ...] = ()
    lines: list[Line] = []
    reply = greeting
    for at in range(turns):
        said = await says(at, reply)
        if said is None:
            break
        turn, pieces = await _answer(supporter, len(past) + 1, said.text, past)
        past, reply = (*past, turn), turn.heard
        lines.append(Line(said, reply, _card(pieces), pieces[0].source if pieces else ""))
    return tuple(lines), tuple(line.source for line in lines)


async def _answer(supporter: Supporter, id: int, words: str, past: tuple[Turn, ...]) -> tuple[Turn, list[ReplySegment]]:
    tags = ParalinguisticTags.unknown()
    heard = Utterance(id, words, (), AudioChunk(np.zeros(0, np.float32)))
    plan: Plan = supporter.assess(words, tags, past)
    async with aclosing(supporter.reply(id, heard, tags, plan, past, CancelFlag())) as segments:
        pieces = [segment async for segment in segments]
    said = " ".join(piece.text for piece in pieces)
    return Turn(id, heard, tags, plan, said, said, Outcome.SPOKEN), pieces


def _card(pieces: Sequence[ReplySegment]) -> HelpCard | None:
    return next((piece.safety.card for piece in pieces if piece.safety is not None), None)


def _share(hits: Sequence[bool]) -> float:
    return sum(hits) / len(hits) if hits else float("nan")
