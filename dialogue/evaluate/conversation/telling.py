"""A card's problem, told by the person themselves: third person turned to first, in pieces for one breath each.

Rules over English word forms, so an unusual card comes out stiffly; what "she" means where two women are in a story it
does not know. The words stay the card's: nothing is made up.
"""

from __future__ import annotations

import re

from warmline.dialogue.evaluate.conversation.cards import Card

LONGEST = 20
"""Words of a piece from which on it is told in two."""

LEAST = 4
"""Words of the shortest piece."""

_SENTENCES = re.compile(r"(?<=[.!?;])\s+")
_CUTS = re.compile(
    r",?\s+(?=(?:leaving|making|causing|considering|fearing|including|especially|due to|because|but|despite|although|"
    r"which|as well as|while|and (?:is|has|now|unable|considering|struggl\w+|recently|feel\w*|I)|after)\b)"
    r"|,\s+(?=\w+ing\b)",
)
_KIN = (
    r"(?:job|wife|husband|girlfriend|boyfriend|roommate|boss|best friend|resume|mother|mom|father|dad|parents|partner|"
    r"family|manager|sister|brother|daughter|son|housing|studies|motivation)"
)
_BARE = re.compile(
    rf"\b(losing|lost|left|quit|with|from|updated|supporting|support|of|about|upset with|having|by) (?={_KIN}\b)", re.I
)
_ADVERBS = r"(?:\w+ly |also |still |now |never |often |even |just |always |since |not |no longer )*"
_OBJECT = re.compile(
    r"\b(?!(?:and|but|that|because|as|when|where|which|if|than|so|while|after|before|since)\b)(\w+) I"
    r"(?= (?:in|into|for|of|to|by|from|with|about|on|at|and)\b|[,.;]|$)"
)
_HER_OBJECT = re.compile(
    r"\bher(?= (?:to|and|in|on|at|with|for|from|as|because|when|or|by|feels?|since|about|after|despite|but|through)\b"
    r"| (?:a|the)\b|[,.;]|$)"
)
_ASKED = re.compile(r"\b(wants?|asked|leaving|making|told|left|made|allowing|helped|expects?) I (to|\w+ing)\b")
_TO_PLAIN = {"is": "am", "has": "have", "does": "do", "are": "am", "were": "was", "isn't": "am not", "aren't": "am not",
             "doesn't": "don't", "hasn't": "haven't", "wasn't": "wasn't"}  # fmt: skip
_NOT_VERBS = frozenset(("was", "this", "his", "its", "us", "as", "is", "always", "perhaps", "besides", "towards"))
_LATER = (
    "wants are feels struggles needs tries fears worries believes thinks finds knows faces considers experiences loves "
    "misses seeks hopes regrets lacks lives works is has does wishes keeps remains suffers plans uses dislikes enjoys"
)
_AFTER_AND = re.compile(rf"(\b(?:and|but|or|,)\s+{_ADVERBS})({'|'.join(_LATER.split())})\b")
_SUBJECTS = "i i'm my it there we this that they he she when because although"
_STATES = (
    "upset concerned worried nervous unable unsure overwhelmed frustrated anxious depressed lonely stressed afraid "
    "scared angry sad unhappy confused embarrassed torn interested disappointed exhausted tired stuck uncertain in "
    "currently conflicted isolated heartbroken ashamed bored burned"
)
_DONE = "accused laid fired bullied betrayed rejected diagnosed abused treated cheated dumped ignored passed evicted"
_PAST = "lost broke left made had got went found failed moved quit ended started discovered caught fell saw lent was"
_THIRD = (
    "dislikes needs feels regrets struggles has wants faces suffers lacks fears worries is misses experiences finds"
)
_OPENERS = {
    "leaving": "It leaves", "making": "It makes", "causing": "It causes", "considering": "I keep considering",
    "fearing": "I'm afraid of", "including": "That includes", "due to": "It's because of", "despite": "That's despite",
    "which": "And that", "as well as": "And then there's", "while": "And meanwhile", "although": "Although",
    "because": "It's because", "especially": "It's worst", "after": "That was after",
}  # fmt: skip


def facts(card: Card) -> tuple[str, ...]:
    """What the person can tell, piece by piece, in the order of the card; at least one piece."""
    pieces: list[str] = []
    for sentence in _SENTENCES.split(card.problem):
        pieces += _pieces(_mine(sentence.strip(" .;"), card.gender))
    return tuple(dict.fromkeys(piece for piece in pieces if piece)) or (card.problem,)


def in_first_person(sentence: str, gender: str) -> str:
    """One sentence about the seeker as they would say it of themselves."""
    return _ended(_mine(sentence.strip(" .;"), gender))


def _mine(sentence: str, gender: str) -> str:
    text = re.sub(r"\b(?:[Tt]he )?(?:[Ss]eeker|individual)'s\b", "my", sentence)
    text = re.sub(r"\b(?:[Tt]he )?[Ss]eeker\b|\b[Tt]he individual\b", "I", text)
    text = _pronouns(text, gender)
    text = _BARE.sub(lambda match: f"{match[1]} my ", text)
    text = re.sub(rf"\bI ({_ADVERBS})([\w']+)", _agree, text)
    text = re.sub(_OBJECT, r"\1 me", text)
    text = _ASKED.sub(r"\1 me \2", text)
    return _second_verbs(_subject(text[:1].upper() + text[1:] if text else ""))


def _second_verbs(text: str) -> str:
    """What the person does besides, behind "and" or "but", in the first person too; a clause about others is left."""
    if not re.match(r"(?:But |And )?(?:I|I'm)\b", text):
        return text

    def own(match: re.Match[str]) -> str:
        others = re.search(r"\b(?:because|who|where|that|which)\b", text[: match.start()])
        return match[0] if others else match[1] + _plain(match[2])

    return _AFTER_AND.sub(own, text)


def _pronouns(text: str, gender: str) -> str:
    """``they`` is the seeker only where the card tells no gender."""
    if gender == "male":
        pairs = [("he's", "I'm"), ("he", "I"), ("his", "my"), ("him", "me"), ("himself", "myself")]
    elif gender == "female":
        text = _HER_OBJECT.sub("me", text)
        text = re.sub(r"\b(making|made|make|helped|help|let|letting) her (?=\w)", r"\1 me ", text)
        text = re.sub(r"\bHer(?= )", "My", text)
        pairs = [("she's", "I'm"), ("she", "I"), ("her", "my"), ("hers", "mine"), ("herself", "myself")]
    else:
        pairs = [("they're", "I'm"), ("they", "I"), ("their", "my"), ("them", "me"), ("themselves", "myself"),
                 ("themself", "myself")]  # fmt: skip
    for old, new in pairs:
        text = re.sub(rf"\b{old}\b", new, text)
        text = re.sub(rf"\b{old.capitalize()}\b", new[:1].upper() + new[1:], text)
    return text


def _agree(match: re.Match[str]) -> str:
    return f"I {match[1]}{_plain(match[2])}"


def _plain(verb: str) -> str:
    """The first person's form of a third person's verb; any other word as it is."""
    if verb in _TO_PLAIN:
        return _TO_PLAIN[verb]
    if verb in _NOT_VERBS or not verb.endswith("s") or verb.endswith("ss") or len(verb) < 4 or not verb.isalpha():
        return verb
    if verb.endswith("ies"):
        return f"{verb[:-3]}y"
    return verb[:-2] if verb.endswith(("sses", "shes", "ches", "xes", "goes", "zzes")) else verb[:-1]


def _subject(text: str) -> str:
    """A fragment of a card ("Struggling with ...") as a sentence of the person's."""
    first, _, rest = text.partition(" ")
    word = first.lower().strip(",")
    low = text[:1].lower() + text[1:]
    if word in ("additionally", "now", "also") and re.match(r"\w+, ", text):
        return _subject(rest[:1].upper() + rest[1:])
    if word in _SUBJECTS.split():
        return text
    if word in ("recently", "currently", "previously") and rest:
        inner = _subject(rest[:1].upper() + rest[1:])
        return f"{inner.rstrip('.')} {word}" if len(inner.split()) <= 8 else re.sub(
            r"^(I'm|I was|I)\b", rf"\1 {word}", inner)  # fmt: skip
    if word in _STATES.split() or word.endswith("ing"):
        return f"I'm {low}"
    if word in _DONE.split():
        return f"I was {low}"
    if word in _PAST.split():
        return f"I {low}"
    if word in _THIRD.split():
        return f"I {_plain(word)} {rest}"
    if re.search(r"\bI (?:am|have|was|do)\b|(?:has|have) \w+ed\b", text) and word not in _STATES.split():
        return text
    if re.match(_KIN, low) or re.match(r"(?:\w+ ){1,2}(?:have|has|is|was|wants?|are)\b", low):
        return f"My {low}" if not low.startswith(("a ", "the ", "an ", "despite ")) else text
    if low.startswith(("despite ", "due to ", "after ", "during ", "in ", "the ", "a ", "an ")):
        return text
    return f"It's mostly {low}"


def _pieces(sentence: str) -> list[str]:
    words = sentence.split()
    if len(words) <= LONGEST:
        return [_ended(sentence)] if words else []
    cuts = [match for match in _CUTS.finditer(sentence) if _long(sentence[: match.start()], sentence[match.end() :])]
    if not cuts:
        return [_ended(sentence)]
    middle = len(sentence) / 2.0
    cut = min(cuts, key=lambda match: abs(match.start() - middle))
    return _pieces(sentence[: cut.start()]) + _pieces(_going_on(sentence[cut.end() :]))


def _long(*parts: str) -> bool:
    return all(len(part.split()) >= LEAST for part in parts)


def _going_on(part: str) -> str:
    """A clause that was cut off, as a sentence of its own."""
    for opener, said in _OPENERS.items():
        if part.startswith(f"{opener} "):
            return f"{said} {part.removeprefix(opener).strip()}"
    if re.match(r"\w+ing\b", part):
        return f"I'm {part}" if part.split()[0] in _OWN.split() else f"It's {part}"
    part = re.sub(r"^(and|but) (am|are|is|has|have|feel|feels|unable|\w+ing)\b",
                  lambda match: f"{match[1]} I {_verb(match[2])}", part)  # fmt: skip
    return part[:1].upper() + part[1:]


_OWN = (
    "feeling struggling seeking facing worrying worried grieving exploring trying dealing looking finding focusing "
    "hoping thinking wondering planning living working unable experiencing"
)
"""What a clause that goes on tells of the person, and not of what happened."""


def _verb(word: str) -> str:
    return f"am {word}" if word == "unable" or word.endswith("ing") else _plain(word)


def _ended(text: str) -> str:
    text = re.sub(r"\s+", " ", text).strip(" ,;")
    text = re.sub(r"[, ]+(?:and|but|or)(?: (?:am|are|is|I am))?$|,? more so$|,? partly$", "", text)
    return text if text.endswith((".", "!", "?")) or not text else f"{text}."
