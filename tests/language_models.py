"""Language models for the contract: the fake, the embedded engine and the HTTP client, the last two on real weights."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager

import pytest

from warmline.dialogue.llm.base import Decoding, LanguageModel, Message, Prompt
from warmline.dialogue.llm.llama_cpp import LlamaCpp, LlamaCppConfig
from warmline.dialogue.llm.openai_http import OpenAiHttp, OpenAiHttpConfig
from warmline.dialogue.llm.scripted import Line, ScriptedConfig, ScriptedModel
from warmline.speech.runtime.cancel import CancelFlag

SMALL = "smollm2-135m"
SAY = Prompt((Message("system", "You are a kind listener."), Message("user", "I lost my job today.")))
GREEDY = Decoding(max_tokens=12, temperature=0.0, seed=1)


@contextmanager
def server() -> Iterator[str]:
    """A real OpenAI-compatible server (llama.cpp's own) on this machine; gives its base address. Key: "secret"."""
    import xllamacpp

    from warmline.speech.runtime.weights import locate

    params = xllamacpp.CommonParams()
    params.model.path = str(locate(SMALL).file("model.gguf"))
    params.n_ctx, params.n_parallel, params.cpuparams.n_threads = 1024, 1, 2
    params.verbosity, params.warmup, params.use_jinja, params.ui = -1, False, True, False
    params.api_keys = ["secret"]
    engine = xllamacpp.Server(params)
    yield f"{engine.listening_address}/v1"
    del engine


@pytest.fixture(scope="module")
def base_url() -> Iterator[str]:
    with server() as address:
        yield address


@pytest.fixture(
    params=[
        "scripted",
        pytest.param("llama-cpp", marks=pytest.mark.weights),
        pytest.param("http", marks=pytest.mark.weights),
    ]
)
async def model(request: pytest.FixtureRequest) -> AsyncGenerator[LanguageModel, None]:
    made: LanguageModel
    if request.param == "scripted":
        made = ScriptedModel(ScriptedConfig((Line("I hear you. That is a hard day, and it is yours to tell."),)))
    elif request.param == "llama-cpp":
        made = LlamaCpp(LlamaCppConfig(weights=SMALL, context=1024))
    else:
        url = request.getfixturevalue("base_url")
        # A caller is not kept waiting so long, but these tests are about what is said and not how soon: on a machine
        # with ten times its work the small model's first token takes longer than a call would wait. One that never
        # comes still fails.
        patient = {"connect_timeout_s": 20.0, "first_timeout_s": 120.0, "next_timeout_s": 60.0}
        made = OpenAiHttp(OpenAiHttpConfig(url, "any", api_key="secret", dialect="llama.cpp", prefill=True, **patient))
    yield made
    await made.close()


async def written(model: LanguageModel, prompt: Prompt = SAY, decoding: Decoding = GREEDY) -> list[str]:
    async with aclosing(model.generate(prompt, decoding, CancelFlag())) as pieces:
        return [piece async for piece in pieces]
