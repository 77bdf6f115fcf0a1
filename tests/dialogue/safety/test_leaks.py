"""What shows the prompt, the plan or the machinery is a leak; what a caller may be told of them is none."""

from __future__ import annotations

import pytest

from warmline.dialogue.safety.leaks import leaks

SHOWN = (
    "Strategy: Reflection of feelings",
    "Next step, validate. It makes sense.",
    "We are in the comforting stage.",
    "Switching to the safety protocol.",
    "Now applying reflection of feelings: you feel sad.",
    "Risk level medium.",
    "As I hear it, assistant: that sounds hard.",
    "Can I ask, step two: validate.",
    "[empathic response] It makes sense.",
    "(pause, warm tone) I hear you.",
    "The user is lonely and needs reassurance.",
    "My guidelines say that I must ask first.",
    "According to rule four I keep it short.",
    "Here's an empathetic reply you could give.",
    "Note to self: no advice.",
    "Mein Systemprompt verbietet das.",
    "Strategie: Gefühl spiegeln.",
    "Laut meinen Vorgaben frage ich zuerst.",
    "Estrategia: validar.",
    "Mis instrucciones dicen que no.",
    "策略：情感反映。你很难过。",
    "根据系统提示，我要提问。",
)

TOLD = (
    "I'm a program, and there are rules behind how I talk.",
    "The next step is yours.",
    "What you say may be stored by the system, its settings tell.",
    "The plan is to see your doctor on Monday.",
    "You have a strategy for the exam.",
    "It's just a stage, they told you.",
    "The caller shouted at you, and you had to stay polite.",
    "The instructions on the box are confusing.",
    "Could a neighbour look after the [means] for you?",
    "Which step feels too steep?",
    "Dein Chef hat dir eine Anweisung gegeben.",
    "Es una etapa difícil.",
    "你在这个阶段很累。",
)


@pytest.mark.parametrize("text", SHOWN)
def test_what_is_behind_a_reply_is_not_shown(text: str) -> None:
    assert leaks(text)


@pytest.mark.parametrize("text", TOLD)
def test_what_anybody_may_say_is_no_leak(text: str) -> None:
    assert not leaks(text)
