"""axe-core on a page in the real browser. It comes by ``make test-clients``; what needs it is skipped without it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from chromium import Tab

AXE = Path(__file__).parents[1] / ".clients" / "node_modules" / "axe-core" / "axe.min.js"
needs_axe = pytest.mark.skipif(not AXE.is_file(), reason="needs axe-core: make test-clients")


def findings(tab: Tab) -> list[str]:
    """What axe finds in the page as it is now, a line each."""
    tab.ask(f"(() => {{ {AXE.read_text(encoding='utf-8')} }})()")
    found: list[dict[str, Any]] = tab.ask("axe.run().then((told) => told.violations)")
    return [f"{one['impact']}: {one['id']}: {one['nodes'][0]['html'][:120]}" for one in found]


def in_both_lights(tab: Tab, width: int = 1200, height: int = 900) -> list[str]:
    """The findings by day and by night, and whether the page is wider than the window."""
    found = []
    for dark in (False, True):
        tab.look(width, height, dark=dark, still=True)
        found += [f"{'dark' if dark else 'light'}: {one}" for one in findings(tab)]
        if tab.ask("document.documentElement.scrollWidth") > width:
            found.append(f"wider than {width}")
    return found
