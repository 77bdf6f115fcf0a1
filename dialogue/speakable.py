"""What of a written text can be spoken: no markup, no emoji, no stage directions, no role labels. Pure."""

from __future__ import annotations

import re
import unicodedata

_LINK = re.compile(r"\[([^\[\]]*)\]\([^()]*\)")
_BRACKETS = re.compile(r"\[[^\[\]]*(?:\]|$)|<[^<>]{0,40}>|\{[^{}]*(?:\}|$)|【[^【】]*(?:】|$)")
_DIRECTION = re.compile(r"\((?:\w+\s?){0,3}\)|\*(?:\w+\s?){1,2}\*(?=\s*[A-Z]|\s*$)")
_MARKER = re.compile(r"^\s*(?:#{1,6}\s+|[-*•]\s+|\d{1,2}[.)](?:\s+|$)|>\s+)", re.MULTILINE)
_LABEL = re.compile(
    r"^\s*(?:\W{0,2})(?:assistant|listener|supporter|counsell?or|therapist|warmline|response|reply|ai"
    r"|asistente|respuesta|ia|assistent(?:in)?|antwort|ki|助手|回答|回复|倾听者)\s*[:：]\s*",
    re.IGNORECASE | re.MULTILINE,
)
_MARKS = re.compile(r"[*_`#~|\\^=]+|https?://\S+")
_SPACES = re.compile(r"\s+")
_BEFORE_MARK = re.compile(r"\s+([,.;:!?…，。；：！？、])")
_WORD = re.compile(r"\w", re.UNICODE)
_HAN = r"\u3400-\u9fff\uf900-\ufaff"
_WORDS = re.compile(rf"[{_HAN}]|[^\W_{_HAN}]+(?:['’][^\W_{_HAN}]+)*")


def speakable(text: str) -> str:
    """``text`` as one line that a voice can say; "" where nothing is left that has a letter or a digit."""
    text = _LINK.sub(r"\1", text)
    text = _BRACKETS.sub(" ", text)
    text = _DIRECTION.sub(" ", text)
    text = _LABEL.sub("", _MARKER.sub("", text))
    text = _MARKS.sub(" ", text)
    text = "".join(char for char in text if not _unspoken(char))
    text = _BEFORE_MARK.sub(r"\1", _SPACES.sub(" ", text)).strip()
    text = text.lstrip(",.;:!?…)-–— ，。；：！？、）").rstrip("(（")
    return _unquoted(text).strip() if _WORD.search(text) else ""


def words_of(text: str) -> list[str]:
    """Lower-case words without marks, for comparing and counting; an apostrophe inside a word stays. Of Chinese, which
    has no spaces, every character is one."""
    return _WORDS.findall(text.lower().replace("’", "'"))


def _unspoken(char: str) -> bool:
    return unicodedata.category(char) in ("So", "Sk", "Cf", "Co", "Cn", "Cs") or char in "\ufe0f\u20e3"


def _unquoted(text: str) -> str:
    """Without a pair of quotation marks around everything, and without one that is alone."""
    if len(text) > 1 and text[0] in '"“„' and text[-1] in '"”“' and not re.search(r"[\"“”„]", text[1:-1]):
        return text[1:-1]
    if len(re.findall(r"[\"“”„]", text)) == 1:
        return re.sub(r"[\"“”„]", "", text)
    return text
