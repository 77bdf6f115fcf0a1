"""A checkpoint is read as numbers; what would run code is refused."""

from __future__ import annotations

import os
import pickle
import struct
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest

from warmline.speech.diarize.checkpoint import MAGIC, tensors
from warmline.speech.diarize.voiceprint import Encoder, levelled, mel_power
from warmline.speech.runtime.errors import CorruptWeights


class Ref:
    """Pickles as torch.FloatStorage's reference would."""

    def __init__(self, key: str, numbers: int) -> None:
        self.key, self.numbers = key, numbers


class Named:
    """Pickles as a name in a module that is not here."""

    def __init__(self, module: str, name: str) -> None:
        self.module, self.name = module, name


class Tensor:
    def __init__(self, ref: Ref, offset: int, shape: tuple[int, ...], stride: tuple[int, ...]) -> None:
        self.args = (ref, offset, shape, stride, False, OrderedDict())


class Writer(pickle._Pickler):  # type: ignore[misc, name-defined]
    """Writes what torch.save wrote, without torch."""

    def persistent_id(self, obj: object) -> object:
        if isinstance(obj, Ref):
            return ("storage", Named("torch", "FloatStorage"), obj.key, "cpu", obj.numbers, None)
        return None

    def save(self, obj: object, save_persistent_id: bool = True) -> None:
        if isinstance(obj, Named):
            self.write(pickle.GLOBAL + f"{obj.module}\n{obj.name}\n".encode())
        elif isinstance(obj, Tensor):
            self.save(Named("torch._utils", "_rebuild_tensor_v2"))
            super().save(obj.args)
            self.write(pickle.REDUCE)
        else:
            super().save(obj, save_persistent_id)


def written(path: Path, state: object, storages: dict[str, np.ndarray], magic: int = MAGIC) -> Path:
    with path.open("wb") as out:
        for value in (magic, 1001, {"little_endian": True}, {"model_state": state, "step": 7}, list(storages)):
            Writer(out, 2).dump(value)
        for numbers in storages.values():
            out.write(struct.pack("<q", len(numbers)) + numbers.astype("<f4").tobytes())
    return path


def test_tensors_come_out_as_they_were(tmp_path: Path) -> None:
    data = np.arange(12, dtype=np.float32)
    state = {
        "whole": Tensor(Ref("1", 12), 0, (3, 4), (4, 1)),
        "turned": Tensor(Ref("1", 12), 1, (2, 3), (1, 4)),
        "one": Tensor(Ref("2", 1), 0, (), ()),
    }
    found = tensors(written(tmp_path / "a.pt", state, {"1": data, "2": np.array([5.0])}), "model_state")
    assert np.array_equal(found["whole"], data.reshape(3, 4))
    assert np.array_equal(found["turned"], data.reshape(3, 4)[:, 1:3].T)
    assert found["one"] == 5.0


def test_code_is_not_run(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.system, ("touch should-not-be-there",)

    for at in range(2):
        path = tmp_path / f"{at}.pt"
        with path.open("wb") as out:
            pickle.dump(MAGIC if at else Evil(), out)
            pickle.dump(1001, out)
            pickle.dump({}, out)
            pickle.dump({"model_state": Evil()}, out)
        with pytest.raises(CorruptWeights, match="safely"):
            tensors(path, "model_state")
    assert not Path("should-not-be-there").exists()


@pytest.mark.parametrize(
    "state",
    [
        {"outside": Tensor(Ref("1", 12), 4, (3, 4), (4, 1))},
        {"negative": Tensor(Ref("1", 12), 4, (3, 1), (-2, 1))},
        {"longer": Tensor(Ref("1", 99), 0, (1,), (1,))},
    ],
)
def test_what_lies_outside_its_storage_is_refused(tmp_path: Path, state: object) -> None:
    with pytest.raises(CorruptWeights):
        tensors(written(tmp_path / "a.pt", state, {"1": np.zeros(12)}), "model_state")


def test_other_files_are_refused(tmp_path: Path) -> None:
    for name, content in {"empty": b"", "text": b"hello", "zip": b"PK\x03\x04", "cut": pickle.dumps(MAGIC)}.items():
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(CorruptWeights, match="no PyTorch checkpoint"):
            tensors(path, "model_state")
    with pytest.raises(CorruptWeights, match="cannot be read"):
        tensors(tmp_path / "nothing", "model_state")
    with pytest.raises(CorruptWeights):
        tensors(written(tmp_path / "magic", {}, {}, magic=1), "model_state")
    with pytest.raises(CorruptWeights, match="no speaker encoder"):
        Encoder(written(tmp_path / "other", {}, {}))


def test_mel_power_of_a_tone_lies_in_its_band() -> None:
    tone = np.sin(2 * np.pi * 1000 * np.arange(16_000) / 16_000).astype(np.float32)
    frames = mel_power(tone)
    assert frames.shape == (101, 40)
    assert set(frames[5:95].argmax(axis=1)) == {13}
    assert np.allclose(levelled(tone * np.float32(1e-3)), levelled(tone), rtol=1e-3, atol=1e-6)
    assert not levelled(np.zeros(10, np.float32)).any()
