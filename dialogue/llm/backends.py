"""The language models by name."""

from __future__ import annotations

from warmline.dialogue.llm.base import LanguageModel
from warmline.speech.runtime.registry import Backend, Registry

LANGUAGE_MODELS: Registry[LanguageModel] = Registry(
    "llm",
    (
        Backend(
            "llama_cpp",
            "warmline.dialogue.llm.llama_cpp:LlamaCpp",
            "warmline.dialogue.llm.llama_cpp:LlamaCppConfig",
            "embedded llama.cpp: Qwen2.5 1.5B, or any GGUF file that speaks ChatML",
        ),
        Backend(
            "openai_http",
            "warmline.dialogue.llm.openai_http:OpenAiHttp",
            "warmline.dialogue.llm.openai_http:OpenAiHttpConfig",
            "any server with OpenAI's chat completions: llama.cpp, Ollama, hosted ones",
        ),
        Backend(
            "vllm",
            "warmline.dialogue.llm.openai_http:OpenAiHttp",
            "warmline.dialogue.llm.openai_http:VllmConfig",
            "a vLLM server, with its prefix cache warmed while the person speaks",
        ),
        Backend(
            "transformers",
            "warmline.dialogue.llm.transformers:Transformers",
            "warmline.dialogue.llm.transformers:TransformersConfig",
            "causal models of the transformers library, by hub name or folder, on a GPU that torch owns",
            "transformers",
        ),
        Backend(
            "scripted",
            "warmline.dialogue.llm.scripted:ScriptedModel",
            "warmline.dialogue.llm.scripted:ScriptedConfig",
            "says given lines, also late, broken off or nonsense: for tests and rehearsals",
        ),
    ),
)
