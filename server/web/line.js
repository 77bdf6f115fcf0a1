// A call, whatever carries it. A way has: open(session), which settles when the call has begun; write(text);
// microphone(), when another one (or none) is there; volume(share); close(). It tells its handlers: message(event), the
// server's events; lost(untilMs) and back(transcript), when the connection goes and comes; over(text), once.

import { CannotConnect } from './words.js';
import { WebRtcWay } from './webrtc.js';
import { WebSocketWay } from './websocket.js';

// WebRTC first, because it has the browser's own echo cancellation and loses late packets instead of waiting for them.
// A call that is only written needs neither. `wanted`: "webrtc" or "websocket" for that one alone.
export async function connect(microphone, session, facts, handlers, wanted = '') {
  const fits = microphone.track && facts.webrtc && window.RTCPeerConnection;
  if (wanted === 'webrtc' || (fits && wanted !== 'websocket')) {
    const way = new WebRtcWay(microphone, handlers, facts.ice);
    try {
      await way.open(session);
      return way;
    } catch (problem) {
      way.close();
      if (!(problem instanceof CannotConnect) || wanted === 'webrtc') throw problem;
    }
  }
  const way = new WebSocketWay(microphone, handlers);
  try {
    await way.open(session);
  } catch (problem) {
    way.close();
    throw problem;
  }
  return way;
}
