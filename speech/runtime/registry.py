"""Backends by name: one explicit table of lazy strings a kind, with errors that say what to do.

Nothing heavy is imported until :meth:`Registry.create` is called. Third parties add rows through the entry-point
group ``warmline.<kind>``, each naming a :class:`Backend`.
"""

from __future__ import annotations

import difflib
import importlib
import logging
import types
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from importlib.metadata import entry_points
from typing import Any, Generic, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from warmline.speech.runtime.errors import MissingExtra, SettingsError, UnknownBackend

T = TypeVar("T")

_log = logging.getLogger(__name__)


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
        """Own rows first, then third parties'; a third party cannot replace an own row. One that cannot be loaded
        is left out with a warning: a broken plug-in must not take our own backends with it."""
        found = dict(self._rows)
        for point in entry_points(group=f"warmline.{self.kind}"):
            try:
                row = point.load()
            except Exception as error:  # noqa: BLE001 - third-party code may raise anything
                _log.warning("the %s plug-in %r cannot be loaded and is left out: %s", self.kind, point.name, error)
                continue
            if isinstance(row, Backend):
                found.setdefault(row.name, row)
            else:
                _log.warning("the %s plug-in %r is no Backend and is left out", self.kind, point.name)
        return tuple(found.values())

    def row(self, name: str) -> Backend:
        """The row called ``name``; plug-ins are looked at only for other names. Raises UnknownBackend."""
        if name in self._rows:
            return self._rows[name]
        rows = {row.name: row for row in self.rows()}
        if name not in rows:
            raise UnknownBackend(
                f"no {self.kind} backend is called {name!r}{_did_you_mean(name, rows)}; "
                f"there are: {', '.join(sorted(rows))}"
            )
        return rows[name]

    def create(self, name: str, options: Mapping[str, object] | None = None) -> T:
        """Import, configure and build the backend ``name``.

        Raises UnknownBackend, MissingExtra (a package or a library of the system), SettingsError (an option it does not
        have or of the wrong type), and whatever its constructor raises (WeightsError, BackendError).
        """
        target, config = self._ready(name, options or {})
        try:
            return cast(T, target(config))
        except ImportError as error:
            raise self._missing(self.row(name), error) from error

    def check(self, name: str, options: Mapping[str, object] | None = None) -> None:
        """Could ``name`` be built with these options, as far as can be told without building it? Raises as
        :meth:`create` does before it builds."""
        self._ready(name, options or {})

    def _ready(self, name: str, options: Mapping[str, object]) -> tuple[Any, object]:
        row = self.row(name)
        config = _configured(self.kind, row, self._load(row, row.config), options)
        return self._load(row, row.target), config

    def _load(self, row: Backend, target: str) -> Any:
        module, _, attribute = target.partition(":")
        try:
            return getattr(importlib.import_module(module), attribute)
        except ImportError as error:
            raise self._missing(row, error) from error

    def _missing(self, row: Backend, error: ImportError) -> MissingExtra:
        """A package that is not installed, or one that is and wants a library of the system (libgomp.so.1: ...)."""
        what = f"the {self.kind} backend {row.name!r} needs "
        if isinstance(error, ModuleNotFoundError):
            return MissingExtra(f'{what}the package {error.name!r}: pip install "warmline[{row.extra or row.name}]"')
        hint = "; on Debian and Ubuntu: apt-get install libgomp1" if "libgomp" in str(error) else ""
        return MissingExtra(f"{what}a library of the system ({error}){hint}")


def _configured(kind: str, row: Backend, config: Any, options: Mapping[str, object]) -> object:
    types_by_name = get_type_hints(config)
    known = {item.name: types_by_name[item.name] for item in fields(config)}
    values: dict[str, object] = {}
    for key, given in options.items():
        if key not in known:
            raise SettingsError(
                f"the {kind} backend {row.name!r} has no option {key!r}{_did_you_mean(key, known)}; "
                f"it has: {', '.join(sorted(known)) or 'none'}"
            )
        values[key] = value = tuple(given) if isinstance(given, list) else given
        if not _fits(value, known[key]):
            raise SettingsError(
                f"option {key!r} of the {kind} backend {row.name!r} must be {_type_name(known[key])}, not {given!r}"
            )
    missing = [
        item.name
        for item in fields(config)
        if item.name not in options and item.default is MISSING and item.default_factory is MISSING
    ]
    if missing:
        raise SettingsError(f"the {kind} backend {row.name!r} needs the option {missing[0]!r}")
    try:
        return config(**values)
    except ValueError as error:
        raise SettingsError(f"the {kind} backend {row.name!r}: {error}") from error


def _fits(value: object, expected: Any) -> bool:
    """Whether a value from TOML or the command line is of the declared type; a list counts as a tuple."""
    if _is_union(expected):
        return any(_fits(value, choice) for choice in get_args(expected))
    origin = get_origin(expected)
    if origin is Literal:
        return value in get_args(expected)
    if origin is tuple:
        items = get_args(expected)
        if not isinstance(value, tuple):
            return False
        if len(items) == 2 and items[1] is Ellipsis:
            return all(_fits(item, items[0]) for item in value)
        return len(value) == len(items) and all(_fits(*pair) for pair in zip(value, items, strict=True))
    if isinstance(value, bool):
        return expected in (bool, object)
    if expected is float:
        return isinstance(value, int | float)
    plain = origin or expected
    return isinstance(plain, type) and isinstance(value, plain)


def _is_union(expected: Any) -> bool:
    return isinstance(expected, types.UnionType) or get_origin(expected) is Union


def _type_name(expected: Any) -> str:
    if _is_union(expected):
        return " or ".join(_type_name(choice) for choice in get_args(expected))
    if get_origin(expected) is Literal:
        return "one of " + ", ".join(repr(choice) for choice in get_args(expected))
    if get_origin(expected) is tuple:
        return "a list"
    return "none" if expected is types.NoneType else str(getattr(expected, "__name__", expected))


def _did_you_mean(name: str, known: Mapping[str, object]) -> str:
    close = difflib.get_close_matches(name, list(known), n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""
