// Runs before the call page's own scripts, for `warmline bench page`: records what the page hears and what it plays on
// one clock, and starts the call as soon as it can be started.

(() => {
  const RATE = 16000;
  const tap = { mic: [], voice: [], startedMs: null };
  window.tap = tap;
  const connect = AudioNode.prototype.connect;
  let context = null;
  let ear = null;

  // Both recorders begin with the microphone, in one rendering quantum.
  async function begin(stream) {
    context = new AudioContext({ sampleRate: RATE });
    await context.audioWorklet.addModule('/worklet.js');
    ear = new GainNode(context);
    const mic = context.createMediaStreamSource(stream);
    for (const [name, source] of [['mic', mic], ['voice', ear]]) {
      const recorder = new AudioWorkletNode(context, 'recorder', { numberOfOutputs: 0 });
      recorder.port.onmessage = ({ data }) => {
        tap.startedMs ??= performance.now() - 20;
        tap[name].push(data.audio);
      };
      connect.call(source, recorder);
    }
    await context.resume();
  }

  const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    const stream = await ask(wanted);
    if (!context) await begin(stream);
    return stream;
  };

  // By WebRTC the voice is the track of an audio element; by WebSocket it is what goes to a loudspeaker.
  const source = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, 'srcObject');
  Object.defineProperty(HTMLMediaElement.prototype, 'srcObject', {
    ...source,
    set(stream) {
      source.set.call(this, stream);
      if (stream && ear) connect.call(context.createMediaStreamSource(stream), ear);
    },
  });
  AudioNode.prototype.connect = function patched(to, ...rest) {
    if (to instanceof AudioDestinationNode && ear && this.context !== context) {
      const out = this.context.createMediaStreamDestination();
      connect.call(this, out);
      connect.call(context.createMediaStreamSource(out.stream), ear);
    }
    return connect.call(this, to, ...rest);
  };

  tap.take = async () => {
    const encoded = {};
    for (const name of ['mic', 'voice']) {
      const read = new FileReader();
      const done = new Promise((resolve) => { read.onload = resolve; });
      read.readAsDataURL(new Blob(tap[name]));
      await done;
      encoded[name] = read.result.split(',')[1];
    }
    return { ...encoded, startedMs: tap.startedMs };
  };

  document.addEventListener('DOMContentLoaded', () => document.getElementById('start').click());
})();
