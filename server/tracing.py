"""Traces for OpenTelemetry: a span for each call, each reply of ours, each stage of a reply. Never anybody's words.

Off unless ``tracing.endpoint`` is set; needs the extra ``tracing``. A stage's length is measured; where it lies within
the reply is not: stages are laid one after the other from the beginning of the draft. The screen runs inside "plan".
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from warmline.server import events as e
from warmline.server.logs import current_call
from warmline.server.settings import TracingSettings
from warmline.speech.runtime.errors import UsageError

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import SpanProcessor
    from opentelemetry.trace import Span, Tracer

Traced = Callable[[e.Observer], e.Observer]
"""An observer of one call, with its spans made beside it."""

STAGES: Final = {
    "asr": "asr",
    "emotion": "tags",
    "plan": "plan",
    "reader": "risk, read again",
    "llm_first_segment": "llm first clause",
    "voice": "voice",
}
"""Stages of a reply as the trace calls them."""

_MS: Final = 1_000_000


def untraced(observer: e.Observer) -> e.Observer:
    """Nothing is traced."""
    return observer


@contextmanager
def opened(settings: TracingSettings) -> Generator[Traced, None, None]:
    """While inside, spans go to the collector at ``tracing.endpoint``, if there is one. Raises UsageError where the
    extra is missing."""
    if not settings.endpoint:
        yield untraced
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        raise UsageError("tracing.endpoint needs OpenTelemetry: pip install 'warmline[tracing]'") from None
    with spans_to(BatchSpanProcessor(OTLPSpanExporter(endpoint=settings.endpoint))) as traced:
        yield traced


@contextmanager
def spans_to(processor: SpanProcessor, now_ns: Callable[[], int] = time.time_ns) -> Generator[Traced, None, None]:
    """While inside, spans go to ``processor``, which is closed with what it still holds."""
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider

    provider = TracerProvider(resource=Resource.create({"service.name": "warmline"}), shutdown_on_exit=False)
    provider.add_span_processor(processor)
    tracer = provider.get_tracer("warmline")

    def traced(observer: e.Observer) -> e.Observer:
        call = _Call(tracer, now_ns)

        def watch(event: e.CallEvent) -> None:
            call.see(event)
            observer(event)

        return watch

    try:
        yield traced
    finally:
        provider.shutdown()


class _Call:
    """The spans of one call, from its building on."""

    def __init__(self, tracer: Tracer, now_ns: Callable[[], int]) -> None:
        self._tracer = tracer
        self._now_ns = now_ns
        self._span = tracer.start_span("call", start_time=now_ns(), attributes={"warmline.call": current_call()})
        self._drafted_ns = 0
        self._began_ns = 0
        self._strategy = ""

    def see(self, event: e.CallEvent) -> None:
        match event:
            case e.DraftStarted():
                self._drafted_ns, self._began_ns, self._strategy = self._now_ns(), 0, ""
            case e.Planned():
                self._drafted_ns = self._drafted_ns or self._now_ns()
                self._strategy = event.plan.strategy.name.lower()
            case e.ReplyReleased():
                self._drafted_ns = self._drafted_ns or self._now_ns()
            case e.ReplyBegan():
                self._began_ns = self._now_ns()
            case e.ReplyEnded():
                self._ended(event)
            case e.CallOver():
                self._span.end(self._now_ns())

    def _ended(self, event: e.ReplyEnded) -> None:
        now_ns = self._now_ns()
        start_ns = self._drafted_ns or self._began_ns or now_ns
        spoken: dict[str, str | int] = {"warmline.turn": event.turn, "warmline.outcome": event.outcome.name.lower()}
        turn = self._child("turn", self._span, start_ns, spoken | {"warmline.strategy": self._strategy})
        at_ns = start_ns
        for stage, name in STAGES.items():
            if stage in event.stages_ms:
                until_ns = at_ns + round(event.stages_ms[stage] * _MS)
                self._child(name, turn, at_ns, {}).end(until_ns)
                at_ns = until_ns
        if self._began_ns:
            self._child("playout", turn, self._began_ns, {}).end(now_ns)
        turn.end(now_ns)
        self._drafted_ns, self._began_ns, self._strategy = 0, 0, ""

    def _child(self, name: str, parent: Span, start_ns: int, attributes: dict[str, str | int]) -> Span:
        from opentelemetry.trace import set_span_in_context

        context = set_span_in_context(parent)
        return self._tracer.start_span(name, context=context, start_time=start_ns, attributes=attributes)
