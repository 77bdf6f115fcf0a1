"""What stands around a sign: long ago and over, a question answered no, a story; and what only looks like it."""

from __future__ import annotations

import pytest

from warmline.dialogue.safety.rules import OVER, signs
from warmline.dialogue.types import RiskLevel

OVER_NOW = [
    ("I tried to end my life when I was seventeen, I'm fifty now and glad I woke up", "en"),
    ("he used to hit me, that's thirty years ago, I left and I'm happy", "en"),
    ("mit sechzehn habe ich mich geritzt, das ist dreißig Jahre her, heute bin ich froh", "de"),
    ("a los veinte intenté suicidarme, hoy tengo cincuenta y estoy bien", "es"),
    ("我十八岁的时候想过自杀，后来治好了，现在孩子都上学了", "zh"),
]
NOT_OVER = [
    ("I tried to end my life when I was seventeen, I'm fifty now and I want to die again", "en"),
    ("I was happy when I was seventeen, I'm fifty now and I want to kill myself", "en"),
    ("he used to hit me thirty years ago, I left, I'm happy, and I want to kill myself", "en"),
    ("mit sechzehn habe ich mich geritzt, jetzt ritze ich mich wieder", "de"),
    ("a los veinte intenté suicidarme y ahora quiero matarme otra vez", "es"),
    ("我十八岁的时候想过自杀，最近又想死了", "zh"),
]
ANSWERED_NO = [
    ("the doctor asked if I had thoughts of ending my life and I said no", "en"),
    ("do I want to die, no, I want a holiday", "en"),
    ("mir was antun, niemals", "de"),
    ("hacerme daño, jamás", "es"),
    ("自杀？不会不会，我就是累", "zh"),
]
NOT_ANSWERED_NO = [
    ("the doctor asked if I had thoughts of ending my life and I said no but I lied", "en"),
    ("I want to kill myself, no one would notice", "en"),
    ("they asked if I think of suicide, yes, no plan", "en"),
    ("me quiero morir, no aguanto más", "es"),
]
STORIES = [
    ("in that series the old man wants to end it all in episode two", "en"),
    ("in dem Roman bringt sich der Held um, Selbstmord aus Liebe", "de"),
    ("那首歌讲的是一个人想死，旋律很好听", "zh"),
]


@pytest.mark.parametrize(("text", "language"), OVER_NOW)
def test_what_is_long_over_is_no_sign_of_danger_and_is_named(text: str, language: str) -> None:
    found = signs(text, language)
    assert found
    assert all(sign.level == 0 and sign.name.startswith(OVER) for sign in found), found


@pytest.mark.parametrize(("text", "language"), NOT_OVER)
def test_a_past_that_came_back_or_stands_beside_today_hides_nothing(text: str, language: str) -> None:
    assert max(sign.level for sign in signs(text, language)) >= 1


def test_what_is_said_of_today_keeps_its_level_beside_a_past() -> None:
    assert max(sign.level for sign in signs(NOT_OVER[2][0], "en")) == 2


@pytest.mark.parametrize(("text", "language"), ANSWERED_NO)
def test_a_question_answered_no_is_a_denial(text: str, language: str) -> None:
    assert {sign.level for sign in signs(text, language)} <= {0}


@pytest.mark.parametrize(("text", "language"), NOT_ANSWERED_NO)
def test_a_no_to_something_else_denies_nothing(text: str, language: str) -> None:
    assert max(sign.level for sign in signs(text, language)) >= 2


@pytest.mark.parametrize(("text", "language"), STORIES)
def test_a_story_is_about_nobody_who_is_there(text: str, language: str) -> None:
    assert not [sign for sign in signs(text, language) if sign.level]


def test_a_caller_in_a_story_is_heard() -> None:
    assert max(sign.level for sign in signs("that song is about suicide and so am I, I want to die", "en")) >= 2
    assert max(sign.level for sign in signs("my mum wrote in her book that she wants to kill herself", "en")) >= 2


EXPLICIT = [
    ("I'm ending it tonight", "en", 3),
    ("I've got [means] here, the door's locked and I'm going to use it", "en", 3),
    ("I s-sometimes think about topping myself", "en", 2),
    ("am Freitag bring ich mich um", "de", 3),
    ("ich denk jeden Tag übers Sterben nach", "de", 2),
    ("el lunes me quito la vida", "es", 3),
    ("mi marido no sabe nada y pienso en suicidarme", "es", 2),
    ("我就想着把自己这条命了结了", "zh", 2),
    ("[means]都有了，就今晚", "zh", 3),
]
NO_MORE_THAN_WORDS = [
    ("I'll top myself up with another tea", "en"),
    ("it's like a weight on my chest, that exam", "en"),
    ("we're ending it tonight with a song, the school play", "en"),
    ("me mató la última canción", "es"),
    ("sterben will ich nicht, ich will Urlaub", "de"),
]
SOMEBODY_AT_IT = [
    ("my brother's got [means] in his hand and he's crying", "en"),
    ("my girlfriend wrote goodbye on the mirror and she's gone, she's not answering", "en"),
    ("我同学坐在天台边上", "zh"),
]


@pytest.mark.parametrize(("text", "language", "level"), EXPLICIT)
def test_plain_speech_of_dying_is_heard_at_its_level(text: str, language: str, level: int) -> None:
    assert max(sign.level for sign in signs(text, language)) == level


@pytest.mark.parametrize(("text", "language"), NO_MORE_THAN_WORDS)
def test_what_only_sounds_like_it_is_not_raised(text: str, language: str) -> None:
    assert not [sign for sign in signs(text, language) if sign.level]


@pytest.mark.parametrize(("text", "language"), SOMEBODY_AT_IT)
def test_somebody_else_who_is_at_it_now_is_an_emergency(text: str, language: str) -> None:
    assert (3, "other") in {(sign.level, sign.kind) for sign in signs(text, language)}


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Hurt myself? No. Hurt my pride, aye.", "en"),
        ("Kill myself? Over a parking ticket? No sir.", "en"),
        ("I'm not scared of myself at all.", "en"),
        ("Selbstmord? Um Gottes willen, nein.", "de"),
        ("Mich umzubringen käme mir nicht in den Sinn.", "de"),
        ("Suicidarme no, hombre, que en abril viajamos.", "es"),
        ("自杀？那不可能，我还等着看女儿考大学呢。", "zh"),
        ("我离婚是为了活得更好，怎么可能去死。", "zh"),
        ("she cut herself a slice of cake", "en"),
        ("estoy en el metro y se corta", "es"),
    ],
)
def test_a_truthful_denial_and_what_only_sounds_like_it_pass(text: str, language: str) -> None:
    assert max((sign.level for sign in signs(text, language)), default=0) == 0


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Suicidal? No, not tonight.", "en"),
        ("Kill myself? No, not while mum's alive.", "en"),
        ("Suicidal? No more than usual.", "en"),
        ("I'm not going to kill myself as long as mum is alive", "en"),
        ("I want to kill myself. No one knows.", "en"),
        ("¿Suicidarme? Hoy no.", "es"),
        ("¿Matarme? No mientras viva mi madre.", "es"),
        ("Mich umbringen? Nicht solange Mama lebt.", "de"),
        ("自杀？今晚不会。", "zh"),
    ],
)
def test_a_denial_that_keeps_a_door_open_is_heard(text: str, language: str) -> None:
    assert max(sign.level for sign in signs(text, language)) >= RiskLevel.L1


def test_what_a_rule_heard_beside_a_denial_is_loose_and_what_stands_alone_is_not() -> None:
    def loose(text: str) -> bool:
        return all(sign.loose for sign in signs(text, "en") if sign.level)

    assert loose("ending my life no, ending my contract aye")
    assert loose("my ex stalked me ten years ago")
    assert not loose("I want to end my life")
    assert not loose("my ex stalked me")
    assert not loose("I have the [means] here. No doubt about it.")
    assert not loose("he wants to kill himself, no question")
