// The view Words, what is learned: what learning from the marks would change before it does, how it counts, and is undone.
import { authorized, control } from "../base/control.js";
import { byId, element, render } from "../base/dom.js";
import { attempt } from "../base/notice.js";
import { parse } from "../base/request.js";
import { whileShown } from "../base/shown.js";
import { duration, spoken } from "../base/text.js";
import { marks } from "../live/marks.js";

/**
 * @typedef {object} LearnedWord as the service tells it
 * @property {string} keyword @property {number} wrong @property {number} wrong_before @property {number} wrong_after
 * @property {number} said @property {number} said_before @property {number} said_after
 * @property {string} [refused] why not all of it is learned @property {boolean} [taught] whether the word itself is fitted again
 *
 * @typedef {{ words: LearnedWord[], corrections: number, applied: boolean, can_undo: boolean }} Learned
 */

const list = new Intl.ListFormat("en", { type: "conjunction" });

/** @param {LearnedWord} word */
const isChanged = (word) => word.taught || word.wrong_before !== word.wrong_after || word.said_before !== word.said_after;

/**
 * How many of so many, at one time and at the next. On a telephone the table has no head, and the name stands here.
 * @param {string} name of what is counted @param {string} what becomes of them @param {string[]} times
 */
function counts(total, before, after, name, what, [first, second]) {
  if (!total) return element("span", { class: "quiet" }, `no ${name} marked`);
  const hidden = (text) => element("span", { class: "hidden" }, text);
  return element("span", { class: "number" }, hidden(`${first} `), element("strong", {}, String(before)), element("span", { "aria-hidden": "true" }, " → "),
    hidden(`${second} `), element("strong", {}, String(after)), ` of ${total}`, element("span", { class: "narrow" }, ` ${name} ${what}`));
}

/** What comes of it for a word, in words; why not all of it is learned stands behind that. @param {LearnedWord} word */
function outcome({ refused, taught, wrong_before: before, wrong_after: after }) {
  const parts = [];
  if (after < before) parts.push(after ? "Fewer of the wrong ones are taken for it." : "What was wrong is not taken for it again.");
  if (after > before) parts.push("More of the wrong ones are taken for it.");
  if (taught) parts.push("Heard better from now on.");
  if (!parts.length && !refused) parts.push(after ? "Learning does not help here: have it be surer, under “Less or more”." : "All is as it was marked: there is nothing to learn.");
  const told = element("span", {}, parts.join(" "));
  if (refused) told.append(parts.length ? " " : "", element("span", { class: "refused" }, `${refused[0].toUpperCase()}${refused.slice(1)}.`));
  return told;
}

/** @param {Learned} learned */
function table({ words, applied }) {
  const times = applied ? ["before", "now"] : ["now", "then"];
  const rows = words.map((word) => element("tr", {}, ...[
    spoken(word.keyword),
    counts(word.wrong, word.wrong_before, word.wrong_after, "wrong ones", "taken for it", times),
    counts(word.said, word.said_before, word.said_after, "said ones", "heard", times),
    outcome(word),
  ].map((cell) => element("td", {}, cell))));
  const heads = ["Word", "Wrong ones taken for it", "Said ones heard", "What comes of it"].map((name) => element("th", { scope: "col" }, name));
  return element("table", { class: "stacked" }, element("caption", { class: "hidden" }, "What learning changes, word by word"),
    element("thead", {}, element("tr", {}, ...heads)), element("tbody", {}, ...rows));
}

const quoted = (words) => list.format(words.map(({ keyword }) => `“${spoken(keyword)}”`));
const known = (corrections) => (corrections ? ` ${corrections} ${corrections === 1 ? "sound is" : "sounds are"} known to be no word.` : "");

/** What there is to say of it all. @param {Learned} learned */
function sum({ words, corrections, applied }) {
  if (!words.length) {
    return marks.keepsSound ? "Nothing is marked with its sound yet. Mark above what was wrong; then there is something to learn."
      : "Nothing is marked with its sound, since sound is not kept. Set learn: {keep: true} in the configuration, have the daemon read it, and mark again.";
  }
  const changed = words.filter(isChanged);
  if (applied) return `Learned, and it counts from now on.${known(corrections)}`;
  return changed.length ? `This would change ${quoted(changed)}. Nothing has changed yet.` : "Nothing would change.";
}

/** What the panel holds; no part of the document, which the first view loads. */
const panel = () => [
  element("h3", {}, "Learn from what was marked"),
  element("p", { class: "quiet" }, "What was marked wrong is not taken for its word again, and what was missed is heard. What would make a word worse is not learned."),
  element("p", { class: "actions" }, element("button", { id: "learn-show", class: "main-button" }, "Show what would change")),
  element("p", { id: "learn-answer", class: "answer", role: "status" }),
  element("p", { id: "learn-wait", hidden: "" }, element("progress", { "aria-labelledby": "learn-answer" }), " ", element("span", { id: "learn-time", class: "quiet number" })),
  element("div", { id: "learn-table", class: "scroll", tabindex: 0, role: "region", "aria-label": "What learning changes", hidden: "" }),
  element("p", { id: "learn-choices", class: "actions", hidden: "" }, element("button", { id: "learn-apply", class: "main-button" }, "Learn this"), " ",
    element("button", { id: "learn-undo" }, "Undo what was learned")),
];

export function startLearning() {
  byId("learning").append(...panel());
  const [show, apply, undo] = ["show", "apply", "undo"].map((name) => byId(`learn-${name}`));
  const [answer, place] = [byId("learn-answer"), byId("learn-table")];
  /** The marks that what is shown was learned from; null while nothing is shown. */
  let learnedFrom = null;
  let isBusy = false;

  const namesOfMarks = () => marks.all?.map(({ mark }) => mark).join();

  const offer = (canApply, canUndo) => {
    apply.hidden = !canApply;
    undo.hidden = !canUndo;
    byId("learn-choices").hidden = !canApply && !canUndo;
  };

  /** @param {Learned} learned */
  const showLearned = (learned) => {
    const hadFocus = document.activeElement;
    place.hidden = !learned.words.length;
    render(place, table(learned));
    offer(!learned.applied && learned.words.some(isChanged), learned.can_undo);
    // Whoever is there with the keyboard does not begin at the top again.
    if (hadFocus?.hidden) (undo.hidden ? show : undo).focus();
  };

  /** One thing at a time, while the rest of the page goes on; what went wrong stands where the answer would. @param {() => Promise<string>} work */
  const alone = async (text, work) => {
    if (isBusy) return;
    isBusy = true;
    const began = Date.now();
    const tick = () => { byId("learn-time").textContent = duration((Date.now() - began) / 1000); };
    tick();
    const timer = setInterval(tick, 1000);
    for (const button of [show, apply, undo]) button.setAttribute("aria-disabled", "true");
    answer.textContent = text;
    byId("learn-wait").hidden = false;
    await attempt(async () => { answer.textContent = await work(); }, (reason) => { answer.textContent = reason; });
    byId("learn-wait").hidden = true;
    for (const button of [show, apply, undo]) button.removeAttribute("aria-disabled");
    clearInterval(timer);
    isBusy = false;
  };

  const waiting = "What was marked is heard again, which may take a minute. The rest of the page works meanwhile.";

  show.addEventListener("click", () => alone(waiting, async () => {
    await marks.load();
    const from = namesOfMarks();
    const learned = parse(await (await authorized("./api/learn")).text());
    showLearned(learned);
    learnedFrom = from;
    return sum(learned);
  }));
  apply.addEventListener("click", () => alone(waiting, async () => {
    const learned = await control("./api/learn");
    showLearned(learned);
    learnedFrom = null;
    return sum(learned);
  }));
  undo.addEventListener("click", () => alone("It is taken back.", async () => {
    const learned = await control("./api/learn", { undo: true });
    showLearned(learned);
    learnedFrom = null;
    return `Undone, and it hears as before.${known(learned.corrections)}`;
  }));
  whileShown("words", (signal) => {
    marks.addEventListener("marks", () => {
      if (isBusy || learnedFrom === null || learnedFrom === namesOfMarks()) return;
      learnedFrom = null;
      place.hidden = true;
      offer(false, !undo.hidden);
      answer.textContent = "Other words are marked now. Show again what would change.";
    }, { signal });
  });
}
