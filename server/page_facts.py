"""What the call page must know of its server before a call: the lines to show, what may be asked of the person, and
which ways of calling there are. Plain values for JSON; nothing of any caller."""

from __future__ import annotations

from dataclasses import asdict
from importlib.util import find_spec
from typing import Final

from warmline.dialogue.safety.helplines import ANYWHERE, Emergency, Helpline
from warmline.server.care import cared, directory
from warmline.server.settings import Settings
from warmline.tts.voice.paced import FASTEST_SPEED, SLOWEST_SPEED

MOST_LINES: Final = 3
"""Lines shown at once: more make nobody's choice easier."""


def page_facts(settings: Settings) -> dict[str, object]:
    """``country`` "" where the operator set none: then no line is named, only the directory of lines ``anywhere``.
    ``tone``: may the person be asked for emotion from their voice? ``memory``: is anything kept that could be
    remembered? ``webrtc``: can this server take a call by WebRTC? ``ice``: the operator's STUN servers. Raises
    SettingsError."""
    held = cared(settings)
    care = directory(held).lookup(held.call.country)
    lines = sorted((line for line in care.lines if not line.young), key=lambda line: (not line.own, not line.always))
    return {
        "country": care.country if care.lines or care.emergency else "",
        "lines": [_line(line) for line in lines[:MOST_LINES]],
        "emergency": None if care.emergency is None else _emergency(care.emergency),
        "anywhere": ANYWHERE,
        "tone": held.call.read_tone,
        "memory": bool(held.store.url) and held.memory.consent != "no",
        "webrtc": find_spec("aiortc") is not None,
        "ice": [url for url in held.server.ice_servers if url.startswith("stun")],
        "speed": {"least": SLOWEST_SPEED, "most": FASTEST_SPEED, "now": held.call.speed},
    }


def _line(line: Helpline) -> dict[str, object]:
    shown = {key: value for key, value in asdict(line).items() if key in ("name", "number", "channel", "hours")}
    return shown | {"website": line.website, "checked": line.checked.isoformat(), "verified": line.verified}


def _emergency(emergency: Emergency) -> dict[str, object]:
    return {"number": emergency.medical, "police": emergency.police, "verified": emergency.verified}
