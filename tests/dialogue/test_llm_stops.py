"""Stop strings over growing text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from warmline.dialogue.llm.stops import Cut


def test_what_may_begin_a_stop_waits() -> None:
    cut = Cut(("User:",))
    assert cut.grown("Yes. Us") == "Yes. "
    assert cut.grown("Yes. Usually") == "Usually"
    assert cut.grown("Yes. Usually User: no") == " "
    assert cut.over
    assert cut.grown("Yes. Usually User: no, more") == ""


def test_half_letters_wait() -> None:
    cut = Cut(())
    assert cut.grown("caf\ufffd") == "caf"
    assert cut.grown("café") == "é"


@given(st.text(alphabet="ab[]", max_size=30), st.lists(st.sampled_from(["[", "ab]", "ba"]), max_size=3))
def test_pieces_join_to_the_text_before_the_first_stop(text: str, stops: list[str]) -> None:
    cut = Cut(stops)
    pieces = [cut.grown(text[: at + 1]) for at in range(len(text))]
    pieces.append(cut.grown(text, last=True))
    ends = [text.index(stop) for stop in stops if stop in text]
    assert "".join(pieces) == text[: min(ends, default=len(text))]
