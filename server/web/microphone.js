// The person's microphone: which one, how loud it is, and what happens when it goes. It is heard at `node`, in
// `context`; a way that sends the browser's own track takes `track`. Without a microphone `node` gives silence, so that
// a call's clock goes on.

const WANTED = { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true };

export function canListen() {
  return Boolean(window.isSecureContext && navigator.mediaDevices && window.AudioWorkletNode);
}

export async function devices() {
  const found = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
  return found.filter((device) => device.kind === 'audioinput' && device.deviceId);
}

export class Microphone extends EventTarget {
  constructor() {
    super();
    this.context = new AudioContext({ latencyHint: 'interactive' });
    this.node = new GainNode(this.context);
    this.analyser = new AnalyserNode(this.context, { fftSize: 1024 });
    this.node.connect(this.analyser);
    const silence = new ConstantSourceNode(this.context, { offset: 0 });
    silence.connect(this.node);
    silence.start();
    this.muted = false;
    this.track = null;
  }

  // Raises what getUserMedia raises. The microphone of before is let go once the new one is there.
  async open(device = '') {
    const chosen = device ? { deviceId: { exact: device } } : {};
    const stream = await navigator.mediaDevices.getUserMedia({ audio: { ...WANTED, ...chosen } });
    this.release();
    this.stream = stream;
    [this.track] = stream.getAudioTracks();
    this.track.enabled = !this.muted;
    this.track.onended = () => {
      this.release();
      this.dispatchEvent(new Event('lost'));
    };
    this.source = this.context.createMediaStreamSource(stream);
    this.source.connect(this.node);
    await this.context.resume();
    this.dispatchEvent(new Event('changed'));
  }

  // The browser then sends silence.
  mute(on) {
    this.muted = on;
    if (this.track) this.track.enabled = !on;
  }

  // A track for whoever must send one and has no microphone.
  silence() {
    return this.context.createMediaStreamDestination().stream.getAudioTracks()[0];
  }

  // Loudness from 0 to 1, over 45 dB.
  level() {
    const wave = new Float32Array(this.analyser.fftSize);
    this.analyser.getFloatTimeDomainData(wave);
    const power = wave.reduce((sum, value) => sum + value * value, 0) / wave.length;
    return Math.max(0, Math.min(1, (10 * Math.log10(Math.max(power, 1e-9)) + 55) / 45));
  }

  release() {
    if (this.track) this.track.onended = null;
    this.stream?.getTracks().forEach((track) => track.stop());
    this.source?.disconnect();
    this.stream = this.track = this.source = null;
  }

  close() {
    this.release();
    if (this.context.state !== 'closed') this.context.close();
  }
}

// Shows a microphone's level until it is closed; `each` is told the level.
export function meter(microphone, element, each = () => {}) {
  const draw = () => {
    const open = microphone.context.state !== 'closed';
    const level = open ? microphone.level() : 0;
    element.firstElementChild.style.transform = `scaleX(${level.toFixed(3)})`;
    if (!open) return;
    each(level);
    requestAnimationFrame(draw);
  };
  draw();
}
