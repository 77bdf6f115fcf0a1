"""Logs hold no words of a caller unless they are asked to."""

from __future__ import annotations

import json
import logging
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from log_watch import LogWatch

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


@pytest.mark.logs_words
def test_words_are_logged_when_the_operator_turned_that_on(capsys: pytest.CaptureFixture[str]) -> None:
    assert "my secret" in logged(LogSettings(level="info", words=True), capsys)


def test_by_default_only_warnings_are_logged(capsys: pytest.CaptureFixture[str]) -> None:
    assert logged(LogSettings(), capsys) == ""


def test_a_level_that_there_is_not_is_told() -> None:
    with pytest.raises(SettingsError, match="debug, info, warning, error"):
        logs.configure(LogSettings(level="loud"))


def test_as_json_every_line_is_one_object_with_the_call_it_belongs_to(capsys: pytest.CaptureFixture[str]) -> None:
    with logs.of_call("a1b2c3"):
        line = logged(LogSettings(level="info", format="json"), capsys)
    told = json.loads(line)
    assert told["call"] == "a1b2c3"
    assert (told["level"], told["logger"]) == ("info", "warmline.call")
    assert told["turn"] == 3
    assert told["stages_ms"] == {"asr": 120.0}
    assert told["time"].endswith("Z")
    assert "secret" not in line


def test_lines_that_belong_to_no_call_say_so_by_leaving_it_out(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(LogSettings(level="info", format="json"))
    logging.getLogger("warmline.server").info("ready")
    assert "call" not in json.loads(capsys.readouterr().err)


def test_a_failure_is_logged_by_its_kind_and_place_and_not_by_its_words(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(LogSettings(format="json"))
    try:
        raise ValueError("what the caller said")
    except ValueError:
        logging.getLogger("warmline.server").exception("it failed")
    line = capsys.readouterr().err
    assert json.loads(line)["error"] == "ValueError"
    assert "what the caller said" not in line


def test_a_format_that_there_is_not_is_told() -> None:
    with pytest.raises(SettingsError, match="text, json"):
        logs.configure(LogSettings(format="xml"))


def test_the_watch_over_this_run_sees_what_is_logged_and_finds_nothing(log_watch: LogWatch) -> None:
    logging.getLogger("warmline.server").debug("seen at %s", "any level")
    assert "seen at any level" in log_watch.lines
    assert "my secret" in log_watch.said
    assert log_watch.leaks() == []


@pytest.mark.parametrize(
    ("line", "leaks"),
    [
        ("turn 3 heard: I never told MY BROTHER about it", True),
        ("turn 3: never told, my brother", True),
        ("turn 3 spoken to the end at 2.0 s", False),
        ("failing: quite lonely here", True),
        ("token 9f-very-secret shown", True),
        ("my brother was told", False),
        ("the word never stands alone", False),
    ],
)
def test_the_watch_tells_a_leak_from_an_accident(line: str, leaks: bool) -> None:
    watch = LogWatch()
    watch.hears("I never told my brother.")
    watch.hears("Quite lonely here")
    watch.hears("no")
    watch.keeps("9f-very-secret,short")
    watch.logged(line)
    assert bool(watch.leaks()) is leaks


def test_a_run_that_logs_a_callers_words_fails(tmp_path: Path) -> None:
    shutil.copy(Path(__file__).parents[1] / "conftest.py", tmp_path)
    shutil.copy(Path(__file__).parents[1] / "log_watch.py", tmp_path)
    (tmp_path / "test_leak.py").write_text(
        "import logging\nfrom warmline.server import events as e\n"
        "def test_passes_but_leaks():\n"
        "    heard = e.PartialHeard(1, 'I have never told anybody')\n"
        "    logging.getLogger('warmline.x').debug('heard %s', heard.text)\n"
    )
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert "1 passed" in run.stdout
    assert run.returncode == 1
    assert "holds words of a call" in run.stderr
