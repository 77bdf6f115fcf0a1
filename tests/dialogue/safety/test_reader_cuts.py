"""Which cut-offs the reader's scores allow."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from warmline.dialogue.safety.training.reader_cuts import Scored, chosen, lines, scored, together
from warmline.dialogue.types import Risk, RiskLevel
from warmline.speech.runtime.errors import UnreadableInput

HINT = Risk(RiskLevel.L1, ("a hint",), doubtful=True)


def one(danger: float, level: int = 1, kind: str = "coded", risk: Risk = HINT) -> Scored:
    return Scored("valid", kind, level, risk, False, (1.0 - danger, danger, 0.0, 0.0))


def test_the_highest_cut_off_that_loses_one_in_a_hundred_is_chosen() -> None:
    many = [one(0.9)] * 198
    assert chosen([*many, one(0.15), one(0.15)], RiskLevel.L1) == 0.2
    assert chosen([*many, one(0.015), one(0.15), one(0.15)], RiskLevel.L1) == 0.1
    assert chosen([*many, one(0.015), one(0.015), one(0.015)], RiskLevel.L1) == 0.01


def test_nothing_explicit_may_be_lost_and_what_is_not_doubtful_is_not() -> None:
    many = [one(0.9)] * 500
    assert chosen([*many, one(0.07, kind="explicit")], RiskLevel.L1) == 0.05
    firm = one(0.001, kind="explicit", risk=Risk(RiskLevel.L1, ("a firm rule",)))
    assert chosen([*many, firm], RiskLevel.L1) == 0.2


def test_scores_are_read_and_screened(tmp_path: Path) -> None:
    path = tmp_path / "deep_scores.npz"
    texts = ["I lost the will to live in that queue", "I want to kill myself", "we had soup and bread"]
    np.savez(
        path,
        text=texts,
        language=["en"] * 3,
        part=["valid"] * 3,
        kind=["idiom", "explicit", "ordinary"],
        level=[0, 2, 1],
        levels=np.array([[0.99, 0.01, 0, 0], [0.99, 0.01, 0, 0], [0.0, 1.0, 0, 0]], np.float32),
    )
    found = scored(path)
    assert [bool(each.risk.level) for each in found] == [True, True, False]
    assert [each.risk.doubtful for each in found] == [True, False, False]
    table = list(lines(found))
    assert table[0].startswith("valid: 3 of ours, 0.333 asked about before the reply")
    assert [line.split()[-8:-4] for line in table[1:3]] == [
        ["0.500", "found", "1.0000", "raised"],
        ["0.500", "found", "0.0000", "raised"],
    ]
    assert table[3].strip() == "lost of what the screen found: 0"
    assert "rules' hints overruled below 0.05  0 of 0 true ones, 1 of 1 harmless ones" in table
    with pytest.raises(UnreadableInput, match=r"deep_scores\.npz"):
        scored(tmp_path / "none.npz")


def test_the_reader_that_knows_more_weighs_more(tmp_path: Path) -> None:
    texts, risk = [f"text {number}" for number in range(40)], np.arange(40) % 2
    danger = np.where(np.arange(40) < 4, 1 - risk, risk) * 0.9 + 0.05
    levels = np.stack([1.0 - danger, danger, 0 * danger, 0 * danger], axis=1)
    np.savez(tmp_path / "deep.npz", text=texts, level=risk, levels=levels)
    by_chance = np.arange(32) % 4 < 2
    np.savez(tmp_path / "unseen.npz", text=texts[:32], score=2.0 * by_chance)
    first, *sums = together(tmp_path / "deep.npz", tmp_path / "unseen.npz")
    told = re.fullmatch(r"32 texts in doubt: the encoder weighs (\S+), the reader (\S+)", first)
    assert told is not None
    assert abs(float(told[1])) < 0.1 < float(told[2])
    assert sums[1] == "sum from 2     0.875 found   0.1250 raised"
    with pytest.raises(UnreadableInput, match="settle the screen first"):
        list(together(tmp_path / "deep.npz", tmp_path / "none.npz"))
