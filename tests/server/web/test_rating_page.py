"""The clinicians' page in a real browser: for everybody, and ratings that were given are there when one goes back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from axe import in_both_lights, needs_axe
from chromium import Tab, chromium
from page_visit import needs_chromium

from warmline.dialogue.evaluate.caller import Said
from warmline.dialogue.evaluate.rubric import Line, Transcript
from warmline.server.commands.rating_page import page

pytestmark = needs_chromium

TALKS = [
    Transcript(name, 0, "US", True, (Line(Said(f"I am {name}.", 0), "That sounds heavy.", None, "model"),), "Hello.")
    for name in ("Ada", "Ben")
]


@contextmanager
def opened(folder: Path) -> Iterator[Tab]:
    file = folder / "rate.html"
    file.write_text(page(TALKS), encoding="utf-8")
    with chromium(folder / "browser", None, ()) as tab:
        tab.open(file.as_uri())
        tab.wait("document.querySelectorAll('#form fieldset').length === 5")
        yield tab


@needs_axe
def test_axe_finds_nothing_on_any_width(tmp_path: Path) -> None:
    with opened(tmp_path) as tab:
        assert in_both_lights(tab) == in_both_lights(tab, 320, 640) == []
        assert tab.problems == []


def test_a_rating_is_there_again_when_one_comes_back(tmp_path: Path) -> None:
    with opened(tmp_path) as tab:
        first = tab.text("#talk")
        tab.click("#form input[value='low']")
        tab.click("#on")
        assert tab.text("#talk") != first
        assert tab.ask("document.querySelectorAll('#form input:checked').length") == 0
        tab.click("#back")
        assert tab.text("#talk") == first
        assert tab.ask("document.querySelector('#form input:checked').value") == "low"
