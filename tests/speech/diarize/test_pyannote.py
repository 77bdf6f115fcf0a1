"""The real classes of pyannote.audio with random weights: that our backend drives them rightly, not that they are good.

Random weights tell nobody apart, so what is tested is what any weights must give: shapes, determinism, labels that
follow the pipeline's own turns, errors. Needs pip install "warmline[diarize]"; skipped where it does not import.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.sounds import silence, voice
from warmline.speech.diarize.backends import DIARISERS
from warmline.speech.diarize.base import NOBODY, Diariser
from warmline.speech.diarize.pyannote import PyannoteDiariser, _longest
from warmline.speech.runtime.errors import BackendError, CorruptWeights, MissingExtra, MissingWeights
from warmline.speech.types import AudioChunk, samples_of

try:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pyannote.audio as library
        import torch
except (ImportError, OSError):
    library = None  # type: ignore[assignment]

here = pytest.mark.skipif(library is None, reason='needs pip install "warmline[diarize]" and a torchaudio that loads')
pytestmark = pytest.mark.filterwarnings("ignore")

CONFIG = """\
dependencies:
  pyannote.audio: 4.0.0
pipeline:
  name: pyannote.audio.pipelines.SpeakerDiarization
  params:
    segmentation: $model/segmentation
    embedding: $model/embedding
    plda: $model/plda
    clustering: VBxClustering
params:
  clustering: {threshold: 0.6, Fa: 0.07, Fb: 0.8}
  segmentation: {min_duration_off: 0.0}
"""


def saved(model: Any, folder: Path) -> None:
    checkpoint = {
        "state_dict": model.state_dict(),
        "hyper_parameters": dict(model.hparams),
        "pytorch-lightning_version": "2.0.0",
        "epoch": 0,
        "global_step": 0,
    }
    model.on_save_checkpoint(checkpoint)
    folder.mkdir()
    torch.save(checkpoint, folder / "pytorch_model.bin")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pipeline as the hub has it: PyanNet, WeSpeaker's ResNet34 and a PLDA, all of random numbers."""
    from pyannote.audio.core.task import Problem, Resolution, Specifications
    from pyannote.audio.models.embedding import WeSpeakerResNet34
    from pyannote.audio.models.segmentation import PyanNet

    torch.manual_seed(0)
    place: Path = tmp_path_factory.mktemp("pipeline")
    ears = PyanNet()
    ears.specifications = Specifications(
        problem=Problem.MONO_LABEL_CLASSIFICATION,
        resolution=Resolution.FRAME,
        duration=5.0,
        classes=["one", "two", "three"],
        powerset_max_classes=2,
        permutation_invariant=True,
    )
    ears.build()
    saved(ears, place / "segmentation")
    prints = WeSpeakerResNet34()
    prints.specifications = Specifications(
        problem=Problem.REPRESENTATION, resolution=Resolution.CHUNK, duration=5.0, classes=["a", "b"]
    )
    prints.build()
    saved(prints, place / "embedding")
    chance = np.random.default_rng(0)
    (place / "plda").mkdir()
    wide, narrow = prints.dimension, 128
    np.savez(
        place / "plda" / "xvec_transform.npz",
        mean1=np.zeros(wide),
        mean2=np.zeros(narrow),
        lda=chance.standard_normal((wide, narrow)),
    )
    np.savez(place / "plda" / "plda.npz", mu=np.zeros(narrow), tr=np.eye(narrow), psi=np.linspace(2.0, 0.1, narrow))
    (place / "config.yaml").write_text(CONFIG)
    return place


@pytest.fixture(scope="module")
def diariser(folder: Path) -> Diariser:
    return DIARISERS.create("pyannote", {"model": str(folder)})


@here
def test_a_voiceprint_by_the_real_network(diariser: Diariser) -> None:
    one, again = diariser.voiceprint(voice(120.0, 2.0)), diariser.voiceprint(voice(120.0, 2.0))
    assert one is not None
    assert again is not None
    assert one.values.shape == (256,)
    assert float(np.linalg.norm(one.values)) == pytest.approx(1.0, abs=1e-5)
    assert one.voiced_s == pytest.approx(2.0, abs=0.1)
    assert diariser.likeness(one, again).score == pytest.approx(1.0, abs=1e-5)
    assert diariser.likeness(one, again).probability > 0.9
    assert diariser.voiceprint(silence(2.0)) is None
    assert diariser.voiceprint(voice(120.0, 0.3)) is None


@here
def test_the_whole_pipeline_labels_spans(diariser: Diariser) -> None:
    audio = AudioChunk(np.concatenate([voice(110.0, 4.0), silence(0.5), voice(200.0, 4.0)]), start=16_000)
    spans = [(16_000, 16_000 + samples_of(4.0)), (16_000 + samples_of(4.5), 16_000 + samples_of(8.5))]
    labels = diariser.labels(audio, spans)
    assert len(labels) == 2
    assert labels == diariser.labels(audio, spans)
    turns = diariser._turns(audio.samples, audio.start)  # type: ignore[attr-defined]
    assert [label == NOBODY for label in labels] == [_longest(turns, span) is None for span in spans]
    assert all(start >= audio.start and end <= audio.end + 16_000 for start, end, _ in turns)
    assert diariser.labels(audio, []) == ()
    assert diariser.labels(AudioChunk(silence(0.01)), [(0, 100)]) == (NOBODY,)


@here
def test_nothing_is_reported_over_the_network(diariser: Diariser) -> None:
    from pyannote.audio.telemetry import metrics

    assert not metrics.is_metrics_enabled()


@here
def test_what_is_no_pipeline_is_refused(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(MissingWeights, match="nothing is there"):
        DIARISERS.create("pyannote", {"model": str(tmp_path / "nothing")})
    with pytest.raises(MissingWeights, match=r"no config\.yaml"):
        DIARISERS.create("pyannote", {"model": str(tmp_path)})
    (tmp_path / "config.yaml").write_text(CONFIG)
    with pytest.raises(CorruptWeights, match="cannot be loaded"):
        DIARISERS.create("pyannote", {"model": str(tmp_path)})
    with pytest.raises(BackendError, match=r"diarize\.device"):
        DIARISERS.create("pyannote", {"model": str(folder), "device": "cuda:99"})


def test_who_has_most_of_a_span() -> None:
    turns = [(0, 100, "a"), (100, 160, "b"), (160, 200, "a")]
    assert _longest(turns, (90, 170)) == "b"
    assert _longest(turns, (0, 200)) == "a"
    assert _longest(turns, (300, 400)) is None


@pytest.mark.skipif(library is not None, reason="the package is here")
def test_without_the_package_it_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises((MissingExtra, BackendError), match="install"):
        DIARISERS.create("pyannote", {"model": str(tmp_path)})
    assert PyannoteDiariser.__doc__
