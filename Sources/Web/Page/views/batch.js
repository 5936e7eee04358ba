// The view Batch: many files, a row for each as its result comes.
import { addRow, byId, csv, json, save } from "../base/dom.js";
import { Failure, latest, parse, pause, request, sentence } from "../base/request.js";
import { labelName, milliseconds, percent } from "../base/text.js";
import { sendable } from "../audio/decode.js";
import { acceptDrops } from "./drop.js";

/** Files of one request: the service takes no more than 1000, and what the browser decodes of them is held until then. */
const mostFiles = 250;
const columns = ["file", "keyword", "confidence", "processing_time", "model_version", "timestamp", "error"];
/** What the service answers where a client sends more than a minute allows. */
const tooMany = 429;
/** After which such files are sent again. */
const pauseMilliseconds = 3000;

/**
 * Sends the files, some at a time, and calls back for each result as it comes; a file that cannot be read has one with an
 * error. Those that the service takes later are told by their number, and sent again.
 *
 * Throws a Failure if not every file gets a result.
 */
async function send(files, signal, onResult, onWait) {
  let rest = files;
  while (rest.length) {
    const later = await sendSome(rest.slice(0, mostFiles), signal, onResult);
    rest = [...later, ...rest.slice(mostFiles)];
    if (!later.length) continue;
    onWait(rest.length);
    await pause(pauseMilliseconds, signal);
    signal.throwIfAborted();
  }
}

/** Sends files in one request; gives those that the service takes later. */
async function sendSome(files, signal, onResult) {
  const form = new FormData();
  const sent = [];
  for (const file of files) {
    try {
      form.append("files", await sendable(file), file.name);
      sent.push(file);
    } catch (error) {
      onResult({ file: file.name, error: sentence(error) });
    }
    signal.throwIfAborted();
  }
  if (!sent.length) return [];
  let answer;
  try {
    answer = await request("./api/batch-predict", { method: "POST", body: form, signal, headers: { Accept: "application/x-ndjson" } });
  } catch (error) {
    if (error.status === tooMany) return sent;
    throw error;
  }
  const later = [];
  let left = sent.length;
  for await (const line of lines(answer.body, signal)) {
    // After all results comes a line that counts them, or one that says why there are no more.
    if (line.detail) throw new Failure(line.detail);
    if (!("index" in line)) continue;
    left -= 1;
    if (line.status === tooMany) later.push(sent[line.index]);
    else onResult(line);
  }
  if (left) throw new Failure("The service has stopped in the middle. Choose the files again.");
  return later;
}

/** The lines of JSON of a body, until it ends or breaks off. */
async function* lines(body, signal) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read().catch(() => ({ done: true }));
    signal.throwIfAborted();
    if (done) return;
    const whole = (rest + value).split("\n");
    rest = whole.pop();
    yield* whole.map(parse);
  }
}

export function start() {
  const input = byId("batch-files");
  const begin = latest();
  let results = [];
  acceptDrops(byId("batch-drop"), input);
  const stop = byId("batch-stop");
  stop.addEventListener("click", () => {
    begin();
    stop.hidden = true;
    byId("batch-count").textContent += ". Stopped: the rest was not sent.";
  });
  byId("batch-csv").addEventListener("click", () => save("predictions.csv", csv(columns, results)));
  byId("batch-json").addEventListener("click", () => save("predictions.json", json(results)));
  input.addEventListener("change", async () => {
    const files = [...input.files];
    if (!files.length) return;
    // The batch before is given up: what it still gets is not of these files.
    const signal = begin();
    results = [];
    const count = (remark = "") => {
      byId("batch-progress").max = files.length;
      byId("batch-progress").value = results.length;
      byId("batch-count").textContent = `${results.length} of ${files.length}${remark && `. ${remark}`}`;
      byId("batch-csv").disabled = byId("batch-json").disabled = !results.length;
    };
    byId("batch-rows").replaceChildren();
    count();
    stop.hidden = false;
    try {
      await send(files, signal, (result) => {
        if (signal.aborted) return;
        results.push(result);
        addRow(byId("batch-rows"), result.error
          ? [result.file, "error", result.error, ""]
          : [result.file, labelName(result.keyword), percent(result.confidence), milliseconds(result.processing_time)], 5000);
        count();
      }, (waiting) => count(`The service takes no more files of you for now; ${waiting} wait.`));
    } catch (error) {
      if (!signal.aborted) count(sentence(error));
    }
    if (!signal.aborted) stop.hidden = true;
  });
}
