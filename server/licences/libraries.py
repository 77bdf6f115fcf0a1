"""The Python packages that this installation of Warmline runs on, with the licence that each states of itself.

Reads the metadata of what is installed: other machines with other extras get another list. A package's own claim is
repeated, not checked.
"""

from __future__ import annotations

from collections.abc import Iterator
from email.message import Message
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from typing import cast

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from warmline.server.licences.component import UNSTATED, Component

DEVELOPMENT = "dev"
"""The extra that nothing of the product runs on."""

BUNDLED = ("libx264", "libx265")


def libraries(root: str = "warmline", *, development: bool = False) -> tuple[Component, ...]:
    """Everything that ``root`` requires and that is installed, its extras included, in the order of their names."""
    found: dict[str, Component] = {}
    start = distribution(root)
    extras = set(start.metadata.get_all("Provides-Extra") or ())
    if not development:
        extras.discard(DEVELOPMENT)
    waiting = list(_required(start, extras))
    while waiting:
        name, wanted = waiting.pop()
        if name in found or name == canonicalize_name(root):
            continue
        try:
            installed = distribution(name)
        except PackageNotFoundError:
            continue  # of an extra that is not installed here
        found[name] = _component(name, installed)
        waiting += _required(installed, wanted)
    return tuple(found[name] for name in sorted(found))


def _required(of: Distribution, extras: set[str]) -> Iterator[tuple[str, set[str]]]:
    for text in of.requires or ():
        requirement = Requirement(text)
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras)):
            yield canonicalize_name(requirement.name), set(requirement.extras)


def _component(name: str, installed: Distribution) -> Component:
    licence, version = licence_of(cast(Message, installed.metadata)), installed.version
    if inside := _inside(installed):
        licence += f"; its wheel holds {inside}"
    return Component(name, version, "library", licence, f"pkg:pypi/{name}@{version}")


def _inside(installed: Distribution) -> str:
    """Libraries under the GPL that a wheel brings along and its metadata does not tell of (PyAV's FFmpeg)."""
    names = {file.name.partition("-")[0].partition(".")[0] for file in installed.files or ()}
    return ", ".join(f"{name} (GPL-2.0-or-later)" for name in BUNDLED if name in names)


def licence_of(metadata: Message) -> str:
    """The licence as the metadata states it: its expression, else its classifiers, else a short free text."""
    expression = metadata.get("License-Expression")
    if expression:
        return str(expression)
    classes = [str(value) for value in metadata.get_all("Classifier") or () if str(value).startswith("License ::")]
    named = [value.rpartition(" :: ")[2] for value in classes if value != "License :: OSI Approved"]
    if named:
        return ", ".join(named)
    lines = str(metadata.get("License") or "").strip().splitlines()
    return lines[0].strip()[:80] if lines and lines[0].strip().upper() != "UNKNOWN" else UNSTATED
