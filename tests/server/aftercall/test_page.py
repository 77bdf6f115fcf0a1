"""The report's page in a real browser: what it shows and does, for everybody, and that it speaks to no third party."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from chromium import Tab, chromium
from page_visit import needs_chromium, picture

from tests.server.api.served import on_a_port
from tests.server.store.test_keeping import SECRET
from warmline.server.store.keeping import CallRecord

AXE = Path(__file__).parents[3] / ".clients" / "node_modules" / "axe-core" / "axe.min.js"
SHOWN = "!document.querySelector('#report').hidden"
GONE = "document.querySelector('#report').hidden"


def message(text: str) -> str:
    return f"document.querySelector('#message').textContent.includes({text!r})"


@contextmanager
def opened(folder: Path, link: str | None = None) -> Iterator[tuple[Tab, CallRecord]]:
    """The page of the first call, or with another link."""
    with on_a_port(folder) as (url, made), chromium(folder / "browser") as tab:
        tab.open(f"{url}/report{f'#{made[0].link}' if link is None else link}")
        if link is None:
            tab.wait(SHOWN)
        yield tab, made[0]


def findings(tab: Tab) -> list[str]:
    tab.ask(f"(() => {{ {AXE.read_text(encoding='utf-8')} }})()")
    found: list[dict[str, Any]] = tab.ask("axe.run().then((told) => told.violations)")
    return [f"{one['impact']}: {one['id']}: {one['nodes'][0]['html'][:120]}" for one in found]


@needs_chromium
def test_a_caller_reads_shares_forgets_and_erases(tmp_path: Path) -> None:
    with opened(tmp_path) as (tab, _):
        said = tab.text("#said")
        assert f"I lost my {SECRET}, 6." in said
        assert "That hurts." in said
        assert "Reflection of feelings: 6" in tab.text("#strategies")
        assert "My sister hurt me." in tab.text("#notes")
        assert tab.ask("document.querySelector('#share').elements.share.value") == "none"

        tab.click("#share input[value=operator]")
        tab.wait(message("You can take it back"))
        tab.click("#notes button")
        tab.wait(message("It is forgotten"))
        assert tab.text("#notes") == ""
        assert tab.text("#notes-none") == "Nothing of this call is remembered."
        assert tab.ask("document.querySelector('#share').elements.share.value") == "operator"
        assert f"I lost my {SECRET}, 1." not in tab.text("#said")

        tab.click("#erase")
        tab.wait("document.querySelector('#sure').open")
        tab.click("#sure button[value=no]")
        assert tab.ask(SHOWN)
        # asked again at once, before the page is told that the first question is over
        again = ("#erase", "#sure [value=no]", "#erase")
        tab.ask(f"for (const one of {list(again)}) document.querySelector(one).click()")
        tab.wait("document.querySelector('#sure').open")
        tab.click("#sure button[value=yes]")
        tab.wait(f"{GONE} && {message('The call is erased.')}")
        assert tab.problems == []


@needs_chromium
def test_the_secret_reaches_no_address_and_nobody_else(tmp_path: Path) -> None:
    with opened(tmp_path) as (tab, record):
        asked = tab.ask("performance.getEntriesByType('resource').map((one) => one.name)")
        assert asked
        for address in asked:
            assert record.link not in address
            assert address.startswith(tab.ask("location.origin"))
        assert tab.ask("document.cookie + localStorage.length + sessionStorage.length") == "00"


@needs_chromium
@pytest.mark.parametrize("link", ["", "#wrong", "#" + "A" * 43])
def test_a_link_that_opens_nothing_says_so(link: str, tmp_path: Path) -> None:
    with opened(tmp_path, link) as (tab, _):
        tab.wait(f"{GONE} && {message('link')}")


@needs_chromium
def test_it_fits_every_width_and_axe_finds_nothing(tmp_path: Path) -> None:
    with opened(tmp_path) as (tab, _):
        tab.ask("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        for width, dark in ((320, False), (390, True), (1200, False), (1200, True)):
            tab.look(width, 800, dark=dark, still=True)
            assert tab.ask("document.documentElement.scrollWidth") <= width, width
            picture(tab, f"report-{width}-{'dark' if dark else 'light'}")
            if AXE.is_file():
                assert findings(tab) == [], (width, dark)


def test_the_page_has_no_inline_script_or_style_and_no_third_party() -> None:
    folder = files("warmline.server") / "web"
    page, script, style = ((folder / f"report.{kind}").read_text(encoding="utf-8") for kind in ("html", "js", "css"))
    assert re.findall(r'(?:src|href)="(?!/)([^"]*)"', page) == ["https://findahelpline.com"]
    assert "<script>" not in page
    assert "style=" not in page
    assert not re.findall(r"<[^>]*\son\w+=", page)
    assert "innerHTML" not in script
    assert "//" not in re.sub(r"^\s*//.*|'http://www.w3.org/2000/svg'", "", script, flags=re.MULTILINE)
    assert "url(" not in style
