// What the service tells as it happens.

const shortestPauseMilliseconds = 500;
const longestPauseMilliseconds = 10_000;
/** The service tells its state every two seconds at least: silence means that it is gone, even if the connection stands. */
const patienceMilliseconds = 15_000;
const types = ["status", "keyword", "near_miss", "suppressed", "shadow", "gap"];

/**
 * The events of the service. Whatever ends them, they come again by themselves, tried for ever with longer and longer
 * pauses; meanwhile the status is `lost`, a state of this page.
 */
export class Stream {
  #listeners = new Set();
  #status = null;
  #pause = shortestPauseMilliseconds;
  #source;
  #patience;
  #isClosed = false;

  constructor() { this.#connect(); }

  /** Tells the state so far, then everything that comes. Gives a function that ends it. */
  listen(tell) {
    if (this.#status) tell(this.#status);
    this.#listeners.add(tell);
    return () => this.#listeners.delete(tell);
  }

  /** Ends it for good. */
  close() {
    this.#listeners.clear();
    this.#isClosed = true;
    this.#leave();
  }

  #connect() {
    if (this.#isClosed) return;
    const source = new EventSource(new URL("../api/events", import.meta.url));
    this.#source = source;
    const lose = () => {
      this.#leave();
      this.#take({ type: "status", state: "lost" });
      // Not all pages at once when a service comes back.
      setTimeout(() => this.#connect(), this.#pause * (0.5 + Math.random() / 2));
      this.#pause = Math.min(2 * this.#pause, longestPauseMilliseconds);
    };
    const wait = () => {
      clearTimeout(this.#patience);
      this.#patience = setTimeout(lose, patienceMilliseconds);
    };
    const hear = (message) => {
      wait();
      this.#pause = shortestPauseMilliseconds;
      this.#take(JSON.parse(message.data));
    };
    for (const type of types) source.addEventListener(type, hear);
    // The browser itself gives up after any answer but 200.
    source.addEventListener("error", lose);
    wait();
  }

  #leave() {
    this.#source.close();
    clearTimeout(this.#patience);
  }

  #take(event) {
    if (event.type === "status") this.#status = event;
    for (const tell of this.#listeners) tell(event);
  }
}

/** Keeps the level from a page that nobody sees: it is told when the state changes, not twice a second. */
export function sparing(tell, isSeen) {
  let state;
  return (event) => {
    const isSame = event.type === "status" && event.state === state;
    if (event.type === "status") state = event.state;
    if (!isSame || isSeen()) tell(event);
  };
}

const isSeen = () => document.visibilityState === "visible";

/**
 * Follows the events of the service; all tabs of a browser share one stream. Each of its own would hold one of the six
 * connections that a browser opens to a service, and the seventh tab would wait for ever.
 */
export function follow(tell) {
  const alone = () => void new Stream().listen(sparing(tell, isSeen));
  if (!("SharedWorker" in globalThis)) {
    import("./tabs.js").then(({ canShare, followTogether }) => (canShare() ? followTogether(tell, isSeen) : alone()), alone);
    return;
  }
  const worker = new SharedWorker(new URL("./stream-worker.js", import.meta.url), { type: "module" });
  worker.addEventListener("error", alone, { once: true });
  worker.port.onmessage = (message) => tell(message.data);
  const say = () => worker.port.postMessage({ isSeen: isSeen() });
  document.addEventListener("visibilitychange", say);
  say();
}
