"""Makes the helpers beside this file importable (``from virtual_time import virtual_time``), and lets no test of a
property fail because the machine was slow, and no test change where the next one finds its weights."""

import sys
from pathlib import Path

import pytest
from hypothesis import settings

from warmline.speech.runtime.weights import cache

sys.path.insert(0, str(Path(__file__).parent))
settings.register_profile("warmline", deadline=None)
settings.load_profile("warmline")


@pytest.fixture(autouse=True)
def _one_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command that a test runs with another cache folder leaves the next test its own."""
    monkeypatch.setattr(cache, "_folder", cache._folder)
