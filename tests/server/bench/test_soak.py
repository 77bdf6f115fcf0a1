"""The soak itself: its arithmetic, and that it finds what it looks for."""

from __future__ import annotations

import json
import math
from collections.abc import Callable

import numpy as np
import pytest

from warmline.dialogue.types import Outcome
from warmline.server import cli
from warmline.server import events as e
from warmline.server.bench import soak
from warmline.server.bench.soak import Line, last_half, settled, slope_per_h


def test_the_slope_is_an_hour_s_growth_and_jumps_move_it_little() -> None:
    steady = [(30.0 * n, 100.0 + 2.0 * 30.0 * n / 3600.0) for n in range(120)]
    assert slope_per_h(steady) == pytest.approx(2.0)
    jumped = [(at, size + (5.0 if n > 100 else 0.0)) for n, (at, size) in enumerate(steady)]
    assert slope_per_h(jumped) == pytest.approx(2.0, abs=0.2)
    assert math.isnan(slope_per_h([(0.0, 1.0)]))


def test_the_warm_up_is_left_out_or_half_of_a_short_run() -> None:
    hour = [(30.0 * n, 1.0) for n in range(121)]
    assert settled(hour)[0][0] == 330.0
    assert settled(hour[:11])[0][0] == 150.0
    assert settled([]) == []
    assert last_half(hour)[0][0] == 1800.0


def test_a_warm_up_is_told_beside_the_slope_and_hides_nothing() -> None:
    """Ten minutes that rise by 100 MiB, ten that rise by 1, ten that stay."""
    rise = [(30.0 * n, 500.0 + 5.0 * min(n, 20) + 0.05 * min(max(n - 20, 0), 20)) for n in range(61)]
    told = soak.Soaked(rss=rise).payload()
    assert told["rss_warm_up_mib"] == pytest.approx(55.0)
    assert told["rss_settled_mib"] == pytest.approx(46.0)
    assert told["rss_most_mib"] == pytest.approx(601.0)
    assert told["rss_slope_last_half_mib_per_h"] == pytest.approx(slope_per_h(rise[30:]))
    assert told["rss_slope_mib_per_h"] == pytest.approx(slope_per_h(rise[11:]))
    assert slope_per_h(rise[11:]) > slope_per_h(rise[30:]) > 0.0


def test_the_script_is_talk_with_pauses_murmurs_and_interruptions() -> None:
    script = soak.script(5.0)
    assert len(script.spans) > 20
    assert all(0.0 <= start < end <= 300.0 for start, end, _ in script.spans)
    assert "mm-hm" in script.words
    assert "wait" in script.words
    assert any(not text for _, _, text in script.spans), "a cough"


def test_the_line_is_loud_where_somebody_speaks_and_noise_elsewhere() -> None:
    steps = list(Line(400, soak.script(1.0)))
    level = [float(np.sqrt(np.mean(np.square(step)))) for step in steps]
    assert all(step.shape == (soak.STEP,) for step in steps)
    assert level[150] > 0.05
    assert 0.0 < level[250] < 0.001
    silent = list(Line(10))
    assert max(float(np.abs(step).max()) for step in silent) < 0.002


def test_recordings_are_played_over_and_over() -> None:
    steps = list(Line(600, recordings=[np.full(16_000, 0.1, np.float32)]))
    loud = [n for n, step in enumerate(steps) if step.mean() > 0.05]
    assert loud == [*range(50), *range(300, 350)]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., dict[str, object]]:
    def soaked(*words: str) -> dict[str, object]:
        assert cli.main(["bench", "soak", *words, "--json"]) == 0
        out: dict[str, object] = json.loads(capsys.readouterr().out)
        return out

    return soaked


def test_talk_is_answered_without_an_error_and_without_drift(run: Callable[..., dict[str, object]]) -> None:
    out = run("--minutes", "1", "--speech")
    assert (out["errors"], out["clock_drift_samples"]) == (0, 0)
    replies = out["replies"]
    assert isinstance(replies, dict)
    assert replies["spoken"] >= 3
    assert replies["cut"] >= 1
    assert {"n", "version", "hardware", "rss_slope_mib_per_h"} <= out.keys()


def test_several_calls_at_once_are_told_as_one(run: Callable[..., dict[str, object]]) -> None:
    one, three = run("--minutes", "0.5"), run("--minutes", "0.5", "--calls", "3")
    assert (three["errors"], three["clock_drift_samples"], three["calls"]) == (0, 0, 3)
    assert isinstance(one["events"], dict)
    assert isinstance(three["events"], dict)
    assert three["events"]["TurnBegan"] == 3 * one["events"]["TurnBegan"]


def test_calls_that_come_and_go_begin_anew_and_end(run: Callable[..., dict[str, object]]) -> None:
    one, two = run("--minutes", "0.5"), run("--minutes", "1", "--each", "0.5")
    assert (two["errors"], two["clock_drift_samples"], two["calls_held"]) == (0, 0, 2)
    assert isinstance(one["events"], dict)
    assert isinstance(two["events"], dict)
    assert two["events"]["TurnBegan"] == 2 * one["events"]["TurnBegan"]
    assert two["events"]["CallOver"] == 2


def test_what_went_wrong_in_any_call_is_in_the_sum() -> None:
    good, bad = soak.Soaked(drift=-3, late_s=0.1), soak.Soaked(errors=["x"], drift=5, late_s=0.4)
    whole = soak.together([good, bad])
    assert (whole.errors, whole.drift, whole.late_s) == (["x"], 8, 0.4)


def test_what_fails_is_counted() -> None:
    seen = soak.Soaked()
    seen(e.Trouble("the reply failed (OSError): see the log"))
    seen(e.StreamFault("Gap", "2.00 s: 40 ms were lost and concealed", 32_000, 1))
    seen(e.ReplyEnded(1, "", "", "", Outcome.FAILED, {}, 0))
    assert seen.payload()["errors"] == 3
    assert all("\n" not in what for what in seen.errors)


@pytest.mark.parametrize(
    "words", [["--minutes", "0"], ["--minutes", "nan"], ["--silence", "some.wav"], ["--calls", "0"], ["--each", "90"]]
)
def test_wrong_usage_is_one_clear_line(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["bench", "soak", *words]) == 2
    assert capsys.readouterr().err.count("\n") == 1
