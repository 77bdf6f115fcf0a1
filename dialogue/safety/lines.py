"""The protocol's own sentences, and in which order its steps come. Reviewed against the VERA-MH rubric; none is
generated.

They acknowledge, ask directly, stay, and point to people. None lectures, bargains for a promise, minimises, diagnoses,
claims a feeling, or names a means. ``{number}``, ``{line}``, ``{place}``, ``{medical}``, ``{police}`` are filled in.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from warmline.dialogue.safety.asks import Ask


class Path(Enum):
    """Whose safety the talk is about."""

    SELF = "self"
    OTHER = "other"
    HARM = "harm"
    ABUSE = "abuse"
    MEDICAL = "medical"


@dataclass(frozen=True, slots=True)
class Step:
    """One turn's work: a statement (or ""), then a question (or None). ``name`` is how it is remembered as done."""

    name: str
    say: str
    ask: Ask | None = None


URGENT = "Your safety comes first right now: please call {medical}, or have someone take you to an emergency room."
DISTANCE = "Please go where other people are, and away from anything you could use to hurt yourself."
LINE = "In {place} you can call {line} {hours}: {number}."
LINE_AGAIN = "Once more, slowly: {number}."
NO_LINE = "At find a helpline dot com there is a list of lines for every country."
AI = "I am an AI, so I can stay and talk, but I cannot send anyone to you; a person should know too."
GROUND = "Let us slow this moment down: both feet on the floor, and breathe out longer than you breathe in."

STAY = (
    "We can simply stay with this for a while; tell me whatever comes.",
    "There is no hurry; tell me what the last hour was like.",
    "I am here; say as much or as little as you like.",
    "If it gets stronger, say so at any time, and we turn to that first.",
    "Tell me about someone or something that has kept you going so far.",
    "We can also just breathe slowly together for a minute.",
    "Tell me what would make this next hour a little softer.",
    "The number I gave you stays good, tonight and tomorrow.",
)
STAY_NEAR = (
    "I am still here; say as much or as little as you like.",
    "There is no hurry; tell me what you need most now.",
    "If anything changes, say so at any time, and we turn to that first.",
    "Tell me how this is for you, right now.",
)

SELF_FIRST = (
    Step("thoughts", "", Ask.THOUGHTS),
    Step("intent", "", Ask.INTENT),
)
SELF_ACTIVE = (
    Step("plan", "", Ask.PLAN),
    Step("time", "", Ask.TIME),
)
SELF_GUIDE = (
    Step("line", LINE),
    Step("trusted", AI, Ask.TRUSTED),
    Step("willing", "You could call together with them, and you decide when.", Ask.WILLING),
    Step("barrier", "Whatever makes it hard is worth saying out loud.", Ask.BARRIER),
    Step("care", "Thoughts like these are something doctors and therapists help people with every day.", Ask.CARE),
    Step("coping", "Pain like this can come in waves, and a wave also passes.", Ask.COPING),
    Step(
        "means", "It can also help to put distance between you and anything you might use to hurt yourself.", Ask.ALONE
    ),
    Step("next", "We do not have to solve everything tonight.", Ask.NEXT),
    Step("again", "", Ask.AGAIN),
    Step("rest 1", STAY[0]),
    Step("rest 2", STAY[1]),
    Step("rest 3", STAY[2]),
    Step("later", "", Ask.LATER),
)
SELF_WISH = (
    Step("thoughts", "", Ask.THOUGHTS),
    Step("line", LINE),
    Step("trusted", AI, Ask.TRUSTED),
    Step("care", "Thoughts of not being here are something doctors and therapists help people with.", Ask.CARE),
)
SELF_NOW = (
    Step("urgent", URGENT, Ask.ALONE),
    Step("distance", DISTANCE, Ask.SAFE),
    Step("line", LINE),
    Step("plan", "", Ask.PLAN),
    Step("time", "", Ask.TIME),
    Step("ground", GROUND),
    Step("trusted", AI, Ask.TRUSTED),
    Step("willing", "If you call now, this talk will still be here afterwards.", Ask.WILLING),
    Step("barrier", "Whatever makes it hard is worth saying out loud.", Ask.BARRIER),
    Step("care", "Once this hour is safer, a doctor or a therapist should hear about it as well.", Ask.CARE),
    Step("next", "Let us keep to the next hour only.", Ask.NEXT),
    Step("again", "", Ask.AGAIN),
    Step("rest 1", STAY[0]),
    Step("rest 2", STAY[1]),
    Step("rest 3", STAY[2]),
    Step("later", "", Ask.LATER),
)
HURT_FIRST = (Step("harm", "", Ask.HARM),)
OTHERS = (
    Step("others", "", Ask.OTHERS),
    Step("apart", "Being apart from them right now keeps everyone safe, you too.", Ask.APART),
    Step("line", LINE),
    Step("trusted", AI, Ask.TRUSTED),
    Step("care", "A doctor or a therapist can help when anger gets this strong.", Ask.CARE),
    Step("next", "", Ask.NEXT),
    Step("enough", "", Ask.ENOUGH),
)
OTHERS_NOW = (
    Step("danger", "If you might act on this now, please step away from them and call {police}.", Ask.APART),
    Step("distance", "Please also leave behind anything that could be used to hurt someone.", Ask.ALONE),
    *OTHERS[2:],
)
ABUSED = (
    Step("danger", "What is being done to you is not your fault.", Ask.DANGER),
    Step("line", LINE),
    Step("trusted", AI, Ask.TRUSTED),
    Step("care", "A doctor can also help, and can write down what happened if you wish.", Ask.CARE),
    Step("next", "You decide the pace of this.", Ask.NEXT),
    Step("enough", "", Ask.ENOUGH),
)
ABUSED_NOW = (
    Step(
        "urgent", "If you can, get to a safe place and call {police}; you can leave this call at any moment.", Ask.SAFE
    ),
    Step("quiet", "If you cannot talk freely, just answer yes or no.", Ask.ALONE),
    *ABUSED[1:],
)
ILL_NOW = (
    Step("urgent", "This needs help right now: please call {medical} at once, before anything else.", Ask.ALONE),
    Step("tell", "Tell them exactly what happened, and let someone near you know."),
    Step("stay", "Please do not wait to see whether it passes.", Ask.SAFE),
    Step("line", LINE),
    Step("trusted", AI, Ask.TRUSTED),
)
THEY = (
    Step("they", "", Ask.THEY),
    Step("direct", "You can ask them openly about it; asking does not plant the thought.", Ask.THEY_SAFE),
    Step("line", LINE),
    Step("stay", "If it becomes urgent, stay with them and call {medical}."),
    Step("trusted", "Nobody has to carry this alone, and that goes for you too.", Ask.TRUSTED),
    Step("care", "A doctor or a therapist is the right person to bring in with them."),
    Step("enough", "", Ask.ENOUGH),
)
THEY_NOW = (
    Step(
        "urgent",
        "Please call {medical} now, and if it is safe for you, stay with them until help is there.",
        Ask.THEY_SAFE,
    ),
    Step("distance", "Keep anything they could use to hurt themselves away from them."),
    *THEY[2:],
)

OPENINGS = {
    Path.SELF: "Thank you for telling me; I am taking it seriously.",
    Path.OTHER: "It is good that you are looking out for them.",
    Path.HARM: "Thank you for saying that out loud instead of acting on it.",
    Path.ABUSE: "Thank you for telling me this; you deserve to be safe.",
    Path.MEDICAL: "",
}
GENTLE_OPENING = "That sounds very heavy to carry."
RAISED = "Thank you for being so open; that changes what matters most now."
YES = (
    "Thank you for being honest about something so hard.",
    "It matters that you said that.",
    "Thank you for trusting me with that.",
)
GOOD = ("That is good to know.", "Good; that matters.", "All right, that helps.")
NO = ("Thank you for answering me plainly.", "All right, good that we spoke of it.", "Thank you for telling me.")
HEARD = (
    "I am listening.",
    "That is a lot to hold by yourself.",
    "Take the time you need.",
    "It makes sense that this feels like too much.",
    "I am still here with you.",
    "What you say matters.",
    "I hear how worn out you are by this.",
)
CLEARED = (
    "Thank you for telling me plainly.",
    "If that ever changes, say so, or call someone you trust.",
)
BARRIERS = (
    ("money|cost|afford|expensive|insurance|pay", "Many lines cost nothing, and it is fine to ask about that first."),
    (
        "burden|bother|waste|busy|other people|worse off|not bad enough|serious enough",
        "Nobody has to be worse off than this before they may call.",
    ),
    (
        "police|hospital|lock|commit|forced|report|take me away|private|secret|find out",
        "You can ask them at the start what stays private and what would happen next.",
    ),
    (
        "tried|before|last time|hung up|did not help|didn't help|useless|never help",
        "If one call went badly, another person may listen better, and you may hang up and try again.",
    ),
    (
        "talk|speak|phone|voice|words|say|shy|anxious|scared|afraid|nervous",
        "Some lines also answer by text or chat, and a few words are enough to begin.",
    ),
    (
        "wait|appointment|hours|closed|time|work",
        "There are people who answer at night as well, without an appointment.",
    ),
    ("alone|nobody|no one|friends|family", "Then the person who answers there can be the first, and not the last."),
)
NO_PUSH = "That is yours to decide, and I will not push; the number is there if you want it."
HUMAN = "I am an AI, not a person, and I am staying in this talk with you."
