"""Schemathesis against the API on a real port: no failure of the server, and every answer as described.

The same for as long as you like, against your own server: see docs/api.md.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import negative_data_rejection

from tests.server.api.served import TOKEN, on_a_port
from warmline.server.api.routes import description
from warmline.server.store.keeping import CallRecord

EXAMPLES = 30
"""Of each operation and each kind (fitting and not)."""

SCHEMA = schemathesis.openapi.from_dict(description())
SCHEMA.config.seed = 8
"""The same requests at each run."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, list[CallRecord]]]:
    with on_a_port(tmp_path_factory.mktemp("api")) as found:
        yield found


@SCHEMA.parametrize()
@settings(max_examples=EXAMPLES, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_answer_is_as_described(case: schemathesis.Case, served: tuple[str, list[CallRecord]]) -> None:
    url, (record, other, *_) = served
    erases = case.path == "/v1/report" and case.method == "DELETE"  # of another call, so that the rest has one to read
    link = (other if erases else record).link
    token = link if case.path.startswith("/v1/report") else TOKEN
    # A query that nothing asked for is passed over, and a token that is left out on purpose is put back here: neither
    # is to be refused. What is refused, and how, test_routes and test_access say.
    case.call_and_validate(
        base_url=url, headers={"Authorization": f"Bearer {token}"}, excluded_checks=[negative_data_rejection]
    )
