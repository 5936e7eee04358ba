// The view Words, a word that is taught: takes are recorded or chosen, each is judged at once, and a word is made of them.
import { openMicrophone } from "../audio/capture.js";
import { sendable } from "../audio/decode.js";
import { wave } from "../audio/wave.js";
import { authorized } from "../base/control.js";
import { byId, element } from "../base/dom.js";
import { attempt, notice } from "../base/notice.js";
import { Failure, parse, pause } from "../base/request.js";
import { whileShown } from "../base/shown.js";
import { decibels, spoken } from "../base/text.js";
import { expectation } from "./own.js";

const countFrom = 3;
/** A word with a moment before it and after it. */
const takeSeconds = 2.5;
const [fewest, most] = [3, 20];
/** Answers that say of a recording that it is none, or silent. */
const unusable = new Set([413, 415, 422]);

/** What serves, with its level. @type {{ recording: Blob, level: number, audio: string }[]} */
let takes = [];

async function post(path, body, headers) {
  const answer = await authorized(path, { method: "POST", body, headers });
  return parse(await answer.text());
}

/** Counts down, and records what is said then. Throws a Failure, and leaves no microphone open. @param {AbortSignal} signal ends it */
async function record(signal) {
  const place = byId("teach-count");
  const microphone = await openMicrophone(takeSeconds, true);
  try {
    place.hidden = false;
    for (let left = countFrom; left > 0 && !signal.aborted; left -= 1) {
      place.textContent = String(left);
      await pause(700, signal);
    }
    if (signal.aborted) return null;
    place.textContent = "Say it";
    const samples = new Float32Array(microphone.mostSamples);
    let count = 0;
    await new Promise((resolve) => {
      microphone.port.onmessage = ({ data }) => {
        samples.set(data, count);
        count += data.length;
        if (count === samples.length) resolve();
      };
      microphone.track.addEventListener("ended", resolve);
      signal.addEventListener("abort", resolve);
      microphone.begin();
    });
    return signal.aborted ? null : wave([samples.subarray(0, count)], microphone.rate);
  } finally {
    place.hidden = true;
    await microphone.close();
  }
}

function showTakes() {
  byId("teach-takes").replaceChildren(...takes.map((take, index) => {
    const away = element("button", { "aria-label": `Leave out take ${index + 1}` }, "Leave out");
    away.addEventListener("click", () => {
      URL.revokeObjectURL(take.audio);
      takes = takes.filter((other) => other !== take);
      showTakes();
    });
    return element("li", {}, element("span", {}, `Take ${index + 1}: good, ${decibels(take.level)}`),
      element("audio", { controls: "", src: take.audio, "aria-label": `Take ${index + 1}` }), away);
  }));
  byId("teach-record").textContent = takes.length ? `Record take ${takes.length + 1}` : "Record the first take";
  byId("teach-record").disabled = takes.length >= most;
  byId("teach-word").disabled = takes.length < fewest;
  byId("teach-left").textContent = takes.length < fewest ? `${fewest - takes.length} more are needed; five are usual.` : "More takes, of more people, hear it better.";
}

/** Says whether a recording serves, and keeps it then. */
async function judge(recording, name) {
  const told = await post(`./api/words/judge?name=${encodeURIComponent(byId("teach-name").value.trim())}`, recording, { "Content-Type": "application/octet-stream" }).catch((error) => {
    if (!(error instanceof Failure) || !unusable.has(error.status)) throw error;
    return { serves: false, reason: error.message };
  });
  if (told.serves) takes = [...takes, { recording, level: told.level_dbfs, audio: URL.createObjectURL(recording) }].slice(0, most);
  byId("teach-answer").textContent = told.serves ? `${name} is good.` : `Once more: ${told.reason}.`;
  showTakes();
}

/** @param {object} told of the word that was taught */
function sum({ name, left_out: leftOut, confused_with: confused, more_takes_would_help: helps, ...card }) {
  return [
    `“${name}” is heard from now on.`, expectation({ card }), "Of other voices more is missed.",
    confused && `It is nearest to “${spoken(confused)}”.`, helps && "Two more takes would help.",
    ...leftOut.map(({ take, reason }) => `Left out, ${take}: ${reason}.`),
  ].filter(Boolean).join(" ");
}

async function teach() {
  const name = byId("teach-name").value.trim();
  if (!name) throw new Failure("What is the word called? Write it down first.");
  const form = new FormData();
  for (const [index, { recording }] of takes.entries()) form.append("files", recording, `take ${index + 1}`);
  byId("teach-answer").textContent = "It is being made; that takes some seconds.";
  const told = await post(`./api/words/teach?name=${encodeURIComponent(name)}&command=${byId("teach-command").checked}`, form);
  for (const { audio } of takes) URL.revokeObjectURL(audio);
  takes = [];
  byId("teach-name").value = "";
  showTakes();
  byId("teach-answer").textContent = sum(told);
  notice(`“${told.name}” is heard from now on.`);
}

export function startTeaching() {
  const files = byId("teach-files");
  let shown = new AbortController().signal;
  let isBusy = false;

  /** One thing after the other; what went wrong stands where the answer would. */
  const alone = async (work) => {
    if (isBusy) return;
    isBusy = true;
    byId("teach-answer").textContent = "";
    await attempt(work, (text) => { byId("teach-answer").textContent = text; });
    isBusy = false;
  };

  byId("teach-record").addEventListener("click", () => alone(async () => {
    const recording = await record(shown);
    if (recording) await judge(recording, `Take ${takes.length + 1}`);
  }));
  files.addEventListener("change", () => alone(async () => {
    const chosen = [...files.files];
    // The same can be chosen again.
    files.value = "";
    for (const file of chosen) await judge(await sendable(file), file.name);
  }));
  byId("teach-word").addEventListener("click", () => alone(teach));
  whileShown("words", (signal) => {
    shown = signal;
    showTakes();
  });
}
