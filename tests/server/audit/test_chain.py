"""Any change, removal, move or cut of the audit is found; what is whole passes; nobody's words are in it."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warmline.dialogue.types import HelpCard, Outcome, Risk, RiskLevel, SafetyNote
from warmline.server import events as e
from warmline.server.audit.chain import START, Anchor, Entry, read, sealed, verified
from warmline.server.audit.log import AuditLog, anchor_path, check
from warmline.server.audit.referrals import yearly
from warmline.server.audit.watch import Watch, hashed
from warmline.speech.runtime.errors import StorageError

entries = st.lists(
    st.builds(
        Entry,
        at=st.datetimes().map(lambda at: at.isoformat()),
        call=st.text(max_size=8),
        kind=st.sampled_from(["risk", "consent", "handoff"]),
        level=st.integers(0, 3),
        evidence=st.lists(st.text(max_size=12), max_size=3).map(tuple),
        step=st.text(max_size=8),
        referral=st.booleans(),
    ),
    min_size=1,
    max_size=12,
)


def chain(found: list[Entry]) -> tuple[list[str], Anchor]:
    anchor, lines = Anchor(), []
    for entry in found:
        line, anchor = sealed(entry, anchor)
        lines.append(line)
    return lines, anchor


@given(entries)
@settings(max_examples=60, deadline=None)
def test_what_was_sealed_is_whole_and_reads_back(found: list[Entry]) -> None:
    lines, anchor = chain(found)
    assert verified(lines, anchor).fault == ""
    assert [read(line) for line in lines] == found


@given(entries, st.data())
@settings(max_examples=80, deadline=None)
def test_any_change_is_found(found: list[Entry], data: st.DataObject) -> None:
    lines, anchor = chain(found)
    at = data.draw(st.integers(0, len(lines) - 1))
    place = data.draw(st.integers(0, len(lines[at]) - 1))
    other = data.draw(st.characters(codec="utf-8", exclude_characters="\n").filter(lambda one: one != lines[at][place]))
    changed = [*lines]
    changed[at] = lines[at][:place] + other + lines[at][place + 1 :]
    assert verified(changed, anchor).fault


@given(entries.filter(lambda found: len(found) > 1), st.data())
@settings(max_examples=60, deadline=None)
def test_any_removal_move_addition_or_cut_is_found(found: list[Entry], data: st.DataObject) -> None:
    lines, anchor = chain(found)
    at = data.draw(st.integers(0, len(lines) - 1))
    assert verified(lines[:at] + lines[at + 1 :], anchor).fault
    assert verified(lines[:at], anchor).fault
    assert verified([*lines, lines[at]], anchor).fault
    assert verified([lines[-1], *lines[:-1]], anchor).fault


def test_a_cut_end_needs_the_anchor_to_be_seen() -> None:
    lines, anchor = chain([Entry("2026-01-01", "c", "risk")] * 3)
    assert verified(lines[:2]).fault == ""
    assert "cut off" in verified(lines[:2], anchor).fault


def test_a_rebuilt_chain_does_not_match_the_anchor_that_was_kept() -> None:
    _, anchor = chain([Entry("2026-01-01", "c", "risk", 3)])
    forged, _ = chain([Entry("2026-01-01", "c", "risk", 0)])
    assert verified(forged, anchor).fault


@pytest.mark.parametrize("text", ["", "x", "1", f"x {START}", "1 abc"])
def test_what_is_no_anchor_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Anchor.read(text)


def test_the_log_goes_on_where_it_was_and_refuses_a_broken_file(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "audit.jsonl"
    for _ in range(2):
        log = AuditLog(path)
        for level in range(3):
            log.put(Entry("2026-01-01T00:00:00", "c", "risk", level))
        log.close()
    assert check(path).entries == 6
    assert check(path).fault == ""
    path.write_text(path.read_text().replace('"level":2', '"level":0', 1))
    assert check(path).line == 3
    with pytest.raises(StorageError, match="line 3"):
        AuditLog(path)


def test_a_file_without_anchor_or_with_half_a_line_is_not_sound(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    log = AuditLog(path)
    log.put(Entry("2026-01-01T00:00:00", "c", "risk"))
    log.close()
    whole = path.read_text()
    path.write_text(whole[:-5])
    assert "not complete" in check(path).fault
    path.write_text(whole)
    anchor_path(path).unlink()
    assert "no anchor" in check(path).fault


def test_a_call_leaves_rules_and_steps_and_no_words() -> None:
    written: list[Entry] = []
    now = datetime.datetime(2026, 3, 1, tzinfo=datetime.UTC)
    watch = Watch(hashed("call-1"), written.append, lambda: now)
    plan = _plan(Risk(RiskLevel.L3, ("intends to end their life",)))
    card = HelpCard("US", "988", "988", "", "24/7", "911", "911", "", False)
    for heard, outcome in (("", Outcome.DISCARDED), ("Please call", Outcome.CUT), ("", Outcome.FAILED)):
        watch(e.Planned(4, "I will do it tonight", _tags(), plan))
        watch(e.SafetyStep(4, SafetyNote("urgent", card)))
        watch(e.ReplyEnded(4, "I will do it tonight", "Please call 911", heard, outcome, {}, 10))
    watch(e.Planned(5, "my name is Kim", _tags(), _plan(Risk())))
    watch(e.ReplyEnded(5, "my name is Kim", "Hello Kim", "Hello Kim", Outcome.SPOKEN, {}, 20))
    watch(e.Consent("tone", False))
    assert [(entry.kind, entry.level, entry.step, entry.referral) for entry in written] == [
        ("risk", 3, "urgent", True),
        ("risk", 3, "urgent", False),
        ("consent", 0, "", False),
    ]
    text = "".join(sealed(entry, Anchor())[0] for entry in written)
    assert "tonight" not in text
    assert "Kim" not in text
    assert "call-1" not in text
    assert json.loads(sealed(written[0], Anchor())[0])["at"].startswith("2026-03-01")


def test_years_count_referrals_and_calls() -> None:
    rows = [
        Entry("2025-12-31T23:00:00", "a", "risk", 2, referral=True),
        Entry("2026-01-01T00:00:00", "a", "risk", 3, referral=True),
        Entry("2026-05-01T00:00:00", "b", "risk", 1),
        Entry("2026-05-01T00:00:00", "b", "risk", 2, referral=True),
        Entry("2026-05-01T00:01:00", "b", "risk", 2, referral=True),
        Entry("2026-05-01T00:01:00", "c", "consent"),
    ]
    first, second = yearly(rows)
    assert (first.year, first.referrals, first.calls) == (2025, 1, 1)
    assert (second.referrals, second.calls, second.at_risk, second.imminent) == (3, 2, 2, 1)


def _plan(risk: Risk) -> object:
    from calls import plan_of

    return plan_of(risk=risk)


def _tags() -> object:
    from warmline.emotion.types import ParalinguisticTags

    return ParalinguisticTags.unknown()
