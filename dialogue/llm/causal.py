"""A causal language model of the transformers library, token by token, with the cache of what it has read.

The cache keeps the longest common beginning of what was read last, so a prompt that grows at its end costs only what
grew. Blocking; knows no event loop, no prompt format and no stop strings. Needs torch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from warmline.dialogue.llm.base import Decoding

PENALISED = 64
"""Tokens back that the repeat penalty looks at."""


class Causal:
    """``batch``: tokens read between two looks at ``stopped``; ``context``: tokens of prompt and reply together."""

    def __init__(self, torch: Any, network: Any, ends: Sequence[int], context: int, batch: int) -> None:
        self._torch, self._network, self._ends = torch, network, frozenset(ends)
        self._context, self._batch = context, batch
        self._read: list[int] = []
        self._kept: Any = None

    def read(self, ids: Sequence[int], stopped: Callable[[], bool]) -> int:
        """Read all of ``ids`` but their last token; returns how many were new. Raises ValueError for too many."""
        if len(ids) >= self._context:
            raise ValueError(f"the prompt has {len(ids)} tokens and the context holds {self._context}")
        keep = min(_common(self._read, ids), max(len(ids) - 1, 0))
        self._forget(keep)
        for start in range(keep, len(ids) - 1, self._batch):
            if stopped():
                break
            self._forward(ids[start : min(start + self._batch, len(ids) - 1)])
        return len(self._read) - keep

    def write(self, ids: Sequence[int], decoding: Decoding, stopped: Callable[[], bool]) -> Iterator[int]:
        """Tokens after ``ids``, without the one that ends it."""
        torch = self._torch
        self.read(ids, stopped)
        draw = torch.Generator(device="cpu")
        draw.manual_seed(decoding.seed) if decoding.seed is not None else draw.seed()
        written, last = list(ids), ids[-1]
        for _ in range(min(decoding.max_tokens, self._context - len(ids))):
            if stopped():
                return
            last = self._chosen(self._forward([last]), written, decoding, draw)
            if last in self._ends:
                return
            written.append(last)
            yield last

    def _forward(self, ids: Sequence[int]) -> Any:
        """Scores float32[V] of what follows; what was read is kept."""
        torch = self._torch
        with torch.no_grad():
            row = torch.tensor([list(ids)], device=self._network.device)
            out = self._network(input_ids=row, past_key_values=self._kept, use_cache=True, logits_to_keep=1)
        self._kept = out.past_key_values
        self._read.extend(ids)
        return out.logits[0, -1].float().cpu()

    def _chosen(self, scores: Any, written: Sequence[int], decoding: Decoding, draw: Any) -> int:
        torch = self._torch
        if decoding.repeat_penalty != 1.0:
            recent = torch.tensor(sorted(set(written[-PENALISED:])))
            found = scores[recent]
            scores[recent] = torch.where(found > 0, found / decoding.repeat_penalty, found * decoding.repeat_penalty)
        if decoding.temperature <= 0:
            return int(scores.argmax())
        chances, order = torch.softmax(scores / decoding.temperature, -1).sort(descending=True)
        chances[chances.cumsum(-1) - chances > decoding.top_p] = 0.0
        return int(order[torch.multinomial(chances, 1, generator=draw)])

    def _forget(self, keep: int) -> None:
        if self._kept is None or keep == 0:
            self._kept, self._read = None, []
        elif keep < len(self._read):
            self._kept.crop(keep)
            del self._read[keep:]


def _common(one: Sequence[int], other: Sequence[int]) -> int:
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
