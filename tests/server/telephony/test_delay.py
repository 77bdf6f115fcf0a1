"""What a telephone line adds to the delay: the bar, and that the measurement would see more."""

from __future__ import annotations

import json

import numpy as np
import pytest

from warmline.server import cli
from warmline.server.bench import phone
from warmline.server.transport.formats import PCMU
from warmline.server.transport.telephony.spoken import Spoken

BAR_MS = 10.0


@pytest.mark.parametrize("name", list(phone.LINES))
def test_codec_and_change_of_rate_stay_under_the_bar_each_way(name: str) -> None:
    for way in (phone.heard, phone.spoken):
        assert max(way(phone.LINES[name], 60, seed=3).delay_ms) <= BAR_MS


def test_a_frame_of_delay_would_be_seen() -> None:
    wave, places = phone.clicks(8_000, 20, seed=1)
    late = np.concatenate([np.zeros(160, np.float32), wave])
    assert phone._delays(wave, 8_000, 8_000, places) == pytest.approx([0.0] * 20)
    assert phone._delays(late, 8_000, 8_000, places) == pytest.approx([20.0] * 20)


def test_every_frame_is_whole_and_what_is_old_is_not_heard_before_what_is_new() -> None:
    voice, loud, quiet = Spoken(PCMU), np.full(480, 0.5, np.float32), np.full(480, 1e-4, np.float32)
    assert [len(voice.encode(loud, 480 * place)) for place in (1, 2, 3)] == [160] * 3
    fresh = PCMU.decode(voice.encode(quiet, 480 * 9))
    assert float(np.abs(fresh).max()) < 0.01


def test_the_command_prints_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["bench", "phone", "--clicks", "20", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["worst_ms"] <= BAR_MS
    assert set(told["delay_ms"]) == set(phone.LINES)
    assert set(told["delay_ms"]["mulaw"]["in"]) == {"p50", "max", "processing_p95"}
    assert cli.main(["bench", "phone", "--clicks", "0"]) == 2
