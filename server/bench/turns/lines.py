"""Sentences of our own for scenes without recordings: what a caller may say, and what we may be saying then."""

from __future__ import annotations

from typing import Final

TURNS: Final = (
    "I don't really know where to start, but the last few weeks have been a lot.",
    "My manager called me in on Friday and told me that my contract ends in June.",
    "I keep going over the same conversation in my head, and I can't make it stop.",
    "We were together for six years, and now he acts like nothing ever happened.",
    "My son hasn't called since Christmas. I check my phone all the time.",
    "I thought that moving to a new city would help, but I only feel more alone.",
    "She said that I was too sensitive, and maybe she's right.",
    "The doctor wants to do more tests, and I'm trying not to think about it.",
    "I was fine this morning. Then I heard that song in the shop and had to leave.",
    "Everybody tells me to be strong, but I'm so tired of being strong.",
    "I study until two every night, and it still isn't enough.",
    "When my father got ill, I was the one who had to handle everything.",
    "I had a panic attack on the train yesterday, in front of all those people.",
    "We argue about money, we argue about the kids, we argue about nothing at all.",
    "I wrote her a letter three times and threw it away every time.",
    "My best friend is getting married, and I should be happy for her.",
    "I sleep maybe three hours, and then I lie there until the alarm goes.",
    "It's the first birthday without my mum, and nobody mentioned her.",
    "I finally applied for the course, so that's something, I guess.",
    "At work they laugh at my accent, and I just pretend that I don't hear it.",
    "I said yes to the new job, but now I wonder whether I can do it.",
    "He drinks again, and I'm the only one who knows about it.",
    "Could you tell me how other people get through something like this?",
    "I guess what I wanted to say is that I miss talking to somebody.",
)

FILLERS: Final = ("Um,", "Uh,", "Erm,")

BACKCHANNELS: Final = (
    "Mm-hm.",
    "Yeah.",
    "Right.",
    "Okay.",
    "Uh-huh.",
    "I see.",
    "Yes.",
    "Oh.",
    "Sure.",
    "Yeah, exactly.",
    "Mm.",
    "Oh, okay.",
)

INTERRUPTIONS: Final = (
    "Wait, that's not what I meant.",
    "No, no, it was on Sunday.",
    "Stop, please.",
    "Hold on, can I say something?",
    "But I already tried that twice.",
    "Sorry, there's something else that I need to tell you.",
    "No.",
    "That's not true at all.",
    "Actually, I want to talk about my brother.",
    "Can you say that again?",
    "I don't think that would help me.",
    "Yeah, but she won't even answer me.",
)

ASIDES: Final = (
    "I'm on the phone, sweetie, give me five minutes.",
    "Could you close the door, please?",
    "The keys are on the kitchen table.",
    "Not now, I'm talking to somebody.",
)

TELEVISION: Final = (
    "And now the weather for the weekend. Rain will move in from the west on Saturday, with strong winds on the coast.",
    "The home team scored late in the second half, and the crowd here can hardly believe it.",
    "Next on the programme, we visit a small bakery that has been in the same family for ninety years.",
)

REPLY: Final = (
    "It sounds like you have been carrying this alone for a long time. I'm glad that you told me about it. "
    "There is no hurry here, so take whatever time you need. When you think back over the last few days, "
    "which moment has stayed with you the most? We can begin there, or with anything else that feels right to you."
)
