"""Logs hold no words of a caller unless they are asked to."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from warmline.dialogue.types import Outcome
from warmline.server import events as e
from warmline.server import logs
from warmline.server.settings import LogSettings
from warmline.speech.runtime.errors import SettingsError

ENDED = e.ReplyEnded(3, "my secret", "I hear you.", "I hear you.", Outcome.SPOKEN, {"asr": 120.0}, 32_000)


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    root = logging.getLogger("warmline")
    before = (root.level, list(root.handlers), root.propagate)
    root.handlers.clear()
    yield
    root.setLevel(before[0])
    root.handlers[:] = before[1]
    root.propagate = before[2]


def logged(settings: LogSettings, capsys: pytest.CaptureFixture[str]) -> str:
    logs.configure(settings)
    seen: list[e.CallEvent] = []
    logs.watched(seen.append, settings)(ENDED)
    assert seen == [ENDED]
    return capsys.readouterr().err


def test_numbers_are_logged_and_words_are_not(capsys: pytest.CaptureFixture[str]) -> None:
    line = logged(LogSettings(level="info"), capsys)
    assert "turn 3 spoken to the end at 2.0 s" in line
    assert "asr 120" in line
    assert "secret" not in line
    assert "hear you" not in line


def test_words_are_logged_when_the_operator_turned_that_on(capsys: pytest.CaptureFixture[str]) -> None:
    assert "my secret" in logged(LogSettings(level="info", words=True), capsys)


def test_by_default_only_warnings_are_logged(capsys: pytest.CaptureFixture[str]) -> None:
    assert logged(LogSettings(), capsys) == ""


def test_a_level_that_there_is_not_is_told() -> None:
    with pytest.raises(SettingsError, match="debug, info, warning, error"):
        logs.configure(LogSettings(level="loud"))
