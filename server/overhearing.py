"""What is known of a voice over our reply: words, loudness, kind of sound, whose it is. Gathers evidence for the judge
(:mod:`warmline.dialogue.overlap`) and decides nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from warmline.dialogue import floor as f
from warmline.dialogue.echo import may_be_answer, without_echo
from warmline.dialogue.overlap import Evidence, Verdict, judge
from warmline.emotion.events.sounds import Sound
from warmline.server.acquaintance import Acquaintance
from warmline.server.hearing import Hearing, TurnAudio
from warmline.server.mouth import Mouth
from warmline.server.parts import Parts
from warmline.speech.runtime.cancel import CancelFlag
from warmline.speech.runtime.cores import Lane
from warmline.speech.types import AudioChunk


class Overhearing:
    """One call's. A voice that is judged several times is decoded by one transcriber. Without ``read_tone`` it is only
    asked whether a sound is speech, not whether it is a sob or a laugh: that the person did not agree to."""

    def __init__(
        self,
        parts: Parts,
        hearing: Hearing,
        mouth: Mouth,
        caller: Acquaintance,
        tell: Callable[[f.Event], None],
        *,
        read_tone: Callable[[], bool],
    ) -> None:
        self._parts = parts
        self._hearing = hearing
        self._mouth = mouth
        self._caller = caller
        self._tell = tell
        self._read_tone = read_tone
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
            verdict = await self._parts.compute.run(Lane.FINAL, lambda: self._verdict(probe, audio, asked, flag))
        finally:
            if self._flag is flag:
                self._busy = False
        self._tell(f.OverlapJudged(asked.onset, asked.end, verdict))

    def _verdict(self, probe: TurnAudio, audio: AudioChunk, asked: f.JudgeOverlap, flag: CancelFlag) -> Verdict:
        """Words of danger are never taken for somebody else's, a noise or a sob. Blocking."""
        evidence = self._evidence(probe, audio, asked, flag)
        verdict = judge(evidence)
        if verdict in (Verdict.OTHER, Verdict.NOISE, Verdict.SOB, Verdict.COUGH):
            words = without_echo(evidence.text or "", evidence.ours)
            if words and self._parts.supporter.hears_risk(words):
                return Verdict.SPEECH
        text = evidence.text or ""
        if verdict is Verdict.ECHO and may_be_answer(text, evidence.ours) and self._parts.supporter.hears_risk(text):
            return Verdict.SPEECH  # our question without its "you" may be the answer to it
        return verdict

    def _evidence(self, probe: TurnAudio, audio: AudioChunk, asked: f.JudgeOverlap, flag: CancelFlag) -> Evidence:
        """Blocking."""
        heard = probe.transcriber.final(audio, flag, asked.end)
        voice = audio.samples[max(0, asked.onset - audio.start) : max(0, asked.end - audio.start)]
        sound = self._parts.sounds.sound(voice) if self._parts.sounds is not None else None
        return Evidence(
            voiced=asked.end - asked.onset,
            text=heard.text,
            confidence=heard.confidence,
            paused=asked.paused,
            ours=self._mouth.ours_at(asked.onset),
            answering=self._mouth.asked,
            level_db=self._hearing.level_over_usual_db(asked.onset, asked.end),
            speech=None if sound is None else sound.speech,
            events=self._events(sound),
            caller=self._caller.probability(voice),
        )

    def _events(self, sound: Sound | None) -> Mapping[str, float] | None:
        return {sound.kind: sound.confidence} if self._read_tone() and sound is not None and sound.wordless else None
