// What was said of words: that they were right, wrong, or said and not heard. Only who has given the token knows it.
import { askIfAllowed, authorized, control } from "../base/control.js";

/**
 * @typedef {object} Mark as the service tells it
 * @property {"right" | "wrong" | "missed"} kind @property {string} keyword @property {string} timestamp @property {number} [event]
 * @property {number} score @property {number} threshold_score @property {boolean} audio whether its sound is kept
 */

const keyOf = (id, timestamp) => `${id} ${timestamp}`;

/** Dispatches `marks` when they are others. */
class Marks extends EventTarget {
  /** What was said of each word last, the newest last; null while that is not known. @type {Mark[] | null} */
  all = null;
  /** Whether the sound of what is marked is kept. @type {boolean | null} */
  keepsSound = null;
  #byEvent = new Map();

  #take({ marks, keep }) {
    const isMissed = ({ event }) => event === undefined;
    this.#byEvent = new Map(marks.filter((mark) => !isMissed(mark)).map((mark) => [keyOf(mark.event, mark.timestamp), mark]));
    const last = new Set(this.#byEvent.values());
    this.all = marks.filter((mark) => isMissed(mark) || last.has(mark));
    this.keepsSound = keep;
    this.dispatchEvent(new Event("marks"));
  }

  /** What a word was said to be, if anything. @param {import("./day.js").Entry} entry */
  kindOf({ id, timestamp }) { return this.#byEvent.get(keyOf(id, timestamp))?.kind; }

  /** Asks for them where the token is known. */
  async refresh() {
    const known = await askIfAllowed("./api/marks");
    if (known) this.#take(known);
  }

  /** Asks for them, and for the token. */
  async load() { this.#take(await (await authorized("./api/marks")).json()); }

  /** Has the daemon keep one. @param {{ event: number, verdict: string } | { missed: string }} wish @returns {Promise<Mark>} */
  async add(wish) {
    const mark = await control("./api/mark", wish);
    if (this.all) this.#take({ marks: [...this.all, mark], keep: this.keepsSound || mark.audio });
    else await this.load();
    return mark;
  }

  async forget() { this.#take(await control("./api/marks/forget")); }
}

export const marks = new Marks();
