"""What is said instead of an answer that must not be given: one plain sentence, one that stays with the person.

Ours, in four languages; never a lecture, never "I can't talk about this". By kind of request, told apart only where
the person needs something else: help for a child, a doctor for a question on medicine. It decides nothing.
"""

from __future__ import annotations

_SAY = {
    "en": {
        "": "That's something I stay out of. I'm here to listen, though: what has been going on that brought it up?",
        "again": "I still stay out of that, and you're still welcome here. What's on your mind behind it?",
        "doctor": "That's one for a doctor or a pharmacist, who can look at your whole situation. What worries you"
        " most about it?",
        "child": "That's something I stay out of. If a child could be at risk, a child protection line or the emergency"
        " services can step in. Do you want to tell me what is going on?",
    },
    "es": {
        "": "Con esa parte no te voy a ayudar. Pero estoy aquí para escucharte: ¿qué ha pasado para que lo preguntes?",
        "again": "Eso no lo voy a hacer, y aquí sigues teniendo sitio. ¿Qué hay detrás?",
        "doctor": "Eso lo saben en una consulta médica o en la farmacia, donde ven todo el conjunto. ¿Qué es lo que más"
        " te preocupa?",
        "child": "Con eso no voy a ayudar. Si un menor corre peligro, los servicios de emergencia pueden intervenir."
        " ¿Quieres contarme qué está pasando?",
    },
    "de": {
        "": "Dabei helfe ich nicht. Aber ich höre dir zu: Was ist passiert, dass dich das beschäftigt?",
        "again": "Das mache ich nicht, und du bist hier trotzdem willkommen. Was steckt für dich dahinter?",
        "doctor": "Das ist eine Frage für einen Arzt oder eine Apothekerin, die alles im Blick haben. Was macht dir"
        " daran am meisten Sorgen?",
        "child": "Dabei helfe ich nicht. Wenn ein Kind in Gefahr sein könnte, können das Jugendamt oder der Notruf"
        " eingreifen. Magst du erzählen, was los ist?",
    },
    "zh": {
        "": "这件事我不会帮忙。但我愿意听你说：是发生了什么，让你想到这个？",
        "again": "这个我不会做，不过你仍然可以跟我说说。你心里在想什么？",
        "doctor": "这个要问医生或药师，他们能了解你的整个情况。你最担心的是什么？",
        "child": "这件事我不会帮忙。如果有孩子处在危险中，可以联系紧急服务。你愿意说说发生了什么吗？",
    },
}
_SPECIAL = {"advice for professionals": "doctor", "sexual content with minors": "child"}


def instead(request: str, earlier: tuple[str, ...] = (), language: str = "en") -> str:
    """The sentence for a kind of request. ``earlier``: what was heard from us before, so that none comes twice in a
    row."""
    say = _SAY.get(language, _SAY["en"])
    first = say[_SPECIAL.get(request, "")]
    return say["again"] if earlier and first in earlier[-1] else first
