"""A real Ray cluster of two nodes on this machine, with stand-ins for models."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.clusters import SCRIPTED
from warmline.server.cluster import running
from warmline.server.cluster.plan import Scale


@pytest.fixture(scope="session")
def cluster() -> Iterator[str]:
    """Its address, with ears, mouth and meaning deployed."""
    pytest.importorskip("ray", reason="the extra cluster is not installed")
    from warmline.server.bench.cluster.nodes import nodes

    with nodes(2, cpus=4) as address:
        small = Scale(1, 1, cpus=0.5)
        running.up(SCRIPTED, {"ears": Scale(2, 2), "mouth": small, "meaning": small}, address)
        yield address
