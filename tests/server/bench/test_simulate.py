"""The simulated machine obeys the rules of the real one, and fleets are planned from it."""

from __future__ import annotations

import json
import math
import random
from dataclasses import replace
from pathlib import Path
from statistics import mean

import pytest

from warmline.server import cli
from warmline.server import events as e
from warmline.server.bench import costs as c
from warmline.server.bench import fleet
from warmline.server.bench.load import Loaded
from warmline.server.bench.machine import Machine
from warmline.server.bench.meter import Used
from warmline.server.bench.pauses import Pause, Pauses
from warmline.server.bench.people import Tally
from warmline.server.bench.simulated_reply import SimulatedReply, drawn
from warmline.server.bench.spoken import Spoken
from warmline.server.report import percentile
from warmline.speech.runtime import cores
from warmline.speech.runtime.errors import UsageError

COSTS = c.Costs(
    turn_s=10.0,
    talk_share=0.4,
    drafts=1.5,
    loop_cores=0.01,
    final=c.Lane(3.0, 100.0),
    writer=c.Lane(1.5, 800.0),
    reader=c.Lane(1.0, 250.0),
    partial=c.Lane(4.0, 120.0),
    voice=c.Lane(3.0, 30.0),
    opened=0.8,
    first_ms=400.0,
    written_ms=900.0,
    opening_s=1.0,
    pieces=2.0,
    spoken_s=4.0,
    base_ms=(600.0, 650.0, 700.0, 800.0),
    pauses=(Pause(0.5, None), Pause(0.6, None), Pause(1.2, 0.4), Pause(None, 0.1)),
    beside=2.0,
    measured=(c.Point(1, 680.0, 800.0, 30, ()), c.Point(4, 720.0, 1300.0, 120, (40.0, 900.0))),
    on="a test",
)


def _p95(costs: c.Costs, calls: int) -> float:
    return fleet.met(costs, calls, range(4), 200.0).p95


def test_alone_a_caller_waits_as_was_measured() -> None:
    delays = [ms for _, ms in Machine(replace(COSTS, partial=c.Lane(0, 0), reader=c.Lane(0, 0))).run(1, 600.0).delays]
    assert 50 <= len(delays) <= 70, "one answer a turn"
    assert percentile(delays, 50) == pytest.approx(675.0, abs=60.0)
    assert min(delays) >= 600.0


def test_more_calls_wait_longer_and_a_slower_machine_longer_still() -> None:
    by_calls = [_p95(COSTS, calls) for calls in (1, 3, 6, 9)]
    assert by_calls == sorted(by_calls)
    assert by_calls[-1] > 1.5 * by_calls[0]
    written = replace(COSTS, opened=0.0)
    assert _p95(written, 6) > _p95(COSTS, 6), "who waits for the model's own words waits for a place, too"
    slower = replace(COSTS, final=c.Lane(3.0, 300.0))
    assert _p95(slower, 3) > _p95(COSTS, 3)


def _at_once(costs: c.Costs, calls: int, seed: int = 0) -> Machine:
    """That many callers fall silent together, and nothing else happens."""
    machine = Machine(costs, seed)
    for call in range(calls):
        machine.pause(call, 1.0, Pause(0.5, None))
    return machine.run(0, 60.0)


LONG = replace(
    COSTS, opened=0.0, first_ms=400.0, written_ms=3000.0, pieces=8.0, spoken_s=16.0, base_ms=(0.0,), pauses=()
)
"""Replies that are written in three seconds and spoken in sixteen."""


def test_a_reply_that_opens_with_a_clause_of_ours_sounds_before_it_has_a_place() -> None:
    opened = replace(LONG, opened=1.0)
    none_written = replace(opened, written_ms=1.0, first_ms=1.0)
    assert _at_once(opened, 4).delays[0] == _at_once(none_written, 4).delays[0]
    last_ms = [max(ms for _, ms in _at_once(costs, 4).delays) for costs in (opened, none_written, LONG)]
    assert last_ms[0] < last_ms[1] + 500.0, "it waits for decodes, which are slower beside writers, and for no place"
    assert last_ms[2] > last_ms[0] + 500.0


@pytest.mark.parametrize("seed", range(3))
def test_three_replies_at_once_do_not_wait_for_each_others_whole_reply(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = _at_once(LONG, 3, seed)
    assert len(machine.delays) == 3
    last_ms = max(ms for _, ms in machine.delays)
    assert machine.gaps == [], "who gave its place came back before its voice ran dry"
    monkeypatch.setattr(cores, "AHEAD_S", 1e9)
    old = _at_once(LONG, 3, seed)
    assert max(ms for _, ms in old.delays) > last_ms + 1000.0, "with nobody giving way"


def test_nobody_gives_way_whose_voice_has_not_enough_to_say(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = replace(LONG, spoken_s=2.0)  # spoken faster than it is written
    delays = _at_once(slow, 3).delays
    monkeypatch.setattr(cores, "AHEAD_S", 1e9)
    assert delays == _at_once(slow, 3).delays


def test_a_voice_runs_dry_where_more_write_than_the_machine_feeds() -> None:
    slow = replace(LONG, spoken_s=4.0)
    assert _at_once(replace(slow, beside=1.1), 1).gaps == []
    machine = _at_once(slow, 4)
    assert machine.gaps
    assert all(ms > 0.0 for _, ms in machine.gaps)


def test_the_voice_of_a_simulated_reply_lasts_from_when_it_may_sound() -> None:
    reply = SimulatedReply(ended_s=10.0, due_s=11.0, answers=True)
    assert reply.slack_s(10.25) == 0.75, "somebody waits for its first sound then"
    assert reply.say(2.0, 10.5) == 0.0
    assert reply.slack_s(10.5) == 2.5, "it is held until the pause is over"
    assert reply.slack_s(13.5) == -0.5
    assert reply.say(1.0, 13.5) == 0.5, "it had run dry"
    assert reply.slack_s(13.5) == 1.0
    late = SimulatedReply(ended_s=10.0, due_s=11.0, answers=True)
    assert late.say(1.0, 12.0) == 0.0
    assert late.slack_s(12.0) == 1.0


def test_replies_are_drawn_as_long_as_they_were_measured() -> None:
    draw = random.Random(3)
    replies = [drawn(replace(COSTS, pieces=2.5), draw, 0.0, 0.5, True) for _ in range(4_000)]
    pieces = [list(one.pieces) for one in replies]
    voice_s = [one.opening_s + sum(piece.voice_s for piece in left) for one, left in zip(replies, pieces, strict=True)]
    assert mean(voice_s) == pytest.approx(4.0, rel=0.05)
    assert mean(sum(piece.work_s for piece in left) for left in pieces) == pytest.approx(0.9, rel=0.05)
    assert mean(len(left) for left in pieces) == pytest.approx(2.5, rel=0.05)
    assert mean(left[0].work_s for left in pieces) == pytest.approx(0.4, rel=0.05)
    assert mean(one.opening_s > 0.0 for one in replies) == pytest.approx(0.8, rel=0.05)


def test_drafts_that_are_thrown_away_cost_the_others_their_time() -> None:
    paused = replace(COSTS, drafts=5.0, final=c.Lane(10.0, 100.0), pauses=(Pause(0.5, None), Pause(1.2, 0.8)))
    assert _p95(paused, 4) > _p95(COSTS, 4)
    answers = len(Machine(paused).run(1, 600.0).delays)
    assert 50 <= answers <= 70, "they answer nobody"


def test_what_is_waited_for_late_lets_others_go_first() -> None:
    halting = tuple(Pause(wait_s, gone_s) for wait_s in (2.5,) for gone_s in (None, 2.0))
    early = replace(COSTS, drafts=3.0, pauses=(Pause(0.5, None), halting[1]), written_ms=2000.0)
    late = replace(early, pauses=(Pause(0.5, None), Pause(0.9, 2.0)))
    assert _p95(early, 4) < _p95(late, 4)


def test_a_recogniser_that_suffers_from_writers_makes_everybody_wait() -> None:
    assert _p95(replace(COSTS, beside=4.0), 5) > _p95(replace(COSTS, beside=1.2), 5)


def test_pauses_are_read_off_the_events_of_a_call() -> None:
    pauses = Pauses()
    for event in (
        e.DraftStarted(1, 16_000, 17_600),
        e.DraftDiscarded(1, 19_200),
        e.DraftStarted(1, 32_000, 33_600),
        e.TurnScored(1, 0.2, 24_000),
        e.DraftDiscarded(1, 40_000),
        e.DraftStarted(1, 48_000, 49_600),
        e.TurnScored(1, 0.9, 8_000),
        e.TurnScored(1, 0.9, 9_600),
        e.ReplyReleased(1, 57_600, ready=True),
        e.DraftDiscarded(1, 60_000),
    ):
        pauses(event)
    assert pauses.seen == [Pause(None, 0.2), Pause(1.5, 0.5), Pause(0.6, None)]


def test_what_can_wait_costs_those_who_are_waited_for_little() -> None:
    busy = replace(COSTS, partial=c.Lane(40.0, 120.0))
    assert _p95(busy, 2) < _p95(COSTS, 2) + 200.0, "a final job waits for at most the one decode that runs"


def test_a_machine_holds_as_many_calls_as_stay_within_the_limit() -> None:
    most = fleet.most_calls(COSTS, 1500.0, range(4))
    assert 2 <= most < fleet.MOST_A_MACHINE
    assert fleet.most_calls(replace(COSTS, base_ms=(2000.0,)), 1500.0, range(4)) == 0


def test_a_lost_zone_is_planned_for_and_costs_machines() -> None:
    whole = fleet.embedded(COSTS, 100_000, 3, False, fleet.Assumed(), 4)
    safe = fleet.embedded(COSTS, 100_000, 3, True, fleet.Assumed(), 4)
    assert whole is not None
    assert safe is not None
    assert safe.machines > whole.machines
    assert safe.refused == 0
    assert 600.0 <= safe.failed_p95 <= 2000.0, "what is left has room for the others' calls"
    assert whole.price_per_call_h == pytest.approx(whole.machines * 0.08 / 100_000)


def test_batches_on_a_gpu_hold_more_calls_and_add_a_delay() -> None:
    plan = fleet.gpu(COSTS, 100_000, 3, True, fleet.Assumed())
    one = fleet.embedded(COSTS, 100_000, 3, True, fleet.Assumed(), 4)
    assert plan is not None
    assert one is not None
    assert plan.a_machine > 5 * one.a_machine
    assert plan.batch_ms >= fleet.Assumed().gpu_window_ms * 0.5
    assert plan.p95 <= 1500.0


def test_how_much_longer_a_decode_takes_beside_a_writer_is_measured_where_enough_were_seen() -> None:
    busy = _loaded(4)
    busy.beside["final"] = Used(40, 8.0)  # of 72, so that the other 32 took 3.2 s
    busy.lanes["final"] = Used(72, 11.2)
    assert c.fitted([_loaded(1), busy]).beside == pytest.approx(2.0)
    busy.lanes["final"] = Used(72, 9.6)
    assert c.fitted([_loaded(1), busy]).beside == pytest.approx(4.0)
    busy.beside["final"] = Used(5, 8.0)
    assert c.fitted([_loaded(1), busy]).beside == 2.0


def test_a_gpu_has_no_places_to_wait_for() -> None:
    alone = fleet.Assumed(gpu_step=0.0, gpu_reply_step=0.0)
    plans = [fleet.gpu(COSTS, 1_000, 3, True, replace(alone, gpu_reply_ms=ms)) for ms in (330.0, 3300.0)]
    assert plans[0] == plans[1], "where one does not slow the other, none waits for another's whole reply"
    slowed = [fleet.gpu(COSTS, 1_000, 3, True, fleet.Assumed(gpu_reply_ms=ms)) for ms in (330.0, 660.0)]
    assert plans[0] is not None
    assert slowed[0] is not None
    assert slowed[1] is not None
    assert slowed[1].a_machine < slowed[0].a_machine < plans[0].a_machine, "all that are at work share the GPU"


def test_conversations_at_work_slow_each_other_and_so_are_more() -> None:
    assumed = fleet.Assumed(gpu_reply_ms=500.0, gpu_reply_step=0.05)
    assert fleet.at_work(0.1, assumed) == pytest.approx(0.05, rel=0.01), "nearly always alone"
    busy = fleet.at_work(20.0, assumed)
    assert busy == pytest.approx(20.0 * 0.5 * (1.0 + 0.05 * busy)), "those that came while one was slowed are in it"
    assert fleet.at_work(40.0, assumed) == math.inf, "faster than they can be written"


@pytest.mark.parametrize(("together", "replies_a_s"), [(4, 9.33), (16, 28.6), (32, 46.6), (64, 56.2)])
def test_at_the_measured_rate_of_replies_as_many_are_at_work_as_were(together: int, replies_a_s: float) -> None:
    """On the H100 of docs/gpu.md so many conversations, each going on at once, got so many replies a second."""
    assert fleet.at_work(replies_a_s, fleet.Assumed()) == pytest.approx(together, rel=0.2)


def test_a_gpu_that_replies_pile_up_on_ends_the_search_and_a_slow_one_has_no_plan() -> None:
    talkative = replace(COSTS, drafts=30.0, partial=c.Lane(0.0, 0.0))
    patient = fleet.Assumed(limit_ms=1e9, gpu_asr_ms=0.1, gpu_asr_more=0.0)
    plan = fleet.gpu(talkative, 1_000, 3, False, patient)
    assert plan is not None
    assert fleet.at_work(plan.a_machine * 3.0, patient) < math.inf
    assert fleet.at_work((plan.a_machine + 10) * 3.0, patient) == math.inf, "however long callers would wait"
    assert fleet.gpu(talkative, 1_000, 3, False, replace(patient, gpu_reply_ms=1e5)) is None


def _loaded(calls: int) -> Loaded:
    loaded = Loaded(calls, seconds_s=60.0, drafts=9 * calls, threads_s={"MainThread": 0.6 * calls})
    loaded.lanes["final"] = Used(18 * calls, 1.8 * calls, 0.1)
    loaded.pauses = [Pause(0.5, None), Pause(None, 0.2)]
    loaded.stages_ms["llm"] = [800.0, 1000.0]
    loaded.stages_ms["llm_first_segment"] = [0.2, 0.1, 0.3, 500.0]
    loaded.spoken = [Spoken(1.0, 2.0, 2, 300.0), Spoken(0.0, 4.0, 1)]
    loaded.gaps_ms = [120.0] * (calls - 1)
    loaded.tallies = [Tally(v2v_ms=[700.0] * 6, turns=6, spoken_s=24.0) for _ in range(calls)]
    return loaded


def test_costs_are_of_the_run_with_fewest_calls_and_survive_the_file(tmp_path: Path) -> None:
    costs = c.fitted([_loaded(4), _loaded(1)])
    assert costs.turn_s == 10.0
    assert costs.final == c.Lane(3.0, pytest.approx(100.0))  # type: ignore[arg-type]
    assert (costs.drafts, costs.talk_share, costs.writer) == (1.5, 0.4, c.Lane(0.0, 0.0))
    assert [point.calls for point in costs.measured] == [4, 1]
    assert (costs.written_ms, costs.pauses[1]) == (900.0, Pause(None, 0.2))
    assert (costs.opened, costs.first_ms) == (0.75, 400.0), "the first piece is the model's own, after ours or not"
    assert (costs.opening_s, costs.pieces, costs.spoken_s) == (1.0, 1.5, 3.5)
    assert costs.measured[0] == c.Point(4, 700.0, 700.0, 24, (120.0, 120.0, 120.0))
    c.save(costs, tmp_path / "costs.json")
    assert c.load(tmp_path / "costs.json") == costs


def test_costs_of_another_warmline_are_refused_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "costs.json"
    c.save(COSTS, path)
    row = json.loads(path.read_text(encoding="utf-8"))
    for name in ("opening_s", "pieces", "spoken_s"):
        del row[name]
    path.write_text(json.dumps(row), encoding="utf-8")
    with pytest.raises(UsageError, match=r"another Warmline \(opening_s, pieces, spoken_s\).*bench load --costs"):
        c.load(path)
    row |= {"opening_s": 1.0, "pieces": 2.0, "spoken_s": 4.0, "measured": [{"calls": 1, "p50": 1.0, "p95": 1.0}]}
    path.write_text(json.dumps(row), encoding="utf-8")
    with pytest.raises(UsageError, match="bench load --costs"):
        c.load(path)


def test_costs_need_a_whole_reply() -> None:
    run = _loaded(1)
    run.spoken = []
    with pytest.raises(UsageError, match="--minutes"):
        c.fitted([run])


def test_the_command_compares_and_plans(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "costs.json"
    c.save(COSTS, path)
    words = ["--costs", str(path), "--calls", "1000", "--fail-zone", "--sample", "2", "--assume", "machine_price_h=0.1"]
    assert cli.main(["bench", "simulate", *words, "--json"]) == 0
    out = json.loads(capsys.readouterr().out)
    assert [row["calls"] for row in out["validation"]] == [1, 4]
    assert [row["measured_gaps"] for row in out["validation"]] == [0.0, pytest.approx(2 / 120, abs=1e-5)]
    assert out["validation"][0]["measured_gap_p95"] is None
    assert {plan["kind"] for plan in out["plans"]} == {"embedded", "gpu"}
    assert out["assumed"]["machine_price_h"] == 0.1
    assert cli.main(["bench", "simulate", *words]) == 0
    measured, _, assumed = capsys.readouterr().out.partition("assumed (nobody measured these here)")
    assert "machine_price_h" in assumed
    assert "gpu_step" in measured.partition("one H100")[2]
    assert cli.main(["bench", "simulate", *words, "--assume", "gpu_step=0.01"]) == 0
    assert "gpu_step" in capsys.readouterr().out.partition("assumed (nobody measured these here)")[2]


@pytest.mark.parametrize("more", [["--zones", "1"], ["--assume", "moon=1"], ["--calls", "-1"]])
def test_wrong_usage_is_one_clear_line(more: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    c.save(COSTS, tmp_path / "costs.json")
    assert cli.main(["bench", "simulate", "--costs", str(tmp_path / "costs.json"), *more]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    (tmp_path / "other.json").write_text("[]", encoding="utf-8")
    assert cli.main(["bench", "simulate", "--costs", str(tmp_path / "other.json")]) == 2
