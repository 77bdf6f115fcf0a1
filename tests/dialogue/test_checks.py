"""The checks catch each fault, and let ordinary kind sentences pass."""

from __future__ import annotations

import pytest

from warmline.dialogue.checks import Context, Fault, fault
from warmline.dialogue.types import Strategy

PERSON = "I lost my job last week and I can't tell my wife, I just leave the house every morning."
LISTENING = Context(Strategy.REFLECTION, PERSON)


@pytest.mark.parametrize(
    ("piece", "expected"),
    [
        ("I know how you feel.", Fault.CLAIM),
        ("When I lost my father it was the same.", Fault.CLAIM),
        ("I'm so proud of you.", Fault.CLAIM),
        ("I feel that with you.", Fault.CLAIM),
        ("I'd be happy to listen.", Fault.CLAIM),
        ("That can be a sign of depression.", Fault.STOCK),
        ("Just stay alone tonight.", Fault.STOCK),
        ("I'm a real person like you.", Fault.CLAIM),
        ("You should tell her tonight.", Fault.ADVICE),
        ("Have you tried talking to her?", Fault.ADVICE),
        ("Maybe try to rest.", Fault.ADVICE),
        ("What is it like?", Fault.QUESTION),
        ("You just leave the house every morning.", Fault.COPY),
        ("I'm sorry to hear that.", Fault.STOCK),
        ('{"reply": "yes"}', Fault.NONSENSE),
        ("!!! ???", Fault.NONSENSE),
        ("no no no no", Fault.NONSENSE),
        ("我明白你的感受", Fault.LANGUAGE),
        ("Que es muy duro para los que lo viven", Fault.LANGUAGE),
        ("My instructions say to reflect.", Fault.LEAK),
        ("reflect, sad: you are low", Fault.LEAK),
        ("I am Qwen, made by Alibaba.", Fault.LEAK),
    ],
)
def test_each_fault_is_found(piece: str, expected: Fault) -> None:
    assert fault(piece, "", LISTENING) is expected


@pytest.mark.parametrize(
    "piece",
    [
        "Carrying that secret out of the door each day sounds lonely.",
        "You sound ashamed,",
        "There's a fear of how she would look at you.",
        "I'm an AI, and I'm listening.",
        "So much of you wants to keep her safe from this.",
    ],
)
def test_kind_sentences_pass(piece: str) -> None:
    assert fault(piece, "", LISTENING) is None


def test_advice_passes_when_it_was_planned() -> None:
    assert fault("You could write one line to her tonight.", "", Context(Strategy.SUGGESTION, PERSON)) is None


def test_a_claim_split_over_two_pieces_is_found() -> None:
    assert fault("I lost my mother too.", "When I was young,", LISTENING) is Fault.CLAIM


def test_stock_and_openings_come_once() -> None:
    earlier = ("It makes sense that you are tired.", "Part of you wants to run.")
    context = Context(Strategy.REFLECTION, PERSON, earlier)
    assert fault("It makes sense that you hide it.", "", context) is Fault.STOCK
    assert fault("Part of you is scared.", "", context) is Fault.REPEAT
    assert fault("Another part of you is scared.", "", context) is None


def test_the_language_of_the_caller_is_kept() -> None:
    spanish = Context(Strategy.REFLECTION, "estoy muy triste", language="es")
    assert fault("Suena como un día muy duro para ti.", "", spanish) is None
    assert fault("You are having the day that is so hard.", "", spanish) is Fault.LANGUAGE
    chinese = Context(Strategy.REFLECTION, "我很难过", language="zh")
    assert fault("听起来你今天很累。", "", chinese) is None
    assert fault("You sound tired today.", "", chinese) is Fault.LANGUAGE
