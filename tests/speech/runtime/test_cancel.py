from __future__ import annotations

import threading

import pytest

from warmline.speech.runtime.cancel import CancelFlag, Cancelled


def test_a_flag_is_set_once_and_seen_from_another_thread() -> None:
    flag, seen = CancelFlag(), threading.Event()

    def work() -> None:
        try:
            while True:
                flag.check()
        except Cancelled:
            seen.set()

    flag.check()
    assert not flag.is_set
    worker = threading.Thread(target=work)
    worker.start()
    flag.set()
    worker.join(20)
    assert seen.is_set()
    assert flag.is_set
    with pytest.raises(Cancelled):
        flag.check()


def test_a_flag_of_several_is_set_as_soon_as_one_of_them_is() -> None:
    one, other = CancelFlag(), CancelFlag()
    either = CancelFlag(one, other)
    assert not either.is_set
    other.set()
    assert either.is_set
    assert not one.is_set
    with pytest.raises(Cancelled):
        either.check()
