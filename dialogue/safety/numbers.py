"""Telephone numbers as they are said, slowly, and what a number tells about a country.

Pure but for libphonenumber's own tables. It knows no helpline.
"""

from __future__ import annotations

import re

from warmline.dialogue.safety import lines


def spoken(number: str, language: str = "en") -> str:
    """A number as it is said, slowly: digits as words, a pause after each, groups apart. Of several the first."""
    speech = lines.of(language).speech
    first = number.split(";")[0].split("(")[0].strip()
    groups = re.findall(r"[0-9]+|[A-Za-z]+", first)
    joined = ""
    for place, group in enumerate(groups):
        if group.isdigit():
            part = speech.pause.join(speech.digits[int(digit)] for digit in group)
        else:
            part = speech.extension if group == "ext" else group
        both = place > 0 and group.isdigit() and groups[place - 1].isdigit()
        joined += (speech.pause if both else " ") + part if joined else part
    return joined


def country_of_number(number: str) -> str:
    """The two-letter country of a caller's number in E.164 ("+49301234"), or "" where it says nothing certain: no
    plus, no such number, or a prefix that serves no single country."""
    import phonenumbers

    if not number.strip().startswith("+"):
        return ""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return ""
    region = phonenumbers.region_code_for_number(parsed)
    return region if region is not None and len(region) == 2 and region.isalpha() else ""


def dialable(number: str, country: str) -> bool | None:
    """Whether a number can be dialled inside a country: True where libphonenumber knows it, False where it cannot be
    one, None where the tables do not say (a new short code)."""
    import phonenumbers
    from phonenumbers import shortnumberinfo

    digits = re.sub(r"^text \w+ to ", "", number.strip()).split(" ext ")[0]
    try:
        parsed = phonenumbers.parse(digits, country)
    except phonenumbers.NumberParseException:
        return False
    if phonenumbers.is_valid_number_for_region(parsed, country):
        return True
    if shortnumberinfo.is_valid_short_number_for_region(parsed, country):
        return True
    short = 2 <= len(re.sub(r"\D", "", digits)) <= 6
    possible = shortnumberinfo.is_possible_short_number_for_region(parsed, country)
    return None if short or possible else False
