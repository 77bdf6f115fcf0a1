"""The protocol of language models: ``prefill`` reads ahead of time, ``generate`` writes.

The last message of a prompt that is still *open* may grow: stable words enter the model's cache while the person
is still speaking, so that little is left to read when the turn ends.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

from warmline.speech.runtime.cancel import CancelFlag

Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True, slots=True)
class Message:
    role: Role
    text: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """Messages in order. ``open``: the last message will grow; a backend reads no closing token of it.

    ``assistant_start``: text that the reply begins with already (the backend does not yield it again).
    ``shared``: it holds no word of any caller, so a backend may keep what it has read of it beyond the call.
    """

    messages: tuple[Message, ...]
    open: bool = False
    assistant_start: str = ""
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Decoding:
    """How to write. ``stop`` strings end the reply and are not yielded; ``seed`` None means fresh randomness."""

    max_tokens: int = 96
    temperature: float = 0.6
    top_p: float = 0.9
    repeat_penalty: float = 1.1
    stop: tuple[str, ...] = ()
    seed: int | None = None


class LanguageModel(Protocol):
    """One conversation at a time per object (see :class:`Hosts` for more). Both calls return soon after ``cancel`` is
    set."""

    async def prefill(self, prompt: Prompt, cancel: CancelFlag) -> int:
        """Read ``prompt`` into the cache; returns how many tokens were newly read (0 where the backend cannot).

        Raises LanguageModelError."""
        ...

    def generate(self, prompt: Prompt, decoding: Decoding, cancel: CancelFlag) -> AsyncGenerator[str, None]:
        """Yield pieces of text as they are written. Consume inside ``aclosing``; closing aborts the writing.

        Raises LanguageModelError when the model dies, stalls (first or next piece later than its time-out) or
        cannot be reached; what was already yielded stays valid."""
        ...

    async def close(self) -> None: ...


@runtime_checkable
class Hosts(Protocol):
    """A language model that several conversations share, each with a cache of its own."""

    def seat(self) -> LanguageModel:
        """A place for one conversation; its ``close`` gives it back and leaves the model open."""
        ...


@dataclass(frozen=True, slots=True)
class Reading:
    """What the last call read: ``cached`` tokens were kept, ``read`` were new and took ``read_ms``; ``written`` tokens
    took ``written_ms`` (both 0 for a reply that was ended early)."""

    cached: int = 0
    read: int = 0
    read_ms: float = 0.0
    written: int = 0
    written_ms: float = 0.0


@runtime_checkable
class Reads(Protocol):
    """A language model that tells what it has read."""

    last: Reading


@runtime_checkable
class Rates(Protocol):
    """A language model that can tell, by an adapter of its own that replies know nothing of, how likely answers are."""

    @property
    def rates(self) -> bool:
        """Is the adapter there?"""
        ...

    async def rate(self, prompt: str, answers: Sequence[str], cancel: CancelFlag) -> tuple[float, ...]:
        """How likely each of ``answers`` (one token each) is to follow ``prompt``, of them alone: they add up to 1.
        () where ``cancel`` was set before, or the adapter is not there. Raises LanguageModelError."""
        ...


@runtime_checkable
class Elsewhere(Protocol):
    """A language model that may compute on another machine or a GPU, and then wants nothing of these cores."""

    @property
    def elsewhere(self) -> bool: ...


def is_elsewhere(model: LanguageModel) -> bool:
    """Does ``model`` compute elsewhere just now?"""
    return isinstance(model, Elsewhere) and model.elsewhere


class Borrowed:
    """A model that has no seats, lent to one conversation: its ``close`` leaves it open."""

    def __init__(self, model: LanguageModel) -> None:
        self._model = model

    async def prefill(self, prompt: Prompt, cancel: CancelFlag) -> int:
        return await self._model.prefill(prompt, cancel)

    def generate(self, prompt: Prompt, decoding: Decoding, cancel: CancelFlag) -> AsyncGenerator[str, None]:
        return self._model.generate(prompt, decoding, cancel)

    @property
    def elsewhere(self) -> bool:
        return is_elsewhere(self._model)

    async def close(self) -> None:
        """The lender closes it."""


def seat_of(model: LanguageModel) -> LanguageModel:
    """A place for one conversation in ``model``; to be closed when the conversation is over."""
    return model.seat() if isinstance(model, Hosts) else Borrowed(model)
