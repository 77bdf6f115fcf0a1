"""What a call needs of its record, whatever writes it: the protocol, the record that keeps nothing, and one that hands
everything on to another."""

from __future__ import annotations

from typing import Final, Protocol

from warmline.dialogue.memory.consent import Standing
from warmline.dialogue.memory.items import Item
from warmline.server.settings import CallSettings
from warmline.server.store.records import Ended


class Keeping(Protocol):
    """What a call needs of its record. ``words``: whether what is said may be kept, as it stands. ``standing``: whether
    that may be asked. ``items``: memories of earlier calls, where there is consent; ``last_call``: when the last one
    began. ``now``: seconds since 1970."""

    @property
    def id(self) -> str:
        """Of the call; "" where nothing is kept."""
        ...

    @property
    def words(self) -> bool: ...

    @property
    def standing(self) -> Standing: ...

    @property
    def items(self) -> tuple[Item, ...]: ...

    @property
    def last_call(self) -> float: ...

    @property
    def link(self) -> str:
        """The secret of the caller's report; "" where there will be none."""
        ...

    def now(self) -> float: ...

    def turn(self, ended: Ended) -> None:
        """An exchange is over."""
        ...

    def remember(self, items: tuple[Item, ...]) -> None:
        """Memories of this call."""
        ...

    def change(self, old: Item, new: Item) -> None:
        """A memory is set right."""
        ...

    def agree(self, how: str) -> None:
        """The caller lets their words be kept, also those of before."""
        ...

    def refuse(self, how: str) -> None:
        """The caller does not want it, or no longer: the words of this call are erased."""
        ...

    def forget(self, how: str) -> None:
        """Everything of this caller is erased, this call's words too, and nothing more is kept."""
        ...

    def asked(self) -> None:
        """The caller was asked."""
        ...

    def end(self) -> None:
        """The call is over."""
        ...


class Keeps(Protocol):
    """Begins the record of each call. Raises StorageError."""

    async def begin(self, call: CallSettings) -> Keeping: ...


class _Nothing:
    """Keeps nothing, and asks for nothing."""

    words = False
    standing = Standing()
    items: tuple[Item, ...] = ()
    last_call = 0.0
    id = ""
    link = ""

    def now(self) -> float:
        return 0.0

    def turn(self, ended: Ended) -> None:
        del ended

    def remember(self, items: tuple[Item, ...]) -> None:
        del items

    def change(self, old: Item, new: Item) -> None:
        del old, new

    def agree(self, how: str) -> None:
        del how

    def refuse(self, how: str) -> None:
        del how

    def forget(self, how: str) -> None:
        del how

    def asked(self) -> None:
        pass

    def end(self) -> None:
        pass


NOTHING: Final[Keeping] = _Nothing()


class Passing:
    """Hands everything on to another record: for one that does a little more."""

    def __init__(self, record: Keeping) -> None:
        self._record = record

    @property
    def id(self) -> str:
        return self._record.id

    @property
    def words(self) -> bool:
        return self._record.words

    @property
    def standing(self) -> Standing:
        return self._record.standing

    @property
    def items(self) -> tuple[Item, ...]:
        return self._record.items

    @property
    def last_call(self) -> float:
        return self._record.last_call

    @property
    def link(self) -> str:
        return self._record.link

    def now(self) -> float:
        return self._record.now()

    def turn(self, ended: Ended) -> None:
        self._record.turn(ended)

    def remember(self, items: tuple[Item, ...]) -> None:
        self._record.remember(items)

    def change(self, old: Item, new: Item) -> None:
        self._record.change(old, new)

    def agree(self, how: str) -> None:
        self._record.agree(how)

    def refuse(self, how: str) -> None:
        self._record.refuse(how)

    def forget(self, how: str) -> None:
        self._record.forget(how)

    def asked(self) -> None:
        self._record.asked()

    def end(self) -> None:
        self._record.end()
