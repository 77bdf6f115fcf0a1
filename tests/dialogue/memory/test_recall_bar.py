"""The bar of recall, on the real encoder: the same figures as ``warmline eval memory``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from warmline.dialogue.memory.evaluate import measure, read
from warmline.dialogue.memory.sentences import shipped
from warmline.server.cli import main
from warmline.server.store.store import Store

pytestmark = pytest.mark.weights


@pytest.mark.parametrize("part", ["held", "tune"])
def test_nine_of_ten_come_to_mind(part: str) -> None:
    figures = measure(tuple(caller for caller in read() if caller.part == part), shipped())
    assert figures.recall[1] >= 0.90
    assert figures.offered_wrongly == 0.0
    assert figures.offered_right >= 0.85


def test_meaning_is_one_long_and_near_for_near() -> None:
    embed = shipped()
    mum, mother, bus = (
        embed.vector(text) for text in ("I visited mum.", "I went to see my mother.", "The bus was late.")
    )
    assert float(mum @ mum) == pytest.approx(1.0, abs=1e-5)
    assert mum @ mother > mum @ bus + 0.2
    embed.vector("")
    embed.vector("字 " * 5000)


def test_the_command_measures_and_would_notice_what_is_left(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    own = tmp_path / "callers.txt"
    own.write_text(
        "= ada own\n@ 2026-01-05\nsad: My sister Ana hurt me badly.\ncalm: Baking bread helps me.\n"
        "? sad | My sister was cruel. | 1.1\n? neutral | Hello there. |\n",
        encoding="utf-8",
    )
    assert main(["eval", "memory", str(own), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["recall_at_3"], found["hits_after_forget"], found["n"]) == (1.0, 0, 1)

    async def forgets_nothing(self: Store, caller: str) -> int:
        return 0

    monkeypatch.setattr(Store, "forget_caller", forgets_nothing)
    assert main(["eval", "memory", str(own), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["hits_after_forget"] > 0


@pytest.mark.parametrize("text", ["", "= ada own\n", "sad: no caller yet\n", "= a b\n@ 2026-01-05\n? sad | x | 9.9\n"])
def test_what_is_no_such_file_is_told(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "callers.txt"
    path.write_text(text, encoding="utf-8")
    assert main(["eval", "memory", str(path)]) == 2
    assert str(path) in capsys.readouterr().err
