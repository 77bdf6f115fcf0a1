"""Drawing in a process of its own: the same as here, and given up on in time."""

from __future__ import annotations

import pytest

from tests.server.aftercall.test_report import kept, report
from warmline.server.aftercall import apart
from warmline.server.aftercall.apart import drawn
from warmline.server.aftercall.formats import made
from warmline.speech.runtime.errors import BackendError

pytest.importorskip("matplotlib")


@pytest.mark.parametrize("form", ["png", "pdf"])
async def test_it_is_the_same_as_drawn_here(form: str) -> None:
    found = report(*(kept(number, 0.1 * number) for number in range(1, 6)))
    assert await drawn(found, form) == made(found, form)


async def test_one_that_takes_too_long_is_killed() -> None:
    with pytest.raises(BackendError, match="too long"):
        await drawn(report(kept(1)), "pdf", longest_s=0.05)


async def test_one_that_fails_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart.sys, "executable", "/bin/false")
    with pytest.raises(BackendError, match="could not be drawn"):
        await drawn(report(kept(1)), "pdf")
