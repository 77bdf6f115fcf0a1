"""Corpora: tables, folders, tars, and folds that keep speakers apart."""

import io
import tarfile
import wave
from pathlib import Path

import numpy as np
import pytest
from sounds import voice

from warmline.emotion.training.corpora import LABEL_OF, Clip, decode, folds, read_corpus, recordings
from warmline.emotion.types import LABELS
from warmline.speech.runtime.errors import UnreadableInput


def wav(samples: np.ndarray, rate: int = 16_000, channels: int = 1) -> bytes:
    data = io.BytesIO()
    with wave.open(data, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((np.repeat(samples, channels) * 32767).astype("<i2").tobytes())
    return data.getvalue()


def table(folder: Path, rows: list[tuple[str, ...]], head: str = "file\temotion\tspeaker\tgender") -> Path:
    path = folder / "made_labels.tsv"
    path.write_text("\n".join([head, *("\t".join(row) for row in rows)]) + "\n", encoding="utf-8")
    return path


ROWS = [("a/one.wav", "fear", "S1", "F"), ("two.wav", "HAPPY", "S2", "M"), ("three.wav", "boredom", "S2", "M")]


def test_labels_are_mapped_and_the_unknown_left_out(tmp_path):
    corpus = read_corpus(table(tmp_path, ROWS), tmp_path)
    assert corpus.name == "made"
    assert [(clip.file, clip.label, clip.speaker) for clip in corpus.clips] == [
        ("a/one.wav", "fearful", "S1"),
        ("two.wav", "happy", "S2"),
    ]
    assert corpus.left_out == 1
    assert corpus.labels == ("happy", "fearful")
    assert set(LABEL_OF.values()) == set(LABELS)


@pytest.mark.parametrize("packed", ["", "w", "w:xz", "w:gz"])
def test_recordings_come_from_a_folder_or_any_tar(tmp_path, packed):
    audio = tmp_path / "audio"
    for name, f0_hz in (("a/one.wav", 100), ("two.wav", 200), ("other.wav", 300)):
        (audio / name).parent.mkdir(parents=True, exist_ok=True)
        (audio / name).write_bytes(wav(voice(f0_hz, 0.3)))
    if packed:
        with tarfile.open(tmp_path / "audio.tar", packed) as archive:
            archive.add(audio, "top/audio")
        audio = tmp_path / "audio.tar"
    found = {clip.label: samples for clip, samples in recordings(read_corpus(table(tmp_path, ROWS), audio))}
    assert set(found) == {"fearful", "happy"}
    np.testing.assert_allclose(found["happy"], voice(200, 0.3), atol=1e-4)


def test_other_rates_and_channels_become_sixteen_kilohertz_mono():
    samples = decode(wav(voice(150, 0.5), rate=8_000, channels=2))
    assert samples is not None
    assert len(samples) == pytest.approx(16_000, abs=64)
    assert samples.dtype == np.float32


def test_what_cannot_be_decoded_is_skipped(tmp_path):
    (tmp_path / "two.wav").write_bytes(b"this is no sound")
    assert list(recordings(read_corpus(table(tmp_path, ROWS), tmp_path))) == []
    assert decode(b"") is None


def test_a_table_that_does_not_fit_is_named(tmp_path):
    with pytest.raises(UnreadableInput, match="no folder or tar"):
        read_corpus(table(tmp_path, ROWS), tmp_path / "gone")
    with pytest.raises(UnreadableInput, match="no column 'emotion'"):
        read_corpus(table(tmp_path, ROWS, "file\tmood\tspeaker\tgender"), tmp_path)
    with pytest.raises(UnreadableInput, match="no row with a known emotion"):
        read_corpus(table(tmp_path, [("a.wav", "bored", "S", "F")]), tmp_path)
    with pytest.raises(UnreadableInput, match="cannot be read"):
        read_corpus(tmp_path / "gone.tsv", tmp_path)
    broken = tmp_path / "broken.tar"
    broken.write_bytes(b"no tar at all")
    with pytest.raises(UnreadableInput, match="no readable tar"):
        list(recordings(read_corpus(table(tmp_path, ROWS), broken)))


def test_a_limit_spreads_over_the_table(tmp_path):
    rows = [(f"{index}.wav", "sad", "S", "F") for index in range(100)]
    corpus = read_corpus(table(tmp_path, rows), tmp_path, limit=5)
    assert [clip.file for clip in corpus.clips] == ["0.wav", "25.wav", "50.wav", "74.wav", "99.wav"]


def test_folds_hold_out_whole_speakers_and_everybody_once():
    clips = [
        Clip(f"{speaker}{take}", "sad", f"S{speaker}", "FM"[speaker % 2], "c")
        for speaker in range(9)
        for take in range(4)
    ]
    parts = folds(clips, 4)
    assert sorted(index for part in parts for index in part) == list(range(36))
    held = [{clips[index].speaker for index in part} for part in parts]
    assert sum(len(speakers) for speakers in held) == 9
    assert len(folds(clips, 50)) == 9
