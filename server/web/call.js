// The call page: before, during and after a call. What carries the call is in line.js, what is said in transcript.js.
// Nothing is stored but, where the person ticks it, a random key by which the server knows them again.

import { hideCard, showCard, showLines } from './help.js';
import { connect } from './line.js';
import { Microphone, canListen, meter } from './microphone.js';
import { Mood } from './mood.js';
import { settings } from './settings.js';
import { Transcript } from './transcript.js';
import { INSECURE, UNPLUGGED, refusal } from './words.js';

const $ = (id) => document.getElementById(id);
const NOWHERE = { lines: [], emergency: null, anywhere: 'findahelpline.com', tone: true, memory: false, webrtc: false, ice: [] };

const transcript = new Transcript($('captions'), $('partial'), say);
const mood = new Mood($('trace'), $('mood-words'));
const choices = settings(() => call?.microphone, (share) => call?.way?.volume(share));
let facts = NOWHERE;
let call = null;

class Call {
  constructor() {
    this.microphone = new Microphone();
    this.way = null;
    this.ended = false;
    this.beganMs = 0;
    this.handlers = {
      message: (message) => this.hear(message),
      lost: (untilMs) => this.lost(untilMs),
      back: (rows) => this.back(rows),
      over: (text) => this.end(text),
    };
  }

  // The microphone first, so that one that is refused costs nobody a line.
  async open(speaking) {
    if (speaking) await this.microphone.open(choices.device());
    else await this.microphone.context.resume();
    this.checkOpen();
    this.microphone.addEventListener('lost', () => this.unplugged());
    this.microphone.addEventListener('changed', () => this.way?.microphone());
    meter(this.microphone, $('level'));
    const wanted = new URLSearchParams(location.search).get('way') ?? '';
    const way = await connect(this.microphone, choices.session(facts), facts, this.handlers, wanted);
    if (this.ended) way.close();
    this.checkOpen();
    this.way = way;
    way.volume(choices.volume());
    this.beganMs = Date.now();
    this.ticking = setInterval(() => this.tick(), 500);
  }

  checkOpen() {
    if (this.ended) throw new DOMException('the call was ended', 'AbortError');
  }

  hear(message) {
    const known = {
      turn_began: () => state('hearing', 'You are speaking'),
      partial: () => transcript.hearing(message.text),
      tone: () => mood.soFar(message),
      draft_started: () => { transcript.paused(message); state('listening', 'Listening'); },
      draft_discarded: () => transcript.discarded(message),
      planned: () => transcript.planned(message),
      reply_text: () => transcript.willSay(message),
      reply_released: () => { if (!message.ready) state('thinking', 'Thinking about what to say'); },
      reply_began: () => { mood.add(transcript.began(message).tags); state('speaking', 'Warmline is speaking'); },
      reply_ended: () => { transcript.ended(message); state('listening', 'Listening'); },
      murmured: () => transcript.murmured(message),
      help: () => showCard(message.card),
      report: () => { $('report').href = message.url; $('report').hidden = false; },
      handoff: () => transcript.note(HANDOFF[message.stage] ?? ''),
      trouble: () => transcript.note('A small fault was dealt with; the call goes on.'),
      error: () => transcript.note(message.message),
    }[message.type];
    if (known) known();
  }

  // untilMs 0: it may come back by itself, nobody knows when.
  lost(untilMs) {
    this.untilMs = untilMs;
    this.away = true;
    state('lost', 'Reconnecting');
    say('The connection was lost. Trying to take the call up again.');
    this.tick();
  }

  back(rows) {
    if (rows) transcript.replace(rows);
    if (this.away) say('The connection is back.');
    this.away = false;
    this.untilMs = 0;
    state('listening', 'Listening');
  }

  unplugged() {
    this.way?.microphone();
    warn(UNPLUGGED, true);
    choices.refresh();
    $('words').focus();
  }

  tick() {
    const s = Math.max(0, Math.floor((Date.now() - this.beganMs) / 1000));
    $('clock').textContent = `${Math.floor(s / 60)}:${String(s % 60).padStart(2, '0')}`;
    if (this.away && this.untilMs) {
      const left = Math.max(0, Math.ceil((this.untilMs - Date.now()) / 1000));
      state('lost', `Reconnecting, for another ${left} s`);
    }
  }

  end(farewell) {
    if (this.ended) return;
    this.ended = true;
    clearInterval(this.ticking);
    this.way?.close();
    this.microphone.close();
    over(this, farewell);
  }
}

const HANDOFF = {
  ringing: 'A person is being called to take over. Warmline stays with you until then.',
  answered: 'A person is here now.',
  missed: 'Nobody could answer just now. The numbers above are open to you.',
};

// --- what is shown -----------------------------------------------------------------------------------------------------

function state(name, text) {
  document.body.dataset.line = name;
  if ($('status').textContent !== text) $('status').textContent = text;
}

// For screen readers: what is said only where it is wanted, the rest always.
function say(text) {
  const caption = /^(You|Warmline): /.test(text);
  if (text && (!caption || $('announce').checked || choices.volume() === 0)) $('said').textContent = text;
}

function warn(text, kind = false) {
  $('message').textContent = text;
  $('message').classList.toggle('kind', kind);
  $('message').hidden = !text;
}

function show(stage) {
  document.body.dataset.state = stage;
  $('before').hidden = stage !== 'before';
  $('call').hidden = stage === 'before';
  $('during').hidden = $('dock').hidden = stage !== 'during';
  $('after').hidden = stage !== 'after';
}

function fresh() {
  transcript.clear();
  mood.clear();
  hideCard();
  document.body.dataset.line = '';
  $('report').hidden = true;
  warn('');
  choices.unmute();
}

async function start(speaking) {
  if (call) return;
  if (!canListen()) {
    warn(INSECURE);
    return;
  }
  choices.stopTrying();
  fresh();
  busy(true);
  const own = new Call();
  call = own;
  try {
    await own.open(speaking);
  } catch (error) {
    if (own.ended) return;
    own.ended = true;
    own.microphone.close();
    call = null;
    busy(false);
    warn(refusal(error), error.name === 'Refused');
    $('start').focus();
    return;
  }
  busy(false);
  begun(own, speaking);
}

function busy(on) {
  for (const id of ['start', 'write-instead', 'again']) $(id).disabled = on;
  $('start').textContent = on ? 'Connecting …' : 'Start the call';
}

function begun(own, speaking) {
  show('during');
  if (!document.body.dataset.line) state('listening', 'Listening');
  $('way').textContent = `by ${own.way.name}`;
  document.body.classList.toggle('written', !speaking);
  if (matchMedia('(max-width: 52rem)').matches) $('mood').open = false;
  choices.refresh();
  (speaking ? $('mute') : $('words')).focus();
  scrollTo(0, 0);
}

function over(own, farewell) {
  if (call === own) call = null;
  $('sure').close();
  transcript.hearing('');
  state('over', 'The call has ended');
  if (!own.beganMs) return;
  warn('');
  show('after');
  const minutes = Math.round((Date.now() - own.beganMs) / 60000);
  const length = minutes < 1 ? 'less than a minute' : minutes === 1 ? 'a minute' : `${minutes} minutes`;
  $('farewell').textContent = farewell;
  $('summary').textContent = `It lasted ${length}, with ${transcript.answers} ${transcript.answers === 1 ? 'answer' : 'answers'}.`;
  $('after-title').focus();
}

function save() {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([transcript.asText()], { type: 'text/plain' }));
  link.download = 'warmline-call.txt';
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

function toggleMute() {
  const on = $('mute').getAttribute('aria-pressed') !== 'true';
  $('mute').setAttribute('aria-pressed', String(on));
  document.body.classList.toggle('muted', on);
  call?.microphone.mute(on);
}

function toggleCaptions() {
  const on = $('show-captions').getAttribute('aria-pressed') !== 'true';
  $('show-captions').setAttribute('aria-pressed', String(on));
  document.body.classList.toggle('silent-captions', !on);
  $('captions-off').hidden = on;
}

const goodbye = () => call?.end('You ended the call. Thank you for talking.');

// --- what the person does ----------------------------------------------------------------------------------------------

$('start').addEventListener('click', () => start(true));
$('write-instead').addEventListener('click', () => start(false));
$('again').addEventListener('click', () => { show('before'); $('start').focus(); start(!document.body.classList.contains('written')); });
$('end').addEventListener('click', goodbye);
$('leave').addEventListener('click', goodbye);
$('stay').addEventListener('click', () => $('sure').close());
$('mute').addEventListener('click', toggleMute);
$('show-captions').addEventListener('click', toggleCaptions);
$('save').addEventListener('click', save);
$('write').addEventListener('submit', (event) => {
  event.preventDefault();
  const text = $('words').value.trim();
  if (text && call?.way?.write(text)) $('words').value = '';
});
document.addEventListener('keydown', (event) => {
  if (!call || event.ctrlKey || event.metaKey || event.altKey || $('sure').open) return;
  if (event.key === 'Escape') {
    event.preventDefault(); // the same key would close it again
    $('sure').showModal();
  }
  if (!$('shortcuts').checked || event.target.matches('input, select, textarea')) return;
  if (event.key === 'm' || event.key === 'M') toggleMute();
  if (event.key === 'c' || event.key === 'C') toggleCaptions();
});
window.addEventListener('pagehide', () => call?.end(''));
navigator.mediaDevices?.addEventListener('devicechange', () => choices.refresh());

fetch('/page.json').then((answer) => answer.json()).then((told) => {
  facts = { ...NOWHERE, ...told };
  showLines(facts);
  choices.offer(facts);
}).catch(() => {}); // the page stays as it is: the lines over the world, and the call by WebSocket
if (!canListen()) warn(INSECURE);
