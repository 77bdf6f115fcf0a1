"""One recogniser for many calls: what is asked in one party is decoded at once, alike with alike."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import pytest

from warmline.speech.asr.backends import RECOGNISERS
from warmline.speech.asr.base import Batching, Hypothesis, Recogniser, Tunable
from warmline.speech.asr.shared import Shared, shared
from warmline.speech.runtime.cancel import CancelFlag, Cancelled
from warmline.speech.runtime.errors import RecognitionError
from warmline.speech.runtime.party import Party
from warmline.speech.types import AudioChunk


@dataclass
class Ears:
    """Hears how long the audio is; notes each batch as (use, lengths). ``deaf``: a length that it fails on."""

    use: str = "as set"
    batches: list[tuple[str, list[int]]] = field(default_factory=list)
    deaf: int = -1

    def tuned(self, *, hotwords: tuple[str, ...] | None = None, quick: bool | None = None) -> Ears:
        return Ears(f"{hotwords} {quick}", self.batches, self.deaf)

    def decode(self, audio: AudioChunk, cancel: CancelFlag | None = None) -> Hypothesis:
        if cancel is not None:
            cancel.check()
        return self.decode_many([audio])[0]

    def decode_many(self, audios: Sequence[AudioChunk], cancel: CancelFlag | None = None) -> list[Hypothesis]:
        lengths = [len(audio.samples) for audio in audios]
        self.batches.append((self.use, lengths))
        if self.deaf in lengths:
            raise RecognitionError("deaf")
        return [Hypothesis(str(length)) for length in lengths]

    def close(self) -> None: ...


def _audio(length: int) -> AudioChunk:
    return AudioChunk(np.zeros(length, np.float32))


def _together(asked: Sequence[tuple[Recogniser, int, CancelFlag | None]]) -> list[str]:
    """What each heard, or the name of what it raised, all in one party."""
    party = Party(len(asked))
    told: list[str] = []
    with ThreadPoolExecutor(len(asked)) as pool:
        jobs = [
            pool.submit(party.guest(lambda by=by, n=n, flag=flag: by.decode(_audio(n), flag).text))  # type: ignore[misc]
            for by, n, flag in asked
        ]
        for job in jobs:
            error = job.exception()
            told.append(job.result() if error is None else type(error).__name__)
    return told


def test_who_is_alone_is_decoded_at_once_and_alone() -> None:
    ears = Ears()
    assert shared(ears).decode(_audio(7)).text == "7"
    assert ears.batches == [("as set", [7])]


def test_what_is_asked_in_one_party_is_decoded_in_one_batch_alike_with_alike() -> None:
    ears = Ears()
    plain = Shared(ears)
    quick, names = plain.tuned(quick=True), plain.tuned(hotwords=("Siobhan",))
    assert _together([(plain, 1, None), (quick, 2, None), (plain, 3, None), (names, 4, None)]) == ["1", "2", "3", "4"]
    found = sorted((use, sorted(lengths)) for use, lengths in ears.batches)
    assert found == [("('Siobhan',) None", [4]), ("None True", [2]), ("as set", [1, 3])]


def test_two_calls_that_tuned_it_alike_share_a_batch() -> None:
    ears = Ears()
    one, other = Shared(ears).tuned(quick=True), Shared(ears).tuned(quick=True)
    assert _together([(one, 1, None), (other, 2, None)]) == ["1", "2"]
    assert [sorted(lengths) for _, lengths in ears.batches] == [[1, 2]]


def test_nothing_is_decoded_for_who_gave_up_and_the_others_get_theirs() -> None:
    ears, gone = Ears(), CancelFlag()
    gone.set()
    plain = Shared(ears)
    assert _together([(plain, 1, None), (plain, 2, gone), (plain, 3, None)]) == ["1", "Cancelled", "3"]
    assert [sorted(lengths) for _, lengths in ears.batches] == [[1, 3]]
    with pytest.raises(Cancelled):
        plain.decode(_audio(4), gone)


def test_a_batch_that_fails_fails_for_those_in_it_only() -> None:
    plain = Shared(Ears(deaf=2))
    quick = plain.tuned(quick=True)
    assert _together([(plain, 1, None), (quick, 2, None)]) == ["1", "RecognitionError"]


def test_only_a_recogniser_that_decodes_several_at_once_is_shared() -> None:
    scripted = RECOGNISERS.create("scripted", {"script": "0.0-1.0 hello"})
    assert shared(scripted) is scripted
    both = shared(Ears())
    assert isinstance(both, Tunable)
    assert isinstance(both, Batching)
    assert [heard.text for heard in both.decode_many([_audio(5), _audio(6)])] == ["5", "6"]
