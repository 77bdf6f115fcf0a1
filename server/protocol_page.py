"""The published protocol: one page, written from the code that runs, so that it can never say anything else.

What is asked and said at risk, in which order, in every language; the helplines and their dates; the law it follows.
"""

from __future__ import annotations

from html import escape

from warmline.dialogue.safety import lines
from warmline.dialogue.safety.helplines import ANYWHERE, emergencies, version
from warmline.dialogue.safety.jurisdictions import DISCLAIMER
from warmline.dialogue.safety.steps import AFTER, GROUND, OPEN, WISH, Path, Step, steps
from warmline.server.care import directory, law
from warmline.server.settings import Settings

TITLES = {
    Path.SELF: "The caller's own life",
    Path.OTHER: "Somebody the caller worries about",
    Path.HARM: "Harm to others",
    Path.ABUSE: "Violence against the caller",
    Path.MEDICAL: "An emergency of the body",
}
RULES = (
    "Each reply takes up what was said, makes at most one point and asks at most one question.",
    "No question is asked twice; what was told already is not asked; who refuses, is angry or silent is not pressed.",
    "Nobody is asked for a promise, lectured, diagnosed or told that it is not so bad. No means of harm is named.",
    "The talk is never ended by us. A number is only ever of the caller's own country, said slowly, twice, and shown.",
    "When the steps are worked through, ordinary support goes on, and the protocol comes back once to ask.",
    "A language model writes none of these sentences.",
)


def protocol_page(settings: Settings) -> str:
    """The whole page as HTML, with no script and nothing fetched. Raises SettingsError."""
    place = law(settings)
    body = [
        "<h1>What Warmline does when somebody may be in danger</h1>",
        "<p>Warmline is an AI, not a person, not a therapist and not a crisis service. No clinical efficacy is shown. "
        "In danger, call your local emergency number.</p>",
        _list(RULES),
        "<h2>Where only a model reads a sign in what was said</h2>",
        "<p>Once in a call it is asked what is behind it. An answer that says so and shows no sign ends it; any other, "
        "and every further sign, is asked about directly.</p>",
        _steps((OPEN,)),
        *(_path(path) for path in Path),
        "<h2>A wish not to be alive, without thoughts of acting (level 1)</h2>",
        _steps(WISH),
        "<h2>Between the steps</h2>",
        _steps((GROUND, AFTER)),
        "<h2>Helplines</h2>",
        _helplines(settings),
        f"<h2>Law</h2><p>{escape(place.name)}. {escape(DISCLAIMER)}</p>",
        _list(place.cites),
        f"<h2>Sentences in other languages</h2>{''.join(_language(code) for code in lines.LANGUAGES[1:])}",
    ]
    return _PAGE.replace("__BODY__", "\n".join(body))


def _path(path: Path) -> str:
    now = f"<h3>In immediate danger (level 3)</h3>{_steps(steps(path, now=True))}"
    calm = "" if path is Path.MEDICAL else f"<h3>At risk (level 2)</h3>{_steps(steps(path, now=False))}"
    return f"<h2>{escape(TITLES[path])}</h2>{calm}{now}"


def _steps(path: tuple[Step, ...]) -> str:
    rows = "".join(f"<li><b>{escape(step.name)}</b>{_sentences(step)}</li>" for step in path)
    return f"<ol>{rows}</ol>"


def _sentences(step: Step) -> str:
    words = lines.of("en")
    said = words.say.get(step.say, ())
    asked = words.ask[step.ask.value] if step.ask is not None else ()
    return _list((*said, *asked))


def _helplines(settings: Settings) -> str:
    rows = "".join(
        _row(
            line.country, line.name, line.number, line.hours, f"{line.checked}{'' if line.verified else ', unverified'}"
        )
        for line in directory(settings).lines
    )
    head = "<tr><th>Country</th><th>Line</th><th>Number</th><th>Hours</th><th>Checked</th></tr>"
    known = ", ".join(f"{code} {one.medical}" for code, one in sorted(emergencies().items()))
    return (
        f"<p>Table {escape(version())}. Elsewhere: {ANYWHERE}.</p><table>{head}{rows}</table>"
        f"<p>Emergency numbers: {escape(known)}.</p>"
    )


_DOUBT = {True: "", False: ", unverified"}


def _row(*cells: str) -> str:
    return f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"


def _language(code: str) -> str:
    words = lines.of(code)
    pools = {**words.ask, **words.say, **words.hear}
    rows = "".join(f"<li><b>{escape(name)}</b>{_list(pool)}</li>" for name, pool in pools.items())
    return f'<details lang="{code}"><summary>{code}</summary><ul>{rows}</ul></details>'


def _list(rows: tuple[str, ...]) -> str:
    return f"<ul>{''.join(f'<li>{escape(row)}</li>' for row in rows)}</ul>" if rows else ""


_PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Warmline: the safety protocol</title><link rel="stylesheet" href="/call.css"></head>
<body>
__BODY__
</body>
</html>
"""
