// What the page says to a person when something is not as it should be: what it is, and what to do.

export const LOST = 'The connection was lost, and the call could not be taken up again. Please check your network and call again.';

export const UNREACHED = 'The server could not be reached. Please check your network and try again.';

const FAREWELLS = {
  1001: 'The server has stopped, so the call has ended.',
  1009: 'The connection sent more than the server takes. Please call again.',
  1012: 'The server is restarting, so the call has ended. Please call again in a minute.',
};

export function farewell(code) {
  return FAREWELLS[code] ?? LOST;
}

export const INSECURE = 'This browser gives a microphone only to pages that come over a secure connection. '
  + 'Open this page by https, or as localhost on the server itself.';

export const UNPLUGGED = 'Your microphone was unplugged or switched off. The call goes on: write below, or connect one and choose it in the settings.';

// Why there was no microphone.
export function refusal(error) {
  switch (error.name) {
    case 'NotAllowedError':
      return 'The browser did not allow the microphone. Allow it in the address bar and start again, or write instead of speaking.';
    case 'NotFoundError':
    case 'OverconstrainedError':
      return 'No microphone was found. Connect one and start again, or write instead of speaking.';
    case 'NotReadableError':
      return 'Another program is using the microphone. Close it and start again, or write instead of speaking.';
    case 'Refused':
      return error.message;
    default:
      return `The call could not start (${error.name}). Please reload the page and try again.`;
  }
}

// A way that cannot be used here: another is tried.
export class CannotConnect extends Error {
  name = 'CannotConnect';
}

// The server will not take this call; the message is for the person.
export class Refused extends Error {
  name = 'Refused';
}

const LEVELS = [[-0.35, 0], [-0.1, 1], [0.1, 2], [0.35, 3], [Infinity, 4]];
const VALENCE = ['low', 'rather low', 'even', 'rather bright', 'bright'];
const AROUSAL = ['calm', 'rather calm', 'neither calm nor stirred', 'rather stirred', 'stirred'];

const worded = (value, names) => names[LEVELS.find(([limit]) => value < limit)[1]];

// A mood in a sentence, for everybody and for screen readers first.
export function moodWords(turns) {
  const last = turns.at(-1);
  if (!last) return 'Nothing to show yet.';
  const sure = last.confidence < 0.35 ? 'unsure' : last.confidence < 0.65 ? 'fairly sure' : 'quite sure';
  const now = `Last turn: ${worded(last.valence, VALENCE)}, ${worded(last.arousal, AROUSAL)} (${sure}).`;
  if (turns.length < 3) return now;
  const half = Math.floor(turns.length / 2);
  const mean = (some) => some.reduce((sum, turn) => sum + turn.valence, 0) / some.length;
  const change = mean(turns.slice(-half)) - mean(turns.slice(0, half));
  const course = change > 0.15 ? 'brighter' : change < -0.15 ? 'lower' : 'about the same';
  return `${now} Over ${turns.length} turns: ${course}.`;
}
