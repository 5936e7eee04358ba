// The last minute as it passes: the level as a ribbon, words where they were said.
import { clock, spoken } from "../base/text.js";

const shownMilliseconds = 60_000;
/** On a narrow screen words of a minute would lie on each other: it shows half of it. */
const narrowPixels = 600;
/** Where a word's name stands; the first place that is free. */
const nameRows = [14, 31, 48];
/** The ribbon is nothing at this level, and fills its height at 0 dBFS. */
const quietestLevel = -75;
/** A level is that of a second; it is told with its end. */
const levelMilliseconds = 500;
/** What is right of the newest level is not known yet. */
const delayMilliseconds = 1200;
/** It is drawn anew with every level, twice a second; one that is late does not make it stand still at once. */
const leadMilliseconds = 1200;
/** Levels that are nearer to each other are one. */
const shortestPause = 300;
/** For so long the level is taken to have gone on. */
const longestPause = 3000;
const colors = ["accent", "text", "quiet", "line", "bad", "wake", "soft"];

/** Between two drawings the browser moves it, without this page; not for those who ask for less motion. */
export class Strip {
  /** @type {{ at: number, level: number }[]} Oldest first. */
  #levels = [];
  /** @type {Animation | undefined} */
  #motion;

  /** @param {HTMLCanvasElement} canvas @param {import("../live/day.js").Day} day */
  constructor(canvas, day) {
    this.canvas = canvas;
    this.day = day;
    this.shown = shownMilliseconds;
    this.isCalm = matchMedia("(prefers-reduced-motion: reduce)");
  }

  /** How many seconds it shows. */
  get seconds() { return this.shown / 1000; }

  /** Takes a level that was told now; null for none. @param {number | null} level */
  add(level) {
    if (level !== null) {
      const at = this.day.now - levelMilliseconds;
      // One that comes right after another, as when something was asked for, says the same better.
      if (at - (this.#levels.at(-1)?.at ?? 0) < shortestPause) this.#levels.pop();
      this.#levels.push({ at, level });
    }
    const oldest = this.day.now - shownMilliseconds - 5000;
    while (this.#levels[0]?.at < oldest) this.#levels.shift();
  }

  /** Takes what was before it was looked at, instead of what it has of that time. */
  begin(levels) {
    const newest = levels.at(-1)?.at ?? 0;
    this.#levels = [...levels, ...this.#levels.filter(({ at }) => at > newest)];
  }

  /** Forgets the levels: what comes now is from another time. */
  clear() { this.#levels = []; }

  /** Moves until the signal is aborted. */
  run(signal) {
    const style = getComputedStyle(this.canvas);
    const look = () => { this.color = Object.fromEntries(colors.map((name) => [name, style.getPropertyValue(`--${name}`)])); };
    const resize = () => {
      this.ratio = Math.min(2, devicePixelRatio);
      this.width = this.canvas.parentElement.clientWidth;
      this.shown = this.width < narrowPixels ? shownMilliseconds / 2 : shownMilliseconds;
      // What comes into sight before the next drawing.
      this.lead = (this.width * leadMilliseconds) / this.shown;
      this.canvas.style.width = `${this.width + this.lead}px`;
      this.canvas.width = Math.round((this.width + this.lead) * this.ratio);
      this.canvas.height = Math.round(this.canvas.clientHeight * this.ratio);
      this.draw();
    };
    look();
    resize();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", look, { signal });
    addEventListener("resize", resize, { signal });
    signal.addEventListener("abort", () => this.#motion?.cancel());
  }

  /** Draws the last minute, and lets it go on moving for a second, which takes no more drawing. */
  draw() {
    const { canvas, color, ratio, width } = this;
    const context = canvas.getContext("2d");
    const height = canvas.height / ratio;
    const edge = this.day.now - delayMilliseconds;
    const x = (at) => width - ((edge - at) * width) / this.shown;
    const [middle, most] = [height * 0.62, height * 0.3];
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width + this.lead, height);
    context.font = "12px system-ui, sans-serif";
    this.#drawTime(context, x, edge, height, width);
    context.fillStyle = color.line;
    context.fillRect(0, middle - 0.5, width + this.lead, 1);
    this.#drawRibbon(context, x, middle, most);
    const taken = nameRows.map(() => Infinity);
    for (const entry of this.day.heard(edge - this.shown)) this.#drawWord(context, x(entry.at), entry, middle, taken);
    for (const gap of this.day.entries.filter(({ type, at }) => type === "gap" && at > edge - this.shown)) {
      context.fillStyle = color.bad;
      context.fillRect(x(gap.at) - 1.5, middle - most, 3, 2 * most);
    }
    this.#motion?.cancel();
    if (this.isCalm.matches) return;
    // A pixel of the screen at a time: between two of them nothing would be seen, and every frame costs.
    const easing = `steps(${Math.max(1, Math.round(this.lead * ratio))})`;
    this.#motion = canvas.animate({ transform: ["none", `translateX(${-this.lead}px)`] }, { duration: leadMilliseconds, easing, fill: "forwards" });
  }

  #drawTime(context, x, edge, height, width) {
    const { color } = this;
    context.fillStyle = color.quiet;
    context.textAlign = "center";
    for (let at = Math.ceil((edge - this.shown) / 15_000) * 15_000; at < edge; at += 15_000) {
      const place = x(at);
      context.fillStyle = color.line;
      context.fillRect(place, height - 22, 1, 6);
      context.fillStyle = color.quiet;
      if (place > 45 && place < width - 45) context.fillText(clock(at), place, height - 4);
    }
  }

  /** Stretches of known level, each as one shape: a level that was late breaks none. */
  #drawRibbon(context, x, middle, most) {
    // What is loud stands out: a room's noise is a thin line.
    const size = (level) => Math.max(1, most * Math.max(0, (level - quietestLevel) / -quietestLevel) ** 1.7);
    let stretch = [];
    const fill = () => {
      if (stretch.length > 1) {
        context.beginPath();
        this.#curve(context, stretch.map(([place, half]) => [place, middle - half]));
        this.#curve(context, stretch.reverse().map(([place, half]) => [place, middle + half]));
        context.fillStyle = this.color.accent;
        context.fill();
      }
      stretch = [];
    };
    let last = -Infinity;
    for (const { at, level } of this.#levels) {
      if (at - last > longestPause) fill();
      stretch.push([x(at), size(level)]);
      last = at;
    }
    fill();
  }

  /** A smooth line through the middles between points. */
  #curve(context, points) {
    context.lineTo(...points[0]);
    for (const [index, [x, y]] of points.slice(0, -1).entries()) {
      const [nextX, nextY] = points[index + 1];
      context.quadraticCurveTo(x, y, (x + nextX) / 2, (y + nextY) / 2);
    }
    context.lineTo(...points.at(-1));
  }

  /** @param {number[]} taken of each row of names, from where on it is taken; the newest words come first */
  #drawWord(context, place, entry, middle, taken) {
    const { color } = this;
    const isEvent = entry.type === "keyword";
    const isWake = this.day.words.get(entry.keyword)?.wake;
    context.fillStyle = context.strokeStyle = isEvent ? (isWake ? color.wake : color.text) : color.quiet;
    context.lineWidth = 1.5;
    context.font = `${isEvent ? 600 : 400} 14px system-ui, sans-serif`;
    const name = spoken(entry.keyword);
    const half = context.measureText(name).width / 2 + 5;
    const row = taken.findIndex((from) => place + half < from);
    if (row >= 0) {
      taken[row] = place - half;
      context.textAlign = "center";
      context.fillText(name, Math.min(place, this.width + this.lead - half), nameRows[row]);
    }
    context.beginPath();
    context.moveTo(place, row >= 0 ? nameRows[row] + 5 : middle - 14);
    context.lineTo(place, middle);
    context.stroke();
    context.beginPath();
    context.arc(place, middle, 4, 0, 2 * Math.PI);
    if (isEvent) context.fill();
    else context.stroke();
  }
}
