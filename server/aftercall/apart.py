"""Draws a report in a process of its own, behind all others: drawing takes seconds of pure Python, and in the server's
process running calls would stutter. The report goes there and the drawing comes back through pipes; nothing is written
to a disk."""

from __future__ import annotations

import asyncio
import os
import pickle
import sys
from typing import Final

from warmline.server.aftercall.formats import made, require
from warmline.server.aftercall.report import Report
from warmline.speech.runtime.errors import BackendError

LONGEST_S: Final = 90.0
NICE: Final = 10


async def drawn(report: Report, form: str, longest_s: float = LONGEST_S) -> bytes:
    """The report as :func:`~.formats.made` makes it. Raises MissingExtra, BackendError where it fails or takes too
    long."""
    require(form)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        __name__,
        form,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(longest_s):
            content, _ = await process.communicate(pickle.dumps(report))
    except TimeoutError:
        raise BackendError("drawing the report took too long: take txt or json") from None
    finally:
        if process.returncode is None:
            process.kill()
            await asyncio.shield(process.wait())
    if process.returncode or not content:
        raise BackendError("the report could not be drawn: take txt or json")
    return content


def main() -> None:
    """In the other process: a report of our own server comes in, its drawing goes out."""
    os.nice(NICE)
    report: Report = pickle.load(sys.stdin.buffer)
    sys.stdout.buffer.write(made(report, sys.argv[1]))


if __name__ == "__main__":
    main()
