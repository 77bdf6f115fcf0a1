// The caller's report of one call. The link's secret stands after the #, which a browser sends to no server: it goes
// into the header of each request and nowhere else. Everything is shown as text, never as markup.

const $ = (id) => document.getElementById(id);
const secret = location.hash.slice(1);
const RETRY = 'That did not work just now. Please try again.';

async function ask(path, options = {}) {
  const headers = { authorization: `Bearer ${secret}`, ...(options.body ? { 'content-type': 'application/json' } : {}) };
  const answer = await fetch(`/v1/report${path}`, { ...options, headers, cache: 'no-store', referrerPolicy: 'no-referrer' });
  if (answer.ok) return answer;
  const told = await answer.json().catch(() => ({ message: RETRY }));
  throw new Error(told.message || RETRY);
}

function tell(text) {
  $('message').textContent = text;
}

async function tried(work) {
  try {
    await work();
  } catch (error) {
    tell(error instanceof TypeError ? RETRY : error.message);
  }
}

function made(tag, text = '', kind = '') {
  const item = document.createElement(tag);
  if (text) item.textContent = text;
  if (kind) item.className = kind;
  return item;
}

function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (number) => String(number).padStart(2, '0');
  const hours = Math.floor(whole / 3600);
  const rest = `${Math.floor(whole / 60) % 60}:${two(whole % 60)}`;
  return hours ? `${hours}:${rest.padStart(5, '0')}` : rest;
}

const day = (at) => new Date(at * 1000).toLocaleString(undefined, { dateStyle: 'long', timeStyle: 'short' });

// --- what is shown -----------------------------------------------------------------------------------------------

function show(report) {
  const over = report.ended === null ? (report.running ? ' It still runs.' : ' It broke off.') : '';
  const lost = report.lost ? ` ${report.lost} exchanges could not be written down.` : '';
  $('when').textContent = `${day(report.started)}.${over}${lost}`;
  const read = report.exchanges.filter((one) => one.feeling && one.feeling.sure > 0);
  $('mood').replaceChildren(read.length ? drawn(read, report) : made('p', 'Your voice was not read in this call.', 'soft'));
  $('mood-table').hidden = !read.length;
  $('mood-rows').replaceChildren(table(read));
  fill('moments', report.moments, moment, 'None stood out.');
  const strategies = Object.entries(report.strategies);
  fill('strategies', strategies, ([name, count]) => made('li', `${name}: ${count}`), 'Nothing was answered.');
  $('notes').replaceChildren(...report.notes.map(note));
  $('notes-none').hidden = report.notes.length > 0;
  $('said').replaceChildren(...report.exchanges.filter((one) => one.words).map(exchange));
  $('said-none').hidden = report.exchanges.some((one) => one.words);
  for (const choice of $('share').elements.share) choice.checked = choice.value === report.share;
  $('accesses').replaceChildren(...report.accesses.map(({ at, who }) => made('li', `Read by an operator (${who}) on ${day(at)}`)));
  $('report').hidden = false;
}

function fill(id, items, make, none) {
  $(id).replaceChildren(...(items.length ? items.map(make) : [made('li', none, 'soft')]));
}

function moment({ at_s: at, text }) {
  const item = made('li');
  item.append(made('time', clock(at)), text);
  return item;
}

function note({ id, text, day: due }) {
  const item = made('li');
  const button = made('button', 'Forget');
  button.type = 'button';
  button.setAttribute('aria-label', `Forget: ${text}`);
  button.addEventListener('click', () => tried(async () => {
    button.disabled = true;
    try {
      await ask(`/notes/${id}`, { method: 'DELETE' });
    } finally {
      button.disabled = false;
    }
    await load();
    tell('It is forgotten, with the words of the moment it came from.');
    $('notes-title').focus();
  }));
  item.append(made('span', due ? `${text} (${due})` : text), button);
  return item;
}

function exchange({ began_s: at, user, heard, unheard, feeling, strategy, why }) {
  const item = made('li');
  const mine = made('p', '', 'you');
  mine.append(made('b', 'You '), user);
  const ours = made('p', '', 'us');
  ours.append(made('b', 'Warmline '), heard);
  if (unheard) {
    const struck = made('s');
    struck.append(made('span', 'not heard, because you spoke: ', 'hidden-word'), ` ${unheard}`);
    ours.append(struck);
  }
  const felt = feeling && feeling.sure > 0 ? [feeling.label, ...feeling.events].filter(Boolean).join(', ') : '';
  const reasons = made('details');
  reasons.append(made('summary', `Why: ${strategy}`), made('p', why.join('; ') || 'no special reason', 'felt'));
  item.append(made('time', clock(at)), made('span', felt, 'felt'), mine, ours, reasons);
  return item;
}

function table(read) {
  const rows = read.map((one) => [clock(one.began_s), one.feeling.valence, one.feeling.arousal, one.feeling.sure, one.feeling.label]);
  const found = made('table');
  const line = (cells, tag) => {
    const row = made('tr');
    row.append(...cells.map((cell) => made(tag, typeof cell === 'number' ? cell.toFixed(2) : cell)));
    return row;
  };
  found.append(line(['Time', 'Pleasant', 'Stirred', 'Sure', 'Feeling'], 'th'), ...rows.map((row) => line(row, 'td')));
  return found;
}

function drawn(read, report) {
  const wide = 640;
  const high = 200;
  const last = Math.max(1, ...report.exchanges.map((one) => one.ended_s));
  const x = (seconds) => 40 + (wide - 50) * (seconds / last);
  const y = (value) => high / 2 - value * (high / 2 - 16);
  const shape = (tag, attributes, text) => {
    const item = document.createElementNS('http://www.w3.org/2000/svg', tag);
    for (const [name, value] of Object.entries(attributes)) item.setAttribute(name, value);
    if (text) item.textContent = text;
    return item;
  };
  const svg = shape('svg', { viewBox: `0 0 ${wide} ${high + 36}`, role: 'img', 'aria-label': told(read) });
  svg.append(shape('line', { x1: 40, x2: wide - 10, y1: y(0), y2: y(0), class: 'axis' }));
  svg.append(shape('text', { x: 0, y: y(1) + 4 }, 'high'), shape('text', { x: 0, y: y(-1) + 4 }, 'low'));
  for (const one of report.moments.filter(({ kind }) => kind === 'risk')) {
    svg.append(shape('line', { x1: x(one.at_s), x2: x(one.at_s), y1: 8, y2: high - 8, class: 'risk' }));
  }
  const line = read.map((one, place) => `${place ? 'L' : 'M'}${x(one.began_s)} ${y(one.feeling.mood)}`).join(' ');
  svg.append(shape('path', { d: line, class: 'pleasant' }));
  for (const { began_s: at, feeling } of read) {
    const faint = 0.25 + 0.75 * feeling.sure;
    svg.append(shape('circle', { cx: x(at), cy: y(feeling.valence), r: 4, class: 'pleasant', opacity: faint }));
    const [left, top] = [x(at) - 4, y(feeling.arousal) - 4];
    svg.append(shape('rect', { x: left, y: top, width: 8, height: 8, class: 'stirred', opacity: faint }));
  }
  svg.append(shape('text', { x: 40, y: high + 14 }, '0:00'));
  svg.append(shape('text', { x: wide - 10, y: high + 14, 'text-anchor': 'end' }, clock(last)));
  svg.append(shape('circle', { cx: 46, cy: high + 28, r: 4, class: 'pleasant' }), shape('text', { x: 56, y: high + 32 }, 'pleasant, and over the call'));
  svg.append(shape('rect', { x: 256, y: high + 24, width: 8, height: 8, class: 'stirred' }), shape('text', { x: 272, y: high + 32 }, 'stirred (paler: less sure)'));
  return svg;
}

function told(read) {
  const [first, last] = [read[0].feeling.mood, read[read.length - 1].feeling.mood];
  const change = last - first > 0.1 ? 'rose' : last - first < -0.1 ? 'fell' : 'stayed about the same';
  return `How pleasant your voice sounded over ${read.length} turns: it ${change}. The table below has every turn.`;
}

// --- what can be done --------------------------------------------------------------------------------------------

async function load() {
  show(await (await ask('')).json());
}

async function save(form) {
  tell('Making the file …');
  const answer = await ask(`/exports/${form}`);
  const name = /filename="([^"]+)"/.exec(answer.headers.get('content-disposition') || '');
  const link = made('a');
  link.href = URL.createObjectURL(await answer.blob());
  link.download = name ? name[1] : `warmline.${form}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  tell('The file is in your downloads.');
}

function sure(question) {
  $('sure-text').textContent = question;
  $('sure').showModal();
  // not by the event `close`: it comes late, when the next question may already stand there
  const over = new AbortController();
  const { signal } = over;
  return new Promise((done) => {
    const answered = (yes) => { over.abort(); done(yes); };
    $('sure').addEventListener('submit', (event) => answered(event.submitter.value === 'yes'), { signal });
    $('sure').addEventListener('cancel', () => answered(false), { signal });
  });
}

async function gone(path, question, after) {
  if (!(await sure(question))) return;
  await ask(path, { method: 'DELETE' });
  $('report').hidden = true;
  $('when').textContent = '';
  tell(after);
}

for (const button of document.querySelectorAll('[data-form]')) {
  button.addEventListener('click', () => tried(() => save(button.dataset.form)));
}
$('print').addEventListener('click', () => window.print());
$('share').addEventListener('change', () => tried(async () => {
  const choice = $('share').elements.share.value;
  await ask('/share', { method: 'PUT', body: JSON.stringify({ share: choice }) });
  tell(choice === 'none' ? 'Nobody but you can read it.' : 'Saved. You can take it back here at any time.');
}));
$('erase').addEventListener('click', () => tried(() => gone('', 'Erase this call? This cannot be undone.', 'The call is erased.')));
$('forget').addEventListener('click', () => tried(() => gone(
  '/caller',
  'Forget everything you ever told Warmline, in all calls? This cannot be undone.',
  'Everything is forgotten.',
)));

$('notes-title').tabIndex = -1;
if (secret) tried(async () => { await load(); tell(''); });
else tell('Open the link that you were given after your call.');
