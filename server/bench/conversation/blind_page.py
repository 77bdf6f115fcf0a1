"""The page on which people rate talks blind: both sides mixed, without names, plans or our figures."""

from __future__ import annotations

from warmline.dialogue.evaluate.conversation.judges import DIMENSIONS, MEANT
from warmline.dialogue.evaluate.conversation.panel import key
from warmline.server.bench.conversation.result import Result
from warmline.server.commands.rating_page import Shown, rated

LEVELS = (("4", "4 excellent"), ("3", "3"), ("2", "2 middling"), ("1", "1"), ("0", "0 bad"))


def page(result: Result) -> str:
    """The whole page as text; what is saved from it goes back in with ``--ratings``."""
    talks = [
        Shown(key(talk), talk.greeting, tuple((one.said, one.reply) for one in talk.exchanges))
        for talk in (*result.ours, *result.theirs)
        if talk.exchanges
    ]
    wanted = tuple((name, f"{name}: {MEANT[name]}") for name in DIMENSIONS)
    return rated(talks, wanted, LEVELS)
