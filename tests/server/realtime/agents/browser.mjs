// A call by @openai/agents over WebRTC, unmodified, for a page: esbuild makes one script of it and of the library.
import { OpenAIRealtimeWebRTC, RealtimeAgent, RealtimeSession } from '@openai/agents/realtime';

const call = { seen: [], events: [], errors: [], history: [], said: [] };
window.call = call;

window.begin = async (baseUrl, apiKey) => {
  const audioElement = document.createElement('audio');
  document.body.append(audioElement);
  const transport = new OpenAIRealtimeWebRTC({ baseUrl, audioElement });
  const agent = new RealtimeAgent({ name: 'Warmline', instructions: 'Be kind.' });
  const session = new RealtimeSession(agent, { transport, model: 'warmline' });
  Object.assign(call, { session, transport });
  session.on('transport_event', (event) => { call.seen.push(event.type); call.events.push(event); });
  session.on('error', (error) => call.errors.push(JSON.stringify(error)));
  session.on('history_updated', (history) => {
    call.history = history.map((item) => [item.role, item.status, (item.content ?? []).map((part) => part.transcript ?? part.text).join(' ')]);
  });
  session.on('audio_interrupted', () => call.said.push('interrupted'));
  await session.connect({ apiKey });
  const context = new AudioContext();
  const analyser = new AnalyserNode(context);
  context.createMediaStreamSource(audioElement.srcObject).connect(analyser);
  call.loudness = () => {
    const wave = new Float32Array(analyser.fftSize);
    analyser.getFloatTimeDomainData(wave);
    return Math.max(...wave.map(Math.abs));
  };
  return [transport.status, transport.callId];
};
