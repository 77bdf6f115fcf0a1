"""The fixed part of a prompt, read once per machine: the engine's state after it is kept on disk and read back.

Only a prompt marked ``shared`` comes here, which holds no caller's words. Whatever goes wrong only costs time: the
prompt is then read again. Talks to the engine over its own port on this machine, because the engine offers it nowhere
else.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import httpx

KEPT = 6
"""Files kept, some 16 MB each: of as many different prompts (one a language), models or settings."""

_TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True)
class KeptPrompts:
    """``folder`` holds a few files, each named by what it depends on and by its own hash."""

    address: str
    key: str
    folder: Path
    engine: str

    def restore(self, text: str, slot: int = 0) -> bool:
        """Read the kept state of ``text`` into a slot of the engine; False where there is none or it is damaged."""
        for path in self.folder.glob(f"prompt-{self._name(text)}-*.bin"):
            if path.stem.rpartition("-")[2] == _digest(path) and self._ask("restore", path.name, slot):
                return True
            path.unlink(missing_ok=True)
        return False

    def save(self, text: str, slot: int = 0) -> None:
        """Keep the state of a slot, which has just read ``text``, in place of the oldest; a full disk keeps nothing."""
        name = f"new-{self._name(text)}.bin"
        path = self.folder / name
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            if not self._ask("save", name, slot):
                path.unlink(missing_ok=True)
                return
            kept = sorted(self.folder.glob("prompt-*.bin"), key=lambda old: old.stat().st_mtime)
            for old in kept[: -(KEPT - 1)]:
                old.unlink(missing_ok=True)
            path.rename(self.folder / f"prompt-{self._name(text)}-{_digest(path)}.bin")
        except OSError:
            path.unlink(missing_ok=True)

    def awake(self) -> bool:
        """Whether the engine's port answers; it has just been opened, so a few tries are given."""
        transport = httpx.HTTPTransport(retries=3)
        with httpx.Client(trust_env=False, timeout=_TIMEOUT_S, transport=transport) as client:
            try:
                return client.get(f"{self.address}/health").is_success
            except httpx.HTTPError:
                return False

    def _name(self, text: str) -> str:
        return hashlib.sha256(f"{self.engine}\n{text}".encode()).hexdigest()[:16]

    def _ask(self, action: str, filename: str, slot: int) -> bool:
        headers = {"Authorization": f"Bearer {self.key}"}
        try:
            with httpx.Client(trust_env=False, timeout=_TIMEOUT_S, headers=headers) as client:
                url = f"{self.address}/slots/{slot}?action={action}"
                return client.post(url, json={"filename": filename}).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()[:16]
    except OSError:
        return ""
