"""Settings that belong together, by name: ``--profile gpu``. Each is a TOML file here, read before the operator's own,
so that everything in it can be overruled."""

from __future__ import annotations

from importlib.resources import files

from warmline.speech.runtime.errors import SettingsError


def names() -> tuple[str, ...]:
    """The profiles that ship."""
    return tuple(
        sorted(one.name.removesuffix(".toml") for one in files(__name__).iterdir() if one.name.endswith(".toml"))
    )


def text_of(name: str) -> str:
    """The TOML of a profile. Raises SettingsError for one that does not ship."""
    if name not in names():
        raise SettingsError(f"there is no profile {name!r}; there are: {', '.join(names())}")
    return (files(__name__) / f"{name}.toml").read_text(encoding="utf-8")
