"""Up, status and down of the stages on a Ray cluster. Idempotent: ``up`` again is a rolling upgrade, done by Serve
replica by replica: new ones are ready before old ones go."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from warmline.server.cluster.handle import APP, connect
from warmline.server.cluster.plan import Scale
from warmline.server.settings import Choice, Settings
from warmline.speech.runtime.errors import BackendError, SettingsError

REMOTE = ("asr", "tagger", "turn", "voice")
"""Sections whose backend may be the cluster."""


@dataclass(frozen=True, slots=True)
class StageStatus:
    """``replicas``: how many in each of Serve's states, such as RUNNING or STARTING."""

    stage: str
    status: str
    replicas: Mapping[str, int]
    message: str = ""


def up(
    settings: Settings, scales: Mapping[str, Scale], address: str, note: Callable[[str], None] = lambda _: None
) -> None:
    """Deploy every stage and wait until it is ready. Raises MissingExtra, BackendError, SettingsError."""
    remote = [name for name in REMOTE if _backend(settings, name) == "cluster"]
    if remote:
        raise SettingsError(f"the cluster itself runs {', '.join(remote)}: name the backend it should use there")
    _, serve = connect(address)
    from warmline.server.cluster.deployments import application

    serve.start(proxy_location="Disabled")  # a call's audio comes to a gateway; no stage is reached from outside
    for stage, scale in scales.items():
        note(f"{stage}: {scale.least} to {scale.most} replicas")
        try:
            serve.run(application(stage, settings, scale), name=f"{APP}-{stage}", route_prefix=None)
        except RuntimeError as error:
            raise BackendError(
                f"the stage {stage} did not start: see the logs of Ray Serve ({type(error).__name__})"
            ) from error


def status(address: str) -> tuple[StageStatus, ...]:
    """Every stage that is deployed; none where nothing is. Raises MissingExtra, BackendError."""
    _, serve = connect(address)
    found = []
    for name, app in sorted(serve.status().applications.items()):
        if not name.startswith(f"{APP}-"):
            continue
        for deployment, one in app.deployments.items():
            found.append(StageStatus(deployment, _name(one.status), dict(one.replica_states), one.message))
    return tuple(found)


def down(address: str) -> int:
    """Remove every stage of ours, and nothing else; how many there were. Raises MissingExtra, BackendError."""
    _, serve = connect(address)
    ours = [name for name in serve.status().applications if name.startswith(f"{APP}-")]
    for name in ours:
        serve.delete(name)
    return len(ours)


def _name(status: Any) -> str:
    return str(getattr(status, "value", status))


def _backend(settings: Settings, section: str) -> str:
    choice: Choice = getattr(settings, section)
    return choice.backend
