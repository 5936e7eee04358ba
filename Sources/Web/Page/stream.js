// What the service tells as it happens.

const shortestPauseMilliseconds = 500;
const longestPauseMilliseconds = 10_000;
/** The service tells its state every two seconds at least: silence means that it is gone, even if the connection stands. */
const patienceMilliseconds = 15_000;
/** As many keywords as the service remembers. */
const mostKept = 256;

/**
 * The events of the service. Whatever ends them, they come again by themselves, tried for ever with longer and longer
 * pauses; meanwhile the status is `lost`, a state of this page. A keyword is told once.
 */
export class Stream {
  #listeners = new Set();
  #status = null;
  #keywords = [];
  #pause = shortestPauseMilliseconds;

  constructor() { this.#connect(); }

  /** Tells the state and the keywords so far, then everything that comes. Gives a function that ends it. */
  listen(tell) {
    for (const event of [this.#status, ...this.#keywords]) if (event) tell(event);
    this.#listeners.add(tell);
    return () => this.#listeners.delete(tell);
  }

  #connect() {
    // All that the service remembers, each time: a daemon that has no memory counts from one again.
    const source = new EventSource(new URL("./api/events?since=0", import.meta.url));
    let patience;
    const lose = () => {
      source.close();
      clearTimeout(patience);
      this.#take({ type: "status", state: "lost" });
      // Not all pages at once when a service comes back.
      setTimeout(() => this.#connect(), this.#pause * (0.5 + Math.random() / 2));
      this.#pause = Math.min(2 * this.#pause, longestPauseMilliseconds);
    };
    const wait = () => {
      clearTimeout(patience);
      patience = setTimeout(lose, patienceMilliseconds);
    };
    const hear = (message) => {
      wait();
      this.#pause = shortestPauseMilliseconds;
      this.#take(JSON.parse(message.data));
    };
    for (const type of ["status", "keyword"]) source.addEventListener(type, hear);
    // The browser itself gives up after any answer but 200.
    source.addEventListener("error", lose);
    wait();
  }

  #take(event) {
    if (event.type === "status") this.#status = event;
    if (event.type === "keyword") {
      if (this.#keywords.some(({ id, timestamp }) => id === event.id && timestamp === event.timestamp)) return;
      this.#keywords.push(event);
      if (this.#keywords.length > mostKept) this.#keywords.shift();
    }
    for (const tell of this.#listeners) tell(event);
  }
}

/**
 * Follows the events of the service; all tabs of a browser share one stream. Each of its own would hold one of the six
 * connections that a browser opens to a service, and the seventh tab would wait for ever.
 */
export function follow(tell) {
  if (!("SharedWorker" in globalThis)) return void new Stream().listen(tell);
  const worker = new SharedWorker(new URL("./stream-worker.js", import.meta.url), { type: "module" });
  worker.addEventListener("error", () => new Stream().listen(tell), { once: true });
  worker.port.onmessage = (message) => tell(message.data);
}
