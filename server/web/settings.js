// What a person chooses before and during a call: microphone, volume, pace, consent.

import { Microphone, devices, meter } from './microphone.js';
import { refusal } from './words.js';

const $ = (id) => document.getElementById(id);
const KEY = 'warmline-caller';
const QUIET_MS = 5000;

// `microphone()`: of the running call, if any. `setVolume`: is told a share from 0 to 1.
export function settings(microphone, setVolume) {
  let trying = null;

  function stopTrying() {
    trying?.close();
    trying = null;
    $('try').setAttribute('aria-pressed', 'false');
    $('try').textContent = 'Try it';
    $('heard').textContent = '';
  }

  async function tryIt() {
    if (trying) return stopTrying();
    const own = new Microphone();
    trying = own;
    $('try').setAttribute('aria-pressed', 'true');
    $('try').textContent = 'Stop';
    $('heard').textContent = 'Say something.';
    try {
      await own.open($('device').value);
    } catch (error) {
      stopTrying();
      $('heard').textContent = refusal(error);
      return null;
    }
    await refresh();
    const sinceMs = Date.now();
    let heard = false;
    return meter(own, $('try-level'), (level) => {
      if (heard || trying !== own) return;
      heard = level > 0.45;
      if (heard) $('heard').textContent = 'You can be heard.';
      else if (Date.now() - sinceMs > QUIET_MS) $('heard').textContent = 'Nothing is heard yet. Is it muted, or is it another microphone?';
    });
  }

  // The names of microphones are known only once one was allowed.
  async function refresh() {
    const found = await devices();
    for (const list of [$('device'), $('device-now')]) {
      const chosen = list.value;
      const own = new Option("The browser's own choice", '');
      list.replaceChildren(own, ...found.map(({ deviceId, label }) => new Option(label || 'Microphone', deviceId)));
      list.value = found.some(({ deviceId }) => deviceId === chosen) ? chosen : '';
    }
  }

  async function swap() {
    try {
      await microphone()?.open($('device-now').value);
      $('message').hidden = true;
    } catch (error) {
      $('message').textContent = refusal(error);
      $('message').hidden = false;
    }
  }

  const volume = () => Number($('volume-now').value) / 100;

  function louder(event) {
    $('volume').value = $('volume-now').value = event.target.value;
    setVolume(volume());
  }

  // Two soft notes at the chosen volume.
  function chime() {
    const context = new AudioContext();
    const gain = new GainNode(context, { gain: 0 });
    gain.connect(context.destination);
    [392, 523.25].forEach((frequency, place) => {
      const note = new OscillatorNode(context, { frequency });
      note.connect(gain);
      note.start(place * 0.35);
      note.stop(place * 0.35 + 0.6);
    });
    gain.gain.linearRampToValueAtTime(0.2 * volume(), 0.08);
    gain.gain.linearRampToValueAtTime(0, 0.95);
    setTimeout(() => context.close(), 1200);
  }

  // The random key by which a person is known again; it is made once they agree, and gone when they no longer do.
  function caller(facts) {
    if (!facts.memory || !$('memory').checked) {
      localStorage.removeItem(KEY);
      return '';
    }
    const bytes = crypto.getRandomValues(new Uint8Array(24));
    const key = localStorage.getItem(KEY) ?? btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_');
    localStorage.setItem(KEY, key);
    return key;
  }

  function offer(facts) {
    $('tone-row').hidden = !facts.tone;
    $('memory-row').hidden = !facts.memory;
    $('memory').checked = facts.memory && localStorage.getItem(KEY) !== null;
    $('consent').hidden = !facts.tone && !facts.memory;
  }

  $('try').addEventListener('click', tryIt);
  $('chime').addEventListener('click', chime);
  $('device').addEventListener('change', () => { if (trying) { stopTrying(); tryIt(); } });
  $('device-now').addEventListener('change', swap);
  $('volume').addEventListener('input', louder);
  $('volume-now').addEventListener('input', louder);
  $('check').addEventListener('toggle', () => { if ($('check').open) refresh(); else stopTrying(); });

  return {
    stopTrying,
    refresh,
    offer,
    volume,
    device: () => $('device').value,
    session: (facts) => ({
      tone: facts.tone && $('tone').checked,
      caller: caller(facts),
      speed: Number(document.querySelector('input[name=pace]:checked').value),
    }),
    unmute: () => {
      $('mute').setAttribute('aria-pressed', 'false');
      document.body.classList.remove('muted');
      $('device-now').value = $('device').value;
    },
  };
}
