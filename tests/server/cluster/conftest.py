"""A real Ray cluster of two nodes on this machine, with stand-ins for models."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import pytest

from tests.clusters import SCRIPTED
from warmline.server.cluster.plan import Scale


@pytest.fixture(scope="session")
def cluster() -> Iterator[str]:
    """Its address, with ears, mouth and meaning deployed."""
    pytest.importorskip("ray", reason="the extra cluster is not installed")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Ray's own, of its dependencies
        from ray.cluster_utils import Cluster

        from warmline.server.cluster import running
        from warmline.server.cluster.handle import library

        ray, _ = library()
        memory = 100 * 1024 * 1024
        nodes = Cluster(
            initialize_head=True,
            head_node_args={"num_cpus": 4, "object_store_memory": memory, "include_dashboard": False},
        )
        nodes.add_node(num_cpus=4, object_store_memory=memory)
        nodes.wait_for_nodes()
        try:
            scales = {"ears": Scale(2, 2), "mouth": Scale(1, 1, cpus=0.5)}
            running.up(SCRIPTED, scales, nodes.address)
            yield nodes.address
        finally:
            ray.shutdown()
            nodes.shutdown()
