"""Chat messages as the text of one model's chat format. Pure; knows nothing about tokens or engines."""

from __future__ import annotations

import re

from warmline.dialogue.llm.base import Message, Prompt

_CONTROL = re.compile(r"<\|([^|<>]{0,40})\|>")

STOPS = ("<|im_end|>", "<|im_start|>", "<|endoftext|>")
"""What ends a message in ChatML."""


def plain(text: str) -> str:
    """``text`` without anything that the format reads as a control mark: a person's words cannot open a role."""
    return _CONTROL.sub(r"\1", text).replace("<|", "<").replace("|>", ">")


def chatml(prompt: Prompt) -> str:
    """``prompt`` in ChatML (Qwen 2.5, SmolLM2 and many others).

    An open prompt ends with the last word of its last message, so that its tokens stay a prefix of those of the
    closed one; a closed prompt ends where the assistant starts to write.
    """
    parts = [_message(message) for message in prompt.messages[:-1]]
    if not prompt.messages:
        return ""
    last = prompt.messages[-1]
    if prompt.open:
        parts.append(f"<|im_start|>{last.role}\n{plain(last.text).rstrip()}")
        return "".join(parts)
    parts.append(_message(last))
    parts.append(f"<|im_start|>assistant\n{plain(prompt.assistant_start)}")
    return "".join(parts)


def _message(message: Message) -> str:
    return f"<|im_start|>{message.role}\n{plain(message.text)}<|im_end|>\n"
