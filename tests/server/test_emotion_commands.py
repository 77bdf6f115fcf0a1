"""``warmline train emotion`` and ``eval emotion`` on a made-up corpus, with an encoder that needs no weights."""

from __future__ import annotations

import json
import wave
from pathlib import Path

import numpy as np
import pytest
from sounds import syllables

from warmline.emotion.head_file import load
from warmline.emotion.training.features import Source
from warmline.server import cli
from warmline.server.commands import eval_emotion, train_emotion
from warmline.speech.audio.degrade import Harder
from warmline.speech.types import EncoderFeatures, Samples

KEYS = {"uar", "wa", "ece", "gain_at_70", "arousal_auc", "classes", "by_gender", "n", "version", "hardware"}
PITCH = {"neutral": 120, "happy": 260, "sad": 90, "angry": 190}


class LoudnessEncoder:
    """Frames of the level of each 20 ms, four wide."""

    def __init__(self, name: str, threads: int = 1) -> None:
        self.name = name

    def encode(self, samples: Samples, window_s: float | None = None) -> EncoderFeatures:
        count = -(-len(samples) // 320)
        padded = np.pad(samples, (0, count * 320 - len(samples))).reshape(count, 320)
        return EncoderFeatures(np.repeat(padded.std(axis=1)[:, None], 4, axis=1).astype("f4"), self.name)


@pytest.fixture(autouse=True)
def no_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train_emotion, "Encoder", LoudnessEncoder)
    monkeypatch.setattr(eval_emotion, "Encoder", LoudnessEncoder)


@pytest.fixture(scope="module")
def corpora(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Two corpora of four speakers; each label has its own pitch."""
    found = []
    for name in ("one", "two"):
        folder = tmp_path_factory.mktemp(name)
        lines = ["file\temotion\tspeaker\tgender"]
        for speaker in range(4):
            for label, f0_hz in PITCH.items():
                for take in range(3):
                    file = f"{speaker}_{label}_{take}.wav"
                    sound = syllables(4 + take, f0_hz * (1.0 + 0.02 * speaker))
                    with wave.open(str(folder / file), "wb") as out:
                        out.setnchannels(1)
                        out.setsampwidth(2)
                        out.setframerate(16_000)
                        out.writeframes((sound * 32_767).astype("<i2").tobytes())
                    lines.append(f"{file}\t{label}\t{speaker}\t{'FM'[speaker % 2]}")
        (folder / f"{name}_labels.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        found += [str(folder / f"{name}_labels.tsv"), str(folder)]
    return found


@pytest.fixture(scope="module")
def trained(corpora: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("out")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(train_emotion, "Encoder", LoudnessEncoder)
        words = ["train", "emotion", *corpora, "--folds", "2", "--encoder", "loudness", "--out", str(out)]
        assert cli.main([*words, "--cache", str(out / "cache")]) == 0
    return out


def test_training_reports_folds_and_corpora(
    corpora: list[str], trained: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["train", "emotion", *corpora, "--folds", "2", "--encoder", "loudness", "--cache", str(trained / "cache")]
    assert cli.main([*words, "--hold-out-corpus", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert len(found["uar"]["folds"]) == 2
    assert found["uar"]["mean"] > 0.7
    assert set(found["corpora"]) == set(found["held_out_corpus"]) == {"one", "two"}
    assert found["held_out_corpus"]["one"]["classes"] == ["angry", "happy", "sad", "neutral"]
    assert found["n"] == 96


def test_training_writes_a_head_its_card_and_its_checksum(trained: Path) -> None:
    row = json.loads((trained / "heads.json").read_text())["loudness"]
    head = load(trained / row["file"], row["sha256"])
    assert head.encoder == "loudness"
    assert head.width == 4
    card = (trained / "CARD.md").read_text()
    assert "## loudness" in card
    assert row["sha256"] in card
    assert "warmline train emotion one_labels.tsv" in card
    assert str(trained) not in card


@pytest.mark.parametrize("extra", [[], ["--classes", "4"], ["--telephone", "--snr", "10"], ["--limit", "24"]])
def test_evaluation_gives_the_promised_keys(
    corpora: list[str], trained: Path, capsys: pytest.CaptureFixture[str], extra: list[str]
) -> None:
    head = str(trained / "probe_loudness.npz")
    assert cli.main(["eval", "emotion", *corpora[:2], "--head", head, "--json", *extra]) == 0
    found = json.loads(capsys.readouterr().out)
    assert set(found) >= KEYS
    assert found["n"] == (24 if "--limit" in extra else 48)
    assert 0.0 <= found["ece"] <= 1.0
    if not extra:
        assert found["uar"] > 0.8
        assert set(found["by_gender"]) == {"F", "M"}


def test_evaluation_prints_a_table_for_people(
    corpora: list[str], trained: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (
        cli.main(["eval", "emotion", *corpora[:2], "--head", str(trained / "probe_loudness.npz"), "--limit", "16"]) == 0
    )
    out = capsys.readouterr().out
    assert "UAR" in out
    assert "recall" in out


def test_a_worse_line_changes_the_sound_and_the_same_way_each_time() -> None:
    change = eval_emotion.worse_line(Harder(snr_db=10.0, telephone=True))
    assert change is not None
    assert eval_emotion.worse_line(Harder()) is None
    source = Source(LoudnessEncoder("loudness"), change=change)  # type: ignore[arg-type]
    clip = eval_emotion.Clip("a.wav", "sad", "S", "F", "c")
    one, again = (source.row(clip, syllables(6)).row for _ in range(2))
    np.testing.assert_array_equal(one, again)
    assert not np.allclose(one[:8], Source(LoudnessEncoder("loudness")).row(clip, syllables(6)).row[:8])  # type: ignore[arg-type]


def test_a_baseline_and_a_drawing_are_given_when_asked_for(
    corpora: list[str], trained: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    words = ["eval", "emotion", *corpora[:2], "--head", str(trained / "probe_loudness.npz"), "--json", "--baseline"]
    assert cli.main([*words, "--plot", str(tmp_path / "confusion.svg")]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["with_baseline"]["uar"] > 0.5
    assert sum(map(sum, found["confusion"])) == found["n"]
    assert found["coverage"]["0.7"] - found["coverage"]["1.0"] == pytest.approx(found["gain_at_70"], abs=1e-5)
    drawing = (tmp_path / "confusion.svg").read_text()
    assert drawing.startswith("<svg")
    assert drawing.count("<rect") == 1 + len(found["classes"]) ** 2


def test_unknown_labels_are_named_and_left_out(
    corpora: list[str], trained: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    table = tmp_path / "odd_labels.tsv"
    table.write_text(Path(corpora[0]).read_text().replace("\tangry\t", "\tboredom\t"))
    words = ["eval", "emotion", str(table), corpora[1], "--head", str(trained / "probe_loudness.npz"), "--json"]
    assert cli.main(words) == 0
    captured = capsys.readouterr()
    found = json.loads(captured.out)
    assert found["unknown_labels"] == {"boredom": 12}
    assert found["left_out"] == 12
    assert found["n"] == 36
    assert "boredom (12)" in captured.err


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (["train", "emotion", "{table}"], 2, "pairs"),
        (["train", "emotion", "{table}", "{folder}", "{table}", "{folder}"], 2, "same name"),
        (["train", "emotion", "{folder}/none.tsv", "{folder}"], 2, "none.tsv"),
        (["eval", "emotion", "{table}", "{folder}", "--plot", "x.bmp"], 2, ".svg"),
        (["eval", "emotion", "{table}", "{folder}/gone"], 2, "no folder or tar"),
        (["eval", "emotion", "{table}", "{folder}", "--encoder", "strange"], 3, "train emotion"),
        (["eval", "emotion", "{table}", "{folder}", "--head", "{table}"], 3, "no emotion head"),
    ],
)
def test_what_does_not_fit_gets_one_line(
    corpora: list[str], capsys: pytest.CaptureFixture[str], words: list[str], status: int, says: str
) -> None:
    filled = [word.format(table=corpora[0], folder=corpora[1]) for word in words]
    assert cli.main(filled) == status
    err = capsys.readouterr().err
    assert says in err
    assert err.count("\n") == 1
