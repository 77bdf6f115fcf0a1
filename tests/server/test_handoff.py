"""A hand-off begins with a spoken yes, is told while it rings, and ends with a person or with the number."""

from __future__ import annotations

import asyncio
import itertools
import json

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from scenarios.rehearsal import Rehearsal
from starlette.testclient import TestClient
from turns import plan, turn

from warmline.dialogue.safety import lines
from warmline.dialogue.safety.helplines import Directory
from warmline.server import events as e
from warmline.server.handoff import machine as m
from warmline.server.handoff.api import add_console
from warmline.server.handoff.bridge import Console, Request, Transfer, Webhook, signature
from warmline.server.handoff.desk import Desk
from warmline.speech.runtime.errors import SettingsError
from warmline.speech.types import samples_of

WAIT = samples_of(60.0)
REQUEST = Request("abc", 2, "en", "US", "A caller asked to talk with a person.")


def run(*events: m.Event) -> tuple[m.State, list[m.Command]]:
    state, told = m.State(), []
    for event in events:
        state, commands = m.step(state, event, WAIT)
        told += commands
    return state, told


def test_only_a_yes_rings() -> None:
    assert run(m.Offered(0), m.Said(5, True))[1] == [m.Command.RING]
    assert run(m.Offered(0), m.Said(5, False)) == (m.State(m.Stage.DECLINED, 5, 0, 1), [])
    assert run(m.Said(5, True))[1] == []


def test_the_caller_hears_of_it_while_it_rings_and_gets_the_number_when_nobody_comes() -> None:
    ticks = [m.Tick(at) for at in range(0, 2 * WAIT, samples_of(0.5))]
    state, told = run(m.Offered(0), m.Said(0, True), *ticks)
    assert state.stage is m.Stage.MISSED
    assert told == [
        m.Command.RING,
        m.Command.TELL_WAITING,
        m.Command.TELL_WAITING,
        m.Command.STOP,
        m.Command.TELL_MISSED,
    ]


def test_an_answer_is_told_and_a_hang_up_stops_the_ringing() -> None:
    assert run(m.Offered(0), m.Said(0, True), m.Answered(9))[1][-1] is m.Command.TELL_HERE
    assert run(m.Offered(0), m.Said(0, True), m.HungUp(9))[1][-1] is m.Command.STOP
    assert run(m.Offered(0), m.Said(0, True), m.Answered(9), m.Missed(10))[0].stage is m.Stage.ANSWERED


_EVENTS = st.lists(
    st.one_of(
        st.builds(m.Offered, st.just(0)),
        st.builds(m.Said, st.just(0), st.booleans()),
        st.builds(m.Answered, st.just(0)),
        st.builds(m.Missed, st.just(0)),
        st.builds(m.Tick, st.integers(0, 2 * WAIT)),
        st.builds(m.HungUp, st.just(0)),
    ),
    max_size=20,
)


@given(_EVENTS)
def test_nobody_is_rung_for_without_a_yes(events: list[m.Event]) -> None:
    state, consents = m.State(), 0
    for event in events:
        agreed = state.stage is m.Stage.OFFERED and isinstance(event, m.Said) and event.yes
        state, commands = m.step(state, event, WAIT)
        consents += agreed
        assert (m.Command.RING in commands) == agreed


def webhook(*answers: object) -> tuple[Webhook, list[httpx.Request], list[float]]:
    """A webhook whose server gives these answers in turn: a status, a code, or a failure."""
    seen: list[httpx.Request] = []
    paused: list[float] = []
    rest = list(answers)

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        answer = rest.pop(0)
        if answer is None:
            raise httpx.ConnectError("down")
        return httpx.Response(answer) if isinstance(answer, int) else httpx.Response(200, json={"status": answer})

    async def pause(seconds: float) -> None:
        paused.append(seconds)

    made = Webhook("https://care.example", "key", httpx.MockTransport(handle), now=lambda: 1_700_000_000.0, pause=pause)
    return made, seen, paused


@pytest.mark.parametrize(
    ("answers", "there", "asked"),
    [
        (("answered",), True, 1),
        (("ringing", "ringing", "answered"), True, 3),
        (("refused",), False, 1),
        ((None, 503, "answered"), True, 3),
        ((None, None, None), False, 3),
        ((404,), False, 1),
        (("nonsense",), False, 1),
    ],
)
async def test_a_webhook_is_asked_signed_and_again(answers: tuple[object, ...], there: bool, asked: int) -> None:
    made, seen, _ = webhook(*answers)
    assert await made.ring(REQUEST) is there
    assert len(seen) == asked
    body = seen[0].content.decode()
    assert seen[0].headers["x-warmline-signature"] == signature(b"key", "1700000000", body)
    assert set(json.loads(body)) == {"id", "level", "language", "country", "summary"}
    await made.close()


@pytest.mark.parametrize(("url", "secret"), [("http://care.example", "key"), ("https://care.example", "")])
def test_a_webhook_needs_a_safe_address_and_a_key(url: str, secret: str) -> None:
    with pytest.raises(SettingsError):
        Webhook(url, secret)


async def test_operators_take_or_refuse_with_their_token() -> None:
    console, app = Console(), FastAPI()
    add_console(app, console, "token")
    client = TestClient(app)
    ringing = asyncio.ensure_future(console.ring(REQUEST))
    await asyncio.sleep(0)
    assert client.get("/v1/console").status_code == 401
    assert client.get("/v1/console", headers={"authorization": "Bearer wrong"}).status_code == 401
    own = {"authorization": "Bearer token"}
    assert [one["id"] for one in client.get("/v1/console", headers=own).json()["waiting"]] == ["abc"]
    assert client.post("/v1/console/abc/dance", headers=own).status_code == 404
    assert console.answer("abc", take=True)
    assert await ringing is True
    assert client.post("/v1/console/abc/take", headers=own).status_code == 404


async def test_a_telephone_transfers_by_its_own_way() -> None:
    async def transfer(request: Request) -> bool:
        return request.level == 2

    assert await Transfer(transfer).ring(REQUEST) is True


class Slow:
    """A bridge that answers after a while, or never."""

    def __init__(self, there: bool | None, after_s: float = 5.0) -> None:
        self.there, self.after_s = there, after_s
        self.asked: list[Request] = []
        self.stopped = False

    async def ring(self, request: Request) -> bool:
        self.asked.append(request)
        try:
            await asyncio.sleep(self.after_s if self.there is not None else 3600.0)
        except asyncio.CancelledError:
            self.stopped = True
            raise
        return bool(self.there)

    async def close(self) -> None: ...


def call(bridge: Slow, answer: str = "yes please", seconds_s: float = 60.0, wait_s: float = 60.0) -> Rehearsal:
    rehearsal = Rehearsal(
        speech="0.5-2.5, 14.0-14.8",
        words=f"0.5-2.5 can I talk to a real person; 14.0-14.8 {answer}",
        bridge=bridge,
        handoff_wait_s=wait_s,
        country="US",
    )
    rehearsal.play(seconds_s)
    return rehearsal


def notices(rehearsal: Rehearsal) -> list[str]:
    return [
        event.text for event in rehearsal.of(e.ReplyText) if isinstance(event, e.ReplyText) and event.source == "notice"
    ]


def said(rehearsal: Rehearsal, name: str) -> list[str]:
    """The notices that are a wording of this line."""
    return [text for text in notices(rehearsal) if any(row in text for row in lines.of("en").say[name])]


def stages(rehearsal: Rehearsal) -> list[str]:
    return [event.stage for event in rehearsal.of(e.Handoff) if isinstance(event, e.Handoff)]


def test_a_person_is_offered_asked_for_and_announced() -> None:
    bridge = Slow(True)
    done = call(bridge)
    assert said(done, "handoff_offer") == [notices(done)[0]]
    assert said(done, "handoff_trying") == [notices(done)[1]]
    assert len(said(done, "handoff_here")) == 1
    assert stages(done) == ["offered", "ringing", "answered"]
    assert "person" not in bridge.asked[0].summary.replace("talk with a person", "")


def test_a_no_is_kept() -> None:
    bridge = Slow(True)
    done = call(bridge, "no thanks")
    assert bridge.asked == []
    assert stages(done) == ["offered", "declined"]


def test_when_nobody_answers_the_number_is_said_twice() -> None:
    bridge = Slow(None)
    done = call(bridge, seconds_s=100.0, wait_s=30.0)
    assert bridge.stopped
    shown = [event.note.card for event in done.of(e.SafetyStep) if isinstance(event, e.SafetyStep)]
    assert any(card is not None and card.number == "988" for card in shown)
    (last,) = said(done, "handoff_failed")
    assert last.count("nine, eight, eight") == 2
    assert len(said(done, "handoff_waiting")) >= 1
    assert stages(done)[2] == "missed"


def test_while_it_rings_no_wording_comes_twice_running_and_calls_differ() -> None:
    def desk(call: int) -> tuple[list[str], str]:
        told: list[str] = []
        quiet, dropped = (lambda _: None), (lambda work, _: work.close())
        made = Desk(Slow(None), 600.0, Directory(), "US", quiet, dropped, clock.now, told.append, call)
        offer = made.says((), "can I talk to a real person", plan())[0]
        made.ended((turn(1, "can I talk to a real person", offer),))
        made.ended((turn(1, "can I talk to a real person", offer), turn(2, "yes", "All right.")))
        for _ in range(4):
            clock.at += samples_of(21.0)
            made.tick()
        return told, offer

    class Clock:
        at = 0

        def now(self) -> int:
            return self.at

    clock = Clock()
    told, offer = desk(0)
    assert len(told) == 4
    assert set(told) == set(lines.of("en").say["handoff_waiting"])
    assert all(one != other for one, other in itertools.pairwise(told))
    assert desk(1)[1] != offer


def test_a_hang_up_stops_the_ringing() -> None:
    bridge = Slow(None)
    call(bridge, seconds_s=25.0)
    assert bridge.stopped


def test_without_a_bridge_nobody_is_promised() -> None:
    done = Rehearsal(speech="0.5-2.5", words="0.5-2.5 can I talk to a real person")
    done.play(12.0)
    assert stages(done) == []
    assert notices(done) == []
