"""Thirty sentences of our own of the kind a supporter says, for measuring a voice's tone."""

from __future__ import annotations

from typing import Final

SENTENCES: Final = (
    "It sounds like you have been carrying this alone for a long time.",
    "What was that like for you, when nobody answered?",
    "I'm glad you told me, and I'm here to listen.",
    "You did not have to be strong every single day.",
    "Would it help to talk about what happened at work on Tuesday?",
    "Maybe we could look for one small thing that feels possible this evening.",
    "That must have hurt, especially coming from your brother.",
    "It makes sense that you feel torn between staying and leaving.",
    "Take your time, we are not in a hurry.",
    "Which of your friends could sit with you tonight?",
    "You kept going even though you were exhausted.",
    "So part of you is relieved, and another part feels guilty.",
    "How long have the nights been this hard?",
    "I can hear how much you miss her.",
    "Losing a job can shake the ground under your feet.",
    "What would you like your mother to understand?",
    "Nothing you said sounds strange to me.",
    "You asked for help, and that took courage.",
    "When the panic comes, where do you notice it first?",
    "Let's slow down and breathe for a moment.",
    "It seems the hardest part is not knowing what comes next.",
    "Did anyone notice how worried you were?",
    "You wanted a rest, and the phone kept ringing.",
    "Some people find it easier to write the letter first.",
    "I wonder whether you expected more from him.",
    "That was a big step, and you took it by yourself.",
    "What has helped you get through weeks like this before?",
    "You are allowed to be angry about that.",
    "The exam is over now, and you did finish it.",
    "Could we come back to what you said about your father?",
)
