// The two ends of the call's audio, on the browser's audio thread: a recorder of 20 ms frames, and a player that
// obeys at once. The player's context runs at 24 kHz, the rate of what it is sent.

const FADE = 120; // 5 ms: short enough to be silent at once, long enough not to click
const RAMP = 720; // 30 ms: how long the server takes to lower its voice
const DUCK_DB = -18;

class Recorder extends AudioWorkletProcessor {
  constructor() {
    super();
    this.begin();
  }

  begin() {
    this.frame = new Int16Array(Math.round(sampleRate / 50));
    this.filled = 0;
    this.energy = 0;
  }

  process(inputs) {
    const channels = inputs[0];
    const count = channels.length ? channels[0].length : 128;
    for (let i = 0; i < count; i += 1) {
      let value = 0;
      for (const channel of channels) value += channel[i] / channels.length;
      value = Math.max(-1, Math.min(1, value));
      this.energy += value * value;
      this.frame[this.filled] = Math.round(value * 32767);
      this.filled += 1;
      if (this.filled === this.frame.length) this.give();
    }
    return true;
  }

  give() {
    const level = Math.sqrt(this.energy / this.filled);
    this.port.postMessage({ audio: this.frame.buffer, level }, [this.frame.buffer]);
    this.begin();
  }
}

class Player extends AudioWorkletProcessor {
  constructor() {
    super();
    this.queue = [];
    this.at = 0; // samples already played of queue[0]
    this.queued = 0;
    this.tail = new Float32Array(0); // what fades out now
    this.held = false;
    this.rising = 0; // samples until the voice is fully back after a hold
    this.ducked = null; // {done, queued}: how far the ramp is, and how much lay here when it began
    this.port.onmessage = ({ data }) => {
      if (data.audio) this.add(new Int16Array(data.audio));
      else if (data.order) this[data.order]();
    };
  }

  add(pcm) {
    if (this.queued > 24000) return; // a second: a server that runs ahead of time is not followed
    const samples = new Float32Array(pcm.length);
    for (let i = 0; i < pcm.length; i += 1) samples[i] = pcm[i] / 32768;
    this.queue.push(samples);
    this.queued += samples.length;
  }

  // Everything not played yet is gone.
  clear() {
    if (!this.held) this.fade();
    this.held = false;
    this.rising = 0;
    this.ducked = null;
    this.queue = [];
    this.at = 0;
    this.queued = 0;
  }

  // Silent, but the place is kept.
  hold() {
    if (this.held) return;
    this.fade();
    this.held = true;
  }

  // Go on from the first sample that faded.
  restore() {
    if (this.held) this.rising = FADE;
    this.held = false;
    this.ducked = null;
  }

  // The server lowers what it sends from now on; what already lies here is lowered here, to the same shape.
  duck() {
    this.ducked = { done: 0, queued: this.queued };
  }

  fade() {
    const rest = [];
    for (const [place, samples] of this.queue.entries()) {
      for (let i = place ? 0 : this.at; i < samples.length && rest.length < FADE; i += 1) rest.push(samples[i]);
    }
    this.tail = Float32Array.from(rest, (value, i) => value * this.gain(i) * (0.5 + 0.5 * Math.cos((Math.PI * (i + 1)) / FADE)));
  }

  // The gain here of the sample that comes `more` after the next one.
  gain(more = 0) {
    if (!this.ducked) return 1;
    const place = this.ducked.done + more;
    const wanted = Math.min(1, place / RAMP);
    const sent = Math.min(1, Math.max(0, place - this.ducked.queued) / RAMP);
    return 10 ** ((DUCK_DB * (wanted - sent)) / 20);
  }

  next() {
    if (this.tail.length) {
      const value = this.tail[0];
      this.tail = this.tail.subarray(1);
      return value;
    }
    if (this.held || !this.queue.length) return 0;
    let value = this.queue[0][this.at] * this.gain();
    if (this.ducked) this.ducked.done += 1;
    if (this.rising) {
      value *= 0.5 + 0.5 * Math.cos((Math.PI * this.rising) / FADE);
      this.rising -= 1;
    }
    this.at += 1;
    this.queued -= 1;
    if (this.at === this.queue[0].length) {
      this.queue.shift();
      this.at = 0;
    }
    return value;
  }

  process(_, outputs) {
    const [first, ...others] = outputs[0];
    for (let i = 0; i < first.length; i += 1) first[i] = this.next();
    for (const channel of others) channel.set(first);
    return true;
  }
}

registerProcessor('recorder', Recorder);
registerProcessor('player', Player);
