"""Small models of the real transformers classes with random weights: built from a config, saved, loaded by path."""

from __future__ import annotations

from pathlib import Path

import pytest

KINDS = ("wav2vec2", "hubert", "wavlm", "whisper", "dimensional")
FOUR = ("ang", "hap", "neu", "sad")

_SMALL = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 48,
    "conv_dim": (16, 16, 16, 16, 16, 16, 16),
    "num_conv_pos_embeddings": 16,
    "num_conv_pos_embedding_groups": 4,
    "classifier_proj_size": 16,
}


def random_model(kind: str, folder: Path, labels: tuple[str, ...] = FOUR) -> Path:
    """A folder as the hub would give it. Skips the test where torch or transformers is missing."""
    torch = pytest.importorskip("torch", reason="comes with the extra transformers")
    transformers = pytest.importorskip("transformers", reason="comes with the extra transformers")
    torch.manual_seed(1)
    transformers.utils.logging.disable_progress_bar()
    if kind == "dimensional":
        labels = ("arousal", "dominance", "valence")
    names = {"id2label": dict(enumerate(labels)), "label2id": {name: at for at, name in enumerate(labels)}}
    model, extractor = _built(transformers, kind, names)
    model.save_pretrained(folder)
    extractor.save_pretrained(folder)
    return folder


def _built(transformers, kind, names):
    if kind == "whisper":
        config = transformers.WhisperConfig(
            d_model=32, encoder_layers=2, encoder_attention_heads=2, encoder_ffn_dim=48, decoder_layers=1,
            decoder_attention_heads=2, decoder_ffn_dim=48, num_mel_bins=80, vocab_size=100, pad_token_id=0,
            bos_token_id=0, eos_token_id=0, decoder_start_token_id=0, classifier_proj_size=16, **names,
        )  # fmt: skip
        return transformers.WhisperForAudioClassification(config), transformers.WhisperFeatureExtractor()
    # the large models of this family normalise by layer and know an attention mask, the base models do neither
    masked = kind in {"wav2vec2", "dimensional"}
    own = {**_SMALL, **names, "feat_extract_norm": "layer" if masked else "group"}
    extractor = transformers.Wav2Vec2FeatureExtractor(return_attention_mask=masked, do_normalize=masked)
    if kind == "dimensional":
        from warmline.emotion.tagger.transformer_models import dimensional

        return dimensional(__import__("torch"), transformers)(transformers.Wav2Vec2Config(**own)), extractor
    classes = {
        "wav2vec2": (transformers.Wav2Vec2Config, transformers.Wav2Vec2ForSequenceClassification),
        "hubert": (transformers.HubertConfig, transformers.HubertForSequenceClassification),
        "wavlm": (transformers.WavLMConfig, transformers.WavLMForSequenceClassification),
    }
    config, model = classes[kind]
    return model(config(**own)), extractor
