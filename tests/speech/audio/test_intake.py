"""The front door: any garbage in, one sound stream out, and a fault that says what was wrong."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sounds import voice
from warmline.speech.audio import faults as f
from warmline.speech.audio.intake import Intake, IntakeRules, Taken
from warmline.speech.types import Samples, samples_of

STEP = 320


def hum(n: int, hz: float = 150.0, level: float = 0.3, rate: int = 16_000) -> Samples:
    return (level * np.sin(2 * np.pi * hz * np.arange(n) / rate)).astype(np.float32)


def joined(*taken: Taken) -> Samples:
    return np.concatenate([np.zeros(0, np.float32), *(chunk.samples for one in taken for chunk in one.chunks)])


def kinds(*taken: Taken) -> list[type[f.Fault]]:
    return [type(fault) for one in taken for fault in one.faults]


def pushed(intake: Intake, audio: Samples, order: list[int], *, timed: bool = False) -> list[Taken]:
    """Packets of 20 ms in the given order, numbered or with timestamps; at the end the flush."""
    packets = audio.reshape(-1, STEP)
    out = [intake.push(packets[i], at=i * STEP) if timed else intake.push(packets[i], sequence=i) for i in order]
    return [*out, intake.flush()]


# --- the property: whatever comes ---------------------------------------------------------------------------------

whole = st.integers(-(2**40), 2**40)
near = st.integers(0, 30)
contents = st.one_of(
    st.lists(st.floats(width=32), max_size=400).map(lambda x: np.array(x, np.float32)),
    st.lists(st.floats(), max_size=50).map(lambda x: np.array(x, np.float64)),
    st.lists(st.integers(-32768, 32767), max_size=400).map(lambda x: np.array(x, np.int16)),
    st.lists(st.integers(0, 255), max_size=50).map(lambda x: np.array(x, np.uint8)),
    st.just(np.full((40, 2), 0.5, np.float32)),
    st.just(np.zeros((2, 2, 2), np.float32)),
    st.sampled_from([None, "hello", b"raw", object(), [], [[1.0], [1.0, 2.0]], 1.0, 3 + 4j, True]),
)
pieces = st.tuples(
    contents,
    st.one_of(st.sampled_from([8_000, 16_000, 44_100, 48_000]), st.sampled_from([0, -1, 10**9, None, 1.5, math.nan])),
    st.one_of(st.none(), near, whole, st.sampled_from(["x", True, math.inf])),
    st.one_of(st.none(), near.map(lambda i: i * 160), whole, st.just("y")),
    st.one_of(st.none(), st.integers(-10, 2 * samples_of(2.0))),
)


@settings(deadline=None, max_examples=100)
@given(stream=st.lists(pieces, max_size=25), bits=st.sampled_from([0, 4, 16]), start=st.integers(0, 10**9))
def test_whatever_comes_the_stream_is_sound(stream: list[tuple[Any, ...]], bits: int, start: int) -> None:
    intake = Intake(IntakeRules(sequence_bits=bits), start)
    now = start
    for samples, rate, sequence, at, lost in [*stream, (None,) * 5]:
        if samples is None and rate is None and sequence is None:
            taken = intake.flush()
        elif lost is not None:
            taken = intake.lost(lost)
        else:
            taken = intake.push(samples, rate, sequence=sequence, at=at)
        for chunk in taken.chunks:
            assert chunk.start == now
            assert chunk.samples.dtype == np.float32
            assert chunk.samples.ndim == 1
            assert np.all(np.abs(chunk.samples) <= 1.0)  # false for NaN
            now += len(chunk.samples)
        assert intake.now == now
        assert all(str(fault) for fault in taken.faults)


@settings(deadline=None, max_examples=40)
@given(cuts=st.lists(st.integers(1, 8000), max_size=20))
def test_a_sound_stream_passes_bit_for_bit_however_it_is_cut(cuts: list[int]) -> None:
    audio, intake = hum(8000), Intake()
    taken = [intake.push(piece) for piece in np.split(audio, sorted(cuts)) if len(piece)]
    assert np.array_equal(joined(*taken, intake.flush()), audio)
    assert kinds(*taken) == []


@settings(deadline=None, max_examples=40)
@given(data=st.data())
@pytest.mark.parametrize("timed", [False, True])
def test_what_is_a_little_out_of_order_or_doubled_comes_out_whole(timed: bool, data: st.DataObject) -> None:
    """Each packet at most two places from its own, some of them twice."""
    count = 20
    late = data.draw(st.lists(st.integers(0, 2), min_size=count - 1, max_size=count - 1))
    order = [0, *sorted(range(1, count), key=lambda i: (i + late[i - 1], i))]
    for i in data.draw(st.lists(st.integers(0, count - 1), max_size=5)):
        order.insert(order.index(i) + 1, i)
    audio = hum(count * STEP)
    taken = pushed(Intake(), audio, order, timed=timed)
    assert np.array_equal(joined(*taken), audio)
    assert set(kinds(*taken)) <= {f.Duplicate, f.Reordered}
    assert kinds(*taken).count(f.Duplicate) == len(order) - count


# --- each fault ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("timed", [False, True])
def test_a_lost_packet_is_concealed_in_its_place(timed: bool) -> None:
    audio = hum(40 * STEP)
    taken = pushed(Intake(), audio, [i for i in range(40) if i not in (20, 21)], timed=timed)
    out = joined(*taken)
    assert len(out) == len(audio)
    assert [fault for one in taken for fault in one.faults] == [f.Gap(20 * STEP, 2 * STEP)]
    assert np.array_equal(out[: 20 * STEP], audio[: 20 * STEP])
    assert np.array_equal(out[22 * STEP + 160 :], audio[22 * STEP + 160 :])
    first = slice(20 * STEP, 20 * STEP + 160)  # 10 ms at full level, in phase
    assert np.corrcoef(out[first], audio[first])[0, 1] > 0.98
    assert np.abs(np.diff(out)).max() < 2.5 * np.abs(np.diff(audio)).max()


def test_where_a_packet_number_is_missing_the_timestamp_says_for_how_long() -> None:
    intake = Intake()
    intake.push(hum(STEP), sequence=1, at=0)
    taken = intake.push(hum(STEP), sequence=2, at=STEP + 4800)  # a pause that the sender did not send
    assert taken.faults == (f.Gap(STEP, 4800),)
    assert intake.now == 2 * STEP + 4800


def test_a_late_packet_is_dropped() -> None:
    order = [0, 1, 2, 4, 5, 6, 7, 8, 9, 3]
    taken = pushed(Intake(), hum(10 * STEP), order)
    assert kinds(*taken) == [f.Gap, f.Late]
    assert len(joined(*taken)) == 10 * STEP


def test_a_sender_that_begins_anew_is_followed() -> None:
    intake, audio = Intake(), hum(STEP)
    before = [intake.push(audio, sequence=i) for i in range(5000, 5010)]
    after = [intake.push(audio, sequence=i) for i in range(10)]
    assert kinds(*before, *after) == [f.Restarted]
    assert intake.now > 20 * STEP
    near_by = Intake()
    near_by.push(audio, sequence=300)
    taken = [near_by.push(audio, sequence=i) for i in range(100, 140)]
    assert f.Restarted in kinds(*taken)
    assert kinds(*taken[20:]) == []


def test_one_stray_number_changes_nothing() -> None:
    intake, audio = Intake(), hum(STEP)
    numbers = [0, 1, 2, 10**9, 3, 4, 5]
    taken = [intake.push(audio, sequence=i) for i in numbers]
    assert intake.now == 6 * STEP
    assert kinds(*taken) == []


def test_an_hour_without_packets_costs_two_seconds_and_says_so() -> None:
    intake, audio = Intake(), hum(STEP)
    intake.push(audio, at=0)
    hour = samples_of(3600.0)
    taken = [intake.push(audio, at=hour + i * STEP) for i in range(3)]
    assert kinds(*taken) == [f.Restarted]
    assert intake.now == 4 * STEP + samples_of(2.0)


def test_an_hour_of_silence_is_told_four_times() -> None:
    intake, minute = Intake(), np.zeros(samples_of(10.0), np.float32)
    taken = [intake.push(minute) for _ in range(360)]
    assert kinds(*taken) == [f.Silent] * 4
    assert intake.now == samples_of(3600.0)


def test_packet_numbers_wrap_round() -> None:
    intake, audio = Intake(IntakeRules(sequence_bits=16)), hum(20 * STEP).reshape(-1, STEP)
    taken = [intake.push(audio[i], sequence=(65_530 + i) % 65_536) for i in range(20)]
    assert kinds(*taken) == []
    assert np.array_equal(joined(*taken), audio.reshape(-1))


def test_time_passes_when_the_transport_says_that_nothing_came() -> None:
    intake, audio = Intake(), hum(4 * STEP).reshape(-1, STEP)
    intake.push(audio[0], sequence=0)
    assert kinds(intake.lost(2 * STEP)) == [f.Gap]
    assert kinds(intake.push(audio[1], sequence=1)) == [f.Late]
    assert kinds(intake.push(audio[3], sequence=3)) == []
    assert intake.now == 4 * STEP


def test_a_changed_rate_goes_on_at_16_khz() -> None:
    intake = Intake()
    taken = [
        intake.push(hum(1600)),
        intake.push(hum(4800, rate=48_000), 48_000),
        intake.push(hum(800, rate=8000), 8000),
    ]
    taken.append(intake.flush())
    assert kinds(*taken) == [f.RateChanged, f.RateChanged]
    out = joined(*taken)
    assert abs(len(out) - 4800) <= 2
    assert np.abs(np.diff(out)).max() < 3 * np.abs(np.diff(hum(1600))).max()  # 150 Hz throughout, in phase


def test_samples_that_are_no_numbers_are_bridged_or_lost() -> None:
    audio = hum(STEP)
    audio[100:110] = [math.nan, math.inf] * 5
    few, most = Intake(), Intake()
    taken = few.push(audio)
    assert taken.faults == (f.NotNumbers(0, 10),)
    assert np.abs(joined(taken) - hum(STEP)).max() < 0.05
    most.push(hum(STEP))
    assert kinds(most.push(np.full(STEP, math.nan))) == [f.NotNumbers, f.Gap]
    assert most.now == 2 * STEP


def test_16_bit_audio_sent_as_floats_is_told_what_to_do() -> None:
    (fault, _) = Intake().push(hum(STEP) * 32768).faults
    assert isinstance(fault, f.OutOfRange)
    assert "divide 16-bit samples by 32768" in str(fault)


def test_integers_and_stereo_are_read_as_what_they_are() -> None:
    audio = hum(STEP)
    as_pcm = (audio * 32767).astype(np.int16)
    assert np.allclose(joined(Intake().push(as_pcm)), audio, atol=1e-4)
    assert np.allclose(joined(Intake().push(np.stack([audio, audio], 1))), audio)
    assert np.allclose(joined(Intake().push(((audio + 1) * 127.5).astype(np.uint8))), audio, atol=0.02)


def test_an_offset_is_taken_away_without_a_step() -> None:
    intake = Intake()
    taken = [intake.push(piece + np.float32(0.3)) for piece in np.split(hum(48_000, level=0.1), 150)]
    assert kinds(*taken) == [f.Offset]
    out = joined(*taken)
    assert abs(out[32_000:].mean()) < 0.01
    assert np.abs(np.diff(out)).max() < 2 * np.abs(np.diff(hum(1600, level=0.1))).max() + 0.01


def test_full_scale_noise_is_silenced_and_a_clipped_voice_is_not() -> None:
    noise = np.random.default_rng(0).uniform(-1, 1, 16_000).astype(np.float32)
    intake = Intake()
    taken = [intake.push(piece) for piece in np.split(noise, 50)]
    assert kinds(*taken) == [f.Noise]
    assert not joined(*taken)[samples_of(0.3) :].any()
    shout = np.clip(voice(120.0, 1.0) * 20, -1, 1).astype(np.float32)
    taken = [Intake().push(shout)]
    assert kinds(*taken) == [f.Clipped]
    assert np.array_equal(joined(*taken), shout)


def test_what_cannot_be_used_counts_as_lost() -> None:
    intake = Intake()
    assert kinds(intake.push("nonsense")) == [f.Unreadable]
    assert intake.now == 0
    intake.push(hum(STEP))
    assert kinds(intake.push(hum(STEP), 0)) == [f.Unreadable, f.Gap]
    assert kinds(intake.push([])) == [f.Empty]
    assert intake.now == 2 * STEP
    assert kinds(intake.push(np.zeros(samples_of(61.0), np.float32)))[0] is f.Oversized
