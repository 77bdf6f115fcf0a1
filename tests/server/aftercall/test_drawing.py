"""The report on paper: pages, letters of any script, nothing lost at the edge, one at a time from several threads."""

from __future__ import annotations

import io
import re
import zlib
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.server.aftercall.test_report import kept, report
from warmline.server.aftercall.formats import made
from warmline.server.aftercall.letters import BOX, COLUMNS, Fonts, width, wrapped
from warmline.server.aftercall.report import withheld

pytest.importorskip("matplotlib")


def pages(pdf: bytes) -> int:
    return len(re.findall(rb"/Type /Page\b", pdf))


def test_a_long_call_goes_on_over_pages_and_the_picture_is_one() -> None:
    long = report(*(kept(number, 0.1 * (number % 7 - 3), user="a word " * 60) for number in range(1, 30)))
    pdf = made(long, "pdf")
    assert pages(pdf) >= 4
    png = made(long, "png")
    assert png.startswith(b"\x89PNG")
    assert len(png) > 20_000


def test_the_pdf_carries_its_text_as_text() -> None:
    """Embedded as TrueType with a table back to Unicode, so that it can be searched and read aloud."""
    pdf = made(report(kept(1)), "pdf")
    assert b"/CIDFontType2" in pdf or b"/TrueType" in pdf
    streams = [part.split(b"endstream")[0].strip(b"\r\n") for part in pdf.split(b"stream\n")[1:]]
    plain = b"".join(_inflated(stream) for stream in streams)
    assert b"begincmap" in plain


def _inflated(stream: bytes) -> bytes:
    try:
        return zlib.decompress(stream)
    except zlib.error:
        return b""


@pytest.mark.parametrize(
    "words", ["łódź Ελλάδα Привет", "我觉得很难过", "\U0001f494 $5 \\alpha {x} ^_", "\x00\x1b\u202e"]
)
def test_any_letters_are_drawn_or_boxed_without_a_warning(words: str) -> None:
    """Warnings are errors here, and matplotlib warns of a letter that no font has."""
    assert made(report(kept(1, user=words, planned=words), notes=1), "pdf").startswith(b"%PDF")


def test_what_no_font_has_is_a_box_and_what_there_is_stays() -> None:
    drawn = Fonts().drawn("łódź Привет \U0010fffd")
    assert drawn == f"łódź Привет {BOX}"


def test_what_is_withheld_is_not_on_paper() -> None:
    assert made(withheld(report(kept(1), kept(2, risk=2))), "png").startswith(b"\x89PNG")


def test_several_at_once_are_the_same_as_one() -> None:
    found = report(kept(1), kept(2, -0.5))
    with ThreadPoolExecutor(3) as pool:
        drawn = list(pool.map(lambda _: made(found, "png"), range(3)))
    assert drawn[0] == drawn[1] == drawn[2]
    assert io.BytesIO(drawn[0]).read(4) == b"\x89PNG"


@given(st.text(alphabet=st.sampled_from("ab é我 \u3000"), max_size=400))
def test_lines_fit_and_lose_no_letter(text: str) -> None:
    lines = wrapped(text, "  ")
    assert all(width(line) <= COLUMNS for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())
