"""What the C library's allocator is told: in a process of its own each, because it holds for all of a process."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from warmline.speech.runtime import allocator

pytestmark = pytest.mark.skipif(not allocator.share_heaps(), reason="needs glibc's allocator")

_HEAPS = """
import ctypes, os, tempfile, threading
from warmline.speech.runtime import allocator
{first}
libc = ctypes.CDLL(None)
libc.malloc.restype = libc.fopen.restype = ctypes.c_void_p
together = threading.Barrier(24)

def take():
    together.wait()
    assert libc.malloc(ctypes.c_size_t(50_000))
    together.wait()

threads = [threading.Thread(target=take) for _ in range(24)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
path = os.path.join(tempfile.mkdtemp(), "info")
file = libc.fopen(path.encode(), b"w")
libc.malloc_info(0, ctypes.c_void_p(file))
libc.fclose(ctypes.c_void_p(file))
print(open(path).read().count("<heap nr="))
"""

_FREED = """
import ctypes
from warmline.server.bench.soak import rss_mib
from warmline.speech.runtime import allocator
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
blocks = [libc.malloc(ctypes.c_size_t(50_000)) for _ in range(1_500)]
for block in blocks:
    ctypes.memset(ctypes.c_void_p(block), 1, 50_000)
for block in blocks[:-1]:
    libc.free(ctypes.c_void_p(block))
before = rss_mib()
{then}
print(before - rss_mib())
"""


def printed(code: str) -> float:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    return float(done.stdout)


def test_threads_share_as_many_heaps_as_there_are_cores() -> None:
    most = max(2, os.cpu_count() or 2)
    assert printed(_HEAPS.format(first="assert allocator.share_heaps()")) <= most
    if most < 20:
        assert printed(_HEAPS.format(first="")) > most, "by itself the library gives threads their own"


def test_what_was_freed_goes_back_to_the_system() -> None:
    assert printed(_FREED.format(then="allocator.give_back()")) > 50.0
    assert printed(_FREED.format(then="")) < 5.0
