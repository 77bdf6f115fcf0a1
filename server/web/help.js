// Where to find a person, always in sight: the operator's country's lines before a call, and what the safety protocol
// shows in it. A number that can be dialled is a link that dials.

const $ = (id) => document.getElementById(id);

export function showLines({ lines, emergency, anywhere }) {
  if (emergency) $('emergency').replaceChildren(dial('', emergency.number));
  const shown = lines.map((line) => dial(line.name, line.number, line.website));
  const elsewhere = link(`https://${anywhere}`, shown.length ? 'others' : anywhere);
  $('lines').replaceChildren(...[...shown, elsewhere].flatMap((one, place) => (place ? [' · ', one] : [one])));
}

export function showCard(card) {
  if (!card) return;
  const first = card.number ? dial(card.name, card.number.split(/[;(]/)[0].trim(), card.website) : link(card.website, `Find a line: ${card.name}`);
  const shown = card.emergency ? [first, ' · ', dial('Emergency', card.emergency)] : [first];
  $('card').replaceChildren(...shown);
}

export function hideCard() {
  $('card').replaceChildren();
}

function dial(name, number, website = '') {
  const digits = number.split(/[;(]/)[0].trim();
  const text = name ? `${name}: ${number}` : number;
  if (/^[+\d][\d\s-]*$/.test(digits)) return link(`tel:${digits.replace(/[^+\d]/g, '')}`, text);
  return website ? link(website, text) : document.createTextNode(text);
}

function link(href, text) {
  const made = document.createElement('a');
  made.href = /^https?:|^tel:/.test(href) ? href : `https://${href}`;
  made.rel = 'noreferrer';
  made.textContent = text;
  return made;
}
