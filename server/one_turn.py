"""One turn without a conversation around it: a recording in, a spoken reply out."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass

import numpy as np

from warmline.dialogue.types import Plan
from warmline.emotion.types import ParalinguisticTags
from warmline.server.parts import Parts
from warmline.speech.asr.stream import Transcriber
from warmline.speech.runtime.cancel import CancelFlag
from warmline.speech.runtime.cores import Lane
from warmline.speech.runtime.errors import UnreadableInput
from warmline.speech.runtime.trace import Trace
from warmline.speech.turn.endpoint import Endpoint, EndpointRules, VoicePaused, step
from warmline.speech.types import AudioChunk, Samples, Utterance
from warmline.speech.vad.base import FRAME


@dataclass(frozen=True, slots=True)
class Answer:
    """One turn, from words to audio at VOICE_RATE."""

    words: str
    tags: ParalinguisticTags
    plan: Plan
    reply: str
    audio: Samples
    stages_ms: dict[str, float]


async def answer_turn(parts: Parts, audio: AudioChunk) -> Answer:
    """One turn without a conversation around it. Raises UnreadableInput when nobody speaks in ``audio``."""
    trace = Trace()
    flag = CancelFlag()
    voiced = voiced_spans(parts, audio)
    if not voiced:
        raise UnreadableInput("nobody speaks in this recording: is it the right file, and loud enough?")
    transcriber = Transcriber(parts.recogniser)
    with trace.stage("asr"):
        heard = await parts.compute.run(Lane.FINAL, lambda: transcriber.final(audio, flag))
    if not heard.text:
        raise UnreadableInput(f"no words could be made out in this recording ({heard.rejected or 'no speech found'})")
    utterance = Utterance(0, heard.text, heard.words, audio, heard.language, voiced, heard.features, heard.confidence)
    with trace.stage("emotion"):
        tags = await parts.compute.run(Lane.FINAL, lambda: parts.tagger.tag(utterance))
    with trace.stage("plan"):
        plan = await parts.supporter.planned(heard.text, tags, (), flag, heard.language)
    texts: list[str] = []
    spoken: list[Samples] = []
    begun_s = trace.clock.now_s()
    async with aclosing(parts.supporter.reply(1, utterance, tags, plan, (), flag)) as segments:
        async for segment in segments:
            trace.stages_ms.setdefault("llm_first_segment", (trace.clock.now_s() - begun_s) * 1000.0)
            texts.append(segment.text)
            with trace.stage("voice"):
                spoken += [chunk.audio for chunk in parts.voice.speak(segment, flag)]
    trace.add("llm_and_voice", (trace.clock.now_s() - begun_s) * 1000.0)
    return Answer(heard.text, tags, plan, " ".join(texts), np.concatenate(spoken), trace.stages_ms)


def voiced_spans(parts: Parts, audio: AudioChunk) -> tuple[tuple[int, int], ...]:
    """Where somebody speaks, on the stream clock."""
    vad, state, rules = parts.vad(), Endpoint(), EndpointRules()
    spans: list[tuple[int, int]] = []
    padded = np.pad(audio.samples, (0, FRAME * 4 - len(audio.samples) % FRAME))
    for start in range(0, len(padded) - FRAME + 1, FRAME):
        score = vad.score(padded[start : start + FRAME])
        state, events = step(state, score, start, start + FRAME, rules)
        spans += [
            (event.onset, min(event.end, len(audio.samples))) for event in events if isinstance(event, VoicePaused)
        ]
    vad.close()
    return tuple(spans)
