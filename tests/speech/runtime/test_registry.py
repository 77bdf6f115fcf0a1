"""Backends by name: every error says what to do, plug-ins join, and a broken one harms nobody."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from warmline.speech.runtime.errors import MissingExtra, SettingsError, UnknownBackend
from warmline.speech.runtime.registry import Backend, Registry

MODULE = "registry_fakes"

SOURCE = """
from dataclasses import dataclass
from typing import Literal

from warmline.speech.runtime.registry import Backend


@dataclass(frozen=True)
class Config:
    size: int = 3
    rate: float = 1.0
    kind: Literal["a", "b"] = "a"
    bands: tuple[float, ...] = ()
    pair: tuple[int, str] = (1, "x")
    path: str | None = None
    loud: bool = False

    def __post_init__(self):
        if self.size > 100:
            raise ValueError("size is at most 100")


@dataclass(frozen=True)
class Strict:
    model: str


@dataclass(frozen=True)
class Empty:
    pass


class Thing:
    def __init__(self, config):
        self.config = config


class Stripped:
    def __init__(self, config):
        raise ImportError("libgomp.so.1: cannot open shared object file: No such file or directory")


PLUGIN = Backend("theirs", "registry_fakes:Thing", "registry_fakes:Config", "a plug-in")
IMPOSTOR = Backend("plain", "registry_fakes:Nothing", "registry_fakes:Config", "wants our name")
NO_BACKEND = 42
"""


@dataclass
class Thing:
    config: object = field(default=None)


@pytest.fixture(autouse=True)
def fakes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / f"{MODULE}.py").write_text(SOURCE)
    info = tmp_path / "fakeplug-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: fakeplug\nVersion: 1.0\n")
    points = (
        "plugin = registry_fakes:PLUGIN",
        "impostor = registry_fakes:IMPOSTOR",
        "number = registry_fakes:NO_BACKEND",
    )
    (info / "entry_points.txt").write_text(
        "[warmline.toy]\n" + "\n".join(points) + "\nbroken = no_such_module_anywhere:ROW\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(__import__("sys").modules, MODULE, raising=False)


def toys() -> Registry[Thing]:
    return Registry(
        "toy",
        (
            Backend("plain", f"{MODULE}:Thing", f"{MODULE}:Config", "a toy"),
            Backend("strict", f"{MODULE}:Thing", f"{MODULE}:Strict", "wants a model"),
            Backend("empty", f"{MODULE}:Thing", f"{MODULE}:Empty", "has no options"),
            Backend("stripped", f"{MODULE}:Stripped", f"{MODULE}:Empty", "its library is not on the machine"),
            Backend("far", "package_that_is_not_there:X", f"{MODULE}:Empty", "needs a package", extra="faraway"),
            Backend("farther", "package_that_is_not_there:X", f"{MODULE}:Empty", "names no extra"),
        ),
    )


def test_defaults_and_options_reach_the_backend() -> None:
    options = {"size": 5, "rate": 2, "kind": "b", "bands": [1, 2.5], "pair": [7, "y"], "path": None, "loud": True}
    config = toys().create("plain", options).config
    assert vars(config) == options | {"bands": (1, 2.5), "pair": (7, "y")}
    assert vars(toys().create("plain").config)["size"] == 3


def test_an_unknown_name_suggests_and_lists() -> None:
    with pytest.raises(UnknownBackend) as caught:
        toys().create("plian")
    assert str(caught.value).startswith("no toy backend is called 'plian' (did you mean 'plain'?); there are: ")
    for name in ("empty", "far", "plain", "strict", "theirs"):
        assert name in str(caught.value)
    with pytest.raises(UnknownBackend) as far_off:
        toys().create("zzzzz")
    assert "did you mean" not in str(far_off.value)


@pytest.mark.parametrize(("name", "extra"), [("far", "faraway"), ("farther", "farther")])
def test_a_missing_package_says_what_to_install(name: str, extra: str) -> None:
    with pytest.raises(MissingExtra) as caught:
        toys().create(name)
    assert str(caught.value) == (
        f"the toy backend '{name}' needs the package 'package_that_is_not_there': pip install \"warmline[{extra}]\""
    )


def test_a_missing_library_of_the_system_says_what_to_install() -> None:
    with pytest.raises(MissingExtra, match=r"needs a library of the system \(libgomp.so.1: .*apt-get install libgomp1"):
        toys().create("stripped")


def test_an_unknown_option_suggests_and_lists() -> None:
    with pytest.raises(SettingsError) as caught:
        toys().create("plain", {"siez": 3})
    assert str(caught.value) == (
        "the toy backend 'plain' has no option 'siez' (did you mean 'size'?); "
        "it has: bands, kind, loud, pair, path, rate, size"
    )
    with pytest.raises(SettingsError, match="it has: none"):
        toys().create("empty", {"x": 1})


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"size": "3"}, "must be int, not '3'"),
        ({"size": True}, "must be int, not True"),
        ({"size": 1.5}, "must be int, not 1.5"),
        ({"rate": "fast"}, "must be float, not 'fast'"),
        ({"rate": True}, "must be float, not True"),
        ({"kind": "c"}, "must be one of 'a', 'b', not 'c'"),
        ({"bands": [1, "x"]}, "must be a list, not [1, 'x']"),
        ({"bands": 1}, "must be a list, not 1"),
        ({"pair": [1]}, "must be a list, not [1]"),
        ({"path": 3}, "must be str or none, not 3"),
        ({"loud": 1}, "must be bool, not 1"),
    ],
)
def test_an_option_of_the_wrong_type(options: dict[str, object], words: str) -> None:
    with pytest.raises(SettingsError) as caught:
        toys().create("plain", options)
    key = next(iter(options))
    assert str(caught.value) == f"option {key!r} of the toy backend 'plain' {words}"


def test_an_option_that_must_be_given() -> None:
    with pytest.raises(SettingsError, match="the toy backend 'strict' needs the option 'model'"):
        toys().create("strict")


def test_a_value_that_the_config_refuses() -> None:
    with pytest.raises(SettingsError, match="the toy backend 'plain': size is at most 100"):
        toys().create("plain", {"size": 101})


def test_plug_ins_join_and_broken_ones_are_left_out(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        names = [row.name for row in toys().rows()]
    assert names == ["plain", "strict", "empty", "stripped", "far", "farther", "theirs"]
    assert "'broken' cannot be loaded" in caplog.text
    assert "'number' is no Backend" in caplog.text
    assert vars(toys().create("theirs", {"size": 4}).config)["size"] == 4


def test_a_plug_in_cannot_take_our_name() -> None:
    assert next(row for row in toys().rows() if row.name == "plain").summary == "a toy"
    assert toys().row("plain").summary == "a toy"


def test_two_rows_of_one_name_are_a_mistake() -> None:
    row = Backend("plain", "a:B", "a:C", "")
    with pytest.raises(ValueError, match="share a name"):
        Registry[Thing]("toy", (row, row))


def test_nothing_is_imported_before_create() -> None:
    import sys

    registry = toys()
    registry.row("plain")
    assert MODULE not in sys.modules
    registry.create("plain")
    assert MODULE in sys.modules
