"""Adapters by path and by name, and one clear error for whatever is no adapter."""

from __future__ import annotations

from pathlib import Path

import pytest

from warmline.dialogue.llm import adapters
from warmline.dialogue.llm.adapters import located, shipped
from warmline.speech.runtime.errors import CorruptWeights, MissingWeights


def test_none_is_wanted_by_default_and_a_path_is_taken(tmp_path: Path) -> None:
    assert located("") is None
    path = tmp_path / "mine.gguf"
    path.write_bytes(b"GGUF....")
    assert located(str(path)) == path


def test_what_is_missing_or_no_gguf_is_told(tmp_path: Path) -> None:
    with pytest.raises(MissingWeights, match=r"llm\.adapter"):
        located(str(tmp_path / "none.gguf"))
    wrong = tmp_path / "wrong.gguf"
    wrong.write_bytes(b"PK\x03\x04")
    with pytest.raises(CorruptWeights, match="no GGUF"):
        located(str(wrong))


def test_shipped_ones_are_what_their_sha_256_says() -> None:
    for name in shipped():
        found = located(name)
        assert found is not None
        assert found.stat().st_size < 25_000_000


def test_a_damaged_shipped_one_is_never_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapters, "shipped", lambda: {"none-such": "0" * 64})
    with pytest.raises(CorruptWeights, match="damaged"):
        located("none-such")
