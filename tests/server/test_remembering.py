"""Memory in a call: with consent only, spoken of when it fits, gone at a word."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path

import pytest

from tests.calls import plan_of, turn
from tests.dialogue.memory.test_memory import EMBED, item
from tests.scenarios.rehearsal import Rehearsal
from warmline.dialogue.memory.consent import Standing, Wish, reply
from warmline.dialogue.memory.items import Item, ItemKind
from warmline.dialogue.types import Turn
from warmline.server import events as e
from warmline.server.cli import main
from warmline.server.remembering import Remembering
from warmline.server.settings import CallSettings, MemorySettings, Settings, StoreSettings
from warmline.server.store import memories
from warmline.server.store.keeping import keeper
from warmline.server.store.record import NOTHING, Keeping, Passing
from warmline.server.store.records import Ended
from warmline.speech.runtime.cores import Inline

SECRET = "zanzibarine"


class Noted(Passing):
    """A record in a list of what was done."""

    def __init__(self, *, words: bool = True, items: tuple[Item, ...] = (), standing: Standing = Standing()) -> None:  # noqa: B008
        super().__init__(NOTHING)
        self.done: list[str] = []
        self.kept: list[Item] = []
        self.turns: list[Ended] = []
        self._words, self._items, self._standing = words, items, standing

    @property
    def id(self) -> str:
        return "this"

    @property
    def words(self) -> bool:
        return self._words

    @property
    def items(self) -> tuple[Item, ...]:
        return self._items

    @property
    def standing(self) -> Standing:
        return self._standing

    def turn(self, ended: Ended) -> None:
        self.turns.append(ended)

    def remember(self, items: tuple[Item, ...]) -> None:
        self.kept += items

    def change(self, old: Item, new: Item) -> None:
        self.kept[self.kept.index(old)] = new

    def agree(self, how: str) -> None:
        self._words, self._standing = True, Standing(asked=True)
        self.done.append("agree")

    def refuse(self, how: str) -> None:
        self._words, self._standing = False, Standing(asked=True)
        self.done.append("refuse")

    def forget(self, how: str) -> None:
        self._words, self._items = False, ()
        self.done.append("forget")

    def asked(self) -> None:
        self._standing = Standing(asked=True)
        self.done.append("asked")

    async def begin(self, call: CallSettings) -> Keeping:
        return self


def called(speech: str, words: str, record: Noted, seconds_s: float) -> Rehearsal:
    call = Rehearsal(speech, words, keeper=record, sentences=EMBED, says=("I see how that is, and it is heavy.",))
    call.play(seconds_s)
    return call


def replies(call: Rehearsal) -> list[str]:
    return [event.heard for event in call.of(e.ReplyEnded) if isinstance(event, e.ReplyEnded)]


def test_what_was_told_is_remembered_with_consent_only() -> None:
    for words in (True, False):
        record = Noted(words=words)
        called("0.5-3.0", "0.5-3.0 my sister Ana let me down badly yesterday", record, 10.0)
        assert [one.text for one in record.kept] == (["my sister Ana let me down badly yesterday"] if words else [])


def test_a_memory_comes_while_the_person_speaks_and_is_in_the_plan_and_the_prompt() -> None:
    record = Noted(items=(item("My sister Ana let me down badly."),))
    call = called("0.5-6.0", "0.5-6.0 my sister Ana let me down badly again and I do not know why", record, 14.0)
    (planned,) = call.of(e.Planned)[-1:]
    assert isinstance(planned, e.Planned)
    assert planned.plan.memory == ("My sister Ana let me down badly",)
    assert call.model is not None
    assert "[earlier: My sister Ana let me down badly] my sister" in call.model.prompts[-1].messages[-1].text


def test_nothing_comes_without_consent_or_in_danger() -> None:
    again = "0.5-6.0 my sister Ana let me down badly again and I do not know why"
    record = Noted(words=False, items=(item("My sister Ana let me down badly."),))
    (planned,) = called("0.5-6.0", again, record, 14.0).of(e.Planned)[-1:]
    assert isinstance(planned, e.Planned)
    assert planned.plan.memory == ()
    record = Noted(items=(item("My sister Ana let me down badly."),))
    (planned,) = called("0.5-6.0", f"{again} and I want to die", record, 14.0).of(e.Planned)[-1:]
    assert isinstance(planned, e.Planned)
    assert planned.plan.memory == ()


def test_a_word_is_enough_to_be_forgotten() -> None:
    record = Noted(items=(item("My sister Ana let me down badly."),))
    call = called(
        "0.5-2.5, 9.0-12.0", "0.5-2.5 forget what I told you; 9.0-12.0 my sister Ana let me down badly", record, 20.0
    )
    assert record.done == ["forget"]
    assert replies(call)[0] == reply(Wish.FORGET)
    assert record.kept == []
    plans = [event.plan for event in call.of(e.Planned) if isinstance(event, e.Planned)]
    assert all(plan.memory == () for plan in plans)


def test_hanging_up_on_the_word_is_enough_too() -> None:
    record = Noted()
    called("0.5-3.0", "0.5-3.0 please forget everything I told you", record, 3.3)
    assert record.done == ["forget"]


def test_a_draft_that_is_thrown_away_erases_nothing() -> None:
    record = Noted()
    call = Rehearsal(
        "0.5-2.0, 3.0-5.0",
        "0.5-2.0 forget what I told you; 3.0-5.0 is what my boss said to me",
        scores="0.1, 0.1, 0.95, 0.95",
        keeper=record,
        sentences=EMBED,
    )
    call.play(4.9)
    assert record.done in ([], ["forget"])  # they may have been cut off at the end of the call, not before


def chat_memory(record: Noted) -> Remembering:
    memory = Remembering(EMBED)
    memory.begin(record)
    return memory


def end(memory: Remembering, *turns: Turn) -> None:
    """The last of these exchanges is over."""
    memory.ended(Ended(turns[-1], float(len(turns))), turns)


async def test_a_yes_remembers_what_was_said_before_it() -> None:
    record = Noted(words=False, standing=Standing(ask=True))
    memory = chat_memory(record)
    asked = turn(1, "My sister Ana let me down badly.", "I see. " + _question())
    end(memory, asked)
    await memory.learn(Inline())
    assert (record.done, record.kept) == (["asked"], [])
    end(memory, asked, turn(2, "Yes, please.", reply(Wish.YES)))
    await memory.learn(Inline())
    assert record.done == ["asked", "agree"]
    assert [one.text for one in record.kept] == ["My sister Ana let me down badly."]


async def test_a_no_works_and_the_call_goes_on() -> None:
    record = Noted(words=False, standing=Standing(ask=True))
    memory = chat_memory(record)
    asked = turn(1, "My sister Ana let me down badly.", "I see. " + _question())
    end(memory, asked)
    end(memory, asked, turn(2, "No, rather not.", reply(Wish.NO)))
    end(memory, asked, turn(3, "My brother Tom is kind to me.", "I see."))
    await memory.learn(Inline())
    assert record.done[:2] == ["asked", "refuse"]
    assert record.kept == []


async def test_what_is_taken_back_is_set_right_in_memory() -> None:
    record = Noted()
    memory = chat_memory(record)
    first = turn(1, "I talked to my sister Ana about it.", "I see.")
    end(memory, first)
    await memory.learn(Inline())
    end(memory, first, turn(2, "No, not my sister, my cousin.", "I see."))
    await memory.learn(Inline())
    assert [one.text for one in record.kept] == ["I talked to my cousin Ana about it."]


async def test_the_call_is_told_in_a_few_sentences_and_what_no_longer_holds_is_set_aside() -> None:
    record = Noted(items=(item("I am a nurse.", facts=("work: nurse",)),))
    memory = chat_memory(record)
    record.kept += record.items
    end(memory, turn(1, "I am a teacher now at a school.", "I see."))
    await memory.learn(Inline())
    assert record.kept[0].facts[-1].startswith("until: ")
    end(memory, turn(2, "My sister Ana let me down.", "I see."))
    end(memory, turn(3, "Thank you.", "Take care."))
    memory.hung_up("")
    told = "I am a teacher now at a school. My sister Ana let me down."
    assert (record.kept[-1].kind, record.kept[-1].text) == (ItemKind.SUMMARY, told)


def _question() -> str:
    from warmline.dialogue.memory.consent import question

    return question(Standing(ask=True, returning=True), (turn(1, "a", "b"), turn(2, "c", "d")), plan_of())


# --- by text, on a real store -----------------------------------------------------------------------------------------


def chat(lines: str, path: Path, monkeypatch: pytest.MonkeyPatch, *sets: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(lines))
    monkeypatch.setattr("warmline.server.wiring.shipped_sentences", lambda: EMBED)
    argv = ["chat", "--set", "llm.backend=scripted", "--set", "llm.lines=[' ashamed of it.']"]
    for one in (f"store.url={path}", "store.plaintext=true", "call.caller=ada", *sets):
        argv += ["--set", one]
    assert main(argv) == 0


def remembered(path: Path) -> list[str]:
    async def read() -> list[str]:
        settings = Settings(store=StoreSettings(str(path), plaintext=True), memory=MemorySettings("ask"))
        async with keeper(settings) as keeping:
            assert keeping is not None
            return [one.text for one in await memories.of(keeping.store, "ada")]

    return asyncio.run(read())


def test_from_call_to_call_and_gone_at_a_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "c.db"
    told = f"My sister {SECRET} let me down badly.\nI cannot sleep since then.\nIt goes round.\nThank you, goodbye.\n"
    chat(told + "Yes, please.\n", path, monkeypatch)
    out = capsys.readouterr().out
    assert "would you like me to remember" in out
    assert reply(Wish.YES) in out
    assert f"My sister {SECRET} let me down badly." in remembered(path)
    chat(f"My sister {SECRET} let me down badly again.\n", path, monkeypatch)
    assert "would you like me to remember" not in capsys.readouterr().out
    chat("Please forget everything I told you.\n", path, monkeypatch)
    assert reply(Wish.FORGET) in capsys.readouterr().out
    assert remembered(path) == []
    assert SECRET.encode() not in b"".join(one.read_bytes() for one in tmp_path.iterdir())
    told = f"My sister {SECRET} let me down badly.\nIt is so.\nYes it is.\nThank you, goodbye.\nYes.\n"
    chat(told, path, monkeypatch)
    assert "would you like me to remember" not in capsys.readouterr().out, "a no holds in later calls"
    assert remembered(path) == []


@pytest.mark.parametrize("answer", ["No, thank you.", "Hm.", ""])
def test_without_a_yes_no_word_is_kept(
    answer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "c.db"
    told = f"My sister {SECRET} let me down badly.\nI cannot sleep.\nIt goes round.\nThank you, goodbye.\n"
    chat(told + answer + "\n", path, monkeypatch)
    assert "would you like me to remember" in capsys.readouterr().out
    assert remembered(path) == []
    assert SECRET.encode() not in b"".join(one.read_bytes() for one in tmp_path.iterdir())


def test_of_a_child_nothing_is_kept_whatever_was_agreed() -> None:
    record = Noted(words=True)
    speech = "0.5-2.0, 9.0-10.5, 18.0-19.0"
    called(speech, "0.5-2.0 my dog is ill; 9.0-10.5 I'm thirteen years old; 18.0-19.0 yes", record, 26.0)
    assert record.done == ["refuse"]
    assert not record.words
