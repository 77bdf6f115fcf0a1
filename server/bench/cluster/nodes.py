"""Several Ray nodes on this machine, as Ray's own tests have them. They share its cores: what runs on them must wait
rather than work, or a second node brings nothing."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from warmline.server.cluster.handle import library
from warmline.speech.runtime.errors import BackendError

STORE_BYTES = 100 * 1024 * 1024


@contextmanager
def nodes(count: int, cpus: float) -> Iterator[str]:
    """The address of a cluster of ``count`` nodes of so many (claimed) cores each; it is gone afterwards.

    Raises MissingExtra, BackendError (one runs already in this process)."""
    ray, serve = library()
    from ray.cluster_utils import Cluster

    if ray.is_initialized():
        raise BackendError("this process is connected to a Ray cluster already")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Ray's own, of its dependencies
        cluster = _started(Cluster, count, cpus)
        try:
            yield cluster.address
        finally:
            if ray.is_initialized():
                with suppress(Exception):  # a cluster with killed nodes does not always say goodbye
                    serve.shutdown()
                ray.shutdown()
            cluster.shutdown()


def _started(cluster_of: Any, count: int, cpus: float) -> Any:
    """Ray gives a node half a minute to start; a busy machine gets a second try."""
    for last in (False, True):
        cluster = cluster_of()
        try:
            for _ in range(count):
                cluster.add_node(num_cpus=cpus, object_store_memory=STORE_BYTES, include_dashboard=False)
            cluster.wait_for_nodes()
        except Exception as error:
            cluster.shutdown()
            if last:
                raise BackendError(f"Ray did not start ({type(error).__name__}): is the machine busy?") from error
        else:
            return cluster
    raise AssertionError("unreachable")
