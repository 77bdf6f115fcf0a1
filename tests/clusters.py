"""What tests of the cluster share: stages of stand-ins, and a way to kill a replica's process."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from warmline.server.settings import Choice, Settings

SAID = "the words that were said"

SCRIPTED = Settings(
    asr=Choice("scripted", {"script": f"0.0-1.0 {SAID}"}),
    tagger=Choice("scripted"),
    turn=Choice("scripted"),
    voice=Choice("tone"),
    spare_voice=Choice(""),
)


def replicas(stage: str) -> list[int]:
    """The processes of a stage's replicas, as Ray names them."""
    found = []
    for folder in Path("/proc").iterdir():
        try:
            line = (folder / "cmdline").read_bytes().decode("utf-8", "replace")
        except OSError:
            continue
        if f"ServeReplica:warmline-{stage}:" in line:
            found.append(int(folder.name))
    return found


def kill(process: int) -> None:
    """As a machine that loses its power: nothing is told to anybody."""
    os.kill(process, signal.SIGKILL)
