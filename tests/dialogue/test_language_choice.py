"""Which language is answered: a whole turn or a wish changes it, a foreign word does not; what we lack is said."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import replace

import pytest
from turns import UNSURE, turn, utterance
from virtual_time import virtual_time

from warmline.dialogue.language_choice import choose
from warmline.dialogue.languages import LANGUAGES
from warmline.dialogue.llm.scripted import ScriptedConfig, ScriptedModel
from warmline.dialogue.prompt.render import fixed
from warmline.dialogue.strategy.planner import Planner
from warmline.dialogue.supporter import Supporter
from warmline.dialogue.types import Plan, ReplySegment, Risk, RiskLevel, Strategy, SupportStage, Turn
from warmline.emotion.types import ParalinguisticTags
from warmline.speech.runtime.cancel import CancelFlag

ALL = tuple(LANGUAGES)


def talk(*said: tuple[str, str, str]) -> tuple[Turn, ...]:
    """(language of the reply, words, reply)"""
    done = [turn(at, words, reply) for at, (_, words, reply) in enumerate(said, 1)]
    return tuple(
        replace(one, plan=replace(one.plan, language=language))
        for one, (language, _, _) in zip(done, said, strict=True)
    )


ENGLISH = talk(("en", "I lost my job on Friday.", "That seems to hurt."))
SPANISH = talk(("es", "Perdí mi trabajo el viernes.", "Parece que te duele."))


@pytest.mark.parametrize(
    ("turns", "text", "language"),
    [
        ((), "Hola.", "es"),
        ((), "Hallo, guten Abend", "de"),
        ((), "你好", "zh"),
        ((), "Hi there", "en"),
        ((), "Javier García Rodríguez", "es"),
        (ENGLISH, "My abuela said mañana.", "en"),
        (ENGLISH, "Schadenfreude.", "en"),
        (ENGLISH, "Javier García Rodríguez", "en"),
        (ENGLISH, "Hola", "en"),
        (ENGLISH, "No.", "en"),
        (ENGLISH, "Es que no puedo más con todo esto.", "es"),
        (ENGLISH, "我真的不知道该怎么办了", "zh"),
        (ENGLISH, "Können wir Deutsch sprechen?", "de"),
        (SPANISH, "Ok", "es"),
        (SPANISH, "No, gracias", "es"),
        (SPANISH, "Mi jefe dijo deadline y burnout", "es"),
        (SPANISH, "Can we go back to English?", "en"),
        (SPANISH, "¿Hablas español?", "es"),
    ],
)
def test_the_language_of_the_reply(turns: tuple[Turn, ...], text: str, language: str) -> None:
    assert choose(turns, text, ALL).language == language


def test_two_doubtful_turns_in_a_row_are_believed() -> None:
    once = choose(ENGLISH, "Javier García Rodríguez", ALL)
    after = (*ENGLISH, *talk(("en", "Javier García Rodríguez", "Who is that to you?")))
    assert (once.language, choose(after, "Me siento", ALL).language) == ("en", "es")


def test_an_ear_that_agrees_makes_a_doubtful_turn_sure() -> None:
    text = "Javier García Rodríguez"
    assert choose(ENGLISH, text, ALL, heard_as="es").language == "es"
    assert choose(SPANISH, "OK", ALL, heard_as="en").language == "es"


def test_a_wish_is_granted_and_a_long_one_answered_by_the_model() -> None:
    assert choose(ENGLISH, "Can we speak Spanish?", ALL).say == "switched"
    long = "Can we speak Spanish? My mother is in hospital and I cannot find the words in English for any of it."
    assert (choose(ENGLISH, long, ALL).language, choose(ENGLISH, long, ALL).say) == ("es", "")


@pytest.mark.parametrize("text", ["Je suis très triste ce soir, je ne sais plus quoi faire.", "Parlez-vous French?"])
def test_what_we_do_not_speak_is_named(text: str) -> None:
    found = choose(ENGLISH, "Do you speak French?" if "French" in text else text, ALL)
    assert (found.language, found.say, found.heard) == ("en", "unspoken", "fr")


class Calm:
    """A screen that finds nothing, and reads what it is told to."""

    def __init__(self, *languages: str) -> None:
        self.languages = frozenset(languages)

    def assess(
        self, text: str, history: tuple[Turn, ...] = (), tags: ParalinguisticTags | None = None, language: str = ""
    ) -> Risk:
        return Risk()


@pytest.fixture(scope="module")
def planner() -> Planner:
    return Planner()


async def answer(who: Supporter, text: str, turns: tuple[Turn, ...] = ()) -> tuple[Plan, list[ReplySegment]]:
    plan = who.assess(text, UNSURE, turns)
    async with aclosing(who.reply(1, utterance(text), UNSURE, plan, turns, CancelFlag())) as pieces:
        found = [piece async for piece in pieces]
    assert [piece.last for piece in found] == [False] * (len(found) - 1) + [True]
    assert [piece.index for piece in found] == list(range(len(found)))
    return plan, found


def supporter(
    planner: Planner, *lines: str, screened: tuple[str, ...] = ALL, **more: object
) -> tuple[Supporter, ScriptedModel]:
    model = ScriptedModel(ScriptedConfig(lines or ("...",)))
    return Supporter(planner, Calm(*screened), model, **more), model  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("said", "written", "language"),
    [
        ("Perdí mi trabajo el viernes y no se lo dije a nadie.", " un peso enorme desde el viernes.", "es"),
        ("Ich habe am Freitag meinen Job verloren und keiner weiß es.", " das Schweigen seit Freitag sehr.", "de"),
        ("我周五丢了工作，谁都不知道。", "一个人扛着这个秘密，特别沉。", "zh"),
    ],
)
@virtual_time
async def test_a_caller_is_answered_in_their_language(planner: Planner, said: str, written: str, language: str) -> None:
    who, model = supporter(planner, written)
    plan, pieces = await answer(who, said)
    assert plan.language == language
    assert model.prompts[0].messages[: len(fixed(language))] == fixed(language)
    assert {piece.language for piece in pieces} == {language}
    assert any(LANGUAGES[language].english in why for why in plan.why)
    assert "fallback" not in {piece.source for piece in pieces} or plan.strategy is Strategy.QUESTION


@pytest.mark.parametrize("said", ["Perdí mi trabajo el viernes.", "Ich habe meinen Job verloren.", "我周五丢了工作。"])
@virtual_time
async def test_a_model_that_answers_in_english_is_tried_again_and_then_replaced(planner: Planner, said: str) -> None:
    who, model = supporter(planner, " that you are feeling very alone with all of this tonight.")
    plan, pieces = await answer(who, said)
    assert len(model.prompts) == 2
    assert pieces[-1].source == "fallback"
    assert choose((), " ".join(piece.text for piece in pieces), ALL).language == plan.language


@virtual_time
async def test_an_unscreened_language_says_so_once(planner: Planner) -> None:
    who, _ = supporter(planner, screened=("en",))
    _, first = await answer(who, "Perdí mi trabajo el viernes.")
    _, later = await answer(who, "No duermo nada desde entonces.", SPANISH)
    assert "emergencias" in first[0].text
    assert first[0].source == "notice"
    assert "notice" not in {piece.source for piece in later}
    known, _ = supporter(planner, screened=("en", "es"))
    _, pieces = await answer(known, "Perdí mi trabajo el viernes.")
    assert "notice" not in {piece.source for piece in pieces}


@virtual_time
async def test_what_we_do_not_speak_is_answered_honestly(planner: Planner) -> None:
    french = "Je suis très triste ce soir, je ne sais plus quoi faire."
    who, model = supporter(planner)
    _, written = await answer(who, french, ENGLISH)
    assert [piece.language for piece in written] == ["fr"]
    assert "español" in written[0].text
    aloud, _ = supporter(planner, languages=("en",), aloud=True)
    _, spoken = await answer(aloud, french, ENGLISH)
    assert [piece.language for piece in spoken] == ["en"]
    _, own = await answer(aloud, "No puedo más con todo esto, estoy muy cansada.", ENGLISH)
    assert [piece.language for piece in own] == ["en"]
    assert model.prompts == []


@virtual_time
async def test_the_fixed_part_is_read_first_where_the_language_changes(planner: Planner) -> None:
    who, model = supporter(planner)
    await who.prepare(ENGLISH, "Es que no", CancelFlag())
    await who.prepare(ENGLISH, "Es que no puedo más con", CancelFlag())
    await who.prepare(ENGLISH, "Es que no puedo más con todo esto", CancelFlag())
    shared = [prompt for prompt in model.read if prompt.shared]
    assert [prompt.messages[:-1] for prompt in shared] == [fixed("es")]
    assert model.read[-1].messages[: len(fixed("es"))] == fixed("es")


def test_a_language_that_is_not_written_here_is_refused(planner: Planner) -> None:
    with pytest.raises(ValueError, match="en, es, de, zh"):
        Supporter(planner, Calm(), ScriptedModel(), languages=("fr",))


@pytest.mark.parametrize(
    ("said", "advice", "farewell", "heavy"),
    [
        ("es", "¿Qué puedo hacer?", "Bueno, tengo que colgar, adiós.", "No puedo más, estoy desesperada."),
        ("de", "Was kann ich tun?", "Ich muss jetzt auflegen, tschüss.", "Ich kann nicht mehr, ich bin am Ende."),
        ("zh", "我该怎么办？", "我得挂了，再见。", "我撑不下去了，快崩溃了。"),
    ],
)
def test_the_planner_reads_the_tables_of_a_language(
    planner: Planner, said: str, advice: str, farewell: str, heavy: str
) -> None:
    who, _ = supporter(planner, languages=(said,))
    past = talk(*[(said, "...", "...")] * 4)
    assert who.assess(heavy, UNSURE, past).intensity >= 3.5
    assert who.assess(farewell, UNSURE, past).strategy is Strategy.OTHER
    assert any("ask for ideas" in why for why in who.assess(advice, UNSURE, past).why)
    first = who.assess(advice, UNSURE, ())
    assert first.stage is SupportStage.EXPLORATION
    assert first.strategy is not Strategy.SUGGESTION
    assert first.risk.level is RiskLevel.L0
