"""The page for everybody: axe-core in every state, widths from 320 px, both schemes, less motion, forced colours.

axe-core comes by `make test-clients`; what needs it is skipped where that could not be done."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from page_visit import CALLING, SPEAKING, needs_chromium, picture, visit

from warmline.server.bench.chromium import Tab
from warmline.server.settings import Settings

pytestmark = needs_chromium

AXE = Path(__file__).parents[3] / ".clients" / "node_modules" / "axe-core" / "axe.min.js"
needs_axe = pytest.mark.skipif(not AXE.is_file(), reason="needs axe-core: make test-clients")

CUT = "document.querySelector('#captions s')"
AFTER = "document.body.dataset.state === 'after'"


def findings(tab: Tab) -> list[str]:
    tab.ask(f"(() => {{ {AXE.read_text(encoding='utf-8')} }})()")
    found: list[dict[str, Any]] = tab.ask("axe.run().then((told) => told.violations)")
    return [f"{one['impact']}: {one['id']}: {one['nodes'][0]['html'][:120]}" for one in found]


@needs_axe
def test_axe_finds_nothing_in_any_state(tmp_path: Path) -> None:
    with visit(tmp_path, way="websocket") as (tab, _):
        for state in ("before", "check", "during", "sure", "after"):
            reach(tab, state)
            for dark in (False, True):
                tab.look(1200, 900, dark=dark, still=True)
                assert findings(tab) == [], (state, "dark" if dark else "light")
        assert tab.problems == []


@needs_axe
def test_axe_finds_nothing_in_an_error_nor_on_a_phone(tmp_path: Path) -> None:
    with visit(tmp_path, microphone=False) as (tab, _):
        tab.click("#start")
        tab.wait("!document.querySelector('#message').hidden")
        tab.look(320, 640, still=True)
        assert findings(tab) == []
        tab.click("#write-instead")
        tab.wait(CALLING)
        assert findings(tab) == []


def reach(tab: Tab, state: str) -> None:
    match state:
        case "check":
            tab.click("#check summary")
        case "during":
            tab.click("#start")
            tab.wait(CUT)
        case "sure":
            tab.key("Escape", 27)
            tab.wait("document.querySelector('#sure').open")
        case "after":
            tab.click("#leave")
            tab.wait(AFTER)


def test_the_page_fits_every_width_and_the_help_line_stays_in_sight(tmp_path: Path) -> None:
    with visit(tmp_path, way="websocket") as (tab, _):
        for state in ("before", "check", "during", "sure", "after"):
            reach(tab, state)
            for width, height in ((320, 568), (390, 844), (768, 1024), (1200, 900)):
                tab.look(width, height, dark=width == 390, still=True)
                assert tab.ask("document.documentElement.scrollWidth") <= width, (state, width)
                tab.ask("window.scrollTo(0, document.body.scrollHeight)")
                box = tab.ask("document.querySelector('.help').getBoundingClientRect().toJSON()")
                assert 0 <= box["top"] < box["bottom"] < height / 3, (state, width)
                if state == "during":
                    bottom = tab.ask("document.querySelector('#end').getBoundingClientRect().bottom")
                    assert bottom <= height, "the end of the call is always in reach"
                tab.ask("window.scrollTo(0, 0)")
                picture(tab, f"{state}-{width}")


def test_who_wants_less_motion_sees_none(tmp_path: Path) -> None:
    with visit(tmp_path) as (tab, _):
        moving = "getComputedStyle(document.querySelector('.orb i')).animationName"
        tab.look(390, 844)
        assert tab.ask(moving) == "breathe"
        tab.look(390, 844, still=True)
        assert tab.ask(moving) == "none"
        assert tab.ask("getComputedStyle(document.querySelector('.meter span')).transitionDuration") == "0s"


def test_forced_colours_keep_what_is_pressed_and_the_level_visible(tmp_path: Path) -> None:
    with visit(tmp_path, way="websocket") as (tab, _):
        tab.send("Emulation.setEmulatedMedia", features=[{"name": "forced-colors", "value": "active"}])
        tab.click("#start")
        tab.wait(SPEAKING)
        shown = "getComputedStyle(document.querySelector('{}')).{}"
        assert tab.ask(shown.format("#show-captions", "outlineStyle")) == "solid"
        assert tab.ask(shown.format("#level", "borderTopStyle")) == "solid"


def test_the_operators_lines_dial(tmp_path: Path) -> None:
    plain = Settings()
    with visit(tmp_path, settings=replace(plain, call=replace(plain.call, country="US"))) as (tab, _):
        tab.wait("document.querySelector('#lines a[href^=\"tel:\"]')")
        assert tab.ask("document.querySelector('#emergency a').getAttribute('href')") == "tel:911"
        assert tab.ask("document.querySelector('#lines a').getAttribute('href')") == "tel:988"
        tab.look(320, 568)
        assert tab.ask("document.documentElement.scrollWidth") <= 320
        assert tab.ask("document.querySelector('.help').getBoundingClientRect().bottom") < 568 / 3
        picture(tab, "lines-320")
