"""What a person does with what we just said: yes, no, does not know, refuses, falls silent, turns away, is angry.

Pure rules over the words, for English, Spanish, German and Chinese at once. It reads the manner of an answer, never
risk: that is the screen's. Irony and what is left unsaid escape it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_START = (
    r"^\W*(?:(?:um+|uh+|well|i mean|honestly|ok(?:ay)?|oh|sorry|god|pues|bueno|bien|also|naja|na ja|嗯|呃|那个)[\W]*)*"
)
_YES = re.compile(
    _START + r"(?:(?:yes|yeah|yep|yup|yah|ya"
    r"|i (?:am|do|have|did|might|could|will)(?=\W*$|\W+(?:yes|think|thought|been|considered|sometimes|a (?:bit"
    r"|little)))"
    r"|i think so|i guess(?: so)?|kind of|kinda|sort of|sometimes"
    r"|a little|a bit|maybe|probably|possibly|mm+ ?h+m+|uh huh|it has|they (?:have|did|are)"
    r"|(?:he|she) (?:has|did|is)"
    r"|sí|si(?=\W|$)|claro|creo que sí|a veces|quizás?|tal vez|puede que|un poco"
    r"|ja|jo|doch|manchmal|vielleicht|ein bisschen|ich glaube schon|schon|wahrscheinlich)\b"
    r"|是(?!不)|可以|好(?!像)|对|有(?!没有|什么)|嗯|会(?!不)|可能|也许|有时|想过|有一点)",
    re.IGNORECASE,
)
_NO = re.compile(
    _START + r"(?:(?:no+|nope|nah|never|not (?:at all|really|now|any ?more|today|like that)|i'?m not(?! sure)"
    r"|i am not(?! sure)|i don'?t(?! know)"
    r"|i do not(?! know)|i haven'?t|i have not|i didn'?t|i wouldn'?t|i won'?t|of course not|absolutely not"
    r"|nunca|para nada|en absoluto|nadie|ninguno"
    r"|nein|nee|nie|niemals|keineswegs|überhaupt nicht|auf keinen fall|niemand)\b(?! (?:lo sé|sé|idea))"
    r"|没有|不(?!知道|确定|清楚)|没(?!想过不)|从来没)",
    re.IGNORECASE,
)
_UNSURE = re.compile(
    r"^\W*(?:\w+\W+)?(?:i don'?t (?:really )?know|i do not know|idk|dunno|whatever|who knows"
    r"|not sure|i'?m not (?:really )?sure|i am not sure"
    r"|hard to say|no (?:lo )?sé|no estoy segur[oa]|ni idea|weiß (?:ich )?nicht|ich weiß (?:es )?nicht|keine ahnung"
    r"|bin (?:mir )?nicht sicher|不知道|不确定|说不清|不清楚)",
    re.IGNORECASE,
)
_SOON = re.compile(
    r"\b(?:to ?night|today|tomorrow|now|soon|this (?:morning|afternoon|evening|weekend|week)|in an? (?:hour"
    r"|minute|bit)|later"
    r"|after (?:this|we|work|school)|when (?:they|everyone|he|she)|once (?:they|everyone)"
    r"|esta (?:noche|tarde|semana)|hoy|mañana|ahora|pronto|luego|en un rato"
    r"|heute|morgen|jetzt|gleich|bald|später|nachher|diese (?:nacht|woche)|am wochenende)\b"
    r"|今晚|今天|明天|现在|马上|待会|这个?周末|一会儿",
    re.IGNORECASE,
)
_NOT_NOW = re.compile(
    r"\bnot (?:today|tonight|now|tomorrow|anytime soon|soon|any time)\b|\b(?:hoy|ahora|esta noche) no\b"
    r"|\bno (?:hoy|ahora|esta noche)\b|\bnicht (?:heute|jetzt|bald)\b|不是(?:今|现在|马上)",
    re.IGNORECASE,
)
_REFUSES_HELP = re.compile(
    r"\b(?:(?:don'?t|do not|won'?t|will not|not|no|never|stop|hate)\b.{0,25}\b(?:hot ?lines?|help ?lines?|numbers?"
    r"|therap\w*|call(?:ing)?|hospitals?|doctors?|police|appointments?|counsel\w*"
    r"|(?:tell|telling) any ?(?:one|body))\b)"
    r"|\bno (?:quiero|voy a|pienso) (?:llamar|ir|hablar con)|\b(?:nada|ningún) de (?:líneas|números|terapi)"
    r"|\b(?:will|werde|mag) (?:ich )?(?:da |dort )?(?:nicht|niemanden|keine\w*).{0,20}(?:anruf|hotline|therap|arzt)"
    r"|\bkeine (?:hotline|therapie|nummer)|不(?:想|要|会)(?:打|找|去看|联系)|别(?:跟我提|给我)",
    re.IGNORECASE,
)
_DECLINES = re.compile(
    r"\b(?:(?:don'?t|do not|not going to|rather not|won'?t|would rather not) (?:want to |like to |wanna )?"
    r"(?:talk|speak|say|answer|go (?:there|into)|discuss|get into)|rather not (?:say|answer)?|stop asking"
    r"|none of your business|next question|leave it|leave me alone|drop it|can we not"
    r"|prefiero no|no quiero (?:hablar|decir|contestar|responder)|déjalo|no preguntes"
    r"|(?:will|möchte|mag) (?:ich )?(?:da ?rüber |das |dazu |darauf )?nicht (?:reden|sprechen|sagen|antworten)"
    r"|lass das|frag nicht)\b|不想(?:说|谈|回答|聊)|别问|别再问",
    re.IGNORECASE,
)
_ANGRY = re.compile(
    r"\b(?:you'?re (?:useless|not (?:listening|helping)|just a|a (?:stupid|dumb))|you (?:don'?t|do not) "
    r"(?:get it|understand|care|listen|know (?:anything|me))|(?:this|that|it) is(?:n't| not)? (?:so |just |really )?"
    r"(?:stupid|useless|pointless|bullshit|ridiculous|a joke|helping)|(?:stupid|dumb|useless|generic) (?:machine|bot"
    r"|robot|questions?|advice|script)|fuck\w*|shut up|screw (?:you|this)|sick of (?:this|you|your)"
    r"|(?:no )?me entiendes|eres inútil|cállate|vete a la|estoy hart[oa] de ti"
    r"|du verstehst (?:mich )?(?:gar )?nichts?|halt den mund|so ein mist|das bringt (?:doch )?nichts|dumme maschine)\b"
    r"|烦死|闭嘴|你不懂|没用的机器|你根本不",
    re.IGNORECASE,
)
_LEAVES = re.compile(
    r"\b(?:good ?bye|bye|i(?:'ve| have)? (?:got to|gotta|have to|need to|should|am going to|will) (?:go|hang up)"
    r"(?! (?:to|on|through|back|home and))|gotta go|hanging up|talk (?:to you )?later|that'?s all"
    r"|i'?m (?:going to hang|hanging) up"
    r"|adiós|tengo que (?:irme|colgar)|voy a colgar|me voy|tschüss|auf wiederhören|ich (?:muss|leg\w*) (?:jetzt )?"
    r"(?:auflegen|los|auf)|muss aufhören)\b|再见|拜拜|我要挂了|先挂了",
    re.IGNORECASE,
)
_NUMBER = re.compile(
    r"\b(?:(?:say|repeat|give|tell|what (?:was|is|'s)|what'?s|have|need|send) (?:me |us )?(?:it |that |the |this )?"
    r"(?:phone |help ?line |hot ?line )?number|(?:number|that|it|digits) again"
    r"|didn'?t (?:catch|get|hear) (?:that|the|it)"
    r"|who (?:can|could|do|should) i call|(?:repite|repíteme|dime|dame|cuál (?:es|era)) (?:otra vez )?(?:el|ese) número"
    r"|el número otra vez|(?:sag|gib|wiederhol\w*|wie (?:ist|war)) (?:mir )?(?:noch ?mal )?(?:die|diese) nummer"
    r"|die nummer noch ?mal)\b|(?:号码|电话)(?:再说|是多少|多少)|再说一[遍次].{0,3}号码|没听清",
    re.IGNORECASE,
)
_PERSON = re.compile(
    r"\b(?:(?:talk|speak|connect|transfer|put) (?:me )?(?:to|with|through to) (?:a |an |an actual |another |some )?"
    r"(?:real |actual |human |live )?(?:person|human|people|somebody|someone real|human being|operator|counsell?or)"
    r"|(?:real|actual|human) (?:person|being),? please|hablar con (?:una|otra) persona|mit einem (?:echten )?menschen"
    r" (?:reden|sprechen))\b|(?:跟|和|找|转)(?:真人|人工)",
    re.IGNORECASE,
)
_HUMAN = re.compile(
    r"\b(?:are you|is (?:this|that)|am i (?:talking|speaking) (?:to|with)) (?:\w+ ){0,3}?(?:real|human|person|robot|bot"
    r"|machine|ai|computer|recording)\b"
    r"|\beres (?:\w+ ){0,2}?(?:real|human[oa]|persona|robot|máquina|ia)\b"
    r"|\bbist du (?:\w+ ){0,2}?(?:echt|mensch|roboter|maschine|ki|computer)\b|你是(?:真人|人吗|机器人|人工智能|机器)",
    re.IGNORECASE,
)
_TURNS = re.compile(
    r"\b(?:anyway|any ?ways|by the way|can we (?:talk|just talk) about|let'?s talk about|something else"
    r"|change the subject"
    r"|cambiando de tema|hablemos de|podemos hablar de|otra cosa|übrigens|können wir über|lass uns über|was anderes)\b"
    r"|换个话题|聊点别的|说说别的|对了",
    re.IGNORECASE,
)
_BACK = re.compile(
    r"\b(?:(?:just|only|was|am|being|being so|probably) (?:joking|kidding|dramatic|exaggerating|overreacting"
    r"|being dramatic|messing)|(?:didn'?t|did not|don'?t) (?:really )?mean (?:it|that)"
    r"|forget (?:it|i said|what i said)|never ?mind"
    r"|not (?:a |that )?(?:crisis|big (?:deal|thing))|era (?:una )?broma|no lo decía en serio|olvídalo|exagero"
    r"|war nur (?:ein )?(?:spaß|so)|vergiss es|nicht so gemeint|übertreibe)\b|开玩笑|当我没说|随便说说|我夸张",
    re.IGNORECASE,
)
_MOMENT = re.compile(
    r"\b(?:get (?:me )?through|calm(?:ing)? (?:me )?down|make it stop|breathe|panic\w*|spiral\w*"
    r"|(?:help|do|me|need)\b.{0,25}\bright now|to ?night"
    r"|too loud|getting loud\w*|pasar (?:la|esta) noche|calmarme|ahora mismo|diese nacht|beruhig\w*|gerade jetzt)\b"
    r"|熬过|冷静下来|停下来|今晚",
    re.IGNORECASE,
)
_NO_PLAN = re.compile(
    r"\b(?:no|not|don'?t|do not|haven'?t|without|never|sin|ningún|kein\w*|nicht)\b.{0,20}\bplan\w*\b|没有(?:什么)?计划",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Heard:
    """The manner of an answer; several may be true at once. ``moment``: asks for help with this very moment.
    ``takes_back``: makes light of what was said. ``person``: wants to speak to a human."""

    yes: bool = False
    no: bool = False
    unsure: bool = False
    silent: bool = False
    refuses_help: bool = False
    declines: bool = False
    angry: bool = False
    leaves: bool = False
    number: bool = False
    person: bool = False
    asks_what_we_are: bool = False
    turns_away: bool = False
    takes_back: bool = False
    moment: bool = False
    no_plan: bool = False

    @property
    def closed(self) -> bool:
        """Not a moment to press on with questions."""
        return self.declines or self.angry or self.silent or self.leaves


def read(text: str) -> Heard:
    """How a person answered."""
    plain = text.replace("’", "'")
    return Heard(
        yes=yes(plain),
        no=no(plain),
        unsure=unsure(plain),
        silent=not re.search(r"\w", plain),
        refuses_help=bool(_REFUSES_HELP.search(plain)),
        declines=bool(_DECLINES.search(plain)),
        angry=bool(_ANGRY.search(plain)),
        leaves=bool(_LEAVES.search(plain)),
        number=bool(_NUMBER.search(plain)),
        person=bool(_PERSON.search(plain)),
        asks_what_we_are=bool(_HUMAN.search(plain)),
        turns_away=bool(_TURNS.search(plain)),
        takes_back=bool(_BACK.search(plain)),
        moment=bool(_MOMENT.search(plain)),
        no_plan=bool(_NO_PLAN.search(plain)),
    )


def yes(text: str) -> bool:
    """Whether an answer begins as a yes, however half-hearted."""
    return bool(_YES.match(text.replace("’", "'"))) and not no(text) and not unsure(text)


def no(text: str) -> bool:
    """Whether an answer begins as a plain no."""
    return bool(_NO.match(text.replace("’", "'"))) and not unsure(text)


def unsure(text: str) -> bool:
    """Whether an answer begins with not knowing."""
    return bool(_UNSURE.match(text.replace("’", "'")))


def soon(text: str) -> bool:
    """Whether a time within days is named."""
    plain = text.replace("’", "'")
    return bool(_SOON.search(_NOT_NOW.sub(" ", plain)))


def plainly(text: str) -> list[str]:
    """Words in lower case without punctuation; characters one by one where a script has no spaces."""
    spaced = re.sub(r"([\u3400-\u9fff])", r" \1 ", text.lower().replace("’", "'"))
    return re.findall(r"[\w']+", spaced)
