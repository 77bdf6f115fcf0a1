"""What the law of a place asks, as data with citations: not legal advice.

Pure but for reading its table. It decides nothing about a call that the settings do not name a place for.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

DISCLAIMER = "This is a reading of the law by its builders, not legal advice."
SETTINGS = ("private", "work", "school")
"""In what surroundings calls are taken."""

NO_EMOTION_ANYWHERE = ("work", "school")
"""Our own rule goes further than any one law: at work and at school no emotion is read from a voice, wherever it is."""


@dataclass(frozen=True, slots=True)
class Profile:
    """``notice_every_h``: hours. ``tone_consent``: consent must be asked before emotion is read from the voice.
    ``no_emotion_in``: settings where it never is. ``publishes``: the protocol must be public. ``counts``: referrals are
    reported. ``no_therapy``: may not be called therapy."""

    code: str
    name: str
    notice_every_h: float
    tone_consent: bool
    no_emotion_in: tuple[str, ...]
    cites: tuple[str, ...]
    publishes: bool = False
    counts: bool = False
    no_therapy: bool = False

    def may_read_emotion(self, setting: str) -> bool:
        """Whether emotion may be read from a voice at all, with consent."""
        return setting not in (*self.no_emotion_in, *NO_EMOTION_ANYWHERE)


def profile(code: str) -> Profile | None:
    """The profile of a code such as "us-ca" or "eu"; "" means no particular place; None for one we do not know."""
    return profiles().get(code.strip().lower() or "none")


@lru_cache(maxsize=1)
def profiles() -> dict[str, Profile]:
    """All of them, by code."""
    text = files("warmline.dialogue.safety").joinpath("jurisdictions.toml").read_text(encoding="utf-8")
    return {
        code: Profile(
            code,
            row["name"],
            float(row["notice_every_h"]),
            bool(row["tone_consent"]),
            tuple(row["no_emotion_in"]),
            tuple(row["cites"]),
            bool(row.get("publishes")),
            bool(row.get("counts")),
            bool(row.get("no_therapy")),
        )
        for code, row in tomllib.loads(text).items()
    }
