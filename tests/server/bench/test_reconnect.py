"""The bench of broken connections: it continues where nothing was lost, and tells of what was."""

from __future__ import annotations

import json

import pytest

from warmline.server import cli
from warmline.server.bench import reconnect
from warmline.server.bench.reconnect import Broken
from warmline.server.transport import resume


def test_calls_go_on_whatever_breaks_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["bench", "reconnect", "--n", "4", "--seed", "5", "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert (figures["continued"], figures["lost"], figures["n"]) == (4, 0, 4)
    assert figures["by_kind"] == dict.fromkeys(reconnect.KINDS, 1)


def test_a_server_that_does_not_wait_loses_the_calls(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resume.Seats.__init__, "__defaults__", (0.05,))
    assert cli.main(["bench", "reconnect", "--n", "1", "--seed", "5", "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert (figures["continued"], figures["why"]) == (0, {"reset: resume_unknown": 1})


def test_what_was_lost_is_told() -> None:
    figures = reconnect.payload([Broken("reset", 3.0, 1.0, ""), Broken("stall", 4.0, 10.0, "the end of a reply")])
    assert (figures["continued"], figures["lost"]) == (1, 1)
    assert figures["why"] == {"stall: the end of a reply": 1}


def test_a_number_of_calls_that_makes_no_sense_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["bench", "reconnect", "--n", "0"]) == 2
    assert "--n is from 1" in capsys.readouterr().err
