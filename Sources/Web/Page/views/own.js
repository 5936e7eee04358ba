// The view Words, words of one's own: what is expected of them, and how they are taken along, brought and forgotten.
import { authorized, control } from "../base/control.js";
import { isConfirmed } from "../base/dialog.js";
import { byId, element, render, save, tableRow } from "../base/dom.js";
import { attempt, notice } from "../base/notice.js";
import { Failure, parse } from "../base/request.js";
import { whileShown } from "../base/shown.js";
import { often, percent, spoken } from "../base/text.js";

/** Files are a few hundred kilobytes; the service takes no more than this. */
const mostBytes = 8 * 1024 * 1024;

/** @typedef {import("../live/day.js").Word} Word */

const kindOf = (word) => `${word.wake ? "a wake word" : "a command"}${!word.own && word.card ? " of the model, with your takes" : ""}, ${word.enabled ? "listened for" : "switched off"}`;

/** What to expect, as far as whoever taught the word says it: its card is a stranger's. @param {{ card?: object }} word */
export function expectation({ card = {} }) {
  const number = (name) => (Number.isFinite(card[name]) ? card[name] : null);
  const [takes, missed, alarms] = ["takes", "miss_rate", "false_alarms_per_hour"].map(number);
  const parts = [
    missed !== null && `${percent(missed)} of what is said like the takes is missed`,
    alarms !== null && `false alarms, ${alarms > 0 ? often(alarms) : "none"} while people talk`,
  ].filter(Boolean);
  return [takes !== null && `Taught with ${takes} takes.`, parts.length && `Expected: ${parts.join("; ")}.`].filter(Boolean).join(" ");
}

async function download(name) {
  const takes = byId("own-takes").checked;
  const answer = await authorized(`./api/words/file?name=${encodeURIComponent(name)}&takes=${takes}`);
  save(`${name}.word`, await answer.blob());
  notice(`“${name}” is saved${takes ? ", with the recordings that it was taught with" : ""}.`);
}

async function remove(name) {
  if (!await isConfirmed(`Forget “${name}”?`, "It is heard no more, and the recordings that it was taught with are deleted. A file that was saved before brings it back.", "Forget it")) return;
  await control("./api/words/remove", { name });
  notice(`“${name}” is forgotten.`);
}

async function install(file) {
  if (!file.size || file.size > mostBytes) throw new Failure(`${file.name} is ${file.size ? "larger than a word can be" : "empty"}. Choose a file that ends in .word.`);
  const answer = await authorized("./api/words/install", { method: "POST", body: file, headers: { "Content-Type": "application/octet-stream" } });
  const { name } = parse(await answer.text());
  notice(`“${name}” is heard from now on.`);
}

/** @param {string} name @param {(Node | string)[]} told @param {boolean} isHeard */
function item(name, told, isHeard) {
  const button = (text, work) => {
    const made = element("button", { "aria-label": `${text} “${name}”` }, text);
    made.addEventListener("click", () => attempt(() => work(name)));
    return made;
  };
  return element("li", { class: "panel", "data-word": name }, element("p", {}, ...told),
    element("p", { class: "actions" }, ...(isHeard ? [button("Save", download)] : []), button("Forget…", remove)));
}

/** @param {import("../live/day.js").Day} day */
function showWords(day) {
  const words = [...day.words.values()];
  const own = words.filter((word) => word.own || word.card);
  const items = [
    ...own.map((word) => item(word.keyword, [element("strong", {}, word.keyword), `: ${kindOf(word)}; ${percent(word.threshold)} needed. ${expectation(word)}`], true)),
    ...day.problems.map(({ name, reason }) => item(name, [element("strong", {}, name), " is not heard: ", element("span", { class: "error" }, reason)], false)),
  ];
  const list = byId("own-words");
  // The focus is on a button of an item that stays.
  if (items.map(({ textContent }) => textContent).join() !== [...list.children].map(({ textContent }) => textContent).join()) list.replaceChildren(...items);
  byId("own-none").hidden = items.length > 0;
  render(byId("model-listened"), ...words.filter((word) => !word.own).map((word) => tableRow([spoken(word.keyword), kindOf(word), `${percent(word.threshold)} needed`])));
}

/** @param {import("../live/day.js").Day} day */
export function startOwnWords(day) {
  const file = byId("own-file");
  file.addEventListener("change", () => attempt(async () => {
    const [chosen] = file.files;
    if (!chosen) return;
    // The same file can be chosen again.
    await install(chosen).finally(() => { file.value = ""; });
  }));
  whileShown("words", (signal) => {
    showWords(day);
    day.addEventListener("day", () => showWords(day), { signal });
  });
}
