"""A run of whole conversations: who talks with whom, what is done already, and what is left for another time.

Each talk is written down as it ends, so a run that is stopped goes on where it was. It builds what a call is made of
through wiring and holds one talk after the other; in text several at once, where the language model is a server.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from warmline.dialogue.evaluate.conversation import rehearsal
from warmline.dialogue.evaluate.conversation.cards import Card
from warmline.dialogue.evaluate.conversation.heard import Ear, plain_ear
from warmline.dialogue.evaluate.conversation.plain import without_planner
from warmline.dialogue.evaluate.conversation.played import PlayedSeeker
from warmline.dialogue.evaluate.conversation.rehearsal import Ruled, Seeker, Setting
from warmline.dialogue.evaluate.conversation.seeker import RuleSeeker
from warmline.dialogue.evaluate.conversation.talk import OURS, PLAIN, Talk, keep, kept
from warmline.dialogue.llm.base import LanguageModel
from warmline.dialogue.memory.sentences import shipped as sentences
from warmline.dialogue.safety.guard_reader import guarded_by
from warmline.dialogue.supporter import Supporter
from warmline.server import wiring
from warmline.server.bench.conversation import aloud
from warmline.server.bench.conversation.aloud import Ends
from warmline.server.bench.conversation.seeker_voice import SeekerVoice
from warmline.server.bench.conversation.skipping import Working
from warmline.server.commands.common import note
from warmline.server.parts import Parts
from warmline.server.report import progress
from warmline.server.settings import Settings
from warmline.speech.asr.backends import RECOGNISERS
from warmline.speech.asr.base import Recogniser
from warmline.speech.audio.degrade import Harder, telephone
from warmline.speech.runtime.errors import UsageError, WeightsError
from warmline.speech.types import Samples

RULES: Final = "rules"
SPEECH_DB: Final = -24.0
"""How loud our voices' speech is, about, in dB of full scale: the line's noise is told from it."""

EMBEDDED: Final = frozenset(("llama_cpp", "transformers"))
"""Language models that hold one conversation at a time."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """``systems``: whose side of the talk is measured. ``player``: the model that words the seekers' lines, None for
    the rules or for the settings' own (``seeker`` tells which). ``minutes``: after which no talk is begun; 0 for no
    end. ``jobs``: talks at once. ``line``: what lies between the two ends."""

    cards: tuple[Card, ...]
    seeds: tuple[int, ...]
    turns: int
    text: bool
    out: Path
    systems: tuple[str, ...] = (OURS,)
    seeker: str = RULES
    player: LanguageModel | None = None
    minutes: float = 0.0
    jobs: int = 1
    seeker_voice: str = ""
    patience_s: float = aloud.PATIENCE_S
    line: Harder = field(default_factory=Harder)

    def folder(self, system: str) -> Path:
        return self.out if system == OURS else self.out / system


@dataclass(slots=True)
class Done:
    """The talks of a run by system and name, and how many are ``left``."""

    talks: dict[str, dict[str, Talk]]
    left: int = 0


Hold = Callable[[str, Card, int], Awaitable[Talk]]
After = Callable[[Done, LanguageModel], Awaitable[None]]


async def held(wanted: Wanted, settings: Settings, after: After) -> Done:
    """Hold what is not held yet; then ``after`` is given all of it, and the language model while it is still loaded.
    Raises as wiring does, StorageError and UnreadableInput."""
    done = Done({system: kept(wanted.folder(system)) for system in wanted.systems})
    _check(wanted, settings, done)
    async with AsyncExitStack() as stack:
        if wanted.text:
            mind = await stack.enter_async_context(wiring.mind(settings, note))
            llm: LanguageModel = mind.llm
            hold = _in_text(wanted, settings, mind.supporter, llm)
        else:
            found: list[Working] = []

            def watched(model: LanguageModel) -> LanguageModel:
                found.append(Working(model))
                return found[-1]

            built = await stack.enter_async_context(wiring.parts(settings, note, watched=watched))
            llm = found[-1]
            ear = await asyncio.to_thread(RECOGNISERS.create, settings.asr.backend, settings.asr.options)
            stack.callback(ear.close)
            hold = _aloud(wanted, settings, built, ear, llm)
        await _all(wanted, done, hold)
        await after(done, llm)
    return done


def _check(wanted: Wanted, settings: Settings, done: Done) -> None:
    mode = "text" if wanted.text else "spoken"
    for talks in done.talks.values():
        for talk in talks.values():
            if talk.turns != wanted.turns or talk.mode != mode or talk.seeker != wanted.seeker:
                raise UsageError(
                    f"{wanted.out} holds {talk.mode} talks of {talk.turns} turns with seekers by {talk.seeker}: "
                    "give another folder with --out, or the same options"
                )
    if wanted.jobs > 1 and (not wanted.text or settings.llm.backend in EMBEDDED):
        raise UsageError(
            "--jobs takes text and a language model that is a server (--set llm.backend=openai_http or vllm); the "
            "embedded one holds one conversation: share the cards out with --shard instead"
        )


async def _all(wanted: Wanted, done: Done, hold: Hold) -> None:
    names = {(card.id, seed): f"{card.id}-{seed}" for card in wanted.cards for seed in wanted.seeds}
    todo = [
        (system, card, seed)
        for seed in wanted.seeds
        for card in wanted.cards
        for system in wanted.systems
        if names[card.id, seed] not in done.talks[system]
    ]
    total, began_s = len(todo), time.monotonic()
    gate = asyncio.Semaphore(wanted.jobs)
    done.left = total
    for system in wanted.systems:
        # what other runs left in the folder is not of this one
        done.talks[system] = {name: talk for name, talk in done.talks[system].items() if name in names.values()}

    async def one(system: str, card: Card, seed: int) -> None:
        async with gate:
            if wanted.minutes and time.monotonic() - began_s > 60.0 * wanted.minutes:
                return
            talk = await hold(system, card, seed)
            keep(talk, wanted.folder(system))
            done.talks[system][talk.name] = talk
            done.left -= 1
            progress(f"  {total - done.left} of {total}: {system} {told(talk)}")

    try:
        async with asyncio.TaskGroup() as group:
            for each in todo:
                group.create_task(one(*each))
    except BaseExceptionGroup as failed:
        raise failed.exceptions[0] from failed  # one clear line for the person, not a tree


def told(talk: Talk) -> str:
    """One talk in a line."""
    why = f" ({talk.why})" if talk.why else ""
    fell = f"{talk.begun.intensity:.1f} to {talk.after.intensity:.1f}"
    return f"{talk.name} {talk.ended}{why}, intensity {fell}, {talk.seconds:.0f} s"


def _in_text(wanted: Wanted, settings: Settings, supporter: Supporter, llm: LanguageModel) -> Hold:
    sides, ear = _sides(wanted, settings, supporter, llm), ear_of()

    async def hold(system: str, card: Card, seed: int) -> Talk:
        setting = Setting(system, wanted.turns, wanted.seeker, settings.call.hello)
        side = sides[system].for_call()
        try:
            return await rehearsal.talk(side, _seeker(wanted, card, seed, ear, llm), card, seed, setting)
        finally:
            await side.hang_up()

    return hold


def _aloud(wanted: Wanted, settings: Settings, parts: Parts, listens: Recogniser, llm: LanguageModel) -> Hold:
    sides, ear = _sides(wanted, settings, parts.supporter, llm), ear_of()
    snr_db = wanted.line.snr_db
    noise_db = aloud.NOISE_DB if snr_db is None else max(aloud.NOISE_DB, SPEECH_DB - snr_db)

    async def hold(system: str, card: Card, seed: int) -> Talk:
        setting = Setting(system, wanted.turns, wanted.seeker, settings.call.hello)
        voice = await asyncio.to_thread(SeekerVoice, card, wanted.seeker_voice, wanted.line)
        side = replace(parts, supporter=sides[system])
        ends = Ends(
            side,
            settings.call,
            voice,
            listens,
            telephone if wanted.line.telephone else _as_it_is,
            noise_db,
            wanted.patience_s,
        )
        try:
            return await aloud.talk(ends, _seeker(wanted, card, seed, ear, llm), card, seed, setting)
        finally:
            await asyncio.to_thread(voice.close)

    return hold


def _as_it_is(samples: Samples) -> Samples:
    return samples


def _sides(wanted: Wanted, settings: Settings, supporter: Supporter, llm: LanguageModel) -> dict[str, Supporter]:
    seed = settings.call.seed if settings.call.seed >= 0 else None
    found = {OURS: supporter}
    if PLAIN in wanted.systems:
        found[PLAIN] = without_planner(supporter, llm, guarded_by(llm).stops, seed)
    return found


def _seeker(wanted: Wanted, card: Card, seed: int, ear: Ear, llm: LanguageModel) -> Seeker:
    if wanted.seeker == RULES:
        return Ruled(RuleSeeker(card, seed, ear))
    return PlayedSeeker(card, seed, ear, wanted.player or llm)


def ear_of() -> Ear:
    """The readers of replies, with the meaning of sentences where its weights are there."""
    plain = plain_ear()
    try:
        return replace(plain, meaning=sentences().vector)
    except WeightsError:
        progress("  without the weights minilm-l6: whether a reply meets the seeker is told by shared words alone")
        return plain
