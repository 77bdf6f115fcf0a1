"""The transformers backend with the library's real classes and small random weights; skipped where torch is not
installed, as in the product's own environment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from warmline.speech.asr.backends import RECOGNISERS
from warmline.speech.runtime.cancel import CancelFlag, Cancelled
from warmline.speech.runtime.errors import CorruptWeights, MissingWeights, RecognitionError, SettingsError
from warmline.speech.types import AudioChunk, Samples

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
import small_models  # noqa: E402


def noise(seconds: float) -> Samples:
    return np.random.default_rng(3).normal(0.0, 0.05, int(seconds * 16_000)).astype(np.float32)


@pytest.fixture(scope="module")
def whisper(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_models.saved("whisper", tmp_path_factory.mktemp("models") / "whisper")


@pytest.fixture(scope="module")
def ctc(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_models.saved("ctc", tmp_path_factory.mktemp("models") / "ctc")


def built(folder: Path, **options: object) -> Any:
    return RECOGNISERS.create("transformers", {"model": str(folder), "check_voice": False, **options})


def test_whisper_says_what_the_librarys_own_greedy_search_says(whisper: Path) -> None:
    from transformers import WhisperForConditionalGeneration

    from warmline.speech.audio.mel import log_mel

    recogniser, audio = built(whisper), noise(1.5)
    (ours,) = recogniser._model.read([AudioChunk(audio)], None)
    model = WhisperForConditionalGeneration.from_pretrained(whisper)
    prompt = recogniser._model._prompt
    tokens = list(prompt)
    with torch.inference_mode():
        encoded = model.get_encoder()(torch.from_numpy(log_mel(audio, 3000))[None])
        for _ in range(10 + int(7 * 1.5)):  # the whole prefix each time, no cache
            scores = model(encoder_outputs=encoded, decoder_input_ids=torch.tensor([tokens])).logits[0, -1]
            if len(tokens) == len(prompt):
                scores[model.config.eos_token_id] = -torch.inf
            tokens.append(int(scores.argmax()))
            if tokens[-1] == model.config.eos_token_id:
                break
    said = recogniser._model._tokenizer.decode(tokens[len(prompt) :], skip_special_tokens=True).strip()
    assert ours.draft.text == said
    assert ours.features.frames.shape == (75, 16)
    np.testing.assert_allclose(ours.features.frames, encoded.last_hidden_state[0, :75].numpy(), atol=1e-5)


def test_whisper_polls_the_flag_between_tokens(whisper: Path) -> None:
    recogniser, flag = built(whisper), CancelFlag()
    steps: list[None] = []

    def counted(*_: object) -> None:
        steps.append(None)
        if len(steps) == 3:
            flag.set()

    hook = recogniser._model._model.get_decoder().register_forward_hook(counted)
    with pytest.raises(Cancelled):
        recogniser.decode(AudioChunk(noise(3.0)), flag)
    hook.remove()
    assert len(steps) == 3


@pytest.mark.parametrize("batch", [1, 2, 8])
def test_many_are_heard_as_each_alone(whisper: Path, batch: int) -> None:
    """Windows of unlike lengths and silence among them: those that end early do not change the others."""
    recogniser = built(whisper, batch=batch)
    loud = np.concatenate([noise(14.0), np.zeros(8_000, np.float32), noise(3.0)])
    audios = [
        AudioChunk(noise(0.5)),
        AudioChunk(np.zeros(9_000, np.float32)),
        AudioChunk(loud, start=70),
        AudioChunk(noise(4.0)),
    ]
    passes: list[int] = []
    hook = recogniser._model._model.get_encoder().register_forward_hook(
        lambda _, given, out: passes.append(len(out[0]))
    )
    many = recogniser.decode_many(audios)
    hook.remove()
    assert passes == {1: [1, 1, 1, 1], 2: [2, 2], 8: [4]}[batch]
    assert [one.rejected for one in many][1] == "silence"
    for one, alone in zip(many, map(recogniser.decode, audios), strict=True):
        assert (one.text, one.rejected, one.words) == (alone.text, alone.rejected, alone.words)
        assert one.confidence == pytest.approx(alone.confidence, abs=1e-5)
        if alone.features is not None:
            np.testing.assert_allclose(one.features.frames, alone.features.frames, atol=1e-5)
    drafts = [
        (read.draft.text, read.draft.capped, round(read.draft.log_prob, 4))
        for group in ([0, 3], [0], [3])
        for read in recogniser._model.read([audios[at] for at in group], None)
    ]
    assert drafts[:2] == drafts[2:]
    assert drafts[0] != drafts[1]


def test_a_language_is_known_or_told(whisper: Path) -> None:
    assert built(whisper, language="de")._model._prompt != built(whisper)._model._prompt
    with pytest.raises(SettingsError, match=r"asr\.language"):
        built(whisper, language="xx")


def test_ctc_collapses_letters_and_times_words(ctc: Path) -> None:
    model = built(ctc)._model
    tokens = model._tokenizer.convert_tokens_to_ids([*"hh", "<pad>", "i", "|", "|", *"yoou"])
    logs = np.full((len(tokens), model._tokenizer.vocab_size), -10.0)
    logs[np.arange(len(tokens)), tokens] = -0.1
    words = model._words(logs, AudioChunk(noise(1.0), start=1_000))
    assert [word.text for word in words] == ["hi", "you"]
    assert [(word.start, word.end) for word in words] == [(1_000, 1_000 + 4 * 320), (1_000 + 6 * 320, 1_000 + 10 * 320)]
    assert words[0].confidence == pytest.approx(np.exp(-0.1))


def test_ctc_text_is_that_of_the_librarys_decoder(ctc: Path) -> None:
    recogniser = built(ctc)
    with torch.inference_mode():
        (found,) = recogniser._model.read([AudioChunk(noise(2.0))], None)
        given = recogniser._model._extractor(noise(2.0), sampling_rate=16_000, return_tensors="pt")
        path = recogniser._model._model(given["input_values"]).logits[0].argmax(-1)
    assert found.draft.text.split() == recogniser._model._tokenizer.decode(path, skip_special_tokens=True).split()


def test_what_cannot_be_loaded_is_told(tmp_path: Path, whisper: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "bert"}', encoding="utf-8")
    with pytest.raises((MissingWeights, CorruptWeights), match=r"asr\.model"):
        built(tmp_path)
    with pytest.raises(MissingWeights, match=r"asr\.model"):
        built(tmp_path / "none" / "here")
    closed = built(whisper)
    closed.close()
    with pytest.raises(RecognitionError, match="closed"):
        closed.decode(AudioChunk(noise(1.0)))
