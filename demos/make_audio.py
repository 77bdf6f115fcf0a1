"""Makes the recordings in demos/audio: made-up people, spoken by our two embedded voices, over a little room noise.

    python demos/make_audio.py

Nobody real speaks here, and every sentence is ours. Pauses in seconds stand between the parts of a sentence.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from warmline.dialogue.types import ReplySegment, Style
from warmline.speech.audio.files import write_wav
from warmline.speech.audio.resample import resampled
from warmline.speech.types import SAMPLE_RATE, AudioChunk, Samples
from warmline.tts.types import VOICE_RATE
from warmline.tts.voice.backends import VOICES
from warmline.tts.voice.base import Voice

FOLDER = Path(__file__).parent / "audio"
LOW = Style(pace=-0.5, pitch=-0.7, range=-0.6, volume=-0.4, breath=0.3)
TENSE = Style(pace=0.4, pitch=0.3, range=0.3, volume=0.3)
BRIGHT = Style(pace=0.2, pitch=0.4, range=0.6, volume=0.2)

LINES: dict[str, tuple[str, Style, tuple[str | float, ...]]] = {
    "exam": ("piper", TENSE, ("I've got my final exam tomorrow, and I can't stop thinking that I'm going to fail.",)),
    "sister": ("hibari", LOW, ("I had a fight with my sister last night,", 0.8, "and I don't know how to fix it.")),
    "job": (
        "piper",
        LOW,
        ("I lost my job two weeks ago,", 0.6, "and I haven't told my parents,", 1.1, "because I'm so ashamed."),
    ),
    "lonely": ("hibari", LOW, ("I moved here in March, and I still don't know anybody.",)),
    "sleep": ("piper", LOW, ("I keep waking up at four in the morning,", 1.0, "and then I just lie there worrying.")),
    "fine": ("hibari", LOW, ("I'm fine, really. It's just been a very long week.",)),
    "dog": ("hibari", LOW, ("My dog died on Sunday,", 0.5, "and the house is so quiet now.")),
    "good": ("piper", BRIGHT, ("I finally talked to my boss, and it actually went really well!",)),
    "space": ("piper", TENSE, ("He told me that he needs space, but", 1.2, "I don't even know what that means.")),
    "unsure": ("hibari", LOW, ("I guess I'm just,", 0.7, "I'm not sure that I can keep doing this job.")),
    "overlaps/stop": ("hibari", TENSE, ("Wait, that's not what I meant at all.",)),
    "overlaps/mhm": ("hibari", Style(), ("Mm hm.",)),
}


def main() -> None:
    voices = {name: VOICES.create(name, {}) for name in ("hibari", "piper")}
    for number, (name, (voice, style, parts)) in enumerate(LINES.items()):
        spoken = [said(voices[voice], style, part) for part in parts]
        clean = np.concatenate([quiet(0.3), *spoken, quiet(0.4)])
        noise = np.random.default_rng(number).normal(0.0, 10 ** (-66 / 20), len(clean)).astype(np.float32)
        path = FOLDER / f"{name}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_wav(path, clean + noise, SAMPLE_RATE)
        print(f"{path.relative_to(FOLDER.parent)}  {len(clean) / SAMPLE_RATE:.1f} s")


def said(voice: Voice, style: Style, part: str | float) -> Samples:
    """A part of a line: words in a voice, or a pause."""
    if isinstance(part, float):
        return quiet(part)
    chunks = voice.speak(ReplySegment(1, 0, part, style, last=True))
    audio = resampled(AudioChunk(np.concatenate([chunk.audio for chunk in chunks]), VOICE_RATE), SAMPLE_RATE).samples
    loud = np.flatnonzero(np.abs(audio) > 0.01)
    return 0.9 * audio[loud[0] : loud[-1] + 1] if len(loud) else audio


def quiet(seconds_s: float) -> Samples:
    return np.zeros(round(seconds_s * SAMPLE_RATE), np.float32)


if __name__ == "__main__":
    main()
