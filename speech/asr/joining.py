"""Hypotheses of pieces of audio that follow each other, as one. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from warmline.speech.asr.base import Hypothesis
from warmline.speech.types import EncoderFeatures


def joined(pieces: Sequence[Hypothesis], features_s: float = math.inf) -> Hypothesis:
    """One hypothesis of at least one piece; rejected only if all of them are. Confidence is the mean over the letters
    of the log-confidences; features are those of the last ``features_s`` seconds, where the pieces have them."""
    if len(pieces) == 1:
        return pieces[0]
    features = last_features([piece.features for piece in pieces if piece.features is not None], features_s)
    quick = any(piece.quick for piece in pieces)
    kept = [piece for piece in pieces if piece.rejected is None and piece.text]
    if not kept:
        first = pieces[0]
        return Hypothesis("", (), first.language, 0.0, features, first.rejected, quick)
    logs = [math.log(max(piece.confidence, 1e-9)) for piece in kept]
    confidence = math.exp(float(np.average(logs, weights=[len(piece.text) for piece in kept])))
    words = tuple(word for piece in kept for word in piece.words)
    return Hypothesis(
        " ".join(piece.text for piece in kept), words, kept[0].language, confidence, features, None, quick
    )


def last_features(found: Sequence[EncoderFeatures], longest_s: float = math.inf) -> EncoderFeatures | None:
    """Features that follow each other as one, of at most the last ``longest_s`` seconds; None for none."""
    if not found:
        return None
    first, rate_hz = found[0], found[0].rate_hz
    frames = np.concatenate([item.frames for item in found])
    dropped = max(0, len(frames) - int(longest_s * rate_hz)) if math.isfinite(longest_s) else 0
    if not dropped:
        return EncoderFeatures(frames, first.encoder, first.start, rate_hz)
    start = found[-1].start - round((len(frames) - dropped - len(found[-1].frames)) * 16_000 / rate_hz)
    return EncoderFeatures(frames[dropped:], first.encoder, start, rate_hz)
