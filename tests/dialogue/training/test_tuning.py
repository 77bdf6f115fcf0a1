"""The recipe on a tiny Qwen 2 written as a GGUF file. Needs torch, transformers, peft and gguf: where they are missing
these tests are skipped, and the skip says so."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("peft", reason="needs the extra llm-training")
gguf = pytest.importorskip("gguf", reason="needs the extra llm-training")
torch: Any = pytest.importorskip("torch", reason="needs the extra llm-training")

from warmline.dialogue.training import base_model, prepare, sift  # noqa: E402
from warmline.dialogue.training.adapter import save  # noqa: E402
from warmline.dialogue.training.chat import Encoder, Lesson, Pair, prompt_of  # noqa: E402
from warmline.dialogue.training.gguf_file import GgufModel, kept_tokens, pruned  # noqa: E402
from warmline.dialogue.training.prefer import prefer  # noqa: E402
from warmline.dialogue.training.quants import expand  # noqa: E402
from warmline.dialogue.training.talk import own_examples, own_talks  # noqa: E402
from warmline.dialogue.training.tune import Recipe, adapted, learn, log_likelihood, perplexity  # noqa: E402
from warmline.dialogue.training.vocabulary import Vocabulary, _letters  # noqa: E402
from warmline.dialogue.training.write import Manner, common, write  # noqa: E402

WIDTH, INNER, HEADS, GROUPS, LAYERS = 256, 512, 4, 2, 2


def written(path: Path) -> Path:
    """A random Qwen 2 whose vocabulary is all bytes, one merge and the control tokens; half its weights quantised."""
    tokens = [*_letters(), "th", "<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    kinds = [1] * (len(tokens) - 3) + [3] * 3
    draw = np.random.default_rng(0)
    writer = gguf.GGUFWriter(path, "qwen2")
    writer.add_type("model")
    for name, value in (
        ("block_count", LAYERS),
        ("context_length", 4096),
        ("embedding_length", WIDTH),
        ("feed_forward_length", INNER),
        ("attention.head_count", HEADS),
        ("attention.head_count_kv", GROUPS),
    ):
        writer.add_uint32(f"qwen2.{name}", value)
    writer.add_float32("qwen2.rope.freq_base", 1e6)
    writer.add_float32("qwen2.attention.layer_norm_rms_epsilon", 1e-6)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(tokens)
    writer.add_token_types(kinds)
    writer.add_token_merges(["t h"])
    writer.add_eos_token_id(len(tokens) - 1)

    def add(name: str, *shape: int) -> None:
        values = draw.normal(0, 0.05, shape).astype(np.float32)
        if len(shape) == 1:
            writer.add_tensor(name, np.ones(shape, np.float32) if name.endswith("weight") else values)
        else:
            kind = gguf.GGMLQuantizationType.Q8_0
            writer.add_tensor(name, gguf.quantize(values, kind), raw_dtype=kind)

    add("token_embd.weight", len(tokens), WIDTH)
    add("output.weight", len(tokens), WIDTH)
    add("output_norm.weight", WIDTH)
    half = WIDTH * GROUPS // HEADS
    for layer in range(LAYERS):
        for name, shape in (
            ("attn_norm.weight", (WIDTH,)),
            ("ffn_norm.weight", (WIDTH,)),
            ("attn_q.weight", (WIDTH, WIDTH)),
            ("attn_q.bias", (WIDTH,)),
            ("attn_k.weight", (half, WIDTH)),
            ("attn_k.bias", (half,)),
            ("attn_v.weight", (half, WIDTH)),
            ("attn_v.bias", (half,)),
            ("attn_output.weight", (WIDTH, WIDTH)),
            ("ffn_gate.weight", (INNER, WIDTH)),
            ("ffn_up.weight", (INNER, WIDTH)),
            ("ffn_down.weight", (WIDTH, INNER)),
        ):
            add(f"blk.{layer}.{name}", *shape)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> GgufModel:
    return GgufModel(written(tmp_path_factory.mktemp("tiny") / "tiny.gguf"))


@pytest.mark.parametrize("kind", ["Q4_K", "Q6_K"])
def test_quantised_blocks_are_expanded_as_ggml_does(kind: str) -> None:
    quant = gguf.GGMLQuantizationType[kind]
    size = gguf.GGML_QUANT_SIZES[quant][1]
    raw = np.random.default_rng(1).integers(0, 256, (6, 2 * size), dtype=np.uint8)
    halves = np.float16([0.01, 0.02]).view(np.uint8)
    at = (0, 2) if kind == "Q4_K" else (208,)
    for block in range(2):
        for place, offset in enumerate(at):
            raw[:, block * size + offset : block * size + offset + 2] = halves[2 * place : 2 * place + 2]

    class Tensor:
        tensor_type, data, shape = quant, raw, (512, 6)

    assert np.array_equal(expand(Tensor()).numpy(), gguf.dequantize(raw, quant))


def test_a_lesson_is_the_products_own_prompt_to_the_token(tiny: GgufModel) -> None:
    encoder = Encoder(tiny.tokenizer())
    talk = own_talks()[0]
    lesson = encoder.lesson(talk, None, random.Random(0), leads=0.0)
    for count in range(1, len(talk) + 1):
        prompt = encoder.prompt(prompt_of(talk[:count]))
        reply = encoder.ids(f"{talk[count - 1].reply}<|im_end|>")
        end = len(prompt) + len(reply)
        assert lesson.ids[:end] == [*prompt, *reply]
        assert lesson.learn[len(prompt) : end] == [True] * len(reply)
        assert lesson.learn[len(prompt) - 1] is False


def test_a_spoken_clause_is_read_and_not_learnt(tiny: GgufModel) -> None:
    encoder = Encoder(tiny.tokenizer())
    talk = own_talks()[0][1:2]
    lesson = encoder.lesson(talk, (), random.Random(3), leads=1.0)
    learnt = encoder.text([token for token, flag in zip(lesson.ids, lesson.learn, strict=True) if flag]).strip()
    assert learnt.lower() == talk[0].reply.lower()
    assert learnt[0].islower()


def test_fewer_tokens_give_the_same_numbers(tiny: GgufModel, tmp_path: Path) -> None:
    encoder = Encoder(tiny.tokenizer())
    keep = kept_tokens(tiny, ["the cat sat"], first=0)
    pruned(tiny, keep, tmp_path / "small.gguf")
    small = GgufModel(tmp_path / "small.gguf")
    ids = encoder.ids("the cat")
    place = {token: at for at, token in enumerate(keep)}
    with torch.no_grad():
        full = base_model.load(tiny, dtype=torch.float32)(input_ids=torch.tensor([ids])).logits[0, -1]
        less = base_model.load(small, dtype=torch.float32)(input_ids=torch.tensor([[place[i] for i in ids]])).logits[
            0, -1
        ]
    assert torch.allclose(full[keep], less, atol=1e-5)
    assert Vocabulary(small.tokens).text([place[i] for i in ids]) == "the cat"


def test_only_the_marked_tokens_teach_and_only_the_adapters_learn(tiny: GgufModel) -> None:
    encoder = Encoder(tiny.tokenizer())
    ids = encoder.ids("the cat sat on the mat")
    lesson = Lesson(ids, [False] * 10 + [True] * (len(ids) - 10))
    settings = Recipe(epochs=12, rate=5e-3, dropout=0.0)
    network = adapted(base_model.load(tiny, dtype=torch.float32), settings)
    frozen = network.get_base_model().lm_head.weight.clone()
    _, counts = log_likelihood(network, [lesson], "cpu")
    assert counts.tolist() == [len(ids) - 10]
    before = perplexity(network, [lesson], "cpu", 1000)
    notes: list[str] = []
    learn(network, lambda epoch: [lesson], settings, "cpu", lambda: 1.0, notes.append)
    assert perplexity(network, [lesson], "cpu", 1000) < 0.5 * before
    assert torch.equal(frozen, network.get_base_model().lm_head.weight)
    learn(network, lambda epoch: [lesson], settings, "cpu", lambda: 0.0, notes.append)
    assert "time is over" in notes[-1]


def test_preferring_moves_the_good_reply_up(tiny: GgufModel) -> None:
    encoder = Encoder(tiny.tokenizer())
    start = encoder.ids("the ")
    good, bad = ([*start, *encoder.ids(text)] for text in ("cat sat", "dog ran"))
    pair = Pair(*(Lesson(ids, [False] * len(start) + [True] * (len(ids) - len(start))) for ids in (good, bad)))
    network = adapted(base_model.load(tiny, dtype=torch.float32), Recipe(dropout=0.0))
    margins = []
    for _ in range(2):
        with torch.no_grad():
            sums, _counts = log_likelihood(network, [pair.good, pair.bad], "cpu")
        margins.append(float(sums[0] - sums[1]))
        prefer(network, [pair] * 4, "cpu", lambda: 1.0, lambda _: None, rate=3e-3, batch=2, epochs=4)
    assert margins[1] > margins[0] + 0.5


def test_it_writes_for_each_prompt_and_ends_at_the_end_token(tiny: GgufModel) -> None:
    network = adapted(base_model.load(tiny, dtype=torch.float32), Recipe())
    prompts = [[1, 2, 3], [4, 5], [6, 7, 8, 9]]
    end = tiny.specials["<|im_end|>"]
    rows = write(network, prompts, Manner(1.0, tokens=5, ends=(end,)), "cpu", each=2, rows=4)
    assert [len(row) for row in rows] == [2, 2, 2]
    assert all(len(reply) <= 5 and end not in reply for row in rows for reply in row)
    likeliest = Manner(tokens=5, ends=(end,))
    assert write(network, prompts, likeliest, "cpu") == write(network, prompts, likeliest, "cpu", rows=1)
    assert write(network, prompts, likeliest, "cpu", left_s=lambda: 0.0) == [[], [], []]


def test_what_prompts_share_is_read_once_and_changes_nothing(tiny: GgufModel) -> None:
    network = base_model.load(tiny, dtype=torch.float32)
    shared = list(range(40, 60))
    prompts = [[*shared, 1, 2, 3], [*shared, 4, 5], [*shared, 1, 7, 8, 9]]
    assert common(prompts) == 20
    assert common([[1, 2], [1, 2]]) == 1
    found = write(network, prompts, Manner(tokens=4), "cpu")
    for prompt, (reply,) in zip(prompts, found, strict=True):
        own = network.generate(torch.tensor([prompt]), max_new_tokens=4, do_sample=False, pad_token_id=0)
        assert reply == own[0, len(prompt) :].tolist()


def test_lessons_with_one_beginning_teach_as_they_do_alone(tiny: GgufModel) -> None:
    network = adapted(base_model.load(tiny, dtype=torch.float32), Recipe(dropout=0.0)).eval()
    ids = list(range(40, 72))
    lessons = [
        Lesson([*ids, *rest], [False] * len(ids) + [True] * len(rest), shared) for rest, shared in (
            ([1, 2, 3], 30), ([4, 5], 32))
    ]  # fmt: skip
    together, counts = log_likelihood(network, lessons, "cpu")
    alone = [float(log_likelihood(network, [Lesson(one.ids, one.learn)], "cpu")[0].detach()) for one in lessons]
    assert counts.tolist() == [3, 2]
    assert torch.allclose(together, torch.tensor(alone), rtol=0.02)
    together.sum().backward()
    assert any(float(weights.grad.abs().sum()) > 0 for weights in network.parameters() if weights.grad is not None)


def test_the_adapter_is_written_as_llama_cpp_reads_it(tiny: GgufModel, tmp_path: Path) -> None:
    network = adapted(base_model.load(tiny, dtype=torch.float32), Recipe(rank=4))
    save(network, Recipe(rank=4, alpha=16), tmp_path / "adapter.gguf")
    reader = gguf.GGUFReader(tmp_path / "adapter.gguf")
    assert reader.get_field("general.type").contents() == "adapter"
    assert reader.get_field("adapter.lora.alpha").contents() == 16.0
    shapes = {tensor.name: tuple(int(size) for size in tensor.shape) for tensor in reader.tensors}
    assert len(shapes) == LAYERS * 7 * 2
    assert shapes["blk.1.ffn_down.weight.lora_a"] == (INNER, 4)
    assert shapes["blk.1.ffn_down.weight.lora_b"] == (4, WIDTH)


def test_the_whole_recipe_runs_and_says_what_it_did(
    tiny: GgufModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import json

    from warmline.server.cli import main

    # what a random model writes is never good: let all of it be learnt and preferred
    monkeypatch.setattr(sift, "GOOD", -9.0)
    monkeypatch.setattr(sift, "BETTER", -1.0)
    examples, talks = own_examples()[::12], [talk[:3] for talk in own_talks()[:4]]
    monkeypatch.setattr(prepare, "own_examples", lambda: list(examples))
    monkeypatch.setattr(prepare, "own_talks", lambda: list(talks))
    dialog = []
    for at in range(6):
        dialog += [
            {"speaker": "seeker", "text": f"my dog died and the house is quiet {'x' * at}"},
            {"speaker": "supporter", "text": "what do you miss most about him?", "strategy": "Question"},
        ]
    path = tmp_path / "talks.jsonl"
    path.write_text((json.dumps({"dialog": dialog}) + "\n") * 8, encoding="utf-8")
    out = tmp_path / "out"
    argv = ["train", "llm", str(path), "--valid", str(path), "--gguf", str(tiny.path), "--out", str(out)]
    trial = ["--device", "cpu", "--epochs", "1", "--steps", "2", "--moments", "2", "--each", "2", "--minutes", "1"]
    status = main([*argv, *trial])
    assert status == 0
    report = json.loads((out / "report.json").read_text(encoding="utf-8"))
    assert len(report["losses"]) == 2
    assert report["perplexity"]["tuned"] > 0
    assert (out / "tuned.gguf").is_file()
    assert (out / "preferred.gguf").is_file()
    assert report["pairs"] == 2
    assert [one["replies"] for one in report["judged"]] == [4, 4]
    assert {(one["by"], one["way"]) for one in report["samples"]} >= {("base", "plain"), ("tuned", "begun")}
