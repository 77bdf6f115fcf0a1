// The call page: asks for the microphone, sends it over a WebSocket, plays what comes back, and shows what is happening.
// Words are only ever set as text, never as markup. Nothing is stored.

const $ = (id) => document.getElementById(id);
const FAREWELLS = {
  1001: 'The server has stopped, so the call has ended.',
  1006: 'The connection was lost. Please check your network and call again.',
  1009: 'The connection sent more than the server takes. Please call again.',
  1012: 'The server is restarting, so the call has ended. Please call again in a minute.',
};

let call = null;

class Call {
  constructor() {
    this.ended = false;
    this.turns = new Map(); // what we are about to say, by turn, until it sounds
    this.captions = new Map(); // our captions by turn, until they are closed
    this.pausedAt = null;
    this.farewell = '';
  }

  // The microphone, the loudspeaker and the line, in this order: a refused microphone costs nobody a line.
  async open(readTone) {
    this.stream = await navigator.mediaDevices.getUserMedia({
      audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true },
    });
    this.checkOpen();
    const [track] = this.stream.getAudioTracks();
    track.onended = () => this.end('Your microphone was unplugged or switched off, so the call has ended.');
    this.track = track;
    this.ears = new AudioContext({ latencyHint: 'interactive' });
    this.mouth = new AudioContext({ latencyHint: 'interactive', sampleRate: 24000 });
    await Promise.all([this.ears, this.mouth].map((context) => context.audioWorklet.addModule('/worklet.js')));
    await Promise.all([this.ears.resume(), this.mouth.resume()]);
    this.checkOpen();
    this.player = new AudioWorkletNode(this.mouth, 'player', { numberOfInputs: 0, outputChannelCount: [1] });
    this.player.connect(this.mouth.destination);
    this.player.port.onmessage = ({ data }) => this.sounds(data.sounding);
    this.connect(readTone);
  }

  checkOpen() {
    if (!this.ended) return;
    this.release();
    throw new DOMException('the call was ended', 'AbortError');
  }

  connect(readTone) {
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
    this.socket = new WebSocket(`${scheme}://${location.host}/v1/call`);
    this.socket.binaryType = 'arraybuffer';
    this.socket.onopen = () => this.socket.send(JSON.stringify({
      type: 'start', rate: this.ears.sampleRate, read_tone: readTone, latency_ms: this.latencyMs(),
    }));
    this.socket.onmessage = ({ data }) => {
      if (typeof data === 'string') this.hear(JSON.parse(data));
      else this.player.port.postMessage({ audio: data }, [data]);
    };
    this.socket.onclose = ({ code }) => this.end(this.farewell || FAREWELLS[code] || 'The call has ended.');
  }

  latencyMs() {
    const seconds = (this.mouth.outputLatency || 0) + (this.mouth.baseLatency || 0);
    return Math.min(1000, Math.max(0, Math.round(seconds * 1000)));
  }

  record() {
    this.recorder = new AudioWorkletNode(this.ears, 'recorder', { numberOfOutputs: 0 });
    this.recorder.port.onmessage = ({ data }) => {
      showLevel(data.level);
      const behind = this.socket.bufferedAmount > this.ears.sampleRate * 2; // a second that the network has not taken
      if (this.socket.readyState === WebSocket.OPEN && !behind) this.socket.send(data.audio);
    };
    this.ears.createMediaStreamSource(this.stream).connect(this.recorder);
  }

  mute(on) {
    this.track.enabled = !on; // the browser then sends silence, so that the call's clock goes on
  }

  // The second way in: answered aloud, like what is spoken.
  write(text) {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify({ type: 'write', text }));
    return true;
  }

  hear(message) {
    const known = {
      ready: () => { this.record(); begun(); },
      partial: () => showPartial(message.text),
      draft_started: () => { this.pausedAt = message.end_s; this.turns.delete(message.turn); status('Listening'); },
      draft_discarded: () => { this.turns.delete(message.turn); },
      planned: () => showPlan(message),
      reply_text: () => this.willSay(message),
      reply_released: () => { if (!message.ready) status('Thinking about what to say'); },
      reply_began: () => this.begins(message),
      reply_ended: () => this.finishes(message),
      help: () => showHelp(message.card),
      overlap: () => this.order(message.action),
      clear: () => this.order('clear'),
      trouble: () => note('A small fault was dealt with; the call goes on.'),
      error: () => note(message.message),
      ended: () => { this.farewell = message.message; },
    }[message.type];
    if (known) known();
  }

  // What lies in the player obeys too, so that we are silent at once.
  order(action) {
    const order = action === 'cancel' ? 'clear' : action;
    if (['clear', 'duck', 'hold', 'restore'].includes(order)) this.player.port.postMessage({ order });
  }

  willSay({ turn, text }) {
    const caption = this.captions.get(turn);
    if (caption) caption.words.textContent += ` ${text}`;
    else this.turns.set(turn, [...(this.turns.get(turn) || []), text]);
  }

  begins({ turn, at_s: at }) {
    const planned = plans.get(turn);
    if (planned) caption('You', 'you', planned);
    plans.clear();
    showPartial('');
    this.captions.set(turn, caption('Warmline', 'us', (this.turns.get(turn) || []).join(' ')));
    this.turns.delete(turn);
    if (this.pausedAt !== null) {
      $('latency').textContent = `${Math.max(0, at - this.pausedAt).toFixed(1)} s after you stopped`;
      this.pausedAt = null;
    }
  }

  finishes({ turn, planned, heard, outcome, stages_ms: stages }) {
    const shown = this.captions.get(turn);
    this.captions.delete(turn);
    if (shown && outcome === 'cut') showCut(shown, planned, heard);
    const parts = Object.entries(stages).map(([name, ms]) => `${name.replaceAll('_', ' ')} ${Math.round(ms)} ms`);
    if (parts.length) $('latency').textContent = [$('latency').textContent, parts.join(', ')].join('. ');
  }

  sounds(sounding) {
    if (!this.ended) status(sounding ? 'Warmline is speaking' : 'Listening');
  }

  end(farewell) {
    if (this.ended) return;
    this.ended = true;
    this.release();
    over(farewell);
  }

  release() {
    if (this.socket) {
      this.socket.onclose = null;
      this.socket.onmessage = null;
      if (this.socket.readyState === WebSocket.OPEN) this.socket.send('{"type":"end"}');
      this.socket.close(1000);
    }
    if (this.track) this.track.onended = null;
    this.stream?.getTracks().forEach((track) => track.stop());
    for (const context of [this.ears, this.mouth]) if (context && context.state !== 'closed') context.close();
  }
}

// --- what is shown -----------------------------------------------------------------------------------------------

const plans = new Map(); // the person's words by turn, until we answer them

function status(text) {
  if ($('status').textContent !== text) $('status').textContent = text;
}

function showLevel(level) {
  const decibels = 20 * Math.log10(Math.max(level, 1e-6));
  $('level').firstElementChild.style.transform = `scaleX(${Math.max(0, Math.min(1, (decibels + 55) / 45))})`;
}

function showPartial(text) {
  $('partial').hidden = !text;
  $('partial').lastElementChild.textContent = text;
  if (text) status('You are speaking');
}

function showPlan({ turn, words, tags, plan }) {
  plans.set(turn, words);
  showPartial(words);
  $('strategy').textContent = plan.strategy;
  $('stage').textContent = plan.stage;
  $('reasons').textContent = plan.why.join('; ') || 'no special reason';
  $('voice').textContent = tags.confidence > 0 ? tags.line : 'not read';
}

// Numbers stay in sight until the call ends; a tap dials.
function showHelp(card) {
  if (!card) return;
  const dial = (name, number) => {
    const link = document.createElement('a');
    link.href = /^[\d\s-]+$/.test(number) ? `tel:${number.replace(/[^\d]/g, '')}` : card.website;
    link.rel = 'noreferrer';
    link.textContent = `${name}: ${number}`;
    return link;
  };
  const first = card.number ? dial(card.name, card.number.split(/[;(]/)[0].trim()) : dial('Find a line', card.name);
  const shown = card.emergency ? [first, ' ', dial('Emergency', card.emergency)] : [first];
  $('numbers').replaceChildren(...shown);
  $('numbers').hidden = false;
}

// Keeps the newest caption in sight, unless the person has scrolled back.
function caption(who, kind, text) {
  const list = $('captions');
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
  const item = document.createElement('li');
  const name = document.createElement('b');
  const words = document.createElement('span');
  item.className = kind;
  name.textContent = who;
  words.textContent = text;
  item.append(...(who ? [name, ' '] : []), words);
  list.append(item);
  while (list.children.length > 200) list.firstElementChild.remove();
  if (atEnd) list.scrollTop = list.scrollHeight;
  return { item, words };
}

function note(text) {
  caption('', 'note', text);
}

function showCut({ item, words }, planned, heard) {
  words.textContent = heard;
  const unsaid = planned.startsWith(heard) ? planned.slice(heard.length).trim() : planned;
  if (!unsaid) return;
  const struck = document.createElement('s');
  const label = document.createElement('span');
  label.className = 'hidden-word';
  label.textContent = 'not said, because you spoke: ';
  struck.append(label, unsaid);
  item.append(' ', struck);
}

function message(text, kind) {
  $('message').textContent = text;
  $('message').classList.toggle('kind', kind);
  $('message').hidden = !text;
}

function begun() {
  message('', true);
  $('before').hidden = true;
  $('during').hidden = false;
  $('talk').hidden = false;
  $('mute').focus();
  status('Listening');
}

function over(farewell) {
  call = null;
  message(farewell, true);
  showPartial('');
  showLevel(0);
  $('during').hidden = true;
  $('before').hidden = false;
  $('start').disabled = false;
  $('start').textContent = 'Call again';
  $('start').focus();
}

function refusal(error) {
  if (error.name === 'NotAllowedError') {
    return 'The browser did not allow the microphone. Allow it in the address bar, then start the call again.';
  }
  if (error.name === 'NotFoundError') return 'No microphone was found. Connect one, then start the call again.';
  if (error.name === 'NotReadableError') return 'Another program is using the microphone. Close it, then start the call again.';
  return `The call could not start (${error.name}). Please reload the page and try again.`;
}

async function start() {
  if (call) return;
  if (!navigator.mediaDevices || !window.AudioWorkletNode) {
    message('This browser gives no microphone to this page. Open it by https, or as localhost on the server itself.', false);
    return;
  }
  plans.clear();
  $('captions').replaceChildren();
  for (const id of ['strategy', 'stage', 'reasons', 'voice', 'latency']) $(id).textContent = 'nothing yet';
  $('mute').setAttribute('aria-pressed', 'false');
  $('start').disabled = true;
  $('start').textContent = 'Connecting …';
  message('', true);
  const own = new Call();
  call = own;
  try {
    await own.open($('tone').checked);
  } catch (error) {
    if (!own.ended) own.end(refusal(error));
    $('message').classList.remove('kind');
  }
}

$('start').addEventListener('click', start);
$('end').addEventListener('click', () => call?.end('You ended the call. Thank you for talking.'));
$('mute').addEventListener('click', () => {
  const on = $('mute').getAttribute('aria-pressed') !== 'true';
  $('mute').setAttribute('aria-pressed', String(on));
  call?.mute(on);
});
$('write').addEventListener('submit', (event) => {
  event.preventDefault();
  const text = $('words').value.trim();
  if (text && call?.write(text)) $('words').value = '';
});
window.addEventListener('pagehide', () => call?.end(''));
