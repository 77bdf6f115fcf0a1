"""The player on the browser's audio thread, on an offline context: it obeys within a frame."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from page_visit import needs_chromium, visit

pytestmark = needs_chromium

PLAYED = """(async () => {
  const context = new OfflineAudioContext(1, 24000, 24000);
  await context.audioWorklet.addModule('/worklet.js');
  const player = new AudioWorkletNode(context, 'player', { numberOfInputs: 0, outputChannelCount: [1] });
  player.connect(context.destination);
  const say = (frames) => { for (let i = 0; i < frames; i += 1) {
    const audio = new Int16Array(480).fill(16384).buffer; player.port.postMessage({ audio }, [audio]); } };
  for (const [at, order] of [[0, 25], ...ORDERS]) {
    context.suspend(at).then(async () => {
      if (typeof order === 'number') say(order); else player.port.postMessage({ order });
      await new Promise((done) => setTimeout(done, 30));
      context.resume();
    });
  }
  const wave = (await context.startRendering()).getChannelData(0);
  const level = (from, to) => Math.max(...wave.slice(from * 24000, to * 24000));
  return { level: Array.from({ length: 50 }, (_, i) => level(i / 50, (i + 1) / 50)) };
})()"""


ORDERS: tuple[tuple[list[list[Any]], list[int], list[int]], ...] = (
    ([], [*range(26, 50)], [*range(1, 24)]),
    ([[0.2, "clear"]], [*range(11, 50)], [*range(1, 10)]),
    ([[0.2, "hold"], [0.4, "restore"]], [*range(11, 20), *range(36, 50)], [*range(1, 10), *range(21, 34)]),
    ([[0.2, "hold"], [0.4, "clear"]], [*range(11, 50)], [*range(1, 10)]),
    ([[0.2, "clear"], [0.4, 5]], [*range(11, 20), *range(26, 50)], [*range(1, 10), *range(21, 24)]),
)
"""Orders at their seconds (a number: so many frames more), and which 20 ms of the played second are silent or sound."""


def test_the_player_obeys_within_20_ms(tmp_path: Path) -> None:
    with visit(tmp_path) as (tab, _):
        for orders, silent, sounding in ORDERS:
            heard = tab.ask(PLAYED.replace("ORDERS", str(orders)))["level"]
            assert [place for place in silent if heard[place] != 0.0] == [], orders
            assert [place for place in sounding if heard[place] != 0.5] == [], orders


def test_the_player_lowers_what_it_already_has(tmp_path: Path) -> None:
    with visit(tmp_path) as (tab, _):
        played = tab.ask(PLAYED.replace("ORDERS", '[[0.2, "duck"]]'))
        assert played["level"][8] == 0.5
        assert max(played["level"][12:24]) == pytest.approx(0.5 * 10 ** (-18 / 20), rel=1e-3)
        assert max(played["level"][26:]) == 0.0
