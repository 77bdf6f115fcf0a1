"""Keys and lines: what is typed becomes what is sent."""

from __future__ import annotations

import asyncio
import os
import pty
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.server.terminal.keys import MOST, Pressed, Typed, keys, press
from warmline.server.terminal.talking import lines


def typed(text: str, push_to_talk: bool = False) -> tuple[Typed, list[Pressed]]:
    state, did = Typed(), []
    for key in text:
        state, pressed = press(state, key, push_to_talk)
        if pressed != Pressed():
            did.append(pressed)
    return state, did


def test_a_line_is_sent_with_return_and_mended_with_backspace() -> None:
    state, did = typed("Helo\x7flo there\r")
    assert did == [Pressed(line="Hello there")]
    assert state == Typed()


def test_the_talk_key_is_a_space_only_at_the_beginning_of_a_line() -> None:
    state, did = typed(" a b", push_to_talk=True)
    assert did == [Pressed(talk=True)]
    assert state.text == "a b"
    assert typed(" a", push_to_talk=False) == (Typed(" a"), [])


@given(st.text(max_size=60), st.booleans())
def test_any_keys_leave_a_line_that_can_be_shown(text: str, push_to_talk: bool) -> None:
    state, did = typed(text, push_to_talk)
    assert len(state.text) <= MOST
    assert all(key.isprintable() for key in state.text)
    assert all("\n" not in one.line for one in did)


async def test_a_real_terminal_gives_its_keys_and_is_left_as_it_was() -> None:
    import termios

    ours, theirs = pty.openpty()
    before = termios.tcgetattr(theirs)
    got: list[str] = []
    with keys(got.append, theirs):
        assert not termios.tcgetattr(theirs)[3] & termios.ECHO
        os.write(ours, b"h\x1b[A\x1bOPi\n")
        async with asyncio.timeout(5):
            while "\n" not in got:  # noqa: ASYNC110 - a terminal has no event of ours
                await asyncio.sleep(0.01)
    assert got == ["h", "i", "\n"]
    assert termios.tcgetattr(theirs) == before
    os.close(ours)
    os.close(theirs)


@pytest.mark.parametrize("kind", ["pipe", "file"])
async def test_lines_come_from_a_pipe_and_from_a_file(kind: str, tmp_path: Path) -> None:
    got: list[str] = []
    ended = asyncio.Event()
    if kind == "pipe":
        source, sink = os.pipe()
        os.write(sink, b"one\ntwo")
        os.close(sink)
    else:
        (tmp_path / "in.txt").write_bytes(b"one\ntwo")
        source = os.open(tmp_path / "in.txt", os.O_RDONLY)
    with lines(got.append, ended.set, source):
        async with asyncio.timeout(5):
            await ended.wait()
    assert got == ["one", "two"]
    os.close(source)
