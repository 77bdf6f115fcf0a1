"""The embedded language model with the adapter that reads, for commands that measure it."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from warmline.dialogue.llm.base import LanguageModel, Rates
from warmline.server import wiring
from warmline.server.commands.common import settings_of
from warmline.server.report import progress
from warmline.speech.runtime.errors import UsageError


@asynccontextmanager
async def reading_model(args: argparse.Namespace) -> AsyncGenerator[LanguageModel, None]:
    """The configured language model. Raises UsageError where it cannot read; LanguageModelError, WeightsError."""
    settings = settings_of(args)
    wiring.use_cache(settings)
    progress("loading the language model")
    llm = await asyncio.to_thread(wiring.language_model, settings)
    try:
        if not (isinstance(llm, Rates) and llm.rates):
            raise UsageError(
                "--deep needs the embedded default model and its reader: leave out llm.backend, llm.weights, "
                "llm.path and llm.reader"
            )
        yield llm
    finally:
        await llm.close()
