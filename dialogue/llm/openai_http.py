"""A language model behind a server that speaks OpenAI's streaming chat completions (vLLM, llama.cpp, Ollama, ...).

Sends the conversation to that server: who runs it decides where a caller's words go. Does not know what is said.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx

from warmline.dialogue.llm.base import Decoding, Prompt
from warmline.dialogue.llm.waiting import wait_for
from warmline.speech.runtime.cancel import CancelFlag, Cancelled
from warmline.speech.runtime.errors import LanguageModelError, SettingsError

DIALECTS = ("openai", "vllm", "llama.cpp")

_UNLIMITED = httpx.Limits(max_connections=None, max_keepalive_connections=100)


@dataclass(frozen=True, slots=True)
class OpenAiHttpConfig:
    """``base_url`` ends in ``/v1``; ``model`` is the name that the server knows.

    ``dialect``: which fields beyond OpenAI's own the server takes ("openai": none, "vllm", "llama.cpp").
    ``prefill``: read ahead by asking for one token, worth it where the server caches prefixes.
    ``connect_retries`` repeats a connection that was not made; a request that was sent is never repeated.
    """

    base_url: str
    model: str
    api_key: str = ""
    dialect: str = "openai"
    prefill: bool = False
    connect_retries: int = 2
    connect_timeout_s: float = 2.0
    first_timeout_s: float = 15.0
    next_timeout_s: float = 5.0


@dataclass(frozen=True, slots=True)
class VllmConfig(OpenAiHttpConfig):
    """The same for vLLM: its own fields, and prefixes warmed."""

    base_url: str = "http://127.0.0.1:8000/v1"
    model: str = "Qwen/Qwen2.5-7B-Instruct"
    dialect: str = "vllm"
    prefill: bool = True


class OpenAiHttp:
    """Raises SettingsError for an unknown dialect or a base_url that is no web address."""

    def __init__(self, config: OpenAiHttpConfig, transport: httpx.AsyncBaseTransport | None = None) -> None:
        if config.dialect not in DIALECTS:
            raise SettingsError(f"llm.dialect is {config.dialect!r}; it must be one of {', '.join(DIALECTS)}")
        if not config.base_url.startswith(("http://", "https://")):
            raise SettingsError(f"llm.base_url is {config.base_url!r}; it must start with http:// or https://")
        self._config = config
        self._client = httpx.AsyncClient(
            headers={"Authorization": f"Bearer {config.api_key}"} if config.api_key else {},
            timeout=httpx.Timeout(None, connect=config.connect_timeout_s),
            # all calls of a process share this client: the library's own limit (100) would hold the 101st reply back
            transport=transport or httpx.AsyncHTTPTransport(retries=config.connect_retries, limits=_UNLIMITED),
        )

    @property
    def elsewhere(self) -> bool:
        """vLLM has a GPU; any other server on this very machine may want the same cores."""
        here = (urlsplit(self._config.base_url).hostname or "") in ("localhost", "127.0.0.1", "::1")
        return self._config.dialect == "vllm" or not here

    async def prefill(self, prompt: Prompt, cancel: CancelFlag) -> int:
        if not self._config.prefill or not prompt.messages or cancel.is_set:
            return 0
        body = self._body(prompt, Decoding(max_tokens=1)) | {"stream": False}
        try:
            response = await wait_for(self._client.post(self._url, json=body), cancel, self._config.first_timeout_s)
            self._check(response.status_code)
            return _newly_read(response.json())
        except Cancelled:
            return 0
        except TimeoutError:
            raise self._stalled() from None
        except (httpx.HTTPError, ValueError) as error:
            raise self._unreachable(error) from error

    async def generate(self, prompt: Prompt, decoding: Decoding, cancel: CancelFlag) -> AsyncGenerator[str, None]:
        if cancel.is_set:
            return
        request = self._client.build_request("POST", self._url, json=self._body(prompt, decoding))
        response: httpx.Response | None = None
        echo = _Echo(prompt.assistant_start)
        timeout_s = self._config.first_timeout_s
        try:
            response = await wait_for(self._client.send(request, stream=True), cancel, timeout_s)
            self._check(response.status_code)
            async with aclosing(_texts(response)) as texts:
                while True:
                    piece = await wait_for(_next(texts), cancel, timeout_s)
                    if piece is None:
                        break
                    timeout_s = self._config.next_timeout_s
                    if fresh := echo.drop(piece):
                        yield fresh
            if rest := echo.rest():
                yield rest
        except Cancelled:
            return
        except TimeoutError:
            raise self._stalled() from None
        except (httpx.HTTPError, ValueError) as error:
            raise self._unreachable(error) from error
        finally:
            if response is not None:
                await response.aclose()

    async def close(self) -> None:
        await self._client.aclose()

    @property
    def _url(self) -> str:
        return f"{self._config.base_url.rstrip('/')}/chat/completions"

    def _body(self, prompt: Prompt, decoding: Decoding) -> dict[str, object]:
        messages = [{"role": message.role, "content": message.text} for message in prompt.messages]
        body: dict[str, object] = {
            "model": self._config.model,
            "max_tokens": decoding.max_tokens,
            "temperature": decoding.temperature,
            "top_p": decoding.top_p,
            "stream": True,
        }
        if decoding.stop:
            body["stop"] = list(decoding.stop)
        if decoding.seed is not None:
            body["seed"] = decoding.seed
        if prompt.assistant_start:
            messages.append({"role": "assistant", "content": prompt.assistant_start})
        if self._config.dialect == "vllm":
            body["repetition_penalty"] = decoding.repeat_penalty
            if prompt.assistant_start:
                body |= {"continue_final_message": True, "add_generation_prompt": False}
        elif self._config.dialect == "llama.cpp":
            body |= {"repeat_penalty": decoding.repeat_penalty, "cache_prompt": True}
        return body | {"messages": messages}

    def _check(self, status: int) -> None:
        if status < 400:
            return
        todo = {
            401: "check llm.api_key",
            403: "check llm.api_key",
            404: f"check llm.base_url and that it serves the model {self._config.model!r}",
            429: "it is busy: lower the number of calls or add servers",
            503: "it is loading or busy: try again soon",
        }.get(status, "look into its log")
        raise LanguageModelError(f"the language model server answered {status}: {todo}")

    def _stalled(self) -> LanguageModelError:
        return LanguageModelError(f"the language model server at {self._config.base_url} stalled: is it overloaded?")

    def _unreachable(self, error: Exception) -> LanguageModelError:
        if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
            return LanguageModelError(f"no language model server answers at {self._config.base_url}: is it running?")
        if isinstance(error, ValueError):
            return LanguageModelError(f"the server at {self._config.base_url} does not speak OpenAI's chat completions")
        return LanguageModelError(f"the language model server broke off ({type(error).__name__}): look into its log")


class _Echo:
    """Drops the given start from what a server writes, where the server repeats it."""

    def __init__(self, start: str) -> None:
        self._start = start
        self._seen = ""
        self._open = bool(start)

    def drop(self, piece: str) -> str:
        if not self._open:
            return piece
        self._seen += piece
        if self._start.startswith(self._seen) and self._seen != self._start:
            return ""
        self._open = False
        return self._seen.removeprefix(self._start)

    def rest(self) -> str:
        return self._seen if self._open and self._seen else ""


async def _next(texts: AsyncIterator[str]) -> str | None:
    return await anext(texts, None)


async def _texts(response: httpx.Response) -> AsyncGenerator[str, None]:
    """Pieces of text from a stream of server-sent events. Raises ValueError where it is none."""
    async for line in response.aiter_lines():
        if not line.startswith("data:"):
            if line.lstrip().startswith(("{", "<")):
                raise ValueError("no event stream")
            continue
        data = line.removeprefix("data:").strip()
        if data == "[DONE]":
            return
        event = json.loads(data)
        if not isinstance(event, dict):
            raise ValueError("no event")
        if "error" in event:
            raise LanguageModelError("the language model server failed while writing: look into its log")
        for choice in event.get("choices") or ():
            text = (choice.get("delta") or {}).get("content")
            if text:
                yield str(text)


def _newly_read(answer: Mapping[str, Any]) -> int:
    usage = answer.get("usage") or {}
    cached = (usage.get("prompt_tokens_details") or {}).get("cached_tokens") or 0
    return max(0, int(usage.get("prompt_tokens", 0)) - int(cached))
