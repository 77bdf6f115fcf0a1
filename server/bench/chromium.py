"""A headless Chromium under a program's control, through the DevTools protocol: open a page, ask it, take its picture.

Needs Debian's package ``chromium``. Sound comes from a file in the place of a microphone; nothing is heard.
"""

from __future__ import annotations

import base64
import itertools
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

PATIENCE_S = 60.0
"""How long a step may take before the test fails: a browser on a busy machine is slow."""


def executable() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


class Tab:
    """One page. Methods raise TimeoutError after :data:`PATIENCE_S`, AssertionError when the page's script fails."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self._session = ""
        self.problems: list[str] = []
        """What the page logged as warning or error, and exceptions that nobody caught."""

    def attach(self) -> None:
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.send(f"{domain}.enable")

    def send(self, method: str, **params: Any) -> dict[str, Any]:
        number = next(self._numbers)
        session = {"sessionId": self._session} if self._session else {}
        self._socket.send(json.dumps({"id": number, "method": method, "params": params, **session}))
        while True:
            message = json.loads(self._socket.recv(PATIENCE_S))
            self._note(message)
            if message.get("id") == number:
                assert "error" not in message, message["error"]
                return dict(message["result"])

    def open(self, url: str) -> None:
        self.send("Page.navigate", url=url)
        self.wait("document.readyState === 'complete' && location.href !== 'about:blank'")

    def ask(self, expression: str) -> Any:
        """The value of a JavaScript expression; a promise is awaited."""
        answer = self.send(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True, userGesture=True
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def wait(self, condition: str) -> None:
        """Until the JavaScript condition holds. Raises AssertionError, with what the page shows, when it never does."""
        held = self.ask(
            f"""new Promise((done) => {{
              const end = Date.now() + {PATIENCE_S * 500};
              const look = () => {{
                if ({condition}) done(true); else if (Date.now() > end) done(false); else setTimeout(look, 20);
              }};
              look();
            }})"""
        )
        assert held, f"never: {condition}; the page shows: {self.text('body')!r}; problems: {self.problems}"

    def close(self) -> None:
        """Close the page, as a person does: its own last words are let through. Nothing can be asked of it after."""
        self.send("Page.close")

    def text(self, selector: str) -> str:
        return str(self.ask(f"document.querySelector({json.dumps(selector)}).innerText"))

    def click(self, selector: str) -> None:
        self.ask(f"document.querySelector({json.dumps(selector)}).click()")

    def key(self, key: str, code: int, text: str = "") -> None:
        for kind in ("keyDown", "keyUp"):
            pressed = {"text": text} if text and kind == "keyDown" else {}
            self.send("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code, **pressed)

    def look(self, width: int, height: int, *, dark: bool = False, still: bool = False) -> None:
        """Set the window's size and what the person prefers."""
        self.send(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )
        features = [
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"},
            {"name": "prefers-reduced-motion", "value": "reduce" if still else "no-preference"},
        ]
        self.send("Emulation.setEmulatedMedia", features=features)

    def before_each_page(self, script: str) -> None:
        """Run ``script`` in every page that is opened from now on, before its own."""
        self.send("Page.addScriptToEvaluateOnNewDocument", source=script)

    def picture(self, path: Path, *, whole: bool = False) -> None:
        """What is in sight, or the whole page, as PNG."""
        path.write_bytes(base64.b64decode(self.send("Page.captureScreenshot", captureBeyondViewport=whole)["data"]))

    def _note(self, message: dict[str, Any]) -> None:
        params = message.get("params", {})
        match message.get("method"):
            case "Runtime.exceptionThrown":
                self.problems.append(str(params["exceptionDetails"]))
            case "Log.entryAdded" if params["entry"]["level"] in {"warning", "error"}:
                self.problems.append(f"{params['entry']['text']} ({params['entry'].get('url', '')})")
            case "Runtime.consoleAPICalled" if params["type"] in {"warning", "error", "assert"}:
                self.problems.append(str(params["args"]))


@contextmanager
def chromium(
    folder: Path, microphone: Path | None = None, flags: tuple[str, ...] = (), *, allows: bool = True
) -> Iterator[Tab]:
    """A browser with a fresh profile in ``folder``; ``microphone``: a WAV file, repeated. None: no microphone.
    ``flags``: more of Chromium's own. ``allows``: does the person let the page have the microphone?"""
    program = executable()
    assert program is not None
    profile = folder / "profile"
    media = ["--use-fake-device-for-media-stream", f"--use-file-for-fake-audio-capture={microphone}"]
    process = subprocess.Popen(
        [
            program,
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--disable-component-update",
            "--no-first-run",
            "--mute-audio",
            "--autoplay-policy=no-user-gesture-required",
            "--use-fake-ui-for-media-stream" if allows else "--deny-permission-prompts",
            "--remote-debugging-port=0",
            f"--user-data-dir={profile}",
            *(media if microphone else []),
            *flags,
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "HOME": str(folder), "DBUS_SESSION_BUS_ADDRESS": "disabled:"},
    )
    try:
        assert process.stderr is not None
        address = next(line.split()[-1] for line in process.stderr if line.startswith("DevTools listening on "))
        with connect(address, max_size=None, open_timeout=PATIENCE_S) as socket:
            tab = Tab(socket)
            tab.attach()
            yield tab
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE_S)
