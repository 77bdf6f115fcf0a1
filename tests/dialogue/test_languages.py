"""The words of every language: golden prompts, our own sentences under our own rules, and what the checks find."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from turns import SAD, UNSURE, plan, turn

from warmline.dialogue.checks import Context, Fault, fault
from warmline.dialogue.languages import LANGUAGES, asks, ended, joined, scaled
from warmline.dialogue.llm.base import Prompt
from warmline.dialogue.llm.template import chatml
from warmline.dialogue.prompt import wording
from warmline.dialogue.prompt.cue import cue
from warmline.dialogue.prompt.folder import folder_of, words_file
from warmline.dialogue.prompt.render import CARRIED, LONG_TURN, clip, closed, examples, fixed, opening, tokens
from warmline.dialogue.segment import Segmenter
from warmline.dialogue.speakable import words_of
from warmline.dialogue.types import Strategy, Turn

GOLDEN = Path(__file__).parent.parent / "golden"
OTHERS = tuple(code for code in LANGUAGES if code != "en")
KINDS = {
    "reflect": Strategy.REFLECTION,
    "restate": Strategy.RESTATEMENT,
    "ask": Strategy.QUESTION,
    "affirm": Strategy.AFFIRMATION,
    "normalise": Strategy.SELF_DISCLOSURE,
    "suggest": Strategy.SUGGESTION,
    "inform": Strategy.INFORMATION,
    "chat": Strategy.OTHER,
}
SAID = {"es": "Perdí el trabajo.", "de": "Ich habe meine Arbeit verloren.", "zh": "我丢了工作。"}
HEARD = {"es": "Parece que te pesa.", "de": "Das scheint dich zu treffen.", "zh": "你好像很难受。"}


def spoken(language: str, id: int, said: str, heard: str) -> Turn:
    done = turn(id, said, heard, Strategy.REFLECTION, SAD)
    return replace(done, plan=replace(done.plan, language=language))


def golden(name: str, text: str) -> None:
    path = GOLDEN / name
    assert text == path.read_text(encoding="utf-8"), f"if the new text is right, write it to {path}"


@pytest.mark.parametrize("language", OTHERS)
def test_the_fixed_part(language: str) -> None:
    golden(f"prompt_fixed_{language}.txt", chatml(Prompt(fixed(language), open=True)) + "\n")


@pytest.mark.parametrize("language", OTHERS)
def test_a_turn_as_it_is_sent(language: str) -> None:
    made = replace(plan(Strategy.AFFIRMATION), language=language, then=Strategy.QUESTION)
    turns = (spoken(language, 1, SAID[language], HEARD[language]),)
    sent = closed(turns, SAID[language], made, SAD, "…").messages[len(fixed(language)) :]
    golden(f"prompt_turn_{language}.txt", "".join(f"{message.role}: {message.text}\n" for message in sent))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_strategy_is_explained_and_shown(language: str) -> None:
    system, *rest = fixed(language)
    notes = words_file(language)["notes"]
    mark = "：" if language == "zh" else ":"
    shown = " ".join(message.text for message in rest if message.role == "user")
    for name in (*(strategy.name for strategy in Strategy), "GREET", "GOODBYE"):
        assert f"{notes[name]}{mark}" in system.text
        assert f"[{notes[name]}" in shown
    assert len(examples(language)) >= 12
    assert sum(tokens(message.text) + 5 for message in fixed(language)) < 1300


@pytest.mark.parametrize("language", OTHERS)
def test_every_table_has_what_english_has(language: str) -> None:
    english, own = words_file("en"), words_file(language)
    assert set(own) == set(english)
    for name, rows in english.items():
        assert set(rows) <= set(own[name]), name
        assert all(own[name].values())


@pytest.mark.parametrize("language", OTHERS)
def test_examples_keep_our_own_rules(language: str) -> None:
    for kind, strategy in KINDS.items():
        rows = folder_of(language).joinpath("examples", f"{kind}.tsv").read_text(encoding="utf-8").splitlines()[1:]
        assert len(rows) >= 8, kind
        for row in rows:
            words, voice, reply = row.split("\t")
            assert voice in {"", "sad", "angry", "afraid", "upset", "happy", "shaken", "hiding"}
            assert fault(reply, "", Context(strategy, words, (), language)) is None, (kind, reply)
            assert len(words_of(reply)) <= scaled(45, language)
            assert reply.count("?") + reply.count("？") <= 1
            assert asks(reply) or strategy is not Strategy.QUESTION
    for example in json.loads(folder_of(language).joinpath("examples.json").read_text(encoding="utf-8"))["examples"]:
        context = Context(Strategy.SUGGESTION, example["words"], (), language)
        assert fault(example["reply"], "", context) is None, example["reply"]


@pytest.mark.parametrize("language", OTHERS)
def test_our_own_sentences_keep_our_own_rules(language: str) -> None:
    more = {"es": " eso", "de": " das", "zh": "这样"}[language]
    tired = {"es": "Parece que pesa.", "de": "Du wirkst müde.", "zh": "你好像很累。"}[language]
    for strategy in Strategy:
        for row in wording.table("fallback", language)[strategy.name]:
            assert ended(row)
            assert fault(row, "", Context(strategy, "", (), language)) is None, row
        for row in wording.table("openings", language)[strategy.name]:
            assert not row or fault(row + more, "", Context(strategy, "", (), language)) is None, row
        for row in wording.table("after_lead", language)[strategy.name]:
            assert fault(row, "So,", Context(strategy, "", (), language)) is None, row
    for rows in (*wording.table("closing", language).values(), *wording.table("silence", language).values()):
        for row in rows:
            assert fault(row, tired, Context(Strategy.SUGGESTION, "", (), language)) is None, row


@pytest.mark.parametrize("language", OTHERS)
def test_openings_have_a_clause_to_say_at_once(language: str) -> None:
    for name in words_file(language)["openings"]:
        begun = [wording.opening(name, ["x"] * at, "", language) for at in range(5)]
        if name != "OTHER":
            assert all(each.lead and each.lead[-1] in ",，" for each in begun), name
        questions = wording.table("fallback", language)[name] if name in ("QUESTION", "OFFER") else ()
        assert all(asks(row) for row in questions)


@pytest.mark.parametrize(
    ("language", "asking", "not_asking"),
    [
        ("es", "¿Eres una persona de verdad?", "¿Eres capaz de escucharme?"),
        ("es", "¿Estoy hablando con una máquina?", "Mi jefe es un robot, no siente nada."),
        ("de", "Bist du ein echter Mensch?", "Bist du noch da?"),
        ("de", "Spreche ich mit einer Maschine?", "Er ist ein guter Mensch."),
        ("zh", "你是真人吗？", "你是在听我说吗？"),
        ("zh", "你到底是不是机器人", "他是个好人。"),
    ],
)
def test_the_truth_about_what_we_are(language: str, asking: str, not_asking: str) -> None:
    truth = {"es": r"\bIA\b|inteligencia artificial", "de": r"\bKI\b|künstliche Intelligenz", "zh": "人工"}[language]
    assert re.search(truth, wording.human(asking, (), language))
    assert wording.human(not_asking, (), language) == ""


@pytest.mark.parametrize("language", OTHERS)
def test_a_call_says_from_the_start_that_this_is_an_ai(language: str) -> None:
    name = {"es": "inteligencia artificial", "de": "KI", "zh": "人工智能"}[language]
    assert name in wording.line("call", "greeting", (), language)


@pytest.mark.parametrize(
    ("language", "piece", "expected"),
    [
        ("es", "Me alegra mucho que llames.", Fault.CLAIM),
        ("es", "Sé cómo te sientes, yo también perdí a alguien.", Fault.CLAIM),
        ("es", "Deberías hablar con tu jefe.", Fault.ADVICE),
        ("es", "Intenta respirar hondo.", Fault.ADVICE),
        ("es", "La nota dice reflejar: tristeza.", Fault.LEAK),
        ("es", "Gracias por compartir eso.", Fault.STOCK),
        ("es", "You seem to feel that nobody cares.", Fault.LANGUAGE),
        ("es", "Parece que esa pérdida te dejó un hueco enorme.", None),
        ("de", "Ich freue mich, dass du anrufst.", Fault.CLAIM),
        ("de", "Ich weiß genau, wie du dich fühlst.", Fault.CLAIM),
        ("de", "Du solltest mit deinem Chef reden.", Fault.ADVICE),
        ("de", "Versuch doch mal, tief zu atmen.", Fault.ADVICE),
        ("de", "Meine Anweisungen sagen das.", Fault.LEAK),
        ("de", "Es tut mir leid, das zu hören.", Fault.STOCK),
        ("de", "Vielleicht fühlen Sie sich damit allein.", Fault.STOCK),
        ("de", "It must feel very lonely in that house.", Fault.LANGUAGE),
        ("de", "Diese Leere scheint abends am größten zu sein.", None),
        ("zh", "我也经历过这样的事。", Fault.CLAIM),
        ("zh", "我很难过你遇到这种事。", Fault.CLAIM),
        ("zh", "你应该跟老板谈谈。", Fault.ADVICE),
        ("zh", "试着深呼吸，放松一下。", Fault.ADVICE),
        ("zh", "根据提示，我要体会你。", Fault.LEAK),
        ("zh", "谢谢你的分享。", Fault.STOCK),
        ("zh", "It seems you feel very lonely.", Fault.LANGUAGE),
        ("zh", "这份空落落的感觉，好像晚上最重。", None),
        ("en", "Parece que esa pérdida te dejó un hueco enorme.", Fault.LANGUAGE),
    ],
)
def test_faults_by_language(language: str, piece: str, expected: Fault | None) -> None:
    assert fault(piece, "", Context(Strategy.REFLECTION, "", (), language)) is expected


@pytest.mark.parametrize(
    ("language", "person", "piece"),
    [
        ("es", "mi padre se fue de casa cuando yo era pequeña", "Tu padre se fue de casa cuando tú eras pequeña."),
        (
            "de",
            "ich habe meine ganze Zeit mit dieser Arbeit verbracht",
            "Du hast deine ganze Zeit mit dieser Arbeit verbracht.",
        ),
        ("zh", "我每天晚上都一个人坐在客厅里等他回来", "你每天晚上都一个人坐在客厅里等他回来。"),
    ],
)
def test_parroting_is_found_in_every_language(language: str, person: str, piece: str) -> None:
    assert fault(piece, "", Context(Strategy.REFLECTION, person, (), language)) is Fault.COPY


def pieces(text: str, language: str, step: int) -> list[str]:
    segmenter = Segmenter(language=language)
    found = [piece for at in range(0, len(text), step) for piece in segmenter.feed(text[at : at + step])]
    return [piece.text for piece in (*found, *segmenter.finish())]


@pytest.mark.parametrize("step", [1, 3, 100])
@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        (
            "zh",
            "听你这么说，你好像很委屈。这不容易！你想多说一点吗？",
            ["听你这么说，", "你好像很委屈。", "这不容易！", "你想多说一点吗？"],
        ),
        ("zh", "他说：“我不要你了。”你一直记得。", ["他说：“我不要你了。”", "你一直记得。"]),
        (
            "de",
            "Er kommt am 3. Mai mit Dr. Müller. Das wiegt schwer.",
            ["Er kommt am 3. Mai mit Dr. Müller.", "Das wiegt schwer."],
        ),
        ("de", "„Es reicht.“ Das sagst du laut.", ["Es reicht.", "Das sagst du laut."]),
        ("es", "Parece que duele. ¿Cómo estás? ¡Qué día!", ["Parece que duele.", "¿Cómo estás?", "¡Qué día!"]),
        ("es", "Con la Sra. López no hablas. Es mucho.", ["Con la Sra. López no hablas.", "Es mucho."]),
    ],
)
def test_sentences_of_every_language(language: str, text: str, expected: list[str], step: int) -> None:
    assert pieces(text, language, step) == expected


def test_chinese_is_counted_by_characters_and_joined_without_spaces() -> None:
    assert words_of("我很累，really tired") == ["我", "很", "累", "really", "tired"]
    assert joined(("听你这么说，", "你很累。")) == "听你这么说，你很累。"
    assert joined(("Even so,", "you went on.")) == "Even so, you went on."
    assert scaled(45, "en") == 45
    assert scaled(45, "zh") == 72


def test_a_very_long_chinese_turn_is_cut_as_well() -> None:
    assert len(clip("我很难过。" * 500)) <= LONG_TURN + 1


def test_a_change_of_language_carries_little_over() -> None:
    english = tuple(turn(at, f"word{at}", f"reply{at}") for at in range(1, 9))
    now = opening(english, "Estoy cansada", "es").messages
    assert now[: len(fixed("es"))] == fixed("es")
    assert len(now) == len(fixed("es")) + 2 * CARRIED + 1
    later = (*english, spoken("es", 9, "Estoy cansada.", "Parece que pesa."))
    assert opening(later, "sí", "es").messages[: len(now) - 1] == now[:-1]


def test_only_a_prompt_without_any_caller_may_be_kept() -> None:
    assert opening((), "", "zh").shared
    assert not opening((), "你好", "zh").shared


def test_notes_are_in_the_language_of_the_reply() -> None:
    assert [cue(replace(plan(), language=code), SAD) for code in LANGUAGES] == [
        "[reflect, sad]",
        "[reflejar, triste]",
        "[spiegeln, traurig]",
        "[体会，难过]",
    ]
    assert cue(replace(plan(Strategy.OTHER), language="de"), UNSURE) == "[plaudern]"
