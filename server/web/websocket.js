// A call by WebSocket: PCM16 both ways and the server's events, as docs/service.md tells them. Passes every firewall, and
// a call whose connection is lost is taken up again by the token that the server gave last.

import { LOST, Refused, UNREACHED, farewell } from './words.js';

const VOICE_RATE = 24000;
const AGAIN_MS = [0, 500, 1000, 2000, 4000, 8000];
const OVER = [1000, 1012]; // hung up; a server that restarts knows no call any more
const STALLED_MS = 3000; // so long nothing leaves: the line is dead, whatever the socket says
const ANSWER_MS = 8000; // an attempt that has not been answered by then is given up for the next

export class WebSocketWay {
  constructor(microphone, handlers) {
    this.name = 'WebSocket';
    this.mic = microphone;
    this.handlers = handlers;
    this.mouth = new AudioContext({ latencyHint: 'interactive', sampleRate: VOICE_RATE });
    this.gain = new GainNode(this.mouth);
    this.gain.connect(this.mouth.destination);
    this.begun = false;
    this.talking = false; // may audio and words be sent?
    this.resume = null; // {token, untilMs}: how to take the call up again
    this.ended = null; // the server's last message on this connection
    this.closed = false;
    this.behindMs = 0; // since when the network takes nothing
  }

  async open(session) {
    const contexts = [this.mic.context, this.mouth];
    await Promise.all(contexts.map((context) => context.audioWorklet.addModule('/worklet.js')));
    await Promise.all(contexts.map((context) => context.resume()));
    this.player = new AudioWorkletNode(this.mouth, 'player', { numberOfInputs: 0, outputChannelCount: [1] });
    this.player.connect(this.gain);
    this.recorder = new AudioWorkletNode(this.mic.context, 'recorder', { numberOfOutputs: 0 });
    this.recorder.port.onmessage = ({ data }) => this.send(data.audio);
    this.mic.node.connect(this.recorder);
    const { tone, caller, speed } = session;
    const start = { type: 'start', read_tone: tone, speed, ...(caller && { caller }) };
    await new Promise((resolve, reject) => {
      this.settle = { resolve, reject };
      this.connect(start);
    });
  }

  connect(first) {
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
    const socket = new WebSocket(`${scheme}://${location.host}/v1/call`);
    this.socket = socket;
    this.ended = null;
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => socket.send(JSON.stringify({ ...first, rate: this.mic.context.sampleRate, latency_ms: this.latencyMs() }));
    socket.onmessage = ({ data }) => {
      if (typeof data === 'string') this.hear(JSON.parse(data));
      else this.player.port.postMessage({ audio: data }, [data]);
    };
    socket.onclose = ({ code }) => this.gone(code);
  }

  latencyMs() {
    const seconds = (this.mouth.outputLatency || 0) + (this.mouth.baseLatency || 0);
    return Math.min(1000, Math.max(0, Math.round(seconds * 1000)));
  }

  send(audio) {
    if (!this.talking || this.socket.readyState !== WebSocket.OPEN) return;
    const behind = this.socket.bufferedAmount > this.mic.context.sampleRate * 2; // a second that the network has not taken
    if (!behind) {
      this.behindMs = 0;
      this.socket.send(audio);
    } else if (!this.behindMs) this.behindMs = Date.now();
    else if (Date.now() - this.behindMs > STALLED_MS) this.drop();
  }

  // The network is gone, though the socket does not know it yet.
  drop = () => {
    if (!this.resume || !this.talking) return;
    this.forget();
    this.gone(1006);
  };

  // No more of this socket; with any code but 1000 the server keeps the call.
  forget() {
    this.socket.onclose = this.socket.onmessage = null;
    this.socket.close(4000, 'lost');
  }

  hear(message) {
    switch (message.type) {
      case 'ready':
      case 'resumed': this.answered(message); break;
      case 'ended': this.ended = message; break;
      case 'clear': this.order('clear'); break;
      case 'error': this.wrong(message); break;
      case 'overlap': this.order(message.action === 'cancel' ? 'clear' : message.action); // falls through
      default: this.handlers.message(message);
    }
  }

  answered(message) {
    clearTimeout(this.waiting);
    window.removeEventListener('online', this.hurry);
    window.addEventListener('offline', this.drop);
    const { token, within_s: withinS } = message.resume ?? {};
    this.resume = token ? { token, withinMs: withinS * 1000, untilMs: Infinity, tries: 0 } : null;
    this.talking = true;
    if (message.type === 'resumed') this.handlers.back(message.transcript);
    else this.settle.resolve();
    this.begun = true;
  }

  wrong(message) {
    if (message.code === 'resume_unknown') this.over(LOST);
    else this.handlers.message(message);
  }

  // What lies in the player obeys too, so that we are silent at once.
  order(order) {
    if (['clear', 'duck', 'hold', 'restore'].includes(order)) this.player.port.postMessage({ order });
  }

  gone(code) {
    this.talking = false;
    clearTimeout(this.waiting);
    const { ended } = this;
    if (this.resume && (ended ? ended.resume === true : !OVER.includes(code))) this.again();
    else this.over(ended?.message || farewell(code));
  }

  // Try to take the call up, until it is too late; a network that comes back is tried at once.
  again() {
    const { resume } = this;
    if (resume.untilMs === Infinity) {
      resume.untilMs = Date.now() + resume.withinMs;
      this.order('clear');
      this.handlers.lost(resume.untilMs);
      window.addEventListener('online', this.hurry);
    }
    if (Date.now() >= resume.untilMs) {
      this.over(LOST);
      return;
    }
    const wait = AGAIN_MS[Math.min(resume.tries, AGAIN_MS.length - 1)];
    resume.tries += 1;
    this.retry = setTimeout(() => this.attempt(), Math.min(wait, resume.untilMs - Date.now()));
  }

  attempt() {
    this.retry = null;
    this.connect({ type: 'resume', token: this.resume.token });
    this.waiting = setTimeout(() => {
      this.forget();
      this.gone(1006);
    }, ANSWER_MS);
  }

  hurry = () => {
    if (!this.retry) return;
    clearTimeout(this.retry);
    this.attempt();
  };

  write(text) {
    if (!this.talking || this.socket.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify({ type: 'write', text }));
    return true;
  }

  microphone() {} // the recorder hears the microphone's node, whichever it is

  volume(share) {
    this.gain.gain.value = share;
  }

  over(text) {
    if (this.closed) return;
    this.close();
    if (this.begun) this.handlers.over(text);
    else this.settle.reject(new Refused(text === LOST ? UNREACHED : text));
  }

  close() {
    if (this.closed) return;
    this.closed = true;
    this.talking = false;
    clearTimeout(this.retry);
    clearTimeout(this.waiting);
    window.removeEventListener('online', this.hurry);
    window.removeEventListener('offline', this.drop);
    if (this.socket) {
      this.socket.onclose = this.socket.onmessage = null;
      if (this.socket.readyState === WebSocket.OPEN) this.socket.send('{"type":"end"}');
      this.socket.close(1000);
    }
    if (this.recorder) this.mic.node.disconnect(this.recorder);
    if (this.mouth.state !== 'closed') this.mouth.close();
  }
}
