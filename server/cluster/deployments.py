"""The deployments themselves: our stages behind Ray Serve's batches, queues, replicas and health checks.

Imported on the replicas and by ``cluster up`` only; needs the extra ``cluster``. Blocking work runs on threads, so that
a replica answers its health check while it works.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from ray import serve

from warmline.dialogue.types import ReplySegment
from warmline.server.cluster.asking import WIRE, Reply
from warmline.server.cluster.plan import Scale
from warmline.server.cluster.stages import Health, Listen, ears, meaning, mouth
from warmline.server.settings import Settings
from warmline.speech.types import EncoderFeatures, Samples, Utterance

CHECK_EVERY_S = 5.0
CHECK_WITHIN_S = 10.0


class _Replica:
    """What all replicas share: one piece of work at a time, on a thread, and an honest health check."""

    def __init__(self, stage: Any) -> None:
        self._stage = stage
        self._busy = asyncio.Lock()
        self._health = Health()

    async def _work(self, work: Callable[[], Any]) -> Any:
        async with self._busy:
            try:
                done = await asyncio.to_thread(work)
            except Exception:
                self._health.note(well=False)
                raise
        self._health.note(well=True)
        return done

    async def check_health(self) -> None:
        """Asked by Serve; a replica that raises here is replaced."""
        self._health.check()
        if not self._busy.locked():  # one that works answers callers, which tells as much
            await self._work(self._stage.check)


class EarsReplica(_Replica):
    def __init__(self, settings: Settings) -> None:
        super().__init__(ears(settings))

    @serve.batch(max_batch_size=8, batch_wait_timeout_s=0.005)
    async def _decode(self, wanted: list[Listen]) -> list[Any]:
        found: list[Any] = await self._work(lambda: self._stage.decode(wanted))
        return found

    async def decode(self, wanted: Listen) -> Reply:
        return Reply(WIRE, await self._decode(wanted))

    async def tag(self, utterance: Utterance, before: Sequence[tuple[bool, str]]) -> Reply:
        return Reply(WIRE, await self._work(lambda: self._stage.tag(utterance, before)))

    async def score(self, audio: Samples, features: EncoderFeatures | None) -> Reply:
        return Reply(WIRE, await self._work(lambda: self._stage.score(audio, features)))

    async def reads_features(self) -> Reply:
        return Reply(WIRE, self._stage.reads_features)


class MouthReplica(_Replica):
    def __init__(self, settings: Settings) -> None:
        super().__init__(mouth(settings))

    async def speak(self, segment: ReplySegment) -> Reply:
        return Reply(WIRE, await self._work(lambda: self._stage.speak(segment)))

    async def capabilities(self) -> Reply:
        return Reply(WIRE, self._stage.capabilities)


class MeaningReplica(_Replica):
    def __init__(self, settings: Settings) -> None:
        super().__init__(meaning(settings))

    async def vector(self, text: str) -> Reply:
        return Reply(WIRE, await self._work(lambda: self._stage.vector(text)))


REPLICAS: dict[str, Any] = {"ears": EarsReplica, "mouth": MouthReplica, "meaning": MeaningReplica}


def application(stage: str, settings: Settings, scale: Scale) -> Any:
    """One stage, ready for ``serve.run``. ``settings`` name embedded backends, not the cluster's own."""
    deployment: Any = serve.deployment(
        name=stage,
        max_ongoing_requests=scale.at_once,
        max_queued_requests=scale.waiting,
        health_check_period_s=CHECK_EVERY_S,
        health_check_timeout_s=CHECK_WITHIN_S,
        graceful_shutdown_timeout_s=CHECK_WITHIN_S,
        ray_actor_options={"num_cpus": scale.cpus, "num_gpus": scale.gpus},
        autoscaling_config={
            "min_replicas": scale.least,
            "max_replicas": scale.most,
            "initial_replicas": scale.least,
            "target_ongoing_requests": scale.target,
            "upscale_delay_s": 5.0,
            "downscale_delay_s": 120.0,
        },
    )
    return deployment(REPLICAS[stage]).bind(settings)
