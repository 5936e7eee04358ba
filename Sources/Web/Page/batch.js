// The tab Batch: many files, a row for each as its result comes.
import { addRow, byId, element, milliseconds, percent } from "./common.js";
import { acceptDrops } from "./upload.js";

/** Sends the files and calls back for each line of the answer as it comes. */
async function send(files, onLine) {
  const form = new FormData();
  for (const file of files) form.append("files", file);
  const answer = await fetch("api/batch-predict", { method: "POST", body: form, headers: { Accept: "application/x-ndjson" } });
  if (!answer.ok) throw new Error((await answer.json()).detail);
  let rest = "";
  const decoder = new TextDecoder();
  for (const reader = answer.body.getReader(); ;) {
    const { done, value } = await reader.read();
    const lines = (rest + (value ? decoder.decode(value, { stream: true }) : "")).split("\n");
    rest = lines.pop();
    for (const line of lines) onLine(JSON.parse(line));
    if (done) return;
  }
}

function save(name, type, text) {
  const link = element("a", { download: name, href: URL.createObjectURL(new Blob([text], { type })) });
  link.click();
  URL.revokeObjectURL(link.href);
}

/** As spreadsheets read it; a leading "=" is kept from being a formula. */
function cell(value) {
  const text = String(value ?? "").replace(/^([=+\-@])/, "'$1");
  return `"${text.replaceAll('"', '""')}"`;
}

function csv(results) {
  const columns = ["file", "keyword", "confidence", "processing_time", "model_version", "timestamp", "error"];
  return [columns.join(","), ...results.map((result) => columns.map((name) => cell(result[name])).join(","))].join("\r\n");
}

export function startBatch() {
  const input = byId("batch-files");
  let results = [];
  acceptDrops(byId("batch-drop"), input);
  byId("batch-csv").addEventListener("click", () => save("predictions.csv", "text/csv", csv(results)));
  byId("batch-json").addEventListener("click", () => save("predictions.json", "application/json", JSON.stringify(results, null, 2)));
  input.addEventListener("change", async () => {
    const files = [...input.files];
    if (!files.length) return;
    results = [];
    const count = () => {
      byId("batch-progress").max = files.length;
      byId("batch-progress").value = results.length;
      byId("batch-count").textContent = `${results.length} of ${files.length}`;
      byId("batch-csv").disabled = byId("batch-json").disabled = !results.length;
    };
    byId("batch-rows").replaceChildren();
    count();
    try {
      await send(files, (line) => {
        if (!("index" in line)) return;
        results.push(line);
        addRow(byId("batch-rows"), line.error
          ? [line.file, "error", line.error, ""]
          : [line.file, line.keyword, percent(line.confidence), milliseconds(line.processing_time)], 5000);
        count();
      });
    } catch (error) {
      byId("batch-count").textContent = error.message;
    }
  });
}
