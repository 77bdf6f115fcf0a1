"""Backends by name: one explicit table of lazy strings a kind, with errors that say what to do.

Nothing heavy is imported until :meth:`Registry.create` is called. Third parties add rows through the entry-point
group ``warmline.<kind>``, each naming a :class:`Backend`.
"""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from importlib.metadata import entry_points
from typing import Any, Generic, TypeVar, cast, get_type_hints

from warmline.speech.runtime.errors import MissingExtra, SettingsError, UnknownBackend

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Backend:
    """One row: ``target`` and ``config`` are ``module:Name``; ``extra`` is what to install when an import fails.

    ``target`` is called with one argument, an instance of the frozen dataclass ``config``.
    """

    name: str
    target: str
    config: str
    summary: str
    extra: str | None = None


class Registry(Generic[T]):
    """All backends of one kind (``asr``, ``vad``, ``llm``, ``voice`` ...)."""

    def __init__(self, kind: str, rows: tuple[Backend, ...]) -> None:
        self.kind = kind
        self._rows = {row.name: row for row in rows}
        if len(self._rows) != len(rows):
            raise ValueError(f"two {kind} backends share a name")

    def rows(self) -> tuple[Backend, ...]:
        """Own rows first, then third parties'; a third party cannot replace an own row."""
        found = dict(self._rows)
        for point in entry_points(group=f"warmline.{self.kind}"):
            row = point.load()
            if isinstance(row, Backend):
                found.setdefault(row.name, row)
        return tuple(found.values())

    def row(self, name: str) -> Backend:
        rows = {row.name: row for row in self.rows()}
        if name not in rows:
            raise UnknownBackend(
                f"no {self.kind} backend is called {name!r}{_did_you_mean(name, rows)}; "
                f"there are: {', '.join(sorted(rows))}"
            )
        return rows[name]

    def create(self, name: str, options: Mapping[str, object] | None = None) -> T:
        """Import, configure and build the backend ``name``.

        Raises UnknownBackend, MissingExtra, SettingsError (an option it does not have or of the wrong type), and
        whatever its constructor raises (WeightsError, BackendError).
        """
        row = self.row(name)
        config = _configured(self.kind, row, self._load(row, row.config), options or {})
        return cast(T, self._load(row, row.target)(config))

    def _load(self, row: Backend, target: str) -> Any:
        module, _, attribute = target.partition(":")
        try:
            return getattr(importlib.import_module(module), attribute)
        except ModuleNotFoundError as error:
            raise MissingExtra(
                f"the {self.kind} backend {row.name!r} needs the package {error.name!r}: "
                f'pip install "warmline[{row.extra or row.name}]"'
            ) from error


def _configured(kind: str, row: Backend, config: Any, options: Mapping[str, object]) -> object:
    types = get_type_hints(config)
    known = {item.name: types[item.name] for item in fields(config)}
    for key, value in options.items():
        if key not in known:
            raise SettingsError(
                f"the {kind} backend {row.name!r} has no option {key!r}{_did_you_mean(key, known)}; "
                f"it has: {', '.join(sorted(known)) or 'none'}"
            )
        if not _fits(value, known[key]):
            raise SettingsError(
                f"option {key!r} of the {kind} backend {row.name!r} must be {_type_name(known[key])}, not {value!r}"
            )
    missing = [
        item.name
        for item in fields(config)
        if item.name not in options and item.default is MISSING and item.default_factory is MISSING
    ]
    if missing:
        raise SettingsError(f"the {kind} backend {row.name!r} needs the option {missing[0]!r}")
    return config(**options)


def _fits(value: object, expected: Any) -> bool:
    choices = getattr(expected, "__args__", (expected,)) if _is_union(expected) else (expected,)
    for choice in choices:
        if choice is float and isinstance(value, int | float) and not isinstance(value, bool):
            return True
        if choice is int and isinstance(value, bool):
            continue
        plain = getattr(choice, "__origin__", choice)
        if isinstance(plain, type) and isinstance(value, plain):
            return True
    return False


def _is_union(expected: Any) -> bool:
    import types
    import typing

    return isinstance(expected, types.UnionType) or typing.get_origin(expected) is typing.Union


def _type_name(expected: Any) -> str:
    return getattr(expected, "__name__", None) or str(expected)


def _did_you_mean(name: str, known: Mapping[str, object]) -> str:
    close = difflib.get_close_matches(name, list(known), n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""
