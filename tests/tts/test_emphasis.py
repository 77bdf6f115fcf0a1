"""Which word carries weight: the person's own, one a piece, and the cause before anything else."""

from __future__ import annotations

import pytest

from warmline.tts.emphasis import emphasis, key_words
from warmline.tts.types import SaidWord

SAID = "I worried about the exam all night, and my brother never called"


@pytest.mark.parametrize(
    ("text", "cause", "word"),
    [
        ("You were worrying about that exam all night.", "the exam", "exam"),
        ("You were worrying all night long.", "", "night"),
        ("It hurt that your brother's phone was off.", "my brother never called", "brother's"),
        ("That sounds really heavy to carry.", "", None),
        ("The exam?", "the exam", None),
        ("", "", None),
    ],
)
def test_the_persons_own_key_word(text: str, cause: str, word: str | None) -> None:
    assert key_words(text, cause, SAID) == ((word,) if word else ())


def test_marks_around_a_word_do_not_matter() -> None:
    marked = emphasis(("exam",))
    assert marked(SaidWord("Exam,", "Exam,"))
    assert not marked(SaidWord("examine", "examine"))
    assert not emphasis(())(SaidWord("exam", "exam"))
