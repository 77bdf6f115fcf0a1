"""A call of two turns through the real models, from Python: what ``warmline talk --input`` does.

python demos/one_call.py            (needs: warmline weights fetch)
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from warmline.server import wiring
from warmline.server.config import load
from warmline.server.conversation import Conversation
from warmline.server.narrator import Narrator
from warmline.server.settings import Settings
from warmline.server.transport.caller import Caller, Line
from warmline.speech.audio.files import read_audio
from warmline.tts.playout import Playout

AUDIO = Path(__file__).parent / "audio"


async def call(settings: Settings) -> None:
    lines = tuple(Line(read_audio(AUDIO / f"{name}.wav").samples) for name in ("sister", "unsure"))
    async with wiring.parts(settings, print) as parts:
        conversation = Conversation(parts, settings.call, Narrator(print), Playout())
        recording = await Caller(lines).call(conversation)
    print(f"\n{len(conversation.turns)} turns in {len(recording.caller) / 16_000:.0f} s")


if __name__ == "__main__":
    asyncio.run(call(load(sets=["call.greeting=''", "call.seed=1"]).settings))
