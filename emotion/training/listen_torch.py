"""The schooling of attentive.py in PyTorch, for a graphics card: the same network, lessons and losses, its own chance.

Worth it from a few changed copies of a corpus on: on a card a member takes seconds. PyTorch is imported inside and is
no dependency of the product; a test holds the scores of both against each other where it is installed.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from warmline.emotion.head import CLIP, EPSILON, Listener
from warmline.emotion.training.attentive import AROUSAL, Lessons, Material, beginning
from warmline.emotion.training.network import pace
from warmline.speech.runtime.errors import MissingExtra, UsageError


def train(data: Material, lessons: Lessons, seed: int, device: str) -> Listener:
    """As :func:`~warmline.emotion.training.attentive.train`. ``device``: "cuda", "cpu" ... Raises MissingExtra without
    PyTorch, UsageError for a device that is not there."""
    torch = _torch()
    try:
        held = _Held(torch, data, torch.device(device))
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise UsageError(
            f"PyTorch cannot use the device {device!r} ({reason}): try cpu, or leave --torch out"
        ) from error
    torch.manual_seed(seed)
    first = beginning(data, lessons, np.random.default_rng(seed))
    parameters = [torch.from_numpy(item).to(device).requires_grad_() for item in first]
    running = [item.detach().clone() for item in parameters]
    groups = [
        {"params": [item for item in parameters if item.ndim > 1], "weight_decay": lessons.decay},
        {"params": [item for item in parameters if item.ndim == 1], "weight_decay": 0.0},
    ]
    optimiser = torch.optim.AdamW(groups, lr=lessons.rate)
    for step in range(lessons.steps):
        for group in optimiser.param_groups:
            group["lr"] = lessons.rate * pace(step / lessons.steps)
        optimiser.zero_grad(set_to_none=True)
        held.lesson(parameters, lessons).backward()
        torch.nn.utils.clip_grad_norm_(parameters, 2.0)
        optimiser.step()
        keep = min(0.99, (step + 1) / (step + 10))
        with torch.no_grad():
            for mean, now in zip(running, parameters, strict=True):
                mean.lerp_(now, 1 - keep)
    return Listener(*(item.cpu().numpy() for item in running))


def scores(
    torch: Any, parameters: list[Any], frames: Any, there: Any, functionals: Any, lessons: Lessons, *, school: bool
) -> Any:
    """[B, 9] from frames [B, T, D], there: bool [B, T], functionals [B, F]; with dropout where ``school``."""
    project, project_bias, attend, attend_bias, joint, joint_bias, out, out_bias, linear = parameters
    drop = torch.nn.functional.dropout
    weight = there[..., None] / there.sum(1)[:, None, None]
    plain = (frames * weight).sum(1)
    spread = (((frames - plain[:, None]) ** 2 * weight).sum(1) + float(EPSILON)).sqrt()
    wide = torch.cat([plain, spread - 1, functionals], 1)
    channels = drop(torch.ones_like(frames[:, :1]), lessons.drop_inputs, school)
    heard = torch.relu(frames * channels @ project + project_bias)
    attention = (heard @ attend + attend_bias).masked_fill(~there[..., None], -1e4).softmax(1)
    parts = heard.unflatten(-1, (attention.shape[-1], -1))
    mean = (attention[..., None] * parts).sum(1)
    around = ((attention[..., None] * (parts - mean[:, None]) ** 2).sum(1) + float(EPSILON)).sqrt()
    gathered = torch.cat([mean.flatten(1), around.flatten(1), functionals], 1)
    hidden = torch.relu(drop(gathered, lessons.drop_pooled, school) @ joint + joint_bias)
    return drop(hidden, lessons.drop_hidden, school) @ out + out_bias + drop(wide, lessons.drop_pooled, school) @ linear


class _Held:
    """The material on the device."""

    def __init__(self, torch: Any, data: Material, device: Any) -> None:
        self._torch, self._device = torch, device

        def there(value: Any) -> Any:
            return torch.from_numpy(np.ascontiguousarray(value)).to(device)

        self._frames, self._starts, self._counts = there(data.frames), there(data.starts), there(data.counts)
        self._functionals, self._truth, self._absent = there(data.functionals), there(data.truth), there(data.absent)
        self._side, self._speaker, self._share = there(data.side), there(data.speaker), there(data.share)
        self._usual, self._usual_functionals = there(data.usual), there(data.usual_functionals)

    def lesson(self, parameters: list[Any], lessons: Lessons) -> Any:
        """The loss on a batch drawn by chance."""
        torch = self._torch
        at = torch.multinomial(self._share, lessons.batch, replacement=True)
        frames, there = self._cut(at, lessons.crop)
        other = self._speaker[torch.multinomial(self._share, lessons.batch, replacement=True)]
        mine = self._speaker[at]
        amount = torch.rand(lessons.batch, 1, device=self._device) * lessons.reach
        amount = amount * (torch.rand(lessons.batch, 1, device=self._device) < lessons.exchange)
        frames = (frames + ((self._usual[other] - self._usual[mine]) * amount)[:, None]).clamp(-CLIP, CLIP)
        functionals = self._functionals[at] + (self._usual_functionals[other] - self._usual_functionals[mine]) * amount
        found = scores(torch, parameters, frames, there, functionals, lessons, school=True)
        present = (self._absent[at] == 0.0).float()
        target = torch.nn.functional.one_hot(self._truth[at], present.shape[1]).float()
        target = (1 - lessons.smoothing) * target + lessons.smoothing * present / present.sum(1, keepdim=True)
        labels = -(target * (found[:, :-1] + self._absent[at]).log_softmax(1)).sum(1)
        side = self._side[at]
        known = ~side.isnan()
        high = torch.nn.functional.binary_cross_entropy_with_logits(found[:, -1], side.nan_to_num(), reduction="none")
        return (labels + float(AROUSAL) * high * known).mean()

    def _cut(self, at: Any, crop: int) -> tuple[Any, Any]:
        torch = self._torch
        count = self._counts[at]
        wanted = (count * (0.6 + 0.4 * torch.rand(len(at), device=self._device))).long()
        wanted = wanted.maximum(count.clamp(max=6)).clamp(max=crop)
        first = self._starts[at] + (torch.rand(len(at), device=self._device) * (count - wanted + 1)).long()
        steps = torch.arange(int(wanted.max()), device=self._device)[None]
        there = steps < wanted[:, None]
        return self._frames[first[:, None] + steps.where(there, torch.zeros_like(steps))].float(), there


def _torch() -> Any:
    try:
        import torch
    except ModuleNotFoundError as error:
        raise MissingExtra("--torch needs PyTorch: pip install torch, or leave --torch out") from error
    return torch
