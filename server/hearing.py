"""The current turn as audio: where it began, its voiced spans, its words so far. Holds no decision."""

from __future__ import annotations

import itertools
import statistics
from collections import deque
from dataclasses import dataclass, field

from warmline.dialogue.types import Turn, TurnId
from warmline.emotion.running import Running
from warmline.emotion.types import DISTRESS, ParalinguisticTags
from warmline.speech.asr.base import Hypothesis, Recogniser
from warmline.speech.asr.stream import Transcriber
from warmline.speech.audio.level import SILENT_DBFS, measure
from warmline.speech.audio.ring import Ring
from warmline.speech.turn.patience import Manner
from warmline.speech.types import AudioChunk, Utterance, samples_of, seconds_of

LEAD = samples_of(0.25)
"""Kept before the first voiced sample: detectors notice a soft onset late."""

LONGEST_TURN = samples_of(300.0)
"""Of a longer turn the beginning is forgotten as audio; its stable words are kept by the transcriber."""

KEPT_AFTER = samples_of(45.0)
"""So long after the last voice of a turn its audio is kept: a reply may be heard to its end before we learn from it."""

KEPT_ANYWAY = samples_of(15.0)
"""So long is kept what belongs to no turn: a voice over our reply may become one within a moment."""

FORGET_EVERY = samples_of(5.0)

_OPEN_QUESTION = ("what", "how", "tell me", "could you say", "would you like to say")


@dataclass(slots=True)
class TurnAudio:
    """One turn being heard. ``score``: end-of-turn score of the present pause, None until it is known;
    ``scored_again``: whether it was looked at a second time, later in the pause. ``pauses``: how many there were,
    ``longest_pause_s``: the longest that the person went on after.
    ``decoded_to``: how far partial decodes have come; ``read_words``: how many of their words the language model has
    read. ``tone``: how it was being said, so far. ``memory``: what of earlier calls came to mind. ``over``: where on
    the stream clock the present pause, since ``ended``, will be the turn's end, None until that is known;
    ``worded``: whether the words up to this pause are."""

    turn: TurnId
    onset: int
    transcriber: Transcriber
    words: str = ""
    score: float | None = None
    scored_again: bool = False
    pauses: int = 0
    longest_pause_s: float = 0.0
    decoded_to: int = 0
    read_words: int = 0
    tone: Running = field(default_factory=Running)
    memory: tuple[str, ...] = ()
    ended: int = 0
    worded: bool = False
    over: int | None = None

    def pause(self, ended: int) -> None:
        """A pause begins where the voice ended, not yet scored."""
        self.ended, self.worded = ended, False
        self.score, self.scored_again, self.over = None, False, None
        self.pauses += 1


class Hearing:
    """Keeps the stream's last minutes and cuts turns out of them. ``names``: what the caller may say, to expect."""

    def __init__(self, recogniser: Recogniser, names: tuple[str, ...] = ()) -> None:
        self._recogniser = recogniser
        self._names = names
        self._ring = Ring(LONGEST_TURN + samples_of(5.0))
        self._voices: deque[tuple[int, int]] = deque(maxlen=1000)
        self._levels_db: deque[float] = deque(maxlen=20)
        self._longest_pauses_s: deque[float] = deque(maxlen=8)
        self.current: TurnAudio | None = None

    @property
    def now(self) -> int:
        """The stream clock: samples heard since the call began."""
        return self._ring.end

    def append(self, chunk: AudioChunk) -> None:
        self._ring.append(chunk.samples)
        if chunk.start // FORGET_EVERY != chunk.end // FORGET_EVERY:
            self._forget()

    def _forget(self) -> None:
        """Let go of audio that no turn needs any more: of many calls at once it would be most of the memory."""
        turn, since = self.current, self.now - KEPT_ANYWAY
        if turn is not None:
            paused = self._voices[-1][1] if self._voices else 0  # a voice that lasts is decoded, and not yet here
            if self.now - max(paused, turn.decoded_to) < KEPT_AFTER:
                since = min(since, turn.onset)
        self._ring.forget(since - LEAD)

    def note_voice(self, onset: int, end: int) -> None:
        """Somebody spoke in [onset, end)."""
        self._voices.append((onset, end))

    def voiced(self, turn: TurnAudio, end: int) -> tuple[tuple[int, int], ...]:
        """The voiced spans of the turn up to ``end``."""
        return tuple((start, min(stop, end)) for start, stop in self._voices if stop > turn.onset and start < end)

    def probe(self, onset: int) -> TurnAudio:
        """Audio since ``onset`` that is no turn yet: somebody speaks over our reply."""
        return TurnAudio(0, onset, Transcriber(self._recogniser, self._names))

    def open(self, turn: TurnId, onset: int) -> TurnAudio:
        if self.current is not None and self.current.words:
            self._longest_pauses_s.append(self.current.longest_pause_s)
        self.current = TurnAudio(turn, onset, Transcriber(self._recogniser, self._names), decoded_to=onset)
        return self.current

    def audio(self, turn: TurnAudio, end: int) -> AudioChunk:
        """The turn up to ``end``, with a little lead-in."""
        start = max(turn.onset - LEAD, end - LONGEST_TURN, self._ring.start, 0)
        return AudioChunk(self._ring.slice(start, end), start=start)

    def level_db(self, start: int, end: int) -> float:
        """How loud it was in [start, end), in dB of full scale."""
        return measure(self._ring.slice(max(start, self._ring.start), min(end, self.now))).rms_dbfs

    def level_over_usual_db(self, start: int, end: int) -> float | None:
        """The same over the caller's own usual level; None until they have said something."""
        if not self._levels_db or end - start <= 0:
            return None
        return self.level_db(start, end) - statistics.median(self._levels_db)

    def note_caller(self, turn: TurnAudio) -> None:
        """The turn held words of the caller's: so loud are they."""
        spans = self.voiced(turn, self.now)
        if spans and spans[-1][0] >= self._ring.start:
            level_db = self.level_db(*spans[-1])
            if level_db > SILENT_DBFS:
                self._levels_db.append(level_db)

    def fresh(self, turn: TurnAudio, end: int) -> AudioChunk:
        """What of the turn up to ``end`` its partials still need: at most some twenty seconds, however long it is."""
        start = max(turn.onset - LEAD, min(turn.transcriber.needs_from, end), self._ring.start, 0)
        return AudioChunk(self._ring.slice(start, end), start=start)

    def utterance(self, turn: TurnAudio, audio: AudioChunk, heard: Hypothesis) -> Utterance:
        return Utterance(
            id=turn.turn,
            text=heard.text,
            words=heard.words,
            audio=audio,
            language=heard.language,
            speech=self.voiced(turn, audio.end),
            features=heard.features,
            confidence=heard.confidence,
        )

    def manner(
        self, turn: TurnAudio, turns: tuple[Turn, ...], tags: ParalinguisticTags | None, cut_before: int = 0
    ) -> Manner:
        """How this turn is being spoken, for patience."""
        spans = self.voiced(turn, self.now)
        gaps = [seconds_of(after[0] - before[1]) for before, after in itertools.pairwise(spans)]
        last = turns[-1] if turns else None
        turn.longest_pause_s = max(gaps, default=0.0)
        return Manner(
            longest_pause_s=turn.longest_pause_s,
            pauses=sum(gap >= 0.3 for gap in gaps),
            arousal=tags.arousal * tags.confidence if tags else 0.0,
            distress=last.plan.intensity if last else 1.0,
            rate_syllables_s=tags.prosody.rate_syllables_s if tags and tags.prosody else 0.0,
            asked_open=last is not None and _open_question(last.heard),
            sobs=sum(event.kind in DISTRESS for event in tags.events) if tags else 0,
            cut_before=cut_before,
            habit_pause_s=statistics.median(self._longest_pauses_s) if self._longest_pauses_s else 0.0,
        )


def _open_question(heard: str) -> bool:
    text = heard.rstrip()
    if not text.endswith("?"):
        return False
    sentence = text[:-1].replace("!", ".").rsplit(".", 1)[-1].strip().lower()
    return any(sentence.startswith(start) or f" {start} " in f" {sentence} " for start in _OPEN_QUESTION)
