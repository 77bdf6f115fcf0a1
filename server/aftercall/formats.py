"""The forms in which a report leaves: by name, media type, and what makes it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from typing import Final

from warmline.server.aftercall import drawing, written
from warmline.server.aftercall.report import Report
from warmline.speech.runtime.errors import MissingExtra


@dataclass(frozen=True, slots=True)
class Format:
    """``drawn``: needs matplotlib, and takes some seconds."""

    media: str
    make: Callable[[Report], bytes]
    drawn: bool = False


def _json(report: Report) -> bytes:
    return (json.dumps(asdict(report), ensure_ascii=False, indent=2) + "\n").encode()


FORMATS: Final = {
    "json": Format("application/json", _json),
    "txt": Format("text/plain; charset=utf-8", lambda report: written.text(report).encode()),
    "vtt": Format("text/vtt; charset=utf-8", lambda report: written.captions(report).encode()),
    "pdf": Format("application/pdf", drawing.pdf, drawn=True),
    "png": Format("image/png", drawing.png, drawn=True),
}


def made(report: Report, name: str) -> bytes:
    """The report in the form of this name. Raises MissingExtra where it is drawn and nothing here draws, KeyError for
    a name that is none."""
    require(name)
    return FORMATS[name].make(report)


def require(name: str) -> None:
    """Raise MissingExtra where the form of this name is drawn and nothing here draws, KeyError for none."""
    if FORMATS[name].drawn and find_spec("matplotlib") is None:
        raise MissingExtra("PDF and PNG need the package 'matplotlib': pip install \"warmline[plots]\"")
