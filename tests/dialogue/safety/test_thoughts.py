"""The written thoughts: enough of them over kinds and languages, none in two parts, no word for a means, no copy."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from warmline.dialogue.safety.means import covered
from warmline.dialogue.safety.training import thoughts


def test_there_are_enough_of_every_kind_and_language() -> None:
    said = thoughts.said()
    count = Counter(one.language for one in said)
    assert len({one.text.lower() for one in said}) >= 2000
    assert min(count[language] for language in ("es", "de", "zh")) >= 250
    for language in ("en", "es", "de", "zh"):
        kinds = {one.kind for one in said if one.language == language}
        assert {"explicit", "indirect", "coded", "retracted", "third_party", "idiom", "sorrow", "ordinary"} <= kinds
    assert len(thoughts.asked()) >= 300


def test_a_thought_lies_in_one_part_and_every_part_is_used() -> None:
    parts: dict[str, set[str]] = {}
    for one in thoughts.wordings():
        parts.setdefault(one.thought, set()).add(one.part)
    assert all(len(found) == 1 for found in parts.values())
    count = Counter(one.part for one in thoughts.said() if not one.apart)
    # 8 and 16% by the hash of a thought, so near that of its wordings
    assert 0.07 <= count[thoughts.HELD] / count.total() <= 0.09
    assert 0.14 <= count[thoughts.VALID] / count.total() <= 0.18


def test_what_the_last_hands_wrote_is_not_learnt_by_the_layers() -> None:
    apart = [one for one in thoughts.said() if one.apart]
    assert len(apart) >= 1500
    assert {one.part for one in apart} == {thoughts.VALID, thoughts.HELD}


def test_no_wording_stands_in_two_parts() -> None:
    where: dict[str, set[str]] = {}
    for one in thoughts.wordings():
        where.setdefault(one.text.lower(), set()).add(one.part)
    assert not [text for text, parts in where.items() if len(parts) > 1]


@pytest.mark.parametrize("kind", ["means_question", "overdose"])
def test_where_it_matters_most_means_are_placeholders(kind: str) -> None:
    for one in thoughts.said():
        if one.kind == kind:
            plain = re.findall(r"[a-z]+", re.sub(r"\[\w+\]", " ", one.text.lower()))
            assert not [word for word in plain if covered(word) == "xmeans"], one.text
