"""The shapes that the API takes and gives, as its documentation shows them. They follow the values of
:mod:`warmline.server.aftercall.report`, so a JSON export and an answer are the same."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field

from warmline.server.store.sharing import Share

CallId = Annotated[str, Path(pattern="^[0-9a-f]{32}$", description="A call's id, in full.")]
NoteId = Annotated[int, Path(ge=1, le=2**31 - 1, description="A note's number.")]
Caller = Annotated[
    str, Path(min_length=1, max_length=64, pattern="^[^\\x00-\\x1f]+$", description="A caller's name, as in a call.")
]


class Shape(BaseModel):
    model_config = ConfigDict(from_attributes=True, extra="forbid")


class PassageShape(Shape):
    text: str = Field(description="empty where words are not kept or withheld")
    start_s: float
    end_s: float


class FeelingShape(Shape):
    valence: float
    arousal: float
    sure: float = Field(description="0 to 1: how far to trust the reading; 0 where the voice was not read")
    label: str
    events: tuple[str, ...]
    disagree: bool = Field(description="the words say one thing and the voice another")
    mood: float = Field(description="valence over the turns so far")
    mood_sure: float
    distress: float = Field(description="1 to 5, of words and voice")


class ExchangeShape(Shape):
    number: int
    began_s: float = Field(description="on the call's clock")
    ended_s: float
    outcome: str
    risk: int = Field(description="0 to 3; see /protocol")
    stage: str
    strategy: str
    then: str
    words: bool
    feeling: FeelingShape | None
    why: tuple[str, ...] = Field(description="the chain of reasons")
    cause: str
    memory: tuple[str, ...] = Field(description="what of earlier calls was leaned on")
    user: str
    heard: str
    unheard: str = Field(description="what of the reply was cut off")
    said: tuple[PassageShape, ...] = Field(description="the person's words with their times")
    marks: tuple[PassageShape, ...] = Field(description="what was heard of the reply, and when")


class MomentShape(Shape):
    turn: int
    at_s: float
    kind: str
    text: str


class NoteShape(Shape):
    id: int
    turn: int
    kind: str
    text: str
    facts: tuple[str, ...]
    day: str


class ConsentShape(Shape):
    kind: str
    value: str
    how: str
    at: float


class AccessShape(Shape):
    who: str
    what: str
    at: float


class ReportShape(Shape):
    """One call. Times ``started``, ``ended`` and ``at`` are seconds since 1970, UTC."""

    id: str
    started: float
    ended: float | None
    running: bool
    language: str
    words: bool = Field(description="the caller lets their words be kept")
    lost: int
    share: Share
    withheld: bool = Field(description="the caller has not shared it: no words, no feelings")
    risk: int
    strategies: dict[str, int]
    moments: tuple[MomentShape, ...]
    exchanges: tuple[ExchangeShape, ...]
    notes: tuple[NoteShape, ...]
    consents: tuple[ConsentShape, ...]
    accesses: tuple[AccessShape, ...] = Field(description="which operators read it, and when")


class CallShape(Shape):
    id: str
    caller: str
    language: str
    started: float
    ended: float | None
    running: bool
    words: bool
    lost: int
    turns: int
    risk: int
    share: Share


class CallsShape(Shape):
    calls: tuple[CallShape, ...]
    next: str | None = Field(description="the cursor of the next page; null on the last one")


class CallerNoteShape(NoteShape):
    call: str
    withheld: bool


class MemoryShape(Shape):
    caller: str
    consent: str = Field(description="the caller's last word on being remembered: yes, no, or empty")
    notes: tuple[CallerNoteShape, ...]


class CallerShape(Shape):
    """All that is kept of one caller, as far as the asker may see it."""

    caller: str
    consent: str
    calls: tuple[ReportShape, ...]
    more: bool = Field(description="there are older calls than these")


class ForgottenShape(Shape):
    calls: int
    notes: int


class ShareShape(Shape):
    share: Share


class YearShape(Shape):
    year: int
    referrals: int
    calls: int
    at_risk: int
    imminent: int


class CountsShape(Shape):
    """``years``: referrals to helplines, from the audit; ``fault``: what is wrong with its chain, or empty."""

    calls: int
    running: int
    audit: bool
    fault: str
    years: tuple[YearShape, ...]
