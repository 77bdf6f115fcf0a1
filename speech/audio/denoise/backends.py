"""The noise suppressors by name. Nothing heavy is imported here."""

from __future__ import annotations

from typing import Final

from warmline.speech.audio.denoise.base import Denoiser
from warmline.speech.runtime.registry import Backend, Registry

DENOISERS: Final[Registry[Denoiser]] = Registry(
    "denoise",
    (
        Backend(
            "none",
            "warmline.speech.audio.denoise.none:NoDenoiser",
            "warmline.speech.audio.denoise.none:NoConfig",
            "the stream as it is; the default, because recognition is best on it",
        ),
        Backend(
            "webrtc",
            "warmline.speech.audio.denoise.webrtc:WebRtcDenoiser",
            "warmline.speech.audio.denoise.webrtc:WebRtcConfig",
            "WebRTC's noise suppression, high-pass and gain control",
            extra="microphone",
        ),
        Backend(
            "rnnoise",
            "warmline.speech.audio.denoise.rnnoise:RnNoise",
            "warmline.speech.audio.denoise.rnnoise:RnNoiseConfig",
            "RNNoise, a small recurrent network",
            extra="noise",
        ),
        Backend(
            "deepfilter",
            "warmline.speech.audio.denoise.deepfilter:DeepFilter",
            "warmline.speech.audio.denoise.deepfilter:DeepFilterConfig",
            "DeepFilterNet 3, a larger network",
            extra="noise",
        ),
    ),
)
