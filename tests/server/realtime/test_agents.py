"""OpenAI's @openai/agents (Node), unmodified, against a running server: a spoken turn, then a written one.

`make test` installs it; the test is skipped where that could not be done (no npm, no network)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
MODULES = ROOT / ".clients" / "node_modules"

pytestmark = pytest.mark.skipif(
    shutil.which("node") is None or not (MODULES / "@openai" / "agents").is_dir(), reason="needs make test-clients"
)


def test_a_session_of_the_agents_library_is_held(address: str) -> None:
    script = ROOT / ".clients" / "call.mjs"  # beside its modules: Node looks for them from there
    script.write_text((Path(__file__).parent / "agents" / "call.mjs").read_text(encoding="utf-8"), encoding="utf-8")
    done = subprocess.run(
        ["node", str(script), f"ws://{address}/v1/realtime"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "OPENAI_AGENTS_DISABLE_TRACING": "1"},
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["history"] == [
        ["user", "completed", "I failed my exam."],
        ["assistant", "completed", "That sounds heavy. What hurts most?"],
        ["user", "completed", "I failed."],
        ["assistant", "completed", "That sounds heavy. What hurts most?"],
    ]
    assert told["bytes"] == 2 * 2 * 48_000, "two replies of two seconds, PCM16 at 24 kHz"
