"""What is known of a voice over our reply: words, loudness, pitch, vocal events. Gathers evidence for the judge
(:mod:`warmline.dialogue.overlap`) and decides nothing."""

from __future__ import annotations

from collections.abc import Callable

from warmline.dialogue import floor as f
from warmline.dialogue.overlap import Evidence, judge
from warmline.emotion.types import ParalinguisticTags
from warmline.server.hearing import Hearing, TurnAudio
from warmline.server.mouth import Mouth
from warmline.server.parts import Parts
from warmline.speech.asr.base import Hypothesis
from warmline.speech.runtime.cancel import CancelFlag
from warmline.speech.runtime.cores import Lane
from warmline.speech.types import AudioChunk, Utterance


class Overhearing:
    """One call's. A voice that is judged several times is decoded by one transcriber."""

    def __init__(
        self,
        parts: Parts,
        hearing: Hearing,
        mouth: Mouth,
        tag: Callable[[Utterance], ParalinguisticTags],
        tell: Callable[[f.Event], None],
    ) -> None:
        self._parts = parts
        self._hearing = hearing
        self._mouth = mouth
        self._tag = tag
        self._tell = tell
        self._probe: TurnAudio | None = None
        self._flag = CancelFlag()
        self._busy = False

    def wants(self, asked: f.JudgeOverlap) -> bool:
        """Is it worth asking now? A voice that still lasts is not judged twice at once: it will be asked again."""
        return asked.paused or not self._busy

    async def judge(self, asked: f.JudgeOverlap) -> None:
        """Answer the floor's question; what was being found out before is given up."""
        self._flag.set()
        flag = self._flag = CancelFlag()
        if self._probe is None or self._probe.onset != asked.onset:
            self._probe = self._hearing.probe(asked.onset)
        probe = self._probe
        audio = self._hearing.audio(probe, self._hearing.now)
        self._busy = True
        try:
            evidence = await self._parts.compute.run(Lane.FINAL, lambda: self._evidence(probe, audio, asked, flag))
        finally:
            if self._flag is flag:
                self._busy = False
        self._tell(f.OverlapJudged(asked.onset, asked.end, judge(evidence)))

    def _evidence(self, probe: TurnAudio, audio: AudioChunk, asked: f.JudgeOverlap, flag: CancelFlag) -> Evidence:
        """Blocking."""
        heard = probe.transcriber.final(audio, flag, asked.end)
        tags = self._tag(self._utterance(audio, heard, asked))
        return Evidence(
            voiced=asked.end - asked.onset,
            text=heard.text,
            confidence=heard.confidence,
            paused=asked.paused,
            ours=self._mouth.ours_at(asked.onset),
            answering=self._mouth.asked,
            voiced_share=tags.prosody.voiced_share if tags.prosody is not None else None,
            level_db=self._hearing.level_over_usual_db(asked.onset, asked.end),
            events={event.kind: event.confidence for event in tags.events},
        )

    def _utterance(self, audio: AudioChunk, heard: Hypothesis, asked: f.JudgeOverlap) -> Utterance:
        return Utterance(
            id=0,
            text=heard.text,
            words=heard.words,
            audio=audio,
            language=heard.language,
            speech=((asked.onset, asked.end),),
            features=heard.features,
            confidence=heard.confidence,
        )
