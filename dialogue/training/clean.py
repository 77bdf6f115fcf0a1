"""Supporters' lines of a corpus -> replies in our manner, or nothing: most lines are not worth learning from.

Rules only: short, spoken, one question at most, no claimed life, no names, no links, nothing medical, no method and no
advice where none was planned. Pure. It misses what it has no pattern for, so what it lets through is still read.
"""

from __future__ import annotations

import html
import re
from collections.abc import Set

from warmline.dialogue.checks import Context, fault
from warmline.dialogue.speakable import words_of
from warmline.dialogue.types import Strategy

MOST_WORDS, FEWEST_WORDS = 34, 4

_SPELLING = {
    "i": "I", "im": "I'm", "dont": "don't", "cant": "can't", "didnt": "didn't", "doesnt": "doesn't", "isnt": "isn't",
    "wasnt": "wasn't", "wont": "won't", "thats": "that's", "youre": "you're", "youve": "you've", "ive": "I've",
    "whats": "what's", "theres": "there's", "arent": "aren't", "havent": "haven't", "hasnt": "hasn't",
    "couldnt": "couldn't", "shouldnt": "shouldn't", "wouldnt": "wouldn't", "i'm": "I'm", "i've": "I've", "i'd": "I'd",
    "i'll": "I'll", "alot": "a lot", "thier": "their", "u": "you", "ur": "your", "ok": "okay", "theyre": "they're",
    "hes": "he's", "shes": "she's", "lets": "let's", "youll": "you'll", "youd": "you'd",
}  # fmt: skip
_SELF = re.compile(
    r"\b(?:I|I'm|I've|I'd|I'll|me|my|mine|myself|we|we're|we've|us|our|ours)\b"
    r"(?! (?:wonder|hear|imagine|can (?:hear|see)))"
)
_OUT = re.compile(
    r"\d|https?:|www\.|@|[#*_<>{}\[\]()\"“”/\\=+]|\b(?:medic\w+|pills?|dos(?:e|age)|drugs?|antidepress\w+|diagnos\w+|"
    r"suicid\w*|kill\w*|harm\w*|die|dying|dead|covid\w*|corona\w*|pandemic|virus|vaccin\w+|lockdown|quarantine|god|pray\w*"
    r"|bless\w*|lord|jesus|church|sex\w*|alcohol|weed|smok\w+|lol|haha|hmm+|um+|chat|typing|type|click|page|survey|"
    r"therap\w+|counsel\w*|psych\w+|gotcha|hun|buddy|dude|man|dear|sweetie|hi|hello|hey|bye|goodbye|welcome|thanks?)\b",
    re.IGNORECASE,
)
_WORN = re.compile(
    r"\b(?:understand|sorry|it will get better|things will|be strong|be positive|everything|normal|hang in there|"
    r"good luck|have a (?:great|nice|good)|any ?one|time heals|make sense|makes sense)\b",
    re.IGNORECASE,
)
_OPINION = re.compile(
    r"\b(?:should|must not|have to|need to|never|always|obviously|just (?:get|move|forget|stop))\b", re.I
)
_FELT = (
    r"feel|overwhelm|anxi|hurt|sad|afraid|scar|stress|lonel|frustrat|ang(?:er|ry)|worr|tired|exhaust|upset|down|disappoint"
    r"|guilt|asham|torn|stuck|lost|betray|miss|hopeless|nervous|confus"
)
_FORM = {
    Strategy.QUESTION: r"^(?:(?:and|so) )?(?:what|how|when|who|which|where)\b[^.!]{8,110}\?$",
    Strategy.REFLECTION: r"^(?:it (?:seems|sounds)|you(?:'re| are| seem| sound| must| feel)|that must|so you)\b"
    rf".*\b(?:{_FELT})",
    Strategy.RESTATEMENT: r"^(?:so|it (?:seems|sounds)|you(?:'re| are) saying|in other words)\b.*\byou",
    Strategy.AFFIRMATION: r"^you(?:'re| are|'ve| have| can| seem| sound| deserve)? .*"
    r"\b(?:strong|strength|brave|courage|car(?:e|ing)|kind|deserve|good|great|hard|effort|step|proud|way)",
    Strategy.SUGGESTION: r"^(?:maybe|perhaps|you (?:could|might)|have you (?:tried|thought)|"
    r"some people|one (?:thing|way)|if you)\b",
}
"""What a line has to look like to be learnt as that strategy: the corpus's labels are looser than the product's."""
_VAGUE = re.compile(
    r"^(?:and |so )?how (?:are you|do you feel|long have you felt)|how can|what can i|so what do you", re.I
)
_LISTENS = re.compile(r"\b(?:you|your|you're|you've)\b", re.IGNORECASE)


def tidy(text: str) -> str:
    """One line with plain spelling: contractions, capitals and a mark at the end."""
    text = html.unescape(text).replace("’", "'").replace("…", "...")
    text = re.sub(r"(?<=\w) ' (?=(?:s|t|m|re|ve|ll|d)\b)", "'", text)
    text = re.sub(r"\s+", " ", re.sub(r"\.{2,}", ",", text)).strip(" ,-")
    text = re.sub(r"\s+([,.!?;:])", r"\1", re.sub(r"([!?])\1+", r"\1", text)).replace("?!", "?").replace("!?", "?")
    text = re.sub(r"([,.!?;:])(?=[A-Za-z])", r"\1 ", text)
    text = re.sub(r"[A-Za-z']+", lambda found: _SPELLING.get(found[0].lower(), found[0]), text)
    text = re.sub(r"(^|[.!?] )([a-z])", lambda found: found[1] + found[2].upper(), text)
    if text and text[-1] not in ".!?":
        question = re.match(
            r"(?:what|how|why|when|where|who|which|do|did|does|is|are|have|has|can|could|would)\b", text, re.I
        )
        text = text.rstrip(",;:") + ("?" if question else ".")
    return text


def target(text: str, strategy: Strategy, person: str, index: int, known: Set[str]) -> str:
    """The line as a reply worth learning, or "". ``index``: replies before it. ``known``: words spelled right."""
    reply = tidy(text)
    words = words_of(reply)
    sentences = len(re.findall(r"[.!?](?: |$)", reply))
    if not FEWEST_WORDS <= len(words) <= MOST_WORDS or sentences > 3 or reply.count("?") > 1:
        return ""
    if _OUT.search(reply) or _WORN.search(reply) or _SELF.search(reply) or any(word not in known for word in words):
        return ""
    if re.search(r"(?<![.!?] )(?<!^)\b[A-Z][a-z]", reply):
        return ""
    form = _FORM.get(strategy)
    if form is None or not re.search(form, reply, re.IGNORECASE) or _VAGUE.search(reply):
        return ""
    asked = reply.endswith("?")
    if strategy is Strategy.QUESTION:
        if not asked:
            return ""
    elif "?" in reply and strategy is not Strategy.SUGGESTION:
        return ""
    advises = strategy in (Strategy.SUGGESTION, Strategy.INFORMATION)
    if strategy is Strategy.SELF_DISCLOSURE or (advises and index < 3) or _OPINION.search(reply):
        return ""
    if not advises and strategy is not Strategy.OTHER and not _LISTENS.search(reply):
        return ""
    reply = _varied(reply)
    return "" if fault(reply, "", Context(strategy, person)) else reply


def _varied(reply: str) -> str:
    """The corpus's one way to begin, in three."""
    ways = ("It seems", "You sound as if", "So")
    found = re.match(r"(?:so )?it sounds like (?=you)", reply, re.IGNORECASE)
    return reply if found is None else f"{ways[len(reply) % len(ways)]} {reply[found.end() :]}"
