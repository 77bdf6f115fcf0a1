"""The XTTS adapter: on an engine that plays back a hum, and, where coqui-tts is installed, on its own classes with
small random weights through its own loader."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from warmline.dialogue.types import NEUTRAL, ReplySegment
from warmline.speech.audio.files import write_wav
from warmline.speech.runtime.cancel import CancelFlag, Cancelled
from warmline.speech.runtime.errors import SettingsError, VoiceError, WarmlineError
from warmline.speech.types import Samples
from warmline.tts.spoken_text import said_words
from warmline.tts.styling import STYLES
from warmline.tts.types import VOICE_RATE
from warmline.tts.voice.coqui import CoquiConfig, CoquiVoice, nearest
from warmline.tts.voice.fallback import FallbackVoice
from warmline.tts.voice.tone import ToneConfig, ToneVoice

TEXT = "I hear you, and I'm still here. What would help, tonight?"


class Hum:
    """A quarter of a second of hum for every word, in pieces of 0.2 s, after some silence; fails at ``fails_at``."""

    def __init__(self, fails_at: int = -1) -> None:
        self.fails_at = fails_at
        self.asked: list[tuple[str, object]] = []

    def reference(self, clip: Path) -> object:
        return clip.stem

    def stream(self, text: str, language: str, reference: object, speed: float) -> Iterator[Samples]:
        self.asked.append((text, reference))
        count = round(len(text.split()) * 0.25 / speed * VOICE_RATE)
        wave = (0.1 * np.sin(np.arange(count) / 20.0)).astype(np.float32)
        yield np.zeros(VOICE_RATE // 5, np.float32)
        for number, start in enumerate(range(0, count, VOICE_RATE // 5)):
            if number == self.fails_at:
                raise RuntimeError("out of memory")
            yield wave[start : start + VOICE_RATE // 5]

    def close(self) -> None:
        self.asked.clear()


@pytest.fixture
def config(tmp_path: Path) -> CoquiConfig:
    for name in ("neutral", "warm"):
        write_wav(tmp_path / f"{name}.wav", np.zeros(VOICE_RATE, np.float32), VOICE_RATE)
    return CoquiConfig(path=str(tmp_path), references=str(tmp_path), device="cpu")


def segment(text: str, style: str = "neutral") -> ReplySegment:
    return ReplySegment(3, 2, text, STYLES[style], last=True)


def test_pieces_carry_every_word_in_order_inside_their_sound(config: CoquiConfig) -> None:
    chunks = list(CoquiVoice(config, Hum()).speak(segment(TEXT)))
    assert [word.text for chunk in chunks for word in chunk.words] == [word.written for word in said_words(TEXT)]
    assert len(chunks) > 4
    for chunk in chunks:
        ends = [word.end for word in chunk.words]
        assert ends == sorted(ends)
        assert all(0 < end <= len(chunk.audio) for end in ends)


def test_leading_silence_is_cut_and_pieces_join_without_a_step(config: CoquiConfig) -> None:
    chunks = list(CoquiVoice(config, Hum()).speak(segment("I hear you all the time.")))
    audio = np.concatenate([chunk.audio for chunk in chunks])
    assert np.abs(audio[: VOICE_RATE // 20]).max() > 0.05
    assert float(np.abs(np.diff(audio)).max()) < 0.1


def test_the_first_piece_sounds_before_the_second_is_made(config: CoquiConfig) -> None:
    """A piece of XTTS is most of a second: who waits for another one lets the caller wait for it too."""
    engine, made = Hum(), list[int]()
    stream = engine.stream

    def watched(*asked: object) -> Iterator[Samples]:
        for piece in stream(*asked):  # type: ignore[arg-type]
            made.append(len(piece))
            yield np.tile(piece, 5)

    engine.stream = watched  # type: ignore[method-assign]
    first = next(CoquiVoice(config, engine).speak(segment("I hear you all the time.")))
    assert len(made) == 2  # the silence before it, and one with sound
    assert len(first.audio) > VOICE_RATE // 2


def test_estimates_of_word_ends_learn_from_each_sentence(config: CoquiConfig) -> None:
    voice = CoquiVoice(config, Hum())
    for _ in range(2):
        chunks = list(voice.speak(segment("word word word word word word.")))
    place, ends = 0, []
    for chunk in chunks:
        ends += [place + word.end for word in chunk.words]
        place += len(chunk.audio)
    assert np.allclose(np.array(ends) / VOICE_RATE, 0.25 * np.arange(1, 7), atol=0.1)


def test_the_reference_nearest_to_the_style_is_imitated(config: CoquiConfig) -> None:
    engine = Hum()
    list(CoquiVoice(config, engine).speak(segment("I hear you.", "concerned")))
    assert engine.asked[-1][1] == "warm"
    assert nearest(NEUTRAL, ("neutral", "warm")) == "neutral"


def test_it_stops_between_two_pieces_of_a_sentence(config: CoquiConfig) -> None:
    flag = CancelFlag()
    chunks = CoquiVoice(config, Hum()).speak(segment("one or two words of many more to come."), flag)
    next(chunks)
    flag.set()
    with pytest.raises(Cancelled):
        list(chunks)


def test_a_failure_in_mid_sentence_is_finished_by_the_spare_voice(config: CoquiConfig) -> None:
    voice = FallbackVoice(CoquiVoice(config, Hum(fails_at=5)), lambda: ToneVoice(ToneConfig()))
    chunks = list(voice.speak(segment(TEXT)))
    assert [word.text for chunk in chunks for word in chunk.words] == [word.written for word in said_words(TEXT)]
    with pytest.raises(VoiceError, match="XTTS failed"):
        list(CoquiVoice(config, Hum(fails_at=0)).speak(segment(TEXT)))


def test_a_telephone_number_that_broke_off_is_said_whole(config: CoquiConfig) -> None:
    text = "You can always call 116 123."
    broken = CoquiVoice(config, Hum(fails_at=8))
    broken._letter_s = 0.01  # "116" counts as said when it fails
    chunks = list(FallbackVoice(broken, lambda: ToneVoice(ToneConfig())).speak(segment(text)))
    words = [word.text for chunk in chunks for word in chunk.words]
    assert words == ["You", "can", "always", "call", "116", "116", "123."]


def test_what_is_missing_is_told(tmp_path: Path, config: CoquiConfig) -> None:
    with pytest.raises(SettingsError, match="neutral"):
        CoquiVoice(CoquiConfig(path=".", references=str(tmp_path / "none")), Hum())
    with pytest.raises(SettingsError, match="XTTS speaks"):
        CoquiVoice(CoquiConfig(path=".", references=config.references, language="xx"), Hum())
    with pytest.raises(WarmlineError):
        CoquiVoice(config)


@pytest.mark.filterwarnings("default")
def test_the_librarys_own_classes_with_random_weights(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    pytest.importorskip("TTS.tts.models.xtts")
    _random_model(tmp_path, torch)
    at = np.arange(6 * VOICE_RATE) / VOICE_RATE
    write_wav(tmp_path / "neutral.wav", (0.2 * np.sin(2 * np.pi * 200 * at)).astype(np.float32), VOICE_RATE)
    voice = CoquiVoice(CoquiConfig(str(tmp_path), str(tmp_path), device="cpu", chunk=8))
    flag = CancelFlag()
    chunks = voice.speak(segment(TEXT), flag)
    first = next(chunks)
    assert first.audio.dtype == np.float32
    assert np.isfinite(first.audio).all()
    flag.set()
    with pytest.raises(Cancelled):
        list(chunks)
    whole = list(voice.speak(segment(TEXT)))
    assert [word.text for chunk in whole for word in chunk.words] == [word.written for word in said_words(TEXT)]
    voice.close()


def _random_model(folder: Path, torch) -> None:  # type: ignore[no-untyped-def]
    """A tiny XTTS as a folder: config.json, model.pth, vocab.json."""
    from tokenizers import Tokenizer, models
    from TTS.tts.configs.xtts_config import XttsConfig
    from TTS.tts.models.xtts import Xtts, XttsArgs

    letters = ["[STOP]", "[UNK]", "[SPACE]", "[en]", *"abcdefghijklmnopqrstuvwxyz'.,?!"]
    vocab = {letter: number for number, letter in enumerate(letters)}
    Tokenizer(models.BPE(vocab, [], unk_token="[UNK]")).save(str(folder / "vocab.json"))
    sizes = {"gpt_layers": 2, "gpt_n_model_channels": 64, "gpt_n_heads": 2, "gpt_max_audio_tokens": 60}
    sizes |= {"gpt_max_text_tokens": 200, "gpt_number_text_tokens": len(letters), "decoder_input_dim": 64}
    config = XttsConfig(model_args=XttsArgs(**sizes))
    torch.manual_seed(0)
    model = Xtts(config)
    model.tokenizer.tokenizer = Tokenizer.from_file(str(folder / "vocab.json"))
    torch.save({"model": model.state_dict()}, folder / "model.pth")
    config.save_json(str(folder / "config.json"))
    assert json.loads((folder / "config.json").read_text(encoding="utf-8"))["model"] == "xtts"
