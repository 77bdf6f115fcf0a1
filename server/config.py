"""The one place where settings are read: defaults, a profile, a TOML file, the environment, ``--set``; the last wins.

    [asr]                       WARMLINE_ASR__MODEL=whisper-base          --set asr.model=whisper-base
    backend = "faster_whisper"
    model = "whisper-base"

In a section that chooses a backend, ``backend`` names it and every other key is one of its options, checked when it
is built. An unknown section, key or type is an error that names where it came from. Nothing else reads the
environment.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, get_type_hints

from warmline.server import profiles
from warmline.server.settings import SECRET, Choice, Settings
from warmline.speech.runtime.errors import SettingsError

PREFIX = "WARMLINE_"


@dataclass(frozen=True, slots=True)
class Loaded:
    """The settings, and for each key that was set, where it came from."""

    settings: Settings
    origins: Mapping[str, str]


def here(file: Path | None = None, sets: Iterable[str] = (), profile: str = "") -> Loaded:
    """The settings of this process: its environment included. Called once, by the command line."""
    return load(file, os.environ, sets, profile)


def load(
    file: Path | None = None,
    environment: Mapping[str, str] | None = None,
    sets: Iterable[str] = (),
    profile: str = "",
) -> Loaded:
    """Read all sources in order; ``sets`` are ``section.key=value`` strings, ``profile`` names one of
    :mod:`warmline.server.profiles`. Raises SettingsError."""
    environment = environment or {}
    settings, origins = Settings(), dict[str, str]()
    named = environment.get(f"{PREFIX}CONFIG")
    path = file or (Path(named) if named else None)
    sources: list[tuple[str, str, object]] = []
    if profile := profile or environment.get(f"{PREFIX}PROFILE", ""):
        origin = f"profile {profile}"
        sources += [(key, origin, value) for key, value in _from_toml(profiles.text_of(profile), origin)]
    if path is not None:
        sources += [(key, str(path), value) for key, value in _from_toml(_read(path), str(path))]
    for name, text in sorted(environment.items()):
        if name.startswith(PREFIX) and name not in {f"{PREFIX}CONFIG", f"{PREFIX}PROFILE"}:
            key = name.removeprefix(PREFIX).lower().replace("__", ".")
            sources.append((key, name, _parsed(text)))
    for item in sets:
        key, equals, text = item.partition("=")
        if not equals:
            raise SettingsError(f"--set takes section.key=value, not {item!r}")
        sources.append((key.strip(), "--set", _parsed(text)))
    for key, origin, value in sources:
        settings = _with(settings, key, value, origin)
        origins[key] = origin
    return Loaded(settings, origins)


def flat(settings: Settings) -> dict[str, object]:
    """Every key with its value, in order; of a secret only whether it is set."""
    out: dict[str, object] = {}
    for item in fields(settings):
        value = getattr(settings, item.name)
        if isinstance(value, Choice):
            out[f"{item.name}.backend"] = value.backend
            out.update({f"{item.name}.{key}": option for key, option in value.options.items()})
        elif isinstance(value, str):
            out[item.name] = value
        else:
            out.update({f"{item.name}.{sub.name}": getattr(value, sub.name) for sub in fields(value)})
    return {key: "(set)" if key in SECRET and value else value for key, value in out.items()}


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"cannot read the settings file {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path} is no valid TOML: {error}") from error


def _from_toml(text: str, origin: str) -> list[tuple[str, object]]:
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{origin} is no valid TOML: {error}") from error
    out: list[tuple[str, object]] = []
    for section, value in document.items():
        if isinstance(value, dict):
            out += [(f"{section}.{key}", item) for key, item in value.items()]
        else:
            out.append((section, value))
    return out


def _parsed(text: str) -> object:
    """A string from the environment or the command line as TOML would read it, else as it stands."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _with(settings: Settings, key: str, value: object, origin: str) -> Settings:
    section, _, name = key.partition(".")
    known = {item.name for item in fields(settings)}
    if section not in known:
        raise SettingsError(f"{origin}: there is no setting {key!r}{_hint(section, known)}")
    current = getattr(settings, section)
    if isinstance(current, Choice):
        return _replaced(settings, section, _choice(current, key, name, value, origin))
    if isinstance(current, str):
        return _replaced(settings, section, _checked(key, value, str, origin))
    inner = {item.name for item in fields(current)}
    if name not in inner:
        raise SettingsError(f"{origin}: there is no setting {key!r}{_hint(name, inner)}")
    expected = get_type_hints(type(current))[name]
    return _replaced(settings, section, replace(current, **{name: _checked(key, value, expected, origin)}))


def _replaced(settings: Settings, section: str, value: Any) -> Settings:
    return replace(settings, **{section: value})


def _choice(current: Choice, key: str, name: str, value: object, origin: str) -> Choice:
    if not name:
        raise SettingsError(f"{origin}: {key!r} is a section: set {key}.backend or one of its options")
    if name == "backend":
        return Choice(_checked(key, value, str, origin))
    return Choice(current.backend, {**current.options, name: value})


def _checked(key: str, value: object, expected: Any, origin: str) -> Any:
    if expected is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if expected is str and isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, expected) or (expected is int and isinstance(value, bool)):
        raise SettingsError(f"{origin}: {key} must be {expected.__name__}, not {value!r}")
    return value


def _hint(name: str, known: Iterable[str]) -> str:
    options = sorted(known)
    close = difflib.get_close_matches(name, options, n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; there are: {', '.join(options)}"
