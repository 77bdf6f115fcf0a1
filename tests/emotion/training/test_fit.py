"""The recipe on made-up rows whose answer is known."""

import numpy as np
import pytest

from warmline.emotion.functionals import NAMES
from warmline.emotion.training import card
from warmline.emotion.training.attentive import Lessons
from warmline.emotion.training.corpora import Clip
from warmline.emotion.training.evaluate import Scored, classes_of, figures, score
from warmline.emotion.training.features import Rows
from warmline.emotion.training.fit import Recipe, calibrated, corpus_splits, fit, held_out, speaker_splits
from warmline.emotion.training.network import Schooling
from warmline.emotion.types import LABELS

WIDTH = 4
LESSONS = Lessons(channels=8, hidden=8, steps=60, batch=32, crop=8)
QUICK = Recipe(networks=1, listeners=1, lessons=LESSONS, schooling=Schooling(hidden=16, epochs=12), strength=1.0)


def rows(seed: int = 0, corpora: tuple[str, ...] = ("one", "two"), labels: tuple[str, ...] = LABELS) -> Rows:
    """Rows in which each label moves its own place, with a changed copy of each."""
    chance = np.random.default_rng(seed)
    made, clips, variants = [], [], []
    for corpus in corpora:
        for take in range(96):
            label = labels[take % len(labels)]
            clip = Clip(f"{take}.wav", label, f"{corpus}{take // 8 % 6}", "FM"[take // 8 % 2], corpus)
            for variant in (0, 1):
                row = chance.standard_normal(2 * WIDTH + len(NAMES)).astype("f4")
                row[LABELS.index(label)] += 6.0
                made.append(row)
                clips.append(clip)
                variants.append(variant)
    table = np.array(made, "f4")
    table[::17, -1] = np.nan
    return Rows(table, tuple(clips), np.array(variants))


@pytest.fixture(scope="module")
def data() -> Rows:
    return rows()


def test_it_learns_and_repeats_itself(data):
    head = fit(data, "made", WIDTH, QUICK)
    found = figures(score(head, rows(seed=1)), LABELS)
    assert found.uar > 0.9
    assert found.arousal_auc > 0.95
    again = fit(data, "made", WIDTH, QUICK)
    np.testing.assert_array_equal(head.members[1][0].weight, again.members[1][0].weight)


def test_speakers_and_corpora_are_held_out_whole(data):
    for splits in (speaker_splits(data, 3), corpus_splits(data)):
        heard: dict[int, Scored] = {}
        pieces = held_out(data, splits, QUICK, WIDTH, heard.__setitem__)
        whole = Scored.joined(pieces)
        assert len(whole.clips) == 192
        assert len({(clip.corpus, clip.file) for clip in whole.clips}) == 192
        assert list(heard.values()) == list(pieces)
        assert figures(whole, LABELS).uar > 0.8


def test_frames_are_listened_to_and_a_baseline_is_scored(data):
    chance = np.random.default_rng(8)
    frames = tuple(chance.standard_normal((int(n), WIDTH)).astype("f2") for n in chance.integers(3, 9, len(data.clips)))
    heard = Rows(data.rows, data.clips, data.variant, frames)
    head = fit(heard, "made", WIDTH, QUICK)
    assert len(head.listeners) == 1
    own: list[Scored] = []
    pieces = held_out(heard, corpus_splits(heard), QUICK, WIDTH, own_terms=own)
    assert [len(piece.clips) for piece in own] == [len(piece.clips) for piece in pieces]
    assert not np.array_equal(own[0].logs, pieces[0].logs)


def test_a_label_that_a_corpus_lacks_is_not_unlearnt():
    full, few = rows(2, ("one",)), rows(3, ("two",), ("neutral", "sad", "angry", "happy"))
    head = fit(Rows.joined([full, few]), "made", WIDTH, QUICK)
    found = figures(score(head, rows(4, ("one",))), LABELS)
    assert min(found.recall["calm"], found.recall["surprised"]) > 0.7


def test_labels_never_seen_are_never_said():
    head = fit(rows(5, ("one",), ("neutral", "sad")), "made", WIDTH, QUICK)
    logs = score(head, rows(6, ("one",))).logs
    assert set(logs.argmax(axis=1)) <= {LABELS.index("neutral"), LABELS.index("sad")}


def test_calibration_sets_temperature_and_threshold(data):
    unseen = Scored.joined(held_out(data, corpus_splits(data), QUICK, WIDTH))
    head = calibrated(fit(data, "made", WIDTH, QUICK), unseen, QUICK)
    assert head.temperature > 0.0
    assert 0.0 < head.threshold < 1.0


def test_the_card_says_what_the_run_found_and_keeps_other_sections(data, tmp_path):
    whole = Scored.joined(held_out(data, speaker_splits(data, 2), QUICK, WIDTH))
    head = fit(data, "made", WIDTH, QUICK)
    report = card.Report(data, QUICK, whole, whole, "warmline train emotion made.tsv made")
    text = card.section(head, "ab" * 32, 1234, report)
    uar = figures(whole, classes_of(whole.clips, 8)).uar
    assert f"| {figures(whole.where(lambda clip: clip.corpus == 'one'), LABELS).uar:.3f} |" in text
    assert 0.0 < uar <= 1.0
    path = tmp_path / "CARD.md"
    card.write(path, "made", text)
    card.write(path, "other", "## other\n\nkept\n")
    card.write(path, "made", text.replace("1,234 bytes", "5,678 bytes"))
    written = path.read_text(encoding="utf-8")
    assert written.count("## made\n") == 1
    assert "5,678 bytes" in written
    assert "1,234 bytes" not in written
    assert "kept" in written
    assert written.startswith("# Weights of the emotion room")
