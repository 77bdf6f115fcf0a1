// A call by WebRTC: audio as tracks both ways, the server's events over the data channel of OpenAI's Realtime protocol,
// where ours come as `x_warmline.event`.

import { CannotConnect, LOST, Refused } from './words.js';

const CONNECT_MS = 3000; // where UDP is blocked nothing ever comes: then the other way is taken soon
const GATHER_MS = 500;
const ENDINGS = ['busy', 'failed', 'no_start', 'slow_client', 'too_many_errors', 'draining'];

export class WebRtcWay {
  constructor(microphone, handlers, ice) {
    this.name = 'WebRTC';
    this.mic = microphone;
    this.handlers = handlers;
    this.farewell = '';
    this.begun = false;
    this.location = null;
    this.voice = document.getElementById('voice');
    this.peer = new RTCPeerConnection({ iceServers: ice.length ? [{ urls: ice }] : [] });
    this.channel = this.peer.createDataChannel('oai-events');
    this.sender = this.peer.addTrack(microphone.track);
    this.peer.ontrack = ({ track }) => this.sound(track);
    this.channel.onmessage = ({ data }) => this.hear(JSON.parse(data));
  }

  async open(session) {
    const opened = new Promise((resolve) => { this.channel.onopen = resolve; });
    await this.peer.setLocalDescription();
    await this.gathered();
    const form = new FormData();
    form.set('sdp', this.peer.localDescription.sdp);
    form.set('session', JSON.stringify(asked(session)));
    const answer = await within(CONNECT_MS, fetch('/v1/realtime/calls', { method: 'POST', body: form }));
    if (answer.status === 503) throw new Refused((await answer.json()).error.message);
    if (answer.status !== 201) throw new CannotConnect(`answered ${answer.status}`);
    this.location = answer.headers.get('Location');
    await this.peer.setRemoteDescription({ type: 'answer', sdp: await answer.text() });
    await within(CONNECT_MS, opened);
    this.begun = true;
    this.channel.onclose = () => this.over(this.farewell || 'The call has ended.');
    this.peer.onconnectionstatechange = () => this.changed();
  }

  // The addresses go with the offer: all are this machine's own, so it takes a moment.
  gathered() {
    if (this.peer.iceGatheringState === 'complete') return null;
    return new Promise((resolve) => {
      this.peer.onicegatheringstatechange = () => { if (this.peer.iceGatheringState === 'complete') resolve(); };
      setTimeout(resolve, GATHER_MS);
    });
  }

  sound(track) {
    this.voice.srcObject = new MediaStream([track]);
    this.voice.play().catch(() => {}); // a page that is being left
  }

  changed() {
    switch (this.peer.connectionState) {
      case 'disconnected': this.handlers.lost(0); break; // often back by itself within seconds
      case 'connected': this.handlers.back(null); break;
      case 'failed': this.over(LOST); break;
      default:
    }
  }

  hear(event) {
    if (event.type === 'x_warmline.event') this.handlers.message(event.event);
    else if (event.type === 'error' && ENDINGS.includes(event.error.code)) this.farewell = event.error.message;
    else if (event.type === 'error') this.handlers.message({ type: 'error', message: event.error.message });
  }

  write(text) {
    if (this.channel.readyState !== 'open') return false;
    const item = { type: 'message', role: 'user', content: [{ type: 'input_text', text }] };
    this.channel.send(JSON.stringify({ type: 'conversation.item.create', item }));
    this.channel.send(JSON.stringify({ type: 'response.create' }));
    return true;
  }

  microphone() {
    this.sender.replaceTrack(this.mic.track ?? this.mic.silence());
  }

  volume(share) {
    this.voice.volume = share;
  }

  over(text) {
    this.close();
    this.handlers.over(text);
  }

  close() {
    this.channel.onclose = null;
    this.peer.onconnectionstatechange = null;
    this.peer.close();
    this.voice.srcObject = null;
    if (this.location && !this.begun) fetch(this.location, { method: 'DELETE', keepalive: true }).catch(() => {});
    this.location = null; // once it has begun, the server sees the channel close
  }
}

function asked({ tone, caller, speed }) {
  const ours = { read_tone: tone, events: true, ...(caller && { caller }) };
  return { type: 'realtime', audio: { output: { speed } }, x_warmline: ours };
}

function within(ms, promise) {
  const late = new Promise((_, reject) => { setTimeout(() => reject(new CannotConnect('nothing came')), ms); });
  return Promise.race([promise, late]);
}
