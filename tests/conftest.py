"""Makes the helpers beside this file importable (``from virtual_time import virtual_time``), and lets no test of a
property fail because the machine was slow, and no test change where the next one finds its weights."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from warmline.speech.runtime.weights import cache

sys.path.insert(0, str(Path(__file__).parent))

from log_watch import LogWatch

WATCH = LogWatch()
settings.register_profile("warmline", deadline=None)
settings.load_profile("warmline")


@pytest.fixture(autouse=True)
def _one_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command that a test runs with another cache folder leaves the next test its own."""
    monkeypatch.setattr(cache, "_folder", cache._folder)


def pytest_configure(config: pytest.Config) -> None:
    """Everything that is logged from now on is watched for callers' words and secrets."""
    del config
    WATCH.install(setattr)


@pytest.fixture(autouse=True)
def _may_log_words(request: pytest.FixtureRequest) -> Iterator[None]:
    """Words may be logged where a test is marked so."""
    WATCH.off = request.node.get_closest_marker("logs_words") is not None
    yield
    WATCH.off = False


@pytest.fixture
def log_watch() -> LogWatch:
    """The watch over the whole run."""
    return WATCH


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What drives a real browser in real time gets a second go, and the run says that it took one: a page that is a
    little late on a busy machine is no fault, one that is late twice is."""
    for item in items:
        if any("chromium" in str(mark.kwargs.get("reason")) for mark in item.iter_markers("skipif")):
            item.add_marker(pytest.mark.flaky(reruns=1))


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """The run fails where anything of that was logged, whichever test did it."""
    leaks = WATCH.leaks()
    for leak in leaks[:20]:
        sys.stderr.write(f"logged: {leak}\n")
    if leaks:
        session.exitstatus = exitstatus or pytest.ExitCode.TESTS_FAILED
