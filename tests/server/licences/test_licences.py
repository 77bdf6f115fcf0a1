"""What Warmline is made of: nothing is left out, and what deserves a look is marked."""

from __future__ import annotations

import json
from email.message import Message
from importlib.resources import files
from pathlib import Path

import pytest

from warmline.server.cli import main
from warmline.server.licences.component import Component
from warmline.server.licences.libraries import libraries, licence_of
from warmline.server.licences.models import OWN, fetched, own
from warmline.speech.runtime import weights

ROOMS = ("speech", "emotion", "dialogue", "tts", "server")


def test_every_file_of_weights_in_the_package_has_a_licence_and_its_folder_a_card() -> None:
    told = {one.source for one in own()}
    for room in ROOMS:
        root = Path(str(files(f"warmline.{room}")))
        for path in (*root.rglob("*.npz"), *root.rglob("*.onnx"), *root.rglob("*.gguf")):
            assert f"{room}/{path.relative_to(root).as_posix()}" in told
            card = (path.parent / "CARD.md").read_text(encoding="utf-8").lower()
            folder = f"{room}/{path.parent.relative_to(root).as_posix()}"
            if "non-commercial" in OWN[folder]:
                assert "non-commercial" in card


def test_every_row_of_the_table_of_weights_is_listed_with_its_digest() -> None:
    rows = fetched()
    assert [row.name for row in rows] == [row.name for row in weights.models()]
    assert all(len(row.sha256) == 64 and row.licence and row.source for row in rows)


def test_the_libraries_are_those_that_the_product_requires_and_theirs() -> None:
    names = {one.name for one in libraries()}
    assert {"numpy", "fastapi", "starlette", "xllamacpp"} <= names  # starlette only through fastapi
    assert "pytest" not in names
    assert "pytest" in {one.name for one in libraries(development=True)}


@pytest.mark.parametrize(
    ("fields", "licence"),
    [
        ({"License-Expression": "MIT", "License": "something else"}, "MIT"),
        ({"Classifier": "License :: OSI Approved :: Apache Software License"}, "Apache Software License"),
        ({"Classifier": "License :: OSI Approved", "License": "BSD\nand its whole text"}, "BSD"),
        ({"License": "UNKNOWN"}, "none stated"),
        ({}, "none stated"),
    ],
)
def test_the_licence_is_read_from_whichever_field_states_it(fields: dict[str, str], licence: str) -> None:
    metadata = Message()
    for name, value in fields.items():
        metadata[name] = value
    assert licence_of(metadata) == licence


@pytest.mark.parametrize(
    ("licence", "concern"),
    [
        ("MIT", ""),
        ("LGPL-3.0-or-later", ""),
        ("GPL-3.0-only", "copyleft"),
        ("Apache-2.0 OR GPL-2.0-or-later", ""),
        ("BSD-3-Clause; its wheel holds libx264 (GPL-2.0-or-later)", "copyleft"),
        ("none stated", "no licence stated"),
        ("CC BY-NC 4.0", "not for commercial use"),
        ("CC-BY-NC-4.0", "not for commercial use"),
    ],
)
def test_what_deserves_a_look_is_said(licence: str, concern: str) -> None:
    assert Component("x", "1", "library", licence, "pkg:pypi/x@1").concerns == concern


def test_the_sbom_names_every_component_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "warmline.cdx.json"
    assert main(["licences", "--json", "--sbom", str(path)]) == 0
    listed = json.loads(capsys.readouterr().out)
    document = json.loads(path.read_text(encoding="utf-8"))
    assert document["specVersion"] == "1.6"
    assert len(document["components"]) == listed["n"]
    hashed = {part["name"]: part["hashes"][0]["content"] for part in document["components"] if "hashes" in part}
    assert hashed["mind.onnx"] == next(row["sha256"] for row in listed["components"] if row["name"] == "mind.onnx")


def test_check_fails_where_a_library_deserves_a_look(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = Component("x", "1", "library", "AGPL-3.0-only", "pkg:pypi/x@1")
    monkeypatch.setattr("warmline.server.commands.licences.libraries", lambda development: (bad,))
    assert main(["licences", "--check"]) == 3
    assert "copyleft" in capsys.readouterr().out
    assert main(["licences"]) == 0


def test_a_place_that_cannot_be_written_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["licences", "--sbom", "/no/such/folder/x.json"]) != 0
    assert "cannot write" in capsys.readouterr().err
