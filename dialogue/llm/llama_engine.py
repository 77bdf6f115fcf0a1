"""llama.cpp in this process, through xllamacpp: its options, and how the engine is opened. Knows no conversation."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from warmline.dialogue.llm.adapters import located, shipped
from warmline.dialogue.llm.kept import KeptPrompts
from warmline.speech.runtime.errors import LanguageModelError, MissingWeights


@dataclass(frozen=True, slots=True)
class LlamaCppConfig:
    """``weights``: a known name; ``path``: a GGUF file of your own that speaks ChatML instead.

    ``context``: tokens of prompt and reply together, of one conversation. ``calls``: conversations with a cache of
    their own; more than those take turns, and read more. They draw from one pool of memory: ``context`` tokens and
    ``share`` more for each call after the first, because few are ever at their longest at once; who does not fit makes
    an idle one read anew. ``cache``: how keys and values are kept, f16 (28 KB a token of the default model) or q8_0
    (15 KB). ``threads``: for reading and writing. ``batch``: tokens read
    between two looks at the cancel flag. ``reuse``: a run of at least so many cached tokens that moved (because the
    oldest exchanges were dropped) is shifted instead of read again; 0 turns that off. ``dry``: strength of the
    penalty on repeating whole phrases of the prompt or of earlier replies (DRY sampling); 0 turns it off.
    ``adapter``: a LoRA adapter in GGUF for exactly this model, by path, or by a shipped one's name; ``scale``: how much
    of it is applied. ``reader``: whether the shipped adapter that reads risk is loaded beside it, with a place of its
    own (some 4 MB of memory); it is for the default model alone.
    ``keep``: the folder where the fixed part of the prompt is kept once it was read; "" for the cache of the weights.
    Time-outs in seconds without any progress: before the first token, and between two.
    """

    weights: str = "qwen2.5-1.5b"
    path: str = ""
    adapter: str = ""
    scale: float = 1.0
    context: int = 4096
    calls: int = 4
    share: int = 1536
    cache: Literal["f16", "q8_0"] = "q8_0"
    threads: int = 2
    batch: int = 64
    reuse: int = 32
    dry: float = 0.0
    keep: str = ""
    reader: bool = True
    first_timeout_s: float = 20.0
    next_timeout_s: float = 8.0

    def __post_init__(self) -> None:
        if not 1 <= self.calls <= 64:
            raise ValueError(f"calls is from 1 to 64, not {self.calls}")
        if self.cache not in ("f16", "q8_0"):
            raise ValueError(f"cache is f16 or q8_0, not {self.cache!r}")

    @property
    def pool(self) -> int:
        """Tokens of all conversations together."""
        return self.context + (self.calls - 1) * min(self.share, self.context)


READER = "risk-reader"
"""The shipped adapter that reads risk; what it answers: :mod:`warmline.dialogue.safety.deep_reader`."""

READER_FOR = "qwen2.5-1.5b"
"""The model it was made for."""

_READER_TOKENS = 256
"""Of the pool, beyond what conversations have."""


def rater_place(config: LlamaCppConfig) -> int | None:
    """The slot in which the shipped adapter reads, after those of the conversations; None where it does not."""
    fits = config.reader and not config.path and config.weights == READER_FOR and READER in shipped()
    return config.calls if fits else None


def load(config: LlamaCppConfig) -> tuple[Any, KeptPrompts]:
    import xllamacpp

    from warmline.speech.runtime.weights.cache import folder_of

    path = _gguf(config)
    kept, key = Path(config.keep).expanduser() if config.keep else folder_of("prompts"), secrets.token_hex(32)
    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    adapter, place = located(config.adapter), rater_place(config)
    reader = None if place is None else located(READER)
    # the reader's scale is 0 but in its own requests: it costs replies nothing
    params.lora_adapters = [_lora(file, scale) for file, scale in ((adapter, config.scale), (reader, 0.0)) if file]
    params.n_ctx = config.pool + (_READER_TOKENS if reader is not None else 0)
    params.kv_unified_per_slot = config.context
    params.n_parallel, params.kv_unified = config.calls + (reader is not None), True
    params.slot_prompt_similarity = 0.0
    params.cache_idle_slots = False
    if config.cache == "q8_0":
        params.cache_type_k = params.cache_type_v = xllamacpp.ggml_type.GGML_TYPE_Q8_0
    params.n_batch = params.n_ubatch = config.batch
    params.n_cache_reuse = config.reuse
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = config.threads
    # llama.cpp keeps repacked copies of the weights, so the mapped file would only be a second copy in memory
    params.load_mode = xllamacpp.llama_load_mode.LLAMA_LOAD_MODE_NONE
    params.cache_ram_mib = 0
    params.n_ctx_checkpoints = 0
    params.warmup = True
    params.verbosity = -1
    # xllamacpp always opens a port on this machine; nobody but this process has its key
    params.hostnames = ["127.0.0.1"]
    params.api_keys = [key]
    params.slot_save_path = f"{kept}/"
    params.endpoint_slots = params.endpoint_props = params.ui = False
    try:
        engine = xllamacpp.Server(params)
    except RuntimeError as error:
        also = f", with the adapter {adapter.name} made for it" if adapter is not None else ""
        raise LanguageModelError(
            f"the language model {path.name} could not be loaded: is it a GGUF file{also}, and is there enough memory?"
        ) from error
    kept_prompts = KeptPrompts(engine.listening_address, key, kept, _depends(path, adapter, config))
    # The engine's destructor waits for ever if its loops have not begun: see both at work before anything else
    kept_prompts.awake()
    engine.handle_completions({"prompt": "Hi", "n_predict": 0}, lambda _: True)
    if place is not None:
        # the first change of adapters takes some 40 MB for good: at load, where an operator sees it
        reads = [{"id": at, "scale": float(at == len(params.lora_adapters) - 1)} for at in range(1 + bool(adapter))]
        engine.handle_completions({"prompt": "Hi", "n_predict": 1, "id_slot": place, "lora": reads}, lambda _: True)
    return engine, kept_prompts


def _lora(path: Path, scale: float) -> Any:
    import xllamacpp

    lora = xllamacpp.CommonAdapterLoraInfo()
    lora.path, lora.scale = str(path), scale
    return lora


def _depends(path: Path, adapter: Path | None, config: LlamaCppConfig) -> str:
    """What a kept state depends on besides the text."""
    import xllamacpp

    files = [f"{file} {file.stat().st_size} {file.stat().st_mtime_ns}" for file in (path, adapter) if file is not None]
    scale = config.scale if adapter is not None else ""
    return f"{xllamacpp.__version__} {' '.join(files)} {config.context} {config.cache} {scale}"


def _gguf(config: LlamaCppConfig) -> Path:
    if config.path:
        path = Path(config.path).expanduser()
        if not path.is_file():
            raise MissingWeights(f"there is no file {path}: give llm.path a GGUF file, or leave it out")
        return path
    from warmline.speech.runtime.weights import locate

    return locate(config.weights).file("model.gguf")
