// A call by WebRTC: audio as tracks both ways, the server's events over the data channel of OpenAI's Realtime protocol,
// where ours come as `x_warmline.event`. A connection that breaks is followed by another, which takes the call up by the
// token of `x_session` (docs/realtime.md).

import { CannotConnect, LOST, Refused } from './words.js';

const CONNECT_MS = 3000; // where UDP is blocked nothing ever comes: then the other way is taken soon
const GATHER_MS = 500;
const PATIENCE_MS = 4000; // a connection that is "disconnected" often comes back by itself
const AGAIN_MS = [0, 500, 1000, 2000, 4000, 8000];
const ENDINGS = ['busy', 'failed', 'no_start', 'slow_client', 'too_many_errors', 'stopping'];

// One peer connection with its tracks and its data channel.
class Dial {
  constructor(microphone, ice) {
    this.peer = new RTCPeerConnection({ iceServers: ice.length ? [{ urls: ice }] : [] });
    this.channel = this.peer.createDataChannel('oai-events');
    this.sender = this.peer.addTrack(microphone.track ?? microphone.silence());
    this.opened = new Promise((resolve) => { this.channel.onopen = resolve; });
    this.location = null;
  }

  async offer(session) {
    await this.peer.setLocalDescription();
    await this.gathered();
    const form = new FormData();
    form.set('sdp', this.peer.localDescription.sdp);
    form.set('session', JSON.stringify(session));
    const answer = await within(CONNECT_MS, fetch('/v1/realtime/calls', { method: 'POST', body: form }));
    if (answer.status === 503) throw new Refused((await answer.json()).error.message);
    if (answer.status === 404) throw new Refused(LOST);
    if (answer.status !== 201) throw new CannotConnect(`answered ${answer.status}`);
    this.location = answer.headers.get('Location');
    await this.peer.setRemoteDescription({ type: 'answer', sdp: await answer.text() });
    await within(CONNECT_MS, this.opened);
  }

  // The addresses go with the offer: all are this machine's own, so it takes a moment.
  gathered() {
    if (this.peer.iceGatheringState === 'complete') return null;
    return new Promise((resolve) => {
      this.peer.onicegatheringstatechange = () => { if (this.peer.iceGatheringState === 'complete') resolve(); };
      setTimeout(resolve, GATHER_MS);
    });
  }

  // A connection that just ends looks like one that was lost; to hang up is said besides.
  close(hangUp) {
    this.channel.onclose = this.channel.onmessage = this.peer.onconnectionstatechange = this.peer.ontrack = null;
    const told = hangUp && this.location ? fetch(this.location, { method: 'DELETE', keepalive: true }) : Promise.resolve();
    told.catch(() => {}).finally(() => this.peer.close());
  }
}

export class WebRtcWay {
  constructor(microphone, handlers, ice) {
    this.name = 'WebRTC';
    this.mic = microphone;
    this.handlers = handlers;
    this.ice = ice;
    this.farewell = '';
    this.resume = null; // {token, within_s}: how to take the call up again
    this.dial = null;
    this.closed = false;
    this.voice = document.getElementById('voice');
  }

  async open(session) {
    await this.connect(asked(session));
  }

  // The connection of before is let go only when the new one is there, for closing it means hanging up.
  async connect(session) {
    const dial = new Dial(this.mic, this.ice);
    dial.peer.ontrack = ({ track }) => this.sound(track);
    dial.channel.onmessage = ({ data }) => this.hear(JSON.parse(data));
    try {
      await dial.offer(session);
    } catch (problem) {
      dial.close(true);
      throw problem;
    }
    if (this.closed) {
      dial.close(true);
      throw new CannotConnect('hung up meanwhile');
    }
    this.dial?.close(false);
    this.dial = dial;
    dial.channel.onclose = () => this.over(this.farewell || 'The call has ended.');
    dial.peer.onconnectionstatechange = () => this.changed(dial.peer.connectionState);
  }

  sound(track) {
    this.voice.srcObject = new MediaStream([track]);
    this.voice.play().catch(() => {}); // a page that is being left
  }

  changed(state) {
    clearTimeout(this.patience);
    if (state === 'failed') this.lost();
    else if (state === 'disconnected') {
      this.handlers.lost(0);
      this.patience = setTimeout(() => this.lost(), PATIENCE_MS);
    } else if (state === 'connected') this.handlers.back(null);
  }

  // Try to take the call up, until it is too late.
  async lost() {
    const { channel, peer } = this.dial;
    channel.onclose = peer.onconnectionstatechange = null;
    const untilMs = this.resume ? Date.now() + this.resume.within_s * 1000 : 0;
    if (untilMs) this.handlers.lost(untilMs);
    for (let tries = 0; Date.now() < untilMs && !this.closed; tries += 1) {
      await new Promise((done) => { setTimeout(done, AGAIN_MS[Math.min(tries, AGAIN_MS.length - 1)]); });
      try {
        await this.connect({ ...asked({}), x_session: { resume: this.resume.token } });
        return;
      } catch (problem) {
        if (problem instanceof Refused && problem.message === LOST) break;
      }
    }
    this.over(LOST);
  }

  hear(event) {
    switch (event.type) {
      case 'x_warmline.event': this.handlers.message(event.event); break;
      case 'x_session':
        this.resume = event.resume;
        if (event.resumed) this.handlers.back(event.transcript);
        break;
      case 'error':
        if (ENDINGS.includes(event.error.code)) this.farewell = event.error.message;
        else this.handlers.message({ type: 'error', message: event.error.message });
        break;
      default:
    }
  }

  write(text) {
    const channel = this.dial?.channel;
    if (channel?.readyState !== 'open') return false;
    const item = { type: 'message', role: 'user', content: [{ type: 'input_text', text }] };
    channel.send(JSON.stringify({ type: 'conversation.item.create', item }));
    channel.send(JSON.stringify({ type: 'response.create' }));
    return true;
  }

  microphone() {
    this.dial?.sender.replaceTrack(this.mic.track ?? this.mic.silence());
  }

  volume(share) {
    this.voice.volume = share;
  }

  over(text) {
    if (this.closed) return;
    this.close(false);
    this.handlers.over(text);
  }

  close(hangUp = true) {
    if (this.closed) return;
    this.closed = true;
    clearTimeout(this.patience);
    this.dial?.close(hangUp);
    this.voice.srcObject = null;
  }
}

function asked({ tone = false, caller = '', speed = 1 }) {
  const ours = { read_tone: tone, events: true, ...(caller && { caller }) };
  return { type: 'realtime', audio: { output: { speed } }, x_warmline: ours };
}

function within(ms, promise) {
  const late = new Promise((_, reject) => { setTimeout(() => reject(new CannotConnect('nothing came')), ms); });
  return Promise.race([promise, late]);
}
