"""From the settings to what holds in calls: whose law, whose helplines, whether emotion may be read from a voice."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from warmline.dialogue.safety.consent import MODES
from warmline.dialogue.safety.helplines import Directory, own_lines
from warmline.dialogue.safety.jurisdictions import SETTINGS, Profile, profile, profiles
from warmline.dialogue.safety.numbers import country_of_number
from warmline.server.handoff.bridge import Bridge, Console, Webhook
from warmline.server.settings import Settings
from warmline.speech.runtime.errors import SettingsError
from warmline.tts.voice.paced import FASTEST_SPEED, SLOWEST_SPEED

BRIDGES = ("none", "webhook", "console", "transfer")

NUMBER = re.compile(r"[0-9A-Za-z+*#_.@:-]{1,64}")


def directory(settings: Settings) -> Directory:
    """The helplines, the operator's own first. Raises SettingsError."""
    own = settings.care.helplines
    return Directory(own_lines(Path(own).expanduser()) if own else ())


def handoff_bridge(settings: Settings, console: Console | None = None) -> Bridge | None:
    """Who is asked for a human in every call, or None; a transfer is each telephone line's own. ``console``: the
    server's own. Raises SettingsError."""
    handoff = settings.handoff
    if handoff.by not in BRIDGES:
        raise SettingsError(f"handoff.by is one of {', '.join(BRIDGES)}, not {handoff.by!r}")
    if handoff.by == "webhook":
        return Webhook(handoff.url, handoff.secret)
    if handoff.by == "transfer" and not NUMBER.fullmatch(handoff.number):
        raise SettingsError("handoff.number must be set: a telephone number (+442079460123) or an extension")
    if handoff.by == "console" and not handoff.secret:
        raise SettingsError("handoff.secret must be set: it is the operators' token for the console")
    return console if handoff.by == "console" else None


def law(settings: Settings) -> Profile:
    """The profile of the place. Raises SettingsError."""
    found = profile(settings.care.jurisdiction)
    if found is None:
        known = ", ".join(code for code in profiles() if code != "none")
        raise SettingsError(f"care.jurisdiction is one of {known} or empty, not {settings.care.jurisdiction!r}")
    return found


def cared(settings: Settings) -> Settings:
    """The settings with what the place, the surroundings and the consent allow. Raises SettingsError."""
    care, call = settings.care, settings.call
    if care.setting not in SETTINGS:
        raise SettingsError(f"care.setting is one of {', '.join(SETTINGS)}, not {care.setting!r}")
    if call.tone_consent not in MODES:
        raise SettingsError(f"call.tone_consent is one of {', '.join(MODES)}, not {call.tone_consent!r}")
    place = law(settings)
    read_tone = call.read_tone and call.tone_consent != "denied" and place.may_read_emotion(care.setting)
    if not 0 < call.notice_every_h <= 3:
        raise SettingsError("call.notice_every_h is at most 3: people are told that this is an AI at least so often")
    if not SLOWEST_SPEED <= call.speed <= FASTEST_SPEED:
        raise SettingsError(f"call.speed is from {SLOWEST_SPEED} to {FASTEST_SPEED}, 1 for the voice's own rate")
    every_h = min(call.notice_every_h, place.notice_every_h)
    country = call.country or country_of_number(call.number)
    allowed = replace(call, read_tone=read_tone, notice_every_h=every_h, country=country)
    return replace(settings, call=allowed)
