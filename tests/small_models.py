"""Small random models of the transformers library's real classes, saved to a folder as ``save_pretrained`` does."""

from __future__ import annotations

import json
from pathlib import Path

LETTERS = "abcdefghijklmnopqrstuvwxyz'"


def saved(kind: str, folder: Path) -> Path:
    """``kind``: whisper (1.0 s windows, multilingual tokens), ctc (wav2vec2) or chat (Qwen 2, every byte a token)."""
    folder.mkdir(parents=True)
    import torch

    torch.manual_seed(0)
    {"whisper": _whisper, "ctc": _ctc, "chat": _chat}[kind](folder)
    return folder


def _whisper(folder: Path) -> None:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast, WhisperConfig, WhisperForConditionalGeneration

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    names = ["<|endoftext|>", "<|startoftranscript|>", "<|en|>", "<|de|>", "<|transcribe|>", "<|nospeech|>"]
    names.append("<|notimestamps|>")
    table = {piece: at for at, piece in enumerate([*alphabet, *names])}
    inner = Tokenizer(models.BPE(vocab=table, merges=[]))
    inner.pre_tokenizer, inner.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=inner, eos_token=names[0], additional_special_tokens=names[1:])
    tokenizer.save_pretrained(folder)
    end = table["<|endoftext|>"]
    config = WhisperConfig(
        vocab_size=len(table),
        num_mel_bins=80,
        encoder_layers=1,
        decoder_layers=1,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        d_model=16,
        encoder_ffn_dim=32,
        decoder_ffn_dim=32,
        max_source_positions=1500,
        max_target_positions=64,
        pad_token_id=end,
        bos_token_id=end,
        eos_token_id=end,
        decoder_start_token_id=table["<|startoftranscript|>"],
    )
    model = WhisperForConditionalGeneration(config)
    model.generation_config._from_model_config = False  # else loading derives it anew and forgets the next line
    model.generation_config.is_multilingual = True
    model.generation_config.begin_suppress_tokens = [end]
    model.save_pretrained(folder)


def _ctc(folder: Path) -> None:
    from transformers import Wav2Vec2Config, Wav2Vec2CTCTokenizer, Wav2Vec2FeatureExtractor, Wav2Vec2ForCTC

    vocabulary = {piece: at for at, piece in enumerate(["<pad>", "<s>", "</s>", "<unk>", "|", *LETTERS])}
    (folder / "vocab.json").write_text(json.dumps(vocabulary), encoding="utf-8")
    Wav2Vec2CTCTokenizer(str(folder / "vocab.json")).save_pretrained(folder)
    Wav2Vec2FeatureExtractor(sampling_rate=16_000, do_normalize=True).save_pretrained(folder)
    config = Wav2Vec2Config(
        vocab_size=len(vocabulary),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        conv_dim=(16,) * 7,
        num_conv_pos_embeddings=16,
        num_conv_pos_embedding_groups=2,
        pad_token_id=0,
    )
    model = Wav2Vec2ForCTC(config)
    model.lm_head.bias.data[1:4] = -100.0  # a trained model puts out none of <s>, </s>, <unk>
    model.save_pretrained(folder)


def _chat(folder: Path) -> None:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    names = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    table = {piece: at for at, piece in enumerate([*letters, *names])}
    inner = Tokenizer(models.BPE(vocab=table, merges=[]))
    inner.pre_tokenizer, inner.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=inner, eos_token=names[2], additional_special_tokens=names[:2])
    tokenizer.chat_template = (
        "{% for one in messages %}<|im_start|>{{ one.role }}\n{{ one.content }}<|im_end|>\n{% endfor %}"
        "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
    )
    tokenizer.save_pretrained(folder)
    shape = Qwen2Config(
        vocab_size=len(table), hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=2048, eos_token_id=table[names[2]], bos_token_id=None,
        tie_word_embeddings=True,
    )  # fmt: skip
    Qwen2ForCausalLM(shape).save_pretrained(folder)
