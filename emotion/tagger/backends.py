"""Every tagger that ships, by name."""

from __future__ import annotations

from warmline.emotion.tagger.base import Tagger
from warmline.speech.runtime.registry import Backend, Registry

TAGGERS: Registry[Tagger] = Registry(
    "tagger",
    (
        Backend(
            "encoder_probe",
            "warmline.emotion.tagger.encoder_probe:EncoderProbe",
            "warmline.emotion.tagger.encoder_probe:EncoderProbeConfig",
            "the embedded head on the recogniser's own encoder output, joined with prosody",
        ),
        Backend(
            "transformer",
            "warmline.emotion.tagger.transformer:TransformerTagger",
            "warmline.emotion.tagger.transformer:TransformerConfig",
            "any audio classifier of Hugging Face transformers, or audEERING's dimensional model (torch, GPU)",
            extra="transformers",
        ),
        Backend(
            "scripted",
            "warmline.emotion.tagger.scripted:ScriptedTagger",
            "warmline.emotion.tagger.scripted:ScriptedTaggerConfig",
            "says the labels it was given: for tests and demonstrations",
        ),
    ),
)
