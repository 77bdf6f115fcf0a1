"""The judges of a run: those by rules, language models by settings or by URL, people's saved ratings.

What an endpoint gave is kept beside the talks, so that it is asked once. One that cannot be reached costs its scores,
never the run, and is named in the result.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from warmline.dialogue.evaluate.conversation import llm_judge
from warmline.dialogue.evaluate.conversation.judges import RULES
from warmline.dialogue.evaluate.conversation.llm_judge import Unread
from warmline.dialogue.evaluate.conversation.panel import Seat, key, people, seated
from warmline.dialogue.evaluate.conversation.talk import Talk
from warmline.dialogue.llm.base import LanguageModel
from warmline.dialogue.llm.openai_http import OpenAiHttp, OpenAiHttpConfig
from warmline.server.report import progress
from warmline.speech.runtime.errors import LanguageModelError, SettingsError, UsageError

SETTINGS = "settings"
EMBEDDED_WEIGHT, ENDPOINT_WEIGHT = 0.5, 1.0


@dataclass(slots=True)
class Bench:
    """The judges that gave scores, and in ``absent`` what became of the others."""

    seats: list[Seat]
    absent: list[str] = field(default_factory=list)


def endpoint(url: str, model: str) -> OpenAiHttp:
    """Raises UsageError for what is no address of a server."""
    try:
        return OpenAiHttp(OpenAiHttpConfig(url, model, first_timeout_s=60.0, next_timeout_s=30.0))
    except SettingsError as error:
        raise UsageError(f"{url!r} is no server: give an address such as http://127.0.0.1:8000/v1") from error


async def seats(
    talks: Sequence[Talk], judges: Sequence[str], model: str, ratings: Sequence[Path], out: Path, own: LanguageModel
) -> Bench:
    """Every judge's scores of the talks. ``judges``: URLs, or "settings" for ``own``. Raises UnreadableInput."""
    bench = Bench([*(seated(judge, talks) for judge in RULES), *people(ratings)])
    for name in judges:
        if name == SETTINGS:
            await _ask(bench, "own model", EMBEDDED_WEIGHT, own, talks, out)
            continue
        server = endpoint(name, model)
        try:
            await _ask(bench, name, ENDPOINT_WEIGHT, server, talks, out)
        finally:
            await server.close()
    return bench


async def _ask(bench: Bench, name: str, weight: float, llm: LanguageModel, talks: Sequence[Talk], out: Path) -> None:
    path = out / "judges" / f"{re.sub(r'[^a-z0-9]+', '-', name.lower()).strip('-')}.json"
    scores = _kept(path)
    missing = [talk for talk in talks if talk.exchanges and key(talk) not in scores]
    if missing and (trouble := await llm_judge.reachable(llm)):
        bench.absent.append(f"{name}: {trouble}")
        return
    unread = 0
    for number, talk in enumerate(missing, 1):
        try:
            scores[key(talk)] = await llm_judge.scores(talk, llm)
        except Unread:
            unread += 1
        except LanguageModelError as error:
            bench.absent.append(f"{name} broke off after {number - 1} talks: {error}")
            break
        _keep(path, scores)
        progress(f"  judged by {name}: {number} of {len(missing)}")
    if unread:
        bench.absent.append(f"{name}: {unread} answers held no scores")
    if scores:
        bench.seats.append(Seat(name, weight, "a language model that read the talk", scores))


def _kept(path: Path) -> dict[str, Mapping[str, float]]:
    try:
        found: dict[str, Mapping[str, float]] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found


def _keep(path: Path, scores: Mapping[str, Mapping[str, float]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(scores), encoding="utf-8")
