"""How much of each stage a cluster runs. Pure: from settings to numbers."""

from __future__ import annotations

from dataclasses import dataclass

from warmline.speech.runtime.errors import SettingsError

STAGES = ("ears", "mouth", "meaning")


@dataclass(frozen=True, slots=True)
class Scale:
    """``least`` and ``most`` replicas; ``at_once``: requests that one replica holds, ``target`` of them being the load
    at which another replica is started; ``waiting``: requests that may queue at one asker before it is told that all is
    full. ``cpus`` and ``gpus`` of a machine that one replica takes."""

    least: int = 1
    most: int = 1
    at_once: int = 8
    target: float = 2.0
    waiting: int = 16
    cpus: float = 1.0
    gpus: float = 0.0


def scales(least: int, most: int, gpus: float = 0.0) -> dict[str, Scale]:
    """For every stage. The ears carry the load; a voice and the sentences cost a twentieth of them each.

    Raises SettingsError for numbers that cannot be."""
    if not 1 <= least <= most:
        raise SettingsError(f"replicas are at least 1 and at most what --most says, not {least} and {most}")
    if gpus < 0:
        raise SettingsError(f"--gpus is at least 0, not {gpus}")
    few = max(1, most // 4)
    return {
        "ears": Scale(least, most, gpus=gpus),
        "mouth": Scale(min(least, few), few, cpus=0.5),
        "meaning": Scale(1, 1, at_once=32, target=16.0, waiting=64, cpus=0.25),
    }
