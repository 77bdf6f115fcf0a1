"""The front end as one: mended, in order, without noise if wanted, and what is wrong with the line."""

from __future__ import annotations

import numpy as np

from tests.sounds import noise, silence, voice
from warmline.speech.audio.denoise.none import NoConfig, NoDenoiser
from warmline.speech.audio.faults import Gap, NotNumbers
from warmline.speech.audio.findings import Listener, Trouble
from warmline.speech.audio.front import FrontEnd, Heard
from warmline.speech.types import Samples


class Slow:
    """Holds back 500 samples."""

    def __init__(self) -> None:
        self._held: Samples = np.zeros(0, np.float32)
        self.closed = False

    @property
    def held_back(self) -> int:
        return len(self._held)

    def push(self, samples: Samples) -> Samples:
        whole = np.concatenate((self._held, samples))
        self._held = whole[max(0, len(whole) - 500) :]
        return whole[: max(0, len(whole) - 500)]

    def flush(self) -> Samples:
        rest, self._held = self._held, self._held[:0]
        return rest

    def close(self) -> None:
        self.closed = True


def joined(*heard: Heard) -> Samples:
    return np.concatenate([chunk.samples for one in heard for chunk in one.chunks])


def test_a_sound_stream_passes_and_keeps_its_clock() -> None:
    audio = voice(120.0, 1.0)
    for denoiser in (NoDenoiser(NoConfig()), Slow()):
        front = FrontEnd(denoiser, start=1_000)
        heard = [front.push(piece) for piece in np.array_split(audio, 37)]
        heard.append(front.flush())
        assert np.array_equal(joined(*heard), audio)
        at = 1_000
        for chunk in (chunk for one in heard for chunk in one.chunks):
            assert chunk.start == at
            at = chunk.end
        front.close()


def test_faults_and_troubles_come_with_what_is_heard() -> None:
    front = FrontEnd(NoDenoiser(NoConfig()), listener=Listener())
    bad = voice(120.0, 0.1)
    bad[5] = np.nan
    assert [type(fault) for fault in front.push(bad).faults] == [NotNumbers]
    assert [type(fault) for fault in front.lost(320).faults] == [Gap]
    troubles = [trouble for _ in range(300) for trouble in front.push(silence(0.02)).troubles]
    assert troubles == [Trouble.MUTED]
    assert front.push(noise(0.1, 3e-4)).troubles == ()
