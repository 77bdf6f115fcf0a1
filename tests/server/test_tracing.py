"""Spans of calls: one for a call, a reply, a stage; lengths as measured; never a word."""

from __future__ import annotations

import http.server
import threading
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tests.scenarios.rehearsal import Rehearsal
from warmline.server import events as e
from warmline.server import logs, tracing
from warmline.server.settings import TracingSettings


def spans_of(call: Rehearsal, seconds_s: float) -> tuple[ReadableSpan, ...]:
    exporter = InMemorySpanExporter()
    with tracing.spans_to(SimpleSpanProcessor(exporter)) as traced, logs.of_call("a1b2c3"):
        seen: list[e.CallEvent] = []
        observer = traced(seen.append)
        call.play(seconds_s)
        for event in call.seen:
            observer(event)
        assert seen == call.seen
    return exporter.get_finished_spans()


@pytest.fixture(scope="module")
def spans() -> tuple[ReadableSpan, ...]:
    return spans_of(Rehearsal(speech="0.5-2.5", words="0.5-2.5 I lost my job last week", greeting="Hello."), 12.0)


def test_a_call_its_replies_and_their_stages_hang_together(spans: tuple[ReadableSpan, ...]) -> None:
    (call,) = [span for span in spans if span.name == "call"]
    turns = [span for span in spans if span.name == "turn"]
    assert call.attributes == {"warmline.call": "a1b2c3"}
    assert len(turns) == 2
    assert all(turn.parent is not None and turn.parent.span_id == call.context.span_id for turn in turns)
    answer = turns[-1]
    assert answer.attributes is not None
    assert answer.attributes["warmline.outcome"] == "spoken"
    assert answer.attributes["warmline.strategy"]
    stages = [span.name for span in spans if span.parent and span.parent.span_id == answer.context.span_id]
    assert stages == ["asr", "tags", "plan", "llm first clause", "voice", "playout"]
    assert {span.context.trace_id for span in spans} == {call.context.trace_id}


def test_lengths_are_those_that_were_measured(spans: tuple[ReadableSpan, ...]) -> None:
    ended = e.ReplyEnded(1, "", "", "", tracing_outcome(), {"asr": 120.0, "voice": 40.5}, 0)
    exporter = InMemorySpanExporter()
    with tracing.spans_to(SimpleSpanProcessor(exporter), lambda: 10**9) as traced:
        traced(lambda _: None)(ended)
    lengths = {span.name: (span.end_time or 0) - (span.start_time or 0) for span in exporter.get_finished_spans()}
    assert lengths == {"asr": 120_000_000, "voice": 40_500_000, "turn": 0}


def tracing_outcome() -> Any:
    from warmline.dialogue.types import Outcome

    return Outcome.SPOKEN


def test_no_span_holds_a_word_of_anybody(spans: tuple[ReadableSpan, ...]) -> None:
    told = " ".join(span.to_json() for span in spans)
    for word in ("job", "lost", "Hello", "heavy"):
        assert word not in told


def test_without_an_endpoint_nothing_is_traced_and_nothing_imported() -> None:
    with tracing.opened(TracingSettings()) as traced:
        assert traced is tracing.untraced


def test_spans_reach_a_collector_over_http() -> None:
    came: list[tuple[str, bytes]] = []

    class Collector(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            came.append((self.path, self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Quiet."""

    with http.server.HTTPServer(("127.0.0.1", 0), Collector) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        endpoint = f"http://127.0.0.1:{server.server_port}/v1/traces"
        with tracing.opened(TracingSettings(endpoint)) as traced:
            traced(lambda _: None)(e.CallOver(0))
        server.shutdown()
    assert [path for path, _ in came] == ["/v1/traces"]
    assert b"warmline" in came[0][1]
