"""Loading audio classifiers of transformers, and running them on batches. The only place that imports torch.

The dimensional model is built from its description (Wagner et al., "Dawn of the Transformer Era in Speech Emotion
Recognition", 2023): wav2vec 2.0, the mean over time, a dense layer with tanh, and three outputs of about 0 to 1. Its
weights load by their names (``wav2vec2.*``, ``classifier.dense``, ``classifier.out_proj``).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from warmline.emotion.tagger.mapping import axes_of
from warmline.speech.runtime.errors import BackendError, MissingExtra, MissingWeights
from warmline.speech.types import SAMPLE_RATE, Samples


class Classifier:
    """A loaded model. ``labels``: the names of its outputs."""

    def __init__(self, torch: Any, model: Any, extractor: Any, device: str) -> None:
        self._torch, self._model, self._extractor, self._device = torch, model, extractor, device
        names = model.config.id2label
        self.labels = tuple(str(names[at]) for at in sorted(names))
        # Whisper always reads 30 s, so padding is the same for one and for many
        self._fixed = hasattr(extractor, "n_samples")
        self._masked = bool(getattr(extractor, "return_attention_mask", False))

    def scores(self, waves: Sequence[Samples]) -> list[NDArray[np.float64]]:
        """The model's outputs for each of float32[n] at 16 kHz. Raises BackendError."""
        found: list[NDArray[np.float64]] = []
        for group in self._groups(waves):
            try:
                found += self._run(group)
            except RuntimeError as error:
                raise BackendError(
                    f"the tagger's model failed ({error}): set tagger.batch lower, or tagger.device=cpu"
                ) from error
        return found

    def close(self) -> None:
        self._model = None
        if self._device.startswith("cuda"):
            self._torch.cuda.empty_cache()

    def _groups(self, waves: Sequence[Samples]) -> Iterator[list[Samples]]:
        """A model without an attention mask hears padding as silence: there, only waves of one length go together."""
        if self._fixed or self._masked:
            yield list(waves)
            return
        group: list[Samples] = []
        for wave in waves:
            if group and len(group[0]) != len(wave):
                yield group
                group = []
            group.append(wave)
        if group:
            yield group

    def _run(self, waves: list[Samples]) -> list[NDArray[np.float64]]:
        if not waves:
            return []
        options = {} if self._fixed else {"padding": True}
        inputs = self._extractor(waves, sampling_rate=SAMPLE_RATE, return_tensors="pt", **options)
        inputs = {name: value.to(self._device) for name, value in inputs.items()}
        with self._torch.inference_mode():
            logits = self._model(**inputs).logits
        return list(logits.float().cpu().numpy().astype(np.float64))


def load(model: str, revision: str | None, device: str) -> Classifier:
    """Raises MissingExtra, MissingWeights, BackendError."""
    torch, transformers = _libraries()
    place = _device(torch, device)
    with _quiet(transformers), _told(model):
        config = transformers.AutoConfig.from_pretrained(model, revision=revision)
        extractor = transformers.AutoFeatureExtractor.from_pretrained(model, revision=revision)
        names = [str(config.id2label[at]) for at in sorted(config.id2label)]
        if config.model_type == "wav2vec2" and axes_of(names) is not None:
            kind = dimensional(torch, transformers)
        else:
            kind = transformers.AutoModelForAudioClassification
        built = kind.from_pretrained(model, revision=revision, config=config)
    if getattr(extractor, "sampling_rate", SAMPLE_RATE) != SAMPLE_RATE:
        raise BackendError(f"{model} reads {extractor.sampling_rate} Hz; only models of {SAMPLE_RATE} Hz can be used")
    try:
        built = built.eval().to(place)
    except (RuntimeError, AssertionError) as error:
        raise BackendError(f"tagger.device {device!r} does not work here: {error}") from error
    return Classifier(torch, built, extractor, place)


def dimensional(torch: Any, transformers: Any) -> Any:
    """The class of the dimensional model; made here because its bases are imported late."""

    class Head(torch.nn.Module):  # type: ignore[misc]
        def __init__(self, config: Any) -> None:
            super().__init__()
            self.dense = torch.nn.Linear(config.hidden_size, config.hidden_size)
            self.out_proj = torch.nn.Linear(config.hidden_size, config.num_labels)

        def forward(self, features: Any) -> Any:
            return self.out_proj(torch.tanh(self.dense(features)))

    class Dimensional(transformers.Wav2Vec2PreTrainedModel):  # type: ignore[misc]
        def __init__(self, config: Any) -> None:
            super().__init__(config)
            self.wav2vec2 = transformers.Wav2Vec2Model(config)
            self.classifier = Head(config)
            self.post_init()

        def forward(self, input_values: Any, attention_mask: Any = None) -> Any:
            frames = self.wav2vec2(input_values, attention_mask=attention_mask)[0]
            if attention_mask is None:
                pooled = frames.mean(dim=1)
            else:
                kept = self._get_feature_vector_attention_mask(frames.shape[1], attention_mask).unsqueeze(-1)
                pooled = (frames * kept).sum(dim=1) / kept.sum(dim=1)
            return transformers.modeling_outputs.SequenceClassifierOutput(logits=self.classifier(pooled))

    return Dimensional


def _libraries() -> tuple[Any, Any]:
    try:
        import torch
        import transformers
        import transformers.modeling_outputs
    except ModuleNotFoundError as error:
        raise MissingExtra(
            f"the tagger backend 'transformer' needs the package {error.name!r}: pip install \"warmline[transformers]\""
        ) from error
    return torch, transformers


def _device(torch: Any, wanted: str) -> str:
    if wanted != "auto":
        return wanted
    return "cuda" if torch.cuda.is_available() else "cpu"


@contextlib.contextmanager
def _quiet(transformers: Any) -> Iterator[None]:
    """Its progress bars and advice are not for people on a call; the level before is put back."""
    logging = transformers.utils.logging
    before = logging.get_verbosity()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(before)
        logging.enable_progress_bar()


@contextlib.contextmanager
def _told(model: str) -> Iterator[None]:
    """The library's errors as ours."""
    try:
        yield
    except (OSError, KeyError) as error:  # no such folder or hub model, no network, a file that lacks
        raise MissingWeights(
            f"no audio model can be loaded from {model!r} ({_first_line(error)}): give a folder with config.json, "
            "preprocessor_config.json and weights, or a name on the hub"
        ) from error
    except ModuleNotFoundError as error:
        raise MissingExtra(f"{model} needs the package {error.name!r}: pip install {error.name}") from error
    except ImportError as error:  # some feature extractors want torchaudio, which does not import everywhere
        raise BackendError(f"{model} cannot be used here: {_first_line(error)}") from error
    except (ValueError, RuntimeError) as error:
        raise BackendError(f"{model} is no audio classifier that can be used: {_first_line(error)}") from error


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
