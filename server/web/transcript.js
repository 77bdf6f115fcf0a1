// What is said in a call, as captions: what was heard, what of our words was cut, and why each answer was given. Words
// are only ever set as text. A screen reader is told a line once, when it is whole.

const SHOWN = 300;
const BY = { opening: 'a first clause of ours', protocol: 'the safety protocol', notice: 'a fixed sentence', apology: 'a fixed sentence' };

export class Transcript {
  constructor(list, partial, say) {
    this.list = list;
    this.partial = partial;
    this.say = say;
    this.clear();
  }

  clear() {
    this.list.replaceChildren();
    this.drafts = new Map(); // by turn, until the answer sounds: {words, tags, plan, texts, sources, endS}
    this.open = new Map(); // our lines that still sound, by turn
    this.lines = [];
    this.answers = 0;
    this.hearing('');
  }

  hearing(text) {
    this.partial.hidden = !text;
    this.partial.lastElementChild.textContent = text;
  }

  // --- what the server tells -----------------------------------------------------------------------------------------

  draft(turn) {
    if (!this.drafts.has(turn)) this.drafts.set(turn, { texts: [], sources: new Set() });
    return this.drafts.get(turn);
  }

  paused({ turn, end_s: endS }) {
    this.drafts.delete(turn);
    this.draft(turn).endS = endS;
  }

  planned({ turn, words, tags, plan }) {
    Object.assign(this.draft(turn), { words, tags, plan });
    this.hearing(words);
  }

  willSay({ turn, text, source }) {
    const line = this.open.get(turn);
    const said = line ?? this.draft(turn);
    said.texts.push(text);
    said.sources.add(source);
    if (line) line.words.textContent = line.texts.join(' ');
  }

  // Our answer sounds: what was heard and what we say are lines from now on. Gives the draft, for who shows more of it.
  began({ turn, at_s: at }) {
    const draft = this.draft(turn);
    this.drafts.clear();
    this.hearing('');
    if (draft.words) this.line('You', 'you', draft.words);
    const line = this.line('Warmline', 'us', draft.texts.join(' '));
    this.open.set(turn, { ...draft, ...line });
    const afterS = draft.endS === undefined ? null : Math.max(0, at - draft.endS);
    if (draft.plan) {
      this.answers += 1;
      line.item.append(why({ ...draft, afterS }));
    }
    return { ...draft, afterS };
  }

  ended({ turn, planned, heard, outcome, stages_ms: stages }) {
    const line = this.open.get(turn);
    this.open.delete(turn);
    if (!line) return;
    if (outcome === 'cut') cut(line, planned, heard);
    line.entry.text = outcome === 'cut' ? `${heard} [cut: you spoke]` : line.words.textContent;
    more(line, stages);
    this.say(`Warmline: ${line.entry.text}`);
  }

  // The person had only paused: what was prepared is gone, and what had begun to sound is taken back.
  discarded({ turn }) {
    this.drafts.delete(turn);
    const line = this.open.get(turn);
    if (!line) return;
    this.open.delete(turn);
    cut(line, line.words.textContent, '');
    line.entry.text = '[taken back: you went on]';
  }

  murmured({ text }) {
    this.line('', 'note', `Warmline listens: ${text}`);
  }

  note(text) {
    this.line('', 'note', text);
    this.say(text);
  }

  // After a lost connection the server knows what was heard.
  replace(rows) {
    this.clear();
    for (const { who, text, planned } of rows) {
      const line = this.line(who === 'person' ? 'You' : 'Warmline', who === 'person' ? 'you' : 'us', text);
      if (planned && planned !== text) {
        cut(line, planned, text);
        line.entry.text = `${text} [cut]`;
      }
      if (who !== 'person') this.answers += 1;
    }
  }

  asText() {
    return `${this.lines.map(({ who, text }) => (who ? `${who}: ${text}` : `(${text})`)).join('\n')}\n`;
  }

  // Keeps the newest line in sight, unless the person has scrolled back.
  line(who, kind, text) {
    const { list } = this;
    const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 60;
    const item = element('li', kind);
    const words = element('span', 'words', text);
    if (who) item.append(element('b', '', who), ' ');
    item.append(words);
    list.append(item);
    const entry = { who, text };
    this.lines.push(entry);
    while (list.children.length > SHOWN) list.firstElementChild.remove();
    if (who === 'You') this.say(`You: ${text}`);
    if (atEnd) list.scrollTop = list.scrollHeight;
    return { item, words, entry };
  }
}

function element(name, kind, text = '') {
  const made = document.createElement(name);
  if (kind) made.className = kind;
  made.textContent = text;
  return made;
}

function cut({ item, words }, planned, heard) {
  words.textContent = heard;
  const unsaid = planned.startsWith(heard) ? planned.slice(heard.length).trim() : planned;
  if (!unsaid) return;
  const struck = element('s');
  struck.append(element('span', 'unseen', 'not said, because you spoke: '), unsaid);
  words.after(' ', struck);
}

function why({ plan, tags, afterS }) {
  const details = element('details', 'why');
  const then = plan.then ? `, then ${plan.then.toLowerCase()}` : '';
  const time = afterS === null ? '' : ` · after ${afterS.toFixed(1)} s`;
  details.append(element('summary', '', `Why: ${plan.strategy.toLowerCase()}${then}${time}`));
  const list = element('dl');
  list.append(
    ...fact('Stage of the talk', plan.stage),
    ...fact('Because', plan.why.join('; ') || 'no special reason'),
    ...fact('How you sounded', tags.confidence > 0 ? tags.line : 'not read'),
  );
  details.append(list);
  return details;
}

// What is known only afterwards: who worded it, and where the time went.
function more({ item, sources }, stages) {
  const list = item.querySelector('dl');
  if (!list) return;
  const by = [...sources].map((source) => BY[source] ?? 'the language model');
  const times = Object.entries(stages).map(([name, ms]) => `${name.replaceAll('_', ' ')} ${Math.round(ms)} ms`);
  list.append(...fact('Worded by', [...new Set(by)].join(', then ')), ...fact('Time', times.join(', ')));
}

function fact(name, text) {
  return text ? [element('dt', '', name), element('dd', '', text)] : [];
}
