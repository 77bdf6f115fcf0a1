"""The only builder: settings in, running parts out. Everything else is given what it needs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from warmline.dialogue.kinds.model import shipped_check
from warmline.dialogue.languages import ENGLISH, of
from warmline.dialogue.llm.backends import LANGUAGE_MODELS
from warmline.dialogue.llm.base import LanguageModel, Reads
from warmline.dialogue.llm.spare import SparedModel
from warmline.dialogue.memory.sentences import Embeds
from warmline.dialogue.memory.sentences import shipped as shipped_sentences
from warmline.dialogue.prompt.wording import line
from warmline.dialogue.safety.deep_reader import DeepReader, of_model
from warmline.dialogue.safety.guard_reader import GuardReader, guarded_by
from warmline.dialogue.safety.replay import ReplayedProtocol
from warmline.dialogue.safety.screen import Screen
from warmline.dialogue.strategy.planner import Planner
from warmline.dialogue.supporter import Supporter
from warmline.dialogue.types import NEUTRAL, ReplySegment
from warmline.emotion.events.detector import EventDetector
from warmline.emotion.tagger.backends import TAGGERS
from warmline.emotion.tagger.base import Tagger
from warmline.server import warming
from warmline.server.audit.chain import Entry
from warmline.server.audit.log import AuditLog
from warmline.server.care import directory, handoff_bridge
from warmline.server.handoff.bridge import Console
from warmline.server.parts import Parts
from warmline.server.settings import Choice, Settings
from warmline.server.store.keeping import Keeper, keeper
from warmline.speech.asr.backends import RECOGNISERS
from warmline.speech.asr.base import Recogniser
from warmline.speech.asr.shared import shared
from warmline.speech.diarize.backends import DIARISERS
from warmline.speech.diarize.base import Diariser
from warmline.speech.runtime import allocator, weights
from warmline.speech.runtime.cancel import CancelFlag
from warmline.speech.runtime.cores import Cores
from warmline.speech.runtime.errors import SettingsError
from warmline.speech.runtime.registry import Registry
from warmline.speech.turn.backends import TURNS
from warmline.speech.turn.base import TurnDetector
from warmline.speech.vad.backends import VADS
from warmline.tts.backchannel import ListenerSound
from warmline.tts.types import SpokenChunk
from warmline.tts.voice.backends import VOICES
from warmline.tts.voice.base import Voice
from warmline.tts.voice.by_language import ByLanguage
from warmline.tts.voice.fallback import FallbackVoice
from warmline.tts.voice.rendered import murmurs as murmurs_of

T = TypeVar("T")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Loaded:
    turn: TurnDetector
    recogniser: Recogniser
    tagger: Tagger
    planner: Planner
    voice: Voice
    apology: tuple[SpokenChunk, ...]
    sounds: EventDetector
    diariser: Diariser | None
    murmurs: tuple[ListenerSound, ...]
    sentences: Embeds | None


@asynccontextmanager
async def parts(
    settings: Settings,
    note: Callable[[str], None] = lambda _: None,
    console: Console | None = None,
    kept: Keeper | None = None,
    watched: Callable[[LanguageModel], LanguageModel] = lambda llm: llm,
) -> AsyncGenerator[Parts, None]:
    """Build everything, warm it, and close it again. ``note`` is told what is happening, for people who wait.
    ``console``: where operators take callers over, if that is how it is set. ``kept``: the keeper of these settings
    where the caller has opened it already. ``watched``: is given the language model, and what it gives back is used.

    The language model loads beside the small models: it spends its time on the disk and on its own threads.
    Raises UsageError for wrong settings, WeightsError for missing or damaged weights, StorageError, BackendError."""
    use_cache(settings)
    allocator.share_heaps()
    async with AsyncExitStack() as stack:
        keeping = kept or await stack.enter_async_context(keeper(settings))
        audit = _audit(settings, stack)
        if (bridge := handoff_bridge(settings, console)) is not None:
            stack.push_async_callback(bridge.close)
        cores = stack.enter_context(Cores())
        note("loading models")
        llm_task = asyncio.create_task(asyncio.to_thread(language_model, settings))
        try:
            small = await asyncio.to_thread(_load_small, settings)
            made = await llm_task
            llm: LanguageModel = watched(made)
        finally:
            llm_task.cancel()
        stack.push_async_callback(llm.close)
        for part in (small.turn, small.recogniser, small.tagger, small.voice):
            stack.callback(part.close)
        if small.diariser is not None:
            stack.callback(small.diariser.close)
        languages = spoken_languages(settings, small.voice)
        reader = of_model(made, Screen().doubt)
        supporter = _supporter(settings, small.planner, llm, languages, guarded_by(made), reader, aloud=True)
        note("reading the prompt")
        await asyncio.to_thread(warming.planning, supporter, languages[0])
        async with cores.writing():
            await _read_ahead(supporter, languages)
        note("ready")
        yield Parts(
            compute=cores,
            vad=lambda: VADS.create(settings.vad.backend, settings.vad.options),
            turn=small.turn,
            recogniser=shared(small.recogniser),
            tagger=small.tagger,
            supporter=supporter,
            voice=small.voice,
            apology=small.apology,
            sounds=small.sounds if small.sounds.hears_sounds else None,
            diariser=small.diariser,
            murmurs=small.murmurs,
            keeper=keeping,
            sentences=small.sentences,
            audit=audit,
            bridge=bridge,
            handoff_wait_s=settings.handoff.wait_s,
            directory=directory(settings),
            deep=reader,
        )


@dataclass(frozen=True, slots=True)
class Mind:
    """What answers in text: no ears, no voice. ``unread``: tokens the language model had to read for its last reply,
    None where the backend does not say. ``llm``: the model that writes."""

    supporter: Supporter
    unread: Callable[[], int | None]
    llm: LanguageModel
    keeper: Keeper | None = None
    sentences: Embeds | None = None


@asynccontextmanager
async def mind(settings: Settings, note: Callable[[str], None] = lambda _: None) -> AsyncGenerator[Mind, None]:
    """Screen, planner, language model and protocol alone. Raises as :func:`parts` does."""
    use_cache(settings)
    async with AsyncExitStack() as stack:
        keeping = await stack.enter_async_context(keeper(settings))
        note("loading the language model")
        llm: LanguageModel = await asyncio.to_thread(language_model, settings)
        stack.push_async_callback(llm.close)
        reader = of_model(llm, Screen().doubt)
        supporter = _supporter(settings, Planner(), llm, settings.call.tongues, guarded_by(llm), reader, aloud=False)
        note("reading the prompt")
        await supporter.prepare((), "", CancelFlag())
        note("ready")
        yield Mind(
            supporter, lambda: llm.last.read if isinstance(llm, Reads) else None, llm, keeping, sentences(settings)
        )


def _audit(settings: Settings, stack: AsyncExitStack) -> Callable[[Entry], None] | None:
    """Where safety decisions are written down, if they are. Raises StorageError."""
    if not settings.care.audit:
        return None
    log_ = AuditLog(Path(settings.care.audit).expanduser())
    stack.callback(log_.close)
    return log_.put


async def _read_ahead(supporter: Supporter, languages: tuple[str, ...]) -> None:
    """The fixed parts of all languages of a call, so that a change costs a read from the disk; the first one last."""
    for language in reversed(languages):
        await supporter.read_fixed(language, CancelFlag())


def spoken_languages(settings: Settings, voice: Voice) -> tuple[str, ...]:
    """Those of ``call.languages`` that the voice speaks. Raises SettingsError where a call could not begin."""
    wanted, able = settings.call.tongues, voice.capabilities.languages
    if wanted[0] not in able:
        raise SettingsError(
            f"the voice {settings.voice.backend} does not speak {of(wanted[0]).english}: set another voice "
            f"(see: warmline voices), or talk by text: warmline chat --language {wanted[0]}"
        )
    spoken = tuple(code for code in wanted if code in able)
    if spoken != (ENGLISH,) and settings.asr.options.get("language", ENGLISH) == ENGLISH:
        raise SettingsError(
            f"calls may be in {', '.join(spoken)}, but recognition listens for English alone: "
            "set asr.model=whisper-base and asr.language=auto, or call.languages=en"
        )
    return spoken


def _supporter(
    settings: Settings,
    planner: Planner,
    llm: LanguageModel,
    languages: tuple[str, ...],
    guard: GuardReader,
    reader: DeepReader | None,
    *,
    aloud: bool,
) -> Supporter:
    call = settings.call
    return Supporter(
        planner,
        Screen(),
        llm,
        ReplayedProtocol(call.country, directory(settings)),
        guard=guard.stops,
        reader=reader,
        seed=call.seed if call.seed >= 0 else None,
        openings=call.openings,
        steer=call.steer,
        check=shipped_check() if call.check else None,
        languages=languages,
        aloud=aloud,
    )


def sentences(settings: Settings) -> Embeds | None:
    """What knows the meaning of sentences, where callers may be remembered: this process, or the cluster that it
    belongs to. Raises WeightsError, MissingExtra, BackendError."""
    if not settings.store.url or settings.memory.consent == "no":
        return None
    if not settings.cluster.address:
        return shipped_sentences()
    from warmline.server.cluster.backends import ClusterConfig, meaning

    return meaning(ClusterConfig(settings.cluster.address), shipped_sentences)


def use_cache(settings: Settings) -> None:
    """Tell the weights where their cache is, if the operator chose a folder."""
    if settings.cache:
        weights.configure(Path(settings.cache).expanduser())


def hearing(settings: Settings) -> tuple[Recogniser, Tagger, TurnDetector]:
    """What listens to a turn."""
    return _create(RECOGNISERS, settings.asr), _create(TAGGERS, settings.tagger), _create(TURNS, settings.turn)


def voice(settings: Settings) -> Voice:
    """The voice, with the spare one behind it, and beside it the one for other languages."""
    first = _create(VOICES, settings.voice)
    if settings.spare_voice.backend and settings.spare_voice.backend != settings.voice.backend:
        first = FallbackVoice(first, lambda: _create(VOICES, settings.spare_voice))
    return ByLanguage(first, _create(VOICES, settings.other_voice)) if settings.other_voice.backend else first


def language_model(settings: Settings) -> LanguageModel:
    """The language model, with the spare one behind it where one is named (``spare_llm.backend``)."""
    first = _create(LANGUAGE_MODELS, settings.llm)
    if not settings.spare_llm.backend:
        return first
    return SparedModel(first, lambda: _create(LANGUAGE_MODELS, settings.spare_llm))


def _create(registry: Registry[T], choice: Choice) -> T:
    return registry.create(choice.backend, choice.options)


def _load_small(settings: Settings) -> _Loaded:
    VADS.create(settings.vad.backend, settings.vad.options).close()  # wrong settings are told now, not in a call
    recogniser, tagger, turn = hearing(settings)
    spoken = voice(settings)
    first = spoken_languages(settings, spoken)[0]
    words = line("call", "apology", (), first)
    apology = tuple(spoken.speak(ReplySegment(0, 0, words, NEUTRAL, last=True, source="fallback", language=first)))
    murmurs = murmurs_of(spoken) if settings.call.backchannels else ()
    warming.ears_and_voice(recogniser, tagger, turn, spoken, first)
    diariser = None if settings.diarize.backend == "none" else _create(DIARISERS, settings.diarize)
    return _Loaded(
        turn, recogniser, tagger, Planner(), spoken, apology, EventDetector(), diariser, murmurs, sentences(settings)
    )
