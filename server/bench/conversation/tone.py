"""Does the tone of the replies of real talks follow their plans, without leaps? Measured as ``eval coherence`` does, on
the replies and the styles as they were planned."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from warmline.dialogue.evaluate.conversation.talk import Talk
from warmline.server.bench.coherence import Planned, judged
from warmline.server.commands.say import voice_of
from warmline.server.settings import Settings
from warmline.speech.runtime.errors import VoiceError, WeightsError

MOST: Final = 60
"""Replies that are spoken again, in their style and in neutral."""
LEAST: Final = 6


def coherence_of(talks: Sequence[Talk], settings: Settings) -> float:
    """In [0, 1]; nan for too few replies, and where the voice cannot be had."""
    planned = [
        Planned(number, one.style, one.reply)
        for number, talk in enumerate(talks)
        for one in talk.exchanges
        if one.reply.strip() and one.strategy
    ][:MOST]
    if len(planned) < LEAST:
        return math.nan
    try:
        voice = voice_of(None, settings)
        try:
            return judged(voice, planned).coherence
        finally:
            voice.close()
    except (WeightsError, VoiceError, ValueError):
        return math.nan
