// Where browsers have no shared workers, as Chrome on Android: one tab has the stream of events, and tells the others.
import { sparing, Stream } from "./stream.js";

const name = "attuned-events";

/** Whether the browser has what tabs need for that; it has not on a page that is neither of this machine nor over HTTPS. */
export const canShare = () => "locks" in navigator && "BroadcastChannel" in globalThis;

/**
 * Follows the events of the service. The tab that came to be seen last has the stream, since browsers put those to sleep that
 * nobody sees; when it is closed, another has it.
 */
export function followTogether(tell, isSeen) {
  const channel = new BroadcastChannel(name);
  const take = sparing(tell, isSeen);
  let stream = null;
  let turn = new AbortController();

  const lead = () => {
    stream = new Stream();
    stream.listen((event) => {
      channel.postMessage(event);
      take(event);
    });
    // Until the tab is closed, or another takes it over.
    return new Promise(() => {});
  };

  const hold = (options) => navigator.locks.request(name, options, lead).catch(() => {
    // It had come to be seen before its turn came.
    if (options.signal?.aborted && !stream) return;
    stream?.close();
    stream = null;
    wait();
  });

  const wait = () => {
    turn = new AbortController();
    hold({ signal: turn.signal });
  };

  const takeOver = () => {
    if (stream) return;
    turn.abort();
    hold({ steal: true });
  };

  channel.onmessage = ({ data }) => { if (!stream) take(data); };
  document.addEventListener("visibilitychange", () => { if (isSeen()) takeOver(); });
  if (isSeen()) takeOver();
  else wait();
}
