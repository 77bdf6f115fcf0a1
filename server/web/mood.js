// Valence and arousal over the last turns, each with a band of doubt, drawn as SVG; and the same in a sentence.

import { moodWords } from './words.js';

const TURNS = 12;
const [WIDTH, TOP, BOTTOM, LEFT, RIGHT] = [320, 12, 120, 12, 308];

const y = (value) => ((TOP + BOTTOM) / 2 - (Math.max(-1, Math.min(1, value)) * (BOTTOM - TOP)) / 2).toFixed(1);

export class Mood {
  constructor(svg, words) {
    this.svg = svg;
    this.words = words;
    this.clear();
  }

  clear() {
    this.turns = [];
    this.now = null;
    this.draw();
  }

  // A turn's tags; those that claim nothing move nothing.
  add(tags) {
    this.now = null;
    if (tags?.confidence > 0) this.turns = [...this.turns, tags].slice(-TURNS);
    this.draw();
  }

  // While the person speaks: an open point, no more.
  soFar(tone) {
    this.now = tone.confidence > 0 ? tone : null;
    this.draw();
  }

  draw() {
    const shown = this.now ? [...this.turns, this.now] : this.turns;
    const x = (place) => (shown.length < 2 ? WIDTH / 2 : LEFT + (place * (RIGHT - LEFT)) / (shown.length - 1)).toFixed(1);
    const parts = [label('bright · stirred', TOP - 1), label('low · calm', BOTTOM + 9), shape('line', { class: 'middle', x1: LEFT, x2: RIGHT, y1: y(0), y2: y(0) })];
    for (const axis of ['arousal', 'valence']) {
      if (shown.length > 1) parts.push(band(shown, axis, x), curve(shown, axis, x));
      else if (shown.length) parts.push(doubtOf(shown[0], axis));
      shown.forEach((turn, place) => parts.push(point(turn, axis, x(place), this.now && place === shown.length - 1)));
    }
    this.svg.replaceChildren(...parts);
    const text = moodWords(this.turns);
    if (this.words.textContent !== text) this.words.textContent = text;
  }
}

const doubt = ({ confidence }) => 0.08 + 0.42 * (1 - confidence);

function band(turns, axis, x) {
  const upper = turns.map((turn, place) => `${x(place)},${y(turn[axis] + doubt(turn))}`);
  const lower = turns.map((turn, place) => `${x(place)},${y(turn[axis] - doubt(turn))}`).reverse();
  return shape('polygon', { class: `band ${axis}`, points: [...upper, ...lower].join(' ') });
}

// Of a single turn: a short bar.
function doubtOf(turn, axis) {
  const [above, below] = [y(turn[axis] + doubt(turn)), y(turn[axis] - doubt(turn))];
  return shape('rect', { class: `band ${axis}`, x: WIDTH / 2 - 7, y: above, width: 14, height: (below - above).toFixed(1) });
}

function curve(turns, axis, x) {
  return shape('polyline', { class: `curve ${axis}`, points: turns.map((turn, place) => `${x(place)},${y(turn[axis])}`).join(' ') });
}

function point(turn, axis, cx, open) {
  const cy = y(turn[axis]);
  const kind = `point ${axis}${open ? ' open' : ''}`;
  if (axis === 'valence') return shape('circle', { class: kind, cx, cy, r: 3.5 });
  return shape('rect', { class: kind, x: cx - 3, y: cy - 3, width: 6, height: 6 });
}

function label(text, at) {
  const made = shape('text', { x: LEFT, y: at });
  made.textContent = text;
  return made;
}

function shape(name, attributes) {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}
