"""What only a model read is met by one open question; all else, and an answer that says nothing, by a direct one."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest
from calls import heard_as, plan_of, turn

from warmline.dialogue.safety import lines
from warmline.dialogue.safety.asks import Ask, asked, sentence, sentences
from warmline.dialogue.safety.deep_reader import known_when_answered, raised, weighed
from warmline.dialogue.safety.open_question import EXPLAINED, UNTOLD, evades, vague
from warmline.dialogue.safety.protocol import Protocol, ProtocolState
from warmline.dialogue.safety.risk_reader import KINDS, RiskReader, shipped
from warmline.dialogue.safety.screen import Screen
from warmline.dialogue.types import Risk, RiskLevel, Sensed, Turn

SLIGHT = Risk(RiskLevel.L1, ("reads like it (0.71)",))
NOTHING = Risk()
PLAIN = "my son moved out on Sunday and I keep setting his plate"


def screen(chance: float = 0.0) -> Screen:
    found = dict.fromkeys((*KINDS, *shipped().cuts), 0.0) | {"risk": chance}
    return Screen(cast(RiskReader, SimpleNamespace(cuts=shipped().cuts, read=lambda text: found)))


def looked_into(risk: Risk = SLIGHT) -> tuple[Turn, ...]:
    return (turn(1, "three places at supper, twice now", sentence(Ask.OPEN), plan_of(risk=risk)),)


@pytest.mark.parametrize(
    ("level", "evidence", "expected"),
    [
        (1, ("reads like it (0.71)",), True),
        (1, ("read again (0.98)",), True),
        (2, ("other: reads like it (0.80)", "other: read again (0.99)"), True),
        (1, ("reads like it, over two turns (0.93)",), True),
        (3, ("reads like it (0.99)",), False),
        (2, ("plainly reads like it (0.99)",), False),
        (2, ("medical: reads like it (0.90)",), False),
        (1, ("sees no reason to go on",), False),
        (2, ("misheard? urge to hurt themselves (0.41)",), False),
        (2, ("thoughts of killing themselves", "reads like it (0.99)"), False),
        (2, ("reads like it (0.71)", "voice: breaking"), False),
        (1, ("earlier in the call",), False),
        (1, ("reads like it (0.71)", "earlier in the call"), False),
        (0, ("overruled (0.01): reads like it (0.71)",), False),
        (1, (), False),
    ],
)
def test_vague_is_what_a_model_alone_says_of_no_danger_now(
    level: int, evidence: tuple[str, ...], expected: bool
) -> None:
    assert vague(Risk(RiskLevel(level), evidence)) is expected


@pytest.mark.parametrize(
    "answer",
    [
        "", "No, nothing.", "I don't know.", "forget it", "I'd rather not talk about it",
        "Oh, it's just talk, love.", "Don't mind me.", "Why do you want to know?", "It's fine. What time do you close?",
        "I have to go now, bye.", "I mean exactly what I said.", "Just give me the number please",
        "You know what that means",
        "I can't say it out loud, not to you", "Anyway, let's talk about something else", "yes, I think so",
        "Can I talk to a real person please", "Ich muss jetzt auflegen, tschüss", "Genau das, was ich gesagt habe",
        "Así como suena, nada de vueltas", "我说的就是那个意思，你应该听得懂",
        "thanks for listening, take care of yourself", "I should let you go now, thank you",
        "Can you give me the helpline",
        "Is there a number I can ring", "I don't have the words for it", "It means what it means, I suppose",
        "gracias por escucharme, cuídate mucho", "谢谢你听我说，你保重", "Gib mir bitte die Nummer von der Hotline",
        "没什么", "随口一说。你吃饭了吗？", "Nichts. Wie spät ist es bei Ihnen?", "Nada.", "Ach, schon gut.",
    ],
)  # fmt: skip
def test_an_answer_that_says_nothing_leaves_it_open(answer: str) -> None:
    assert evades(answer)


@pytest.mark.parametrize(
    "answer",
    [
        PLAIN, "It's the last episode on Sunday, that's all",
        "I mean the choir, it's the last concert on Friday and I give the robe back.",
        "I don't know, it's just that the house used to be so loud and now there's only the fridge humming.",
        "Ich meine die Laube, die wird am Samstag abgerissen.", "我是说那个游戏，服务器下周就关了。",
        "Hablo de la mudanza, el lunes entrego las llaves del piso.",
    ],
)  # fmt: skip
def test_an_answer_that_says_what_was_meant_does_not(answer: str) -> None:
    assert not evades(answer)


def test_it_is_asked_in_every_language_once_and_alone() -> None:
    for language in lines.LANGUAGES:
        state, said = Protocol().next(ProtocolState(), SLIGHT, "three places, twice", language)
        assert len(said.sentences) == 1
        assert said.sentences[0] in sentences(Ask.OPEN, language)
        assert asked(said.sentences[0]) is Ask.OPEN
        assert said.note is not None
        assert (said.note.step, said.note.card) == ("open", None)
        _, further = Protocol().next(state, SLIGHT, "and a fourth one today", language)
        assert asked(further.sentences[-1]) is Ask.GENTLE


def test_what_is_explained_is_over_and_the_next_hint_is_asked_about() -> None:
    state, _ = Protocol().next(ProtocolState(), SLIGHT, "three places, twice")
    told = screen().assess(PLAIN, looked_into())
    assert (told.level, told.evidence, told.doubtful) == (RiskLevel.L0, (EXPLAINED,), False)
    state, said = Protocol().next(state, told, PLAIN)
    assert said.yields
    assert not said.sentences
    assert not state.turns, "whatever comes begins as if nothing had been asked"
    _, said = Protocol().next(state, SLIGHT, "and the lamp is given away")
    assert asked(said.sentences[-1]) is Ask.GENTLE


@pytest.mark.parametrize(
    ("before", "question"),
    [
        (SLIGHT, Ask.GENTLE),
        (Risk(RiskLevel.L2, ("reads like it (0.90)",)), Ask.THOUGHTS),
        (Risk(RiskLevel.L2, ("other: reads like it (0.90)",)), Ask.THEY),
    ],
)
def test_what_is_not_explained_is_asked_about(before: Risk, question: Ask) -> None:
    state, said = Protocol().next(ProtocolState(), before, "three places, twice")
    assert asked(said.sentences[-1]) is Ask.OPEN
    risk = screen().assess("Oh, nothing.", looked_into(before))
    assert risk.level is before.level
    assert risk.evidence[0].endswith(UNTOLD)
    assert not risk.doubtful, "no reader may overrule silence"
    _, said = Protocol().next(state, risk, "Oh, nothing.")
    assert asked(said.sentences[-1]) is question


def test_an_answer_in_doubt_is_read_before_it_counts() -> None:
    doubtful = screen(0.1).assess(PLAIN, looked_into())
    assert (doubtful.level, doubtful.evidence, doubtful.doubtful) == (RiskLevel.L1, (UNTOLD,), True)
    assert weighed(doubtful, (0.99, 0.01, 0.0, 0.0)) == Risk(evidence=(EXPLAINED,))
    grave = weighed(doubtful, (0.0, 0.0, 0.0, 1.0))
    assert (grave.level, vague(grave)) == (RiskLevel.L2, False)


def test_what_was_looked_into_does_not_sink_where_the_reader_finds_more() -> None:
    before = Risk(RiskLevel.L2, ("reads like it (0.90)",))
    doubtful = screen(0.1).assess(PLAIN, looked_into(before))
    assert weighed(doubtful, (0.1, 0.1, 0.8, 0.0)).level is RiskLevel.L2
    assert weighed(doubtful, (0.0, 0.0, 1.0, 0.0)).level is RiskLevel.L2
    assert weighed(doubtful, (0.99, 0.01, 0.0, 0.0)).level is RiskLevel.L0


def test_a_breaking_voice_says_otherwise_than_plain_words() -> None:
    assert screen().assess(PLAIN, looked_into(), heard_as(-0.2, 0.2, 0.9)).level is RiskLevel.L0
    risk = screen(0.1).assess(PLAIN, looked_into(), heard_as(-0.8, 0.2, 0.9))
    assert (risk.level, risk.evidence, risk.doubtful) == (RiskLevel.L1, (UNTOLD,), False)


@pytest.mark.parametrize(
    ("own", "levels", "level"),
    [
        (2, (0.8, 0.2, 0.0, 0.0), 1),
        (2, (0.97, 0.03, 0.0, 0.0), 0),
        (3, (0.8, 0.2, 0.0, 0.0), 2),
        (1, (0.9, 0.1, 0.0, 0.0), 0),
        (1, (0.5, 0.5, 0.0, 0.0), 1),
    ],
)
def test_graver_readings_of_an_answer_are_overruled_no_sooner_than_elsewhere(
    own: int, levels: tuple[float, ...], level: int
) -> None:
    answer = Sensed(0.8, answer=RiskLevel(own))
    risk = Risk(RiskLevel(own), ("reads like it (0.80)", "earlier in the call"), doubtful=True, sensed=answer)
    assert weighed(risk, levels).level == level


def test_what_is_read_later_in_an_earlier_turn_is_not_explained_away_by_this_one() -> None:
    late = raised(plan_of(risk=SLIGHT), Risk(RiskLevel.L1, ("deep reader (0.99)",)), own=False)
    assert (late.risk.level, vague(late.risk)) == (RiskLevel.L1, False)
    assert known_when_answered(late.risk) == SLIGHT
    history = (turn(1, "three places, twice", sentence(Ask.OPEN), late),)
    assert screen().assess(PLAIN, history).level is RiskLevel.L1


def test_what_a_rule_hears_in_the_answer_counts_at_once() -> None:
    risk = screen().assess("I mean that I want to kill myself", looked_into())
    assert risk.level is RiskLevel.L2
    assert EXPLAINED not in risk.evidence
    hint = screen(0.3).assess("it means I see no reason to go on with this", looked_into())
    assert (hint.level, hint.doubtful) == (RiskLevel.L1, False)


def test_what_only_a_model_read_is_no_sign_beside_which_a_rule_counts_more() -> None:
    answer = "I have a plan for the weekend, that is what it was about"
    known = (turn(1, "I wish I was dead", "I'd like", plan_of(risk=Risk(RiskLevel.L1, ("wishes not to be alive",)))),)
    assert screen().assess(answer, known).level is RiskLevel.L3
    assert screen().assess(answer, looked_into()).level is RiskLevel.L0


def test_a_minor_s_answer_explains_nothing_away() -> None:
    assert screen().assess("I'm fourteen and my mum doesn't know", looked_into()).level is RiskLevel.L1


def test_what_stands_is_not_looked_into_anew() -> None:
    wish = turn(1, "I wish I was dead", "I'd like", plan_of(risk=Risk(RiskLevel.L1, ("wishes not to be alive",))))
    hint = screen(0.9).assess("three places, twice", (wish,))
    assert (hint.level, vague(hint)) == (RiskLevel.L1, False)
    cut_off = turn(1, "three places, twice", "I'd like", plan_of(risk=SLIGHT))
    assert not vague(screen(0.9).assess("and a fourth one today", (cut_off,)))


def test_the_model_s_own_words_are_no_open_question_of_ours() -> None:
    said = f"That sounds lonely. {sentence(Ask.OPEN)}"
    history = (turn(1, "three places, twice", said, plan_of(risk=SLIGHT)),)
    assert screen().assess(PLAIN, history).evidence == ("earlier in the call",)


@pytest.mark.parametrize(
    "text",
    [
        "Can you give me the number? I can't keep it up like this",
        "goodbye now, I have to go",
        "leave me alone",
        "I need a number to call",
        "I won't be needing these calls any more, thank you for everything",
    ],
)
def test_whoever_wants_the_number_or_to_go_is_not_asked_what_is_behind_it(text: str) -> None:
    _, said = Protocol().next(ProtocolState(), Risk(RiskLevel.L2, SLIGHT.evidence), text)
    assert said.sentences
    assert asked(said.sentences[-1]) is not Ask.OPEN


def test_an_open_question_that_was_not_heard_is_no_question() -> None:
    unheard = (turn(1, "three places at supper", "I'd like", plan_of(risk=SLIGHT)),)
    assert screen().assess(PLAIN, unheard).evidence == ("earlier in the call",)


@pytest.mark.parametrize(
    "risk",
    [
        Risk(RiskLevel.L1, ("sees no reason to go on",)),
        Risk(RiskLevel.L2, ("reads like it (0.71)", "voice: breaking")),
        Risk(RiskLevel.L3, ("reads like it (0.99)",)),
        Risk(RiskLevel.L2, ("medical: reads like it (0.99)",)),
    ],
)
def test_what_more_speaks_for_is_not_looked_into_first(risk: Risk) -> None:
    _, said = Protocol().next(ProtocolState(), risk, "three places, twice")
    assert said.sentences
    assert asked(said.sentences[-1]) is not Ask.OPEN


def test_in_an_answer_less_counts_than_elsewhere_and_nothing_overrules_one_that_says_nothing() -> None:
    assert screen(0.3).assess(PLAIN).level is RiskLevel.L0
    answer = screen(0.3).assess(PLAIN, looked_into())
    assert (answer.level, answer.doubtful) == (RiskLevel.L1, True)
    unsure, calm = (0.5, 0.5, 0.0, 0.0), (0.9, 0.1, 0.0, 0.0)
    assert weighed(screen(0.6).assess(PLAIN), unsure).level is RiskLevel.L0
    assert weighed(screen(0.6).assess(PLAIN, looked_into()), unsure).level is RiskLevel.L1
    assert weighed(answer, calm).level is RiskLevel.L0
    assert not screen(0.3).assess("nothing, it's just talk", looked_into()).doubtful


def test_a_minor_is_asked_directly() -> None:
    _, said = Protocol().next(ProtocolState(minor=True), SLIGHT, "three places, twice")
    assert asked(said.sentences[-1]) is Ask.GENTLE


def test_what_both_readers_are_sure_of_is_asked_about_directly() -> None:
    found = dict.fromkeys((*KINDS, *shipped().cuts), 0.0) | {"risk": 0.9, "two": 0.99}
    both = Screen(cast(RiskReader, SimpleNamespace(cuts=shipped().cuts, read=lambda text: found))).assess(PLAIN)
    assert both.doubtful
    assert not vague(both), "nobody may be there to read again"
    assert not vague(weighed(both, (0.0, 0.0, 1.0, 0.0)))
    found["three"] = 0.99
    graver = Screen(cast(RiskReader, SimpleNamespace(cuts=shipped().cuts, read=lambda text: found))).assess(PLAIN)
    assert not vague(weighed(graver, (0.0, 0.0, 1.0, 0.0)))
    found["three"] = 0.0
    less = weighed(both, (0.0, 0.02, 0.98, 0.0))
    assert (less.level, vague(less)) == (RiskLevel.L2, True)
    found["two"] = 0.9
    alone = Screen(cast(RiskReader, SimpleNamespace(cuts=shipped().cuts, read=lambda text: found))).assess(PLAIN)
    assert vague(weighed(alone, (0.0, 0.0, 1.0, 0.0)))
