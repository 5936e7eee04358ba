// Numbers and moments in words for people.

/** Of log-odds. */
export const probability = (score) => 1 / (1 + Math.exp(-score));
export const percent = (part) => `${(100 * part).toFixed(1)} %`;
export const milliseconds = (seconds) => `${(1000 * seconds).toFixed(1)} ms`;
export const decibels = (level) => `${level.toFixed(0)} dBFS`;
/** "smart_mirror" is said as two words. */
export const spoken = (word) => word.replaceAll("_", " ");
/** False alarms an hour as a person counts them. */
export function often(alarms) {
  if (alarms >= 1) return `${alarms.toFixed(1)} an hour`;
  return alarms * 24 >= 0.95 ? `${(alarms * 24).toFixed(1)} a day` : `one in ${Math.max(2, Math.round(1 / (alarms * 24)))} days`;
}
const noWords = { _silence_: "silence", _unknown_: "none of the words" };
/** What a clip was recognised as: a word, or that it is none. */
export const labelName = (label) => noWords[label] ?? spoken(label);

const time = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const hours = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { weekday: "short", day: "numeric", month: "short" });

export const clock = (moment) => time.format(new Date(moment));
export const hour = (moment) => hours.format(new Date(moment));

/** The time, and the day if it is not today. @param {number | string} moment @param {number} now */
export function when(moment, now) {
  const date = new Date(moment);
  return date.toDateString() === new Date(now).toDateString() ? time.format(date) : `${day.format(date)}, ${time.format(date)}`;
}

/** "2 min", "3 h 10 min", "4 d 2 h"; "-" for none. @param {number | undefined} seconds */
export function duration(seconds) {
  if (seconds === undefined) return "-";
  const whole = Math.max(0, Math.round(seconds));
  const [days, hoursLeft, minutes] = [Math.floor(whole / 86400), Math.floor(whole / 3600) % 24, Math.floor(whole / 60) % 60];
  if (days) return `${days} d ${hoursLeft} h`;
  if (hoursLeft) return `${hoursLeft} h ${minutes} min`;
  return whole >= 60 ? `${minutes} min` : `${whole} s`;
}

/** "just now", "2 min ago". @param {number | string} moment @param {number} now */
export function ago(moment, now) {
  const seconds = (now - new Date(moment)) / 1000;
  return seconds < 5 ? "just now" : `${duration(seconds < 60 ? 5 * Math.floor(seconds / 5) : seconds)} ago`;
}
