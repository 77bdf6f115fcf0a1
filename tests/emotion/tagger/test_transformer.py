"""The transformers tagger through the library's real classes, with small random models. Needs the extra
``transformers`` (skipped without it), but for the parts that are pure."""

import json
from dataclasses import replace

import numpy as np
import pytest
from random_taggers import KINDS, random_model
from sounds import noise, silence, syllables, voice

from warmline.emotion.tagger import transformer_models
from warmline.emotion.tagger.backends import TAGGERS
from warmline.emotion.tagger.mapping import axes_of, label_map
from warmline.emotion.types import LABELS
from warmline.speech.runtime.errors import BackendError, MissingExtra, MissingWeights, SettingsError
from warmline.speech.types import AudioChunk, Utterance

START = 48_000


def said(samples):
    return Utterance(1, "", (), AudioChunk(samples, start=START))


def test_labels_are_mapped_by_the_table_and_by_hand():
    four = label_map(("ang", "hap", "neu", "sad"))
    assert [LABELS[row] for row in four.rows] == ["angry", "happy", "neutral", "sad"]
    own = label_map(("LABEL_0", "LABEL_1", "boredom"), ("LABEL_0=angry", "label_1=neutral"))
    assert own.rows == (LABELS.index("angry"), LABELS.index("neutral"), -1)
    shares = own.shares(np.array([0.5, 0.1, 0.4]))
    assert shares.sum() == pytest.approx(1.0)
    assert shares[LABELS.index("angry")] == pytest.approx(0.55)
    assert shares[LABELS.index("sad")] == pytest.approx(0.05)
    without = label_map(("angry", "sad", "calm"), ("calm=",))
    assert without.rows[2] == -1


@pytest.mark.parametrize(
    ("theirs", "given", "told"),
    [
        (("LABEL_0", "LABEL_1"), (), "tagger.labels"),
        (("ang", "hap"), ("ang=furious",), "theirs=ours"),
        (("ang", "hap"), ("ang",), "theirs=ours"),
        (("ang", "hap"), ("sad=sad",), "no label 'sad'"),
    ],
)
def test_labels_that_do_not_fit_say_what_to_write(theirs, given, told):
    with pytest.raises(SettingsError, match=told):
        label_map(theirs, given)


def test_the_axes_are_found_in_any_order():
    assert axes_of(("Arousal", "dominance", "valence")) == (2, 0, 1)
    assert axes_of(("arousal", "valence")) is None


def test_without_torch_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "torch", None)
    with pytest.raises(MissingExtra, match=r"warmline\[transformers\]"):
        TAGGERS.create("transformer", {"model": "anything"})


@pytest.mark.parametrize("options", [{"batch": 0}, {"temperature": 0.0}, {"heard_s": 99.0}])
def test_options_out_of_range_are_refused(options):
    with pytest.raises(SettingsError):
        TAGGERS.create("transformer", {"model": "x", **options})


SPOKEN = [syllables(count, pitch) for count, pitch in ((6, 120), (14, 200), (9, 170), (14, 240), (30, 150))]


@pytest.mark.parametrize("kind", KINDS)
def test_many_are_tagged_as_one_by_one(kind, tmp_path):
    tagger = TAGGERS.create("transformer", {"model": str(random_model(kind, tmp_path)), "batch": 3, "device": "cpu"})
    utterances = [said(samples) for samples in (*SPOKEN, silence(1.0), noise(2.0))]
    together = tagger.tag_many(utterances)
    for one, many in zip(map(tagger.tag, utterances), together, strict=True):
        assert (one.span, one.label, one.source) == (many.span, many.label, many.source)
        assert one.valence == pytest.approx(many.valence, abs=2e-3)
        assert list(one.labels.values()) == pytest.approx(list(many.labels.values()), abs=2e-3)
    assert together[0].source.startswith("transformer/")
    assert together[-1].confidence == together[-2].confidence == 0.0
    assert len({round(tags.valence, 6) for tags in together[:5]}) > 1
    assert tagger.tag_many([]) == []


def test_a_classifier_is_the_librarys_own(tmp_path):
    """The same numbers as transformers' own class gives, through our mapping."""
    folder = random_model("wav2vec2", tmp_path)
    transformers = pytest.importorskip("transformers")
    torch = pytest.importorskip("torch")
    samples = syllables(14, 200)
    model = transformers.AutoModelForAudioClassification.from_pretrained(folder).eval()
    extractor = transformers.AutoFeatureExtractor.from_pretrained(folder)
    with torch.inference_mode():
        logits = model(**extractor(samples, sampling_rate=16_000, return_tensors="pt")).logits[0]
    expected = torch.softmax(logits / 1.5, -1).tolist()
    tags = TAGGERS.create("transformer", {"model": str(folder), "device": "cpu"}).tag(said(samples))
    assert [tags.labels[name] for name in ("angry", "happy", "neutral", "sad")] == pytest.approx(expected, abs=1e-4)
    assert tags.prosody is not None
    assert tags.label is None  # random weights are sure of nothing


def test_a_dimensional_model_claims_no_label(tmp_path):
    folder = random_model("dimensional", tmp_path)
    tagger = TAGGERS.create("transformer", {"model": str(folder), "sure": 0.4, "device": "cpu"})
    tags = tagger.tag(said(syllables(14, 200)))
    assert tags.label is None
    assert tags.confidence == 0.4
    assert tags.valence != 0.0
    assert -1.0 <= tags.arousal <= 1.0
    assert set(tags.labels.values()) == {1.0 / len(LABELS)}


def test_the_dimensional_weights_have_the_published_names(tmp_path):
    folder = random_model("dimensional", tmp_path)
    safetensors = pytest.importorskip("safetensors")
    with safetensors.safe_open(folder / "model.safetensors", "np") as opened:
        names = set(opened.keys())
        weight, bias = opened.get_tensor("classifier.out_proj.weight"), opened.get_tensor("classifier.out_proj.bias")
    assert {"classifier.dense.weight", "classifier.dense.bias"} <= names
    assert any(name.startswith("wav2vec2.encoder.layers.0.") for name in names)
    assert (weight.shape, bias.shape) == ((3, 32), (3,))


def test_hand_written_labels_reach_the_tags(tmp_path):
    folder = random_model("wav2vec2", tmp_path, ("LABEL_0", "LABEL_1"))
    with pytest.raises(SettingsError, match="LABEL_0, LABEL_1"):
        TAGGERS.create("transformer", {"model": str(folder)})
    given = ("LABEL_0=fearful", "LABEL_1=calm")
    tags = TAGGERS.create("transformer", {"model": str(folder), "labels": given, "device": "cpu"}).tag(said(SPOKEN[1]))
    assert tags.labels["fearful"] + tags.labels["calm"] == pytest.approx(1.0)


def test_what_cannot_be_loaded_is_told_in_one_line(tmp_path):
    folder = random_model("wav2vec2", tmp_path / "good")
    with pytest.raises(MissingWeights, match=r"config\.json"):
        TAGGERS.create("transformer", {"model": str(tmp_path / "nothing")})
    text = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**text, "model_type": "bert"}))
    with pytest.raises((BackendError, MissingWeights)) as told:
        TAGGERS.create("transformer", {"model": str(folder)})
    assert "\n" not in str(told.value)


def test_a_device_that_is_not_there_is_told(tmp_path):
    torch = pytest.importorskip("torch", reason="comes with the extra transformers")
    if torch.cuda.is_available():
        pytest.skip("there is one")
    with pytest.raises(BackendError, match=r"tagger\.device"):
        TAGGERS.create("transformer", {"model": str(random_model("wav2vec2", tmp_path)), "device": "cuda"})


def test_odd_figures_of_a_model_claim_nothing(tmp_path, monkeypatch):
    tagger = TAGGERS.create("transformer", {"model": str(random_model("hubert", tmp_path)), "device": "cpu"})
    monkeypatch.setattr(
        transformer_models.Classifier, "scores", lambda self, waves: [np.full(4, np.nan) for _ in waves]
    )
    assert tagger.tag(said(voice(150, 2.0))).confidence == 0.0


def test_long_turns_are_heard_at_their_end(tmp_path):
    tagger = TAGGERS.create("transformer", {"model": str(random_model("wav2vec2", tmp_path)), "device": "cpu"})
    late = tagger.tag(said(np.concatenate([voice(110, 20.0), voice(220, 15.0)])))
    assert late.prosody is not None
    assert late.prosody.f0_hz == pytest.approx(220, rel=0.02)
    assert late.span == (START, START + 35 * 16_000)
    low = replace(said(syllables(14)[::2].copy()), audio=AudioChunk(syllables(14)[::2].copy(), 8_000, START))
    assert tagger.tag(low).prosody is not None
