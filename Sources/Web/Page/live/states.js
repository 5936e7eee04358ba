// What the states of the daemon mean to a person.

/** In other states a level would be one of before. */
export const statesWithAudio = new Set(["listening", "degraded"]);

/** What a state is called, and of which kind it is: `hears`, `quiet`, `deaf`, or `waits`. */
const meanings = {
  listening: ["Listening", "hears"], degraded: ["Hears badly", "waits"], muted: ["Muted", "quiet"], stalled: ["No audio", "deaf"],
  no_device: ["No microphone", "deaf"], starting: ["Starting", "waits"], stopping: ["Stopping", "waits"],
  unreachable: ["No daemon", "deaf"], lost: ["No service", "deaf"], connecting: ["Connecting", "waits"],
};

export const nameOf = (state) => meanings[state]?.[0] ?? state;
export const kindOf = (state) => meanings[state]?.[1] ?? "waits";

/** Why it is so, and what to do. */
export function explain(status) {
  switch (status.state) {
    case "lost": return "This page has lost the service, and tries to reach it again and again. Is attune-web still running?";
    // What to do is part of the reason.
    case "unreachable": return `The daemon cannot be reached: ${status.reason}`;
    case "no_device": return `${status.reason}. Connect the microphone, or choose another: attune devices lists them. It is opened as soon as it is there.`;
    case "stalled": return `${status.reason}. The daemon opens the device anew by itself.`;
    default: return status.device ? `${status.reason} (${status.device})` : status.reason;
  }
}

/** Why a word that was heard is no event, in plain words. @param {import("./day.js").Entry} entry @param {import("./day.js").Word} [word] */
export function whyNot(entry, word) {
  const of = `${(100 * entry.confidence).toFixed(1)} % sure, ${(100 * entry.threshold).toFixed(1)} % needed`;
  if (entry.type === "near_miss") return `Nearly: ${of}.`;
  switch (entry.cause) {
    case "disabled": return "Switched off: the configuration does not listen for it.";
    case "not_after": return `No wake word before it: it counts only within ${word?.within_seconds ?? 5} s after one.`;
    case "refractory": return "Said again at once: the same word counts only once in a moment.";
    case "outscored": return "Another word, a moment before, was likelier.";
    case "doubted": return `The second network doubted it: together ${of}.`;
    default: return entry.cause;
  }
}
