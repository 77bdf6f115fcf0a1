"""What works on this machine with these settings, what does not, and what to do about it.

  warmline doctor                          everything, in a minute or less
  warmline doctor --config warmline.toml   with the settings that you will serve with
  warmline doctor --json

Nothing is changed, fetched or sent. Exit status 0 when calls can be taken, 3 when something that they need is missing.
"""

from __future__ import annotations

import argparse
import ctypes.util
import datetime
import importlib.util
import os
import platform
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from warmline.dialogue.llm.backends import LANGUAGE_MODELS
from warmline.dialogue.safety import helplines
from warmline.emotion.tagger.backends import TAGGERS
from warmline.server import report, wiring
from warmline.server.care import directory
from warmline.server.commands.common import add_settings, settings_of
from warmline.server.settings import Choice, Settings
from warmline.speech.asr.backends import RECOGNISERS
from warmline.speech.diarize.backends import DIARISERS
from warmline.speech.runtime import weights
from warmline.speech.runtime.errors import WarmlineError
from warmline.speech.runtime.registry import Registry
from warmline.speech.turn.backends import TURNS
from warmline.speech.vad.backends import VADS
from warmline.tts.voice.backends import VOICES

GOOD, ADVICE, BAD = "ok", "advice", "missing"
_MARKS = {GOOD: "ok      ", ADVICE: "advice  ", BAD: "MISSING "}
LEAST_MIB = 2_500
"""Memory that the embedded default wants free, its files in the page cache included."""

EXTRAS = {
    "microphone": ("sounddevice", "warmline talk with this machine's microphone"),
    "webrtc": ("aiortc", "calls from browsers and apps over WebRTC"),
    "postgresql": ("asyncpg", "a store in PostgreSQL"),
    "transformers": ("transformers", "emotion and recognition models by name from a hub"),
    "diarize": ("pyannote.audio", "who speaks, by pyannote"),
    "plots": ("matplotlib", "plots"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """``state``: one of ok, advice, missing. ``then``: what to do, "" where nothing is to be done."""

    about: str
    state: str
    what: str
    then: str = ""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print exactly one JSON object")
    add_settings(parser)


def run(args: argparse.Namespace) -> int:
    settings = settings_of(args)
    wiring.use_cache(settings)
    found = [finding for look in LOOKS for finding in look(settings)]
    able = all(finding.state != BAD for finding in found)
    rows = [{"about": one.about, "state": one.state, "what": one.what, "then": one.then} for one in found]
    report.emit({"ok": able, "findings": rows}, len(found), _table(found, able), as_json=args.json)
    return 0 if able else 3


def _table(found: list[Finding], able: bool) -> str:
    lines = []
    for one in found:
        lines.append(f"{_MARKS[one.state]}{one.about:<16}{one.what}")
        if one.then:
            lines.append(f"{'':<24}-> {one.then}")
    lines += ["", "Calls can be taken." if able else "Calls cannot be taken yet: see what is marked MISSING."]
    return "\n".join(lines)


def machine(settings: Settings) -> Iterator[Finding]:
    """Python, cores, memory, the cache's disk."""
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding("python", GOOD, f"{version} on {platform.system()} {platform.machine()}")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if cores < 2:
        yield Finding("cores", ADVICE, "one core", "the embedded default answers in time on two cores or more")
    else:
        yield Finding("cores", GOOD, f"{cores}")
    free_mib = _free_mib()
    if free_mib is not None and free_mib < LEAST_MIB:
        yield Finding(
            "memory", ADVICE, f"{free_mib} MiB free", f"the embedded default wants {LEAST_MIB}: close something"
        )
    elif free_mib is not None:
        yield Finding("memory", GOOD, f"{free_mib} MiB free")


def libraries(settings: Settings) -> Iterator[Finding]:
    """Libraries of the system that no Python package brings along."""
    if "llama_cpp" in {settings.llm.backend, settings.spare_llm.backend} and sys.platform == "linux":
        if ctypes.util.find_library("gomp") is None:
            yield Finding("libgomp", BAD, "the embedded language model needs it", "apt-get install libgomp1")
        else:
            yield Finding("libgomp", GOOD, "is here")


def models(settings: Settings) -> Iterator[Finding]:
    """The weights that the embedded default loads: there, and of the right size. ``weights verify`` hashes them."""
    needed = [row for row in weights.models() if row.default]
    gone = [row.name for row in needed if not _here(row)]
    if gone:
        yield Finding("weights", BAD, f"not here: {', '.join(gone)}", "warmline weights fetch")
        return
    yield Finding("weights", GOOD, f"{len(needed)} models are here (warmline weights verify hashes them)")


def backends(settings: Settings) -> Iterator[Finding]:
    """Whether each chosen backend's code is installed and takes its options; nothing is loaded for it but that."""
    chosen: list[tuple[Registry[Any], Choice]] = [
        (VADS, settings.vad),
        (TURNS, settings.turn),
        (RECOGNISERS, settings.asr),
        (TAGGERS, settings.tagger),
        (LANGUAGE_MODELS, settings.llm),
        (VOICES, settings.voice),
    ]
    if settings.diarize.backend != "none":
        chosen.append((DIARISERS, settings.diarize))
    for registry, choice in chosen:
        try:
            registry.check(choice.backend, choice.options)
            extra = registry.row(choice.backend).extra or ""
        except WarmlineError as error:
            yield Finding(registry.kind, BAD, f"{choice.backend}: {error}")
            continue
        if extra in EXTRAS and not _installed(EXTRAS[extra][0]):
            yield Finding(registry.kind, BAD, f"{choice.backend} is not installed", f"pip install 'warmline[{extra}]'")
        else:
            yield Finding(registry.kind, GOOD, choice.backend)


def extras(settings: Settings) -> Iterator[Finding]:
    """What could be installed besides."""
    for extra, (module, what) in EXTRAS.items():
        if _installed(module):
            yield Finding(f"[{extra}]", GOOD, what)
        else:
            yield Finding(f"[{extra}]", ADVICE, f"not installed: {what}", f"pip install 'warmline[{extra}]'")


def service(settings: Settings) -> Iterator[Finding]:
    """The port, tokens, the store."""
    server, store = settings.server, settings.store
    try:
        with socket.create_server((server.host, server.port), reuse_port=False):
            yield Finding("port", GOOD, f"{server.host}:{server.port} is free")
    except OSError as error:
        yield Finding(
            "port",
            ADVICE,
            f"{server.host}:{server.port}: {error.strerror or error}",
            "another one with --set server.port=",
        )
    public = server.host not in ("127.0.0.1", "localhost", "::1")
    if public and not server.tokens:
        yield Finding("tokens", ADVICE, "any program that reaches the server may call", "set server.tokens")
    if not store.url:
        yield Finding("store", GOOD, "nothing of a call is kept")
    elif not store.key and not store.plaintext:
        yield Finding("store", ADVICE, "no key: calls are kept without words", "warmline memory key, then store.key")
    elif "://" not in store.url and not _writable(Path(store.url).expanduser().parent):
        yield Finding("store", BAD, f"{store.url}: its folder cannot be written", "create it, or choose another")
    else:
        yield Finding("store", GOOD, "kept, readable" if store.plaintext else "kept, sealed")


def care(settings: Settings) -> Iterator[Finding]:
    """Helplines: their age, and whether anybody verified them."""
    told = helplines.warnings(datetime.date.today(), directory(settings))
    for line in told:
        yield Finding("helplines", ADVICE, line, "warmline helplines check")
    if not told:
        yield Finding("helplines", GOOD, "verified and fresh")


LOOKS: tuple[Callable[[Settings], Iterator[Finding]], ...] = (
    machine,
    libraries,
    models,
    backends,
    extras,
    service,
    care,
)


def _here(row: weights.Model) -> bool:
    folder = weights.folder_in_use(row)
    return all(
        (folder / file.name).is_file() and (folder / file.name).stat().st_size == file.bytes for file in row.files
    )


def _installed(module: str) -> bool:
    return importlib.util.find_spec(module.split(".")[0]) is not None


def _writable(folder: Path) -> bool:
    return folder.is_dir() and os.access(folder, os.W_OK) and shutil.disk_usage(folder).free > 10_000_000


def _free_mib() -> int | None:
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    values = dict(line.split(":", 1) for line in lines if ":" in line)
    return int(values["MemAvailable"].split()[0]) // 1024 if "MemAvailable" in values else None
