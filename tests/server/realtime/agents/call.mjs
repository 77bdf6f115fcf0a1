// A whole call by @openai/agents, unmodified: node call.mjs ws://HOST:PORT/v1/realtime
import { RealtimeAgent, RealtimeSession, OpenAIRealtimeWebSocket } from '@openai/agents/realtime';
const url = process.argv[2];
const seen = [];
const agent = new RealtimeAgent({ name: 'Warmline', instructions: 'Be kind.' });
const transport = new OpenAIRealtimeWebSocket({ url });
const session = new RealtimeSession(agent, { transport, model: 'warmline' });
let bytes = 0;
session.on('transport_event', (event) => seen.push(event.type));
session.on('audio', (event) => { bytes += event.data.byteLength; });
session.on('error', (error) => console.error(JSON.stringify(error)));
await session.connect({ apiKey: 'none', url });
const pcm = new Int16Array(24000 * 0.6);
for (let i = 0; i < pcm.length; i += 1) pcm[i] = 12000 * Math.sin((2 * Math.PI * 200 * i) / 24000);
session.sendAudio(pcm.buffer);
const done = (type, many = 1) => new Promise((resolve, reject) => {
  const timer = setTimeout(() => reject(new Error(`no ${type} in ${[...new Set(seen)]}`)), 15000);
  const look = setInterval(() => { if (seen.filter((one) => one === type).length >= many) { clearTimeout(timer); clearInterval(look); resolve(); } }, 20);
});
await done('response.done');
session.sendMessage('I failed.');
await done('response.done', 2);
const history = session.history.map((item) => [item.role, item.status, item.content.map((part) => part.transcript ?? part.text).join(' ')]);
console.log(JSON.stringify({ bytes, history, types: [...new Set(seen)] }));
session.close();
process.exit(0);
