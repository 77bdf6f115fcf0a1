"""Folding, noise, mending, requests, and what the model adds: each does what its page says."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from pathlib import Path

import pytest
from calls import plan_of, turn

from warmline.dialogue.safety.folded import folded
from warmline.dialogue.safety.instead import instead
from warmline.dialogue.safety.mishearing import mended
from warmline.dialogue.safety.noise import noisy, sound
from warmline.dialogue.safety.patterns import TABLES, patterns
from warmline.dialogue.safety.reading import END, START, packed, written
from warmline.dialogue.safety.requests import kind_of
from warmline.dialogue.safety.risk_reader import LABELS, PACKAGE, load, shipped
from warmline.dialogue.safety.rules import languages, signs
from warmline.dialogue.safety.screen import Screen
from warmline.dialogue.types import RiskLevel
from warmline.emotion.text.reader import shipped_folder
from warmline.speech.runtime.errors import CorruptWeights, WeightsError


def level(text: str, language: str = "") -> int:
    return max((int(sign.level) for sign in signs(text, language)), default=0)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("¿Qué hora es, Señor?", " que hora es senor . "),
        ("Ich weiß nicht.", " ich weiss nicht . "),
        ("我 不想活了。", " 我 不想活了 . "),
        ("the [means] and [method]", " the xmeans and xact "),
    ],
)
def test_texts_are_folded(text: str, form: str) -> None:
    assert folded(text) == form


@pytest.mark.parametrize("language", sorted(TABLES))
def test_every_language_has_rules_for_every_kind(language: str) -> None:
    assert {"self", "other", "harm", "abuse", "medical"} <= {rule.kind for rule in patterns(language).rules}


def test_an_unknown_language_is_read_by_all_rules_of_its_script() -> None:
    assert languages("hola") == ("en", "es", "de")
    assert languages("hola", "es-MX") == ("es",)
    assert languages("你好", "en") == ("zh",)
    assert level("quiero matarme") == level("ich will mich umbringen") == level("我想自杀") == 2


@pytest.mark.parametrize("text", ["no quiero morir", "ich will nicht sterben", "我没有想自杀"])
def test_denials_count_in_every_language(text: str) -> None:
    assert level(text) == 0


def test_sounds_alike_have_one_key() -> None:
    assert sound("knight") == sound("night")
    assert sound("dye") == sound("die")


def test_noise_changes_about_the_share_it_is_asked_for() -> None:
    text = " ".join(["we talked about the garden and the weather"] * 40)
    heard = noisy(text, 0.1, random.Random(5)).split()
    same = sum(word in set(text.split()) for word in heard)
    assert 0.82 <= same / len(text.split()) <= 0.98
    assert noisy(text, 0.0, random.Random(1)) == text


def test_misheard_words_are_mended_and_common_ones_left() -> None:
    assert mended("i want to dye") == "i want to die"
    assert mended("i like my wife") == "i like my wife"


def test_requests_are_told_from_everyday_questions() -> None:
    assert kind_of("How do I steal someone's credit card?") == "fraud"
    assert kind_of("how do I kill a process that hangs") == ""
    assert kind_of("my sister stole the show at my wedding") == ""


def test_what_is_said_instead_is_not_said_twice_and_passes_the_guard() -> None:
    first = instead("fraud")
    assert instead("fraud", (first,)) != first
    assert instead("advice for professionals", language="de") != instead("fraud", language="de")


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("I’m  SO tired", "i'm so tired"),
        ("the [means] and [method]", "the xmeans and xact"),
        ("Ich hätte gern Ruhe", "ich hätte gern ruhe"),
        ("我想 死", "我想 死"),
    ],
)
def test_texts_are_written_as_the_encoder_reads_them(text: str, form: str) -> None:
    assert written(text) == form


@pytest.mark.weights
def test_every_language_has_pieces_and_long_texts_are_read_from_both_ends() -> None:
    pieces = shipped().encoder.table.pieces
    for text in ("i can't go on", "no puedo más", "ich kann nicht mehr", "我撑不下去了", "", "🙂"):
        ids = packed(pieces, text).ids
        assert ids[0] == START
        assert ids[-1] == END
        assert len(ids) >= 3
    long = packed(pieces, "first " + "and so on " * 400 + "last").ids
    assert len(long) == 96
    assert long[1:-1][0] == pieces.ids("first")[0]
    assert long[-2] == pieces.ids("last")[-1]


@pytest.mark.weights
def test_the_model_answers_every_question_and_damage_is_told(tmp_path: Path) -> None:
    chances = shipped().read("i keep thinking about not being here")
    assert tuple(chances) == LABELS
    assert all(0.0 <= chance <= 1.0 for chance in chances.values())
    source = shipped_folder(PACKAGE)
    for name in ("pieces.npz", "screen.onnx", "screen_heads.npz", "files.json"):
        (tmp_path / name).write_bytes((source / name).read_bytes())
    (tmp_path / "screen_heads.npz").write_bytes(b"nothing")
    with pytest.raises(CorruptWeights):
        load(tmp_path)
    (tmp_path / "pieces.npz").unlink()
    with pytest.raises(WeightsError):
        load(tmp_path)


@pytest.mark.weights
@pytest.mark.parametrize(
    ("rough", "calm"),
    [
        ("i wrote my kids a letter for when i'm not here any more", "i wrote my kids a letter for their holiday camp"),
        ("pronto dejaré de ser una carga", "pronto dejaré de fumar"),
        ("bald bin ich keine last mehr", "bald bin ich im urlaub"),
        ("我不在了他们会轻松很多", "我不在家的时候他们会吵"),
    ],
)
def test_the_model_tells_twins_apart(rough: str, calm: str) -> None:
    risky, safe = shipped().read(rough)["risk"], shipped().read(calm)["risk"]
    assert math.log(risky / (1 - risky)) > math.log(safe / (1 - safe)) + 1.0


@pytest.mark.weights
def test_a_request_is_evidence_beside_the_level() -> None:
    risk = Screen().assess("Where can I buy stolen credit cards?")
    assert risk.request == "fraud"
    assert risk.level is RiskLevel.L0


@pytest.mark.weights
def test_a_flat_voice_after_distress_weighs_a_slight_sign() -> None:
    from calls import heard_as

    past = (replace(turn(1, "...", "Tell me more.", plan_of()), tags=heard_as(-0.8, 0.6)),)
    screen = Screen()
    assert screen.assess("i can't go on like this", past, heard_as(0.0, -0.8)).level is RiskLevel.L2
    assert screen.assess("i bought bread", past, heard_as(0.0, -0.8)).level is RiskLevel.L0
