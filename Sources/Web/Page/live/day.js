// What is known of the last day: what the service remembers, and what it has told since.
import { ask } from "../base/request.js";
import { follow } from "./stream.js";

/**
 * @typedef {object} Entry something that happened, as the service tells it, and `at`, its time in milliseconds
 * @property {"keyword" | "near_miss" | "suppressed" | "shadow" | "status" | "gap"} type
 * @property {number} at
 * @property {string} [keyword] @property {string} [state] @property {string} [cause] @property {string} [reason]
 * @property {number} [confidence] @property {number} [threshold] @property {number} [score] @property {number} [threshold_score]
 * @property {number} [level_dbfs] @property {number} [clip]
 *
 * @typedef {object} Word what is listened for, and when it counts
 * @property {string} keyword @property {boolean} wake @property {boolean} enabled @property {number} threshold @property {boolean} own
 * @property {{ enabled: boolean, threshold: number, threshold_score: number }} [configured] where something else was set since
 * @property {object} [card] what whoever taught it says of it @property {number} threshold_score @property {string[]} after @property {number} within_seconds @property {boolean} second
 */

export const dayMilliseconds = 86_400_000;
/** What is told so late stands among later ones. */
const lateMilliseconds = 60_000;
/** The service itself keeps no more of a kind. */
const mostEntries = 10_000;

const keyOf = (entry) => `${entry.type} ${entry.timestamp} ${entry.keyword ?? entry.state ?? entry.cause}`;

/** Dispatches `status`, `entry` (something new) and `day` (all of it anew). */
export class Day extends EventTarget {
  /** @type {Entry[]} Oldest first. */
  entries = [];
  status = { state: "connecting", reason: "Waiting for the daemon." };
  /** From when on all is known. */
  knownSince = Date.now();
  /** @type {Map<string, Word>} */
  words = new Map();
  /** Words of one's own that cannot be heard. @type {{ name: string, reason: string }[]} */
  problems = [];
  #keys = new Set();
  #isLoaded = false;
  /** Which of the daemon's `words` these are. */
  #wordsVersion;
  /** How much later it is here than at the service; what came late does not count. @type {number[]} */
  #lags = [0];

  constructor() {
    super();
    follow((event) => this.#take(event));
  }

  /** What time it is at the service. */
  get now() { return Date.now() - Math.min(...this.#lags); }

  #take(event) {
    if (event.type !== "status") return this.#add(event, "entry");
    const before = this.status;
    this.status = event;
    if (event.now) this.#lags = [...(this.#isLoaded ? this.#lags.slice(-7) : []), Date.now() - Date.parse(event.now)];
    if (event.state === "lost") this.#isLoaded = false;
    else if (!this.#isLoaded) this.#load();
    else if (event.words_version !== this.#wordsVersion) this.#loadWords();
    if (event.state !== before.state && before.state !== "connecting") {
      const timestamp = event.since ?? new Date(this.now).toISOString();
      this.#add({ type: "status", state: event.state, reason: event.reason, timestamp }, "entry");
    }
    this.dispatchEvent(new Event("status"));
  }

  /** What happened while this page was not there. */
  async #load() {
    this.#isLoaded = true;
    this.#wordsVersion = this.status.words_version;
    try {
      const [history, words] = await Promise.all([ask("./api/history"), ask("./api/words")]);
      this.knownSince = Date.parse(history.known_since);
      this.#takeWords(words);
      for (const entry of history.entries) this.#add(entry);
      this.entries.sort((left, right) => left.at - right.at);
      this.dispatchEvent(new Event("day"));
    } catch {
      // With the next status it is tried again; the stream says what is wrong.
      this.#isLoaded = false;
    }
  }

  /** What is listened for has changed. Where that cannot be known, it is asked for with the next status. */
  async #loadWords() {
    const before = this.#wordsVersion;
    this.#wordsVersion = this.status.words_version;
    try {
      this.#takeWords(await ask("./api/words"));
      this.dispatchEvent(new Event("day"));
    } catch {
      this.#wordsVersion = before;
    }
  }

  #takeWords({ words, problems = [] }) {
    this.problems = problems;
    const sorted = words.toSorted((left, right) => right.wake - left.wake || left.keyword.localeCompare(right.keyword));
    this.words = new Map(sorted.map((word) => [word.keyword, word]));
  }

  /** A word is decided on otherwise from now on. @param {Word} word */
  changeWord(word) {
    this.words = new Map(this.words).set(word.keyword, word);
    this.dispatchEvent(new Event("day"));
  }

  /** @param {string} [told] the event that tells of it */
  #add(event, told) {
    const key = keyOf(event);
    if (this.#keys.has(key)) return;
    this.#keys.add(key);
    const entry = { ...event, at: Date.parse(event.timestamp) };
    this.entries.push(entry);
    if (told) this.dispatchEvent(new CustomEvent(told, { detail: entry }));
    this.#forget();
  }

  /** Many at once: to look through all for each that comes would cost. */
  #forget() {
    const oldest = this.now - dayMilliseconds;
    const first = this.entries.find(({ type }) => type !== "status");
    if (this.entries.length <= 1.05 * mostEntries && !(first?.at < oldest - 0.05 * dayMilliseconds)) return;
    // The state that began before the day goes on into it.
    const before = this.entries.findLast(({ type, at }) => type === "status" && at < oldest);
    const isOver = (entry) => entry.at < oldest && entry !== before;
    this.entries = this.entries.filter((entry) => !isOver(entry)).slice(-mostEntries);
    this.#keys = new Set(this.entries.map(keyOf));
  }

  /** Words that were heard, nearly heard or held back, newest first. @param {number} [since] */
  heard(since = 0) {
    const found = [];
    for (let index = this.entries.length - 1; index >= 0 && this.entries[index].at >= since - lateMilliseconds; index -= 1) {
      const entry = this.entries[index];
      if (entry.keyword && entry.type !== "shadow" && entry.at >= since) found.push(entry);
    }
    return found.sort((left, right) => right.at - left.at);
  }

  /** @returns {{ from: number, to: number, state: string, reason: string }[]} one after the other, from when on it is known */
  get states() {
    const changes = this.entries.filter((entry) => entry.type === "status");
    const oldest = this.now - dayMilliseconds;
    return changes
      .map(({ at, state, reason }, index) => ({ from: Math.max(at, oldest), to: changes[index + 1]?.at ?? this.now, state, reason }))
      .filter(({ from, to }) => to > from);
  }
}
