"""An operator who took a call reads it, writes to the caller, and leaves: over HTTP, and in a whole call."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from fastapi import FastAPI
from scenarios.rehearsal import Rehearsal
from starlette.testclient import TestClient

from warmline.dialogue.safety import lines
from warmline.server import events as e
from warmline.server.handoff.api import add_console
from warmline.server.handoff.bridge import MOST_OVER, Console, Request
from warmline.server.handoff.talk import AWAY_S, KEPT, LONGEST, Talk

TOKEN = {"authorization": "Bearer key"}


class Clock:
    def __init__(self) -> None:
        self.s = 0.0

    def __call__(self) -> float:
        return self.s


def test_what_is_written_is_said_and_only_the_last_lines_are_kept() -> None:
    said: list[str] = []
    talk = Talk(said.append, Clock())
    for number in range(KEPT + 5):
        talk.heard("caller", f"line {number}")
    assert len(talk.since(0)) == KEPT
    assert talk.write("  I am\nhere. ")
    assert said == ["I am here."]
    assert [line.who for line in talk.since(KEPT + 5)] == ["operator"]
    assert not talk.write("   ")
    assert not talk.write("x" * (LONGEST + 1))
    talk.close()
    assert not talk.write("too late")
    assert said == ["I am here."]


def test_whoever_does_not_ask_any_more_is_gone() -> None:
    clock = Clock()
    talk = Talk(lambda _: None, clock)
    clock.s = AWAY_S - 1
    assert talk.present
    talk.since(0)
    clock.s += AWAY_S - 1
    assert talk.present
    clock.s += 2
    assert not talk.present


def test_over_http_with_the_token_alone() -> None:
    console, said = Console(), []
    app = FastAPI()
    add_console(app, console, "key")
    client = TestClient(app)
    assert client.get("/v1/console/abc").status_code == 401
    assert client.get("/v1/console/abc", headers=TOKEN).status_code == 404
    talk = console.begin("abc", said.append)
    talk.heard("caller", "are you there")
    assert client.post("/v1/console/abc/say", json={"text": "hello"}).status_code == 401
    assert client.post("/v1/console/abc/say", json={"text": "hello"}, headers=TOKEN).json() == {"status": "said"}
    assert client.post("/v1/console/abc/say", json={"text": ""}, headers=TOKEN).status_code == 422
    told = client.get("/v1/console/abc?since=1", headers=TOKEN).json()
    assert told == {"captions": [{"number": 2, "who": "operator", "text": "hello"}], "partial": "", "open": True}
    assert said == ["hello"]
    assert client.post("/v1/console/abc/leave", headers=TOKEN).json() == {"status": "left"}
    assert client.get("/v1/console/abc", headers=TOKEN).json()["open"] is False
    assert client.post("/v1/console/abc/say", json={"text": "hello"}, headers=TOKEN).status_code == 404
    page = client.get("/console")
    assert page.headers["content-type"].startswith("text/html")
    assert "key" not in page.text


def test_talks_that_are_over_do_not_pile_up() -> None:
    console = Console()
    for number in range(3 * MOST_OVER):
        console.begin(str(number), lambda _: None).close()
    assert console.talk("0") is None
    assert sum(console.talk(str(number)) is not None for number in range(3 * MOST_OVER)) <= MOST_OVER + 1


class Operator(Console):
    """Takes whoever rings after a second, asks every second for ``stays_s``, and writes once."""

    def __init__(self, stays_s: float) -> None:
        self.clock = Clock()
        super().__init__(self.clock)
        self.read: list[str] = []
        self._stays_s = stays_s

    async def ring(self, request: Request) -> bool:
        await asyncio.sleep(1.0)
        return True

    def begin(self, id: str, say: Callable[[str], None]) -> Talk:
        talk = super().begin(id, say)
        loop = asyncio.get_running_loop()

        def look(left: int) -> None:
            self.clock.s += 1.0
            if left > 0:
                self.read = [f"{line.who}: {line.text}" for line in talk.since(0)]
            loop.call_later(1.0, look, left - 1)

        loop.call_later(1.0, look, round(self._stays_s))
        loop.call_later(20.0, talk.write, "This is Ada. I read every word.")
        return talk


def test_in_a_call_the_operator_is_read_aloud_and_the_ai_says_when_it_is_back() -> None:
    operator = Operator(stays_s=40.0)
    call = Rehearsal(
        speech="0.5-2.5, 14.0-14.8, 30.0-32.0, 95.0-97.0",
        words="0.5-2.5 can I talk to a real person; 14.0-14.8 yes please; 30.0-32.0 I lost my job;"
        " 95.0-97.0 it was last week",
        bridge=operator,
        country="US",
    )
    call.play(110.0)
    say = lines.of("en").say
    spoken = [event.text for event in call.of(e.ReplyText) if isinstance(event, e.ReplyText)]
    assert any(row in text for text in spoken for row in say["handoff_writes"])
    assert any("This is Ada." in text for text in spoken)
    assert any(row in text for text in spoken for row in say["handoff_reading"])
    assert any(row in text for text in spoken for row in say["handoff_left"])
    assert "caller: I lost my job" in operator.read
    assert not any("last week" in line for line in operator.read)
    assert spoken[-1] not in say["handoff_reading"]
