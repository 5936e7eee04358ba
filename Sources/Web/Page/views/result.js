// What a recording was recognised as.
import { element } from "../base/dom.js";
import { sentence } from "../base/request.js";
import { labelName, milliseconds, percent, spoken } from "../base/text.js";

/** Shows a prediction with its five likeliest labels as bars. */
export function showResult(place, prediction) {
  const bars = element("div", { class: "bars" });
  for (const { keyword, confidence } of prediction.top) {
    const bar = element("div", { class: "bar" });
    bar.style.width = `${100 * confidence}%`;
    bars.append(element("span", {}, labelName(keyword)), bar, element("span", { class: "number" }, percent(confidence)));
  }
  place.replaceChildren(
    element("p", { class: "last" }, labelName(prediction.keyword)),
    element("p", { class: "quiet" },
      `${percent(prediction.confidence)} sure, in ${milliseconds(prediction.processing_time)}, by model ${prediction.model_version}`),
    bars,
  );
}

/** Shows the words of a longer recording, on its waveform and as buttons that play from there. */
export function showPlaces(place, marks, audio, { detections, seconds, processing_time: took }) {
  marks.replaceChildren(...detections.map(({ keyword, start, end }) => {
    const mark = element("span", {}, spoken(keyword));
    mark.style.left = `${(100 * start) / seconds}%`;
    mark.style.width = `${(100 * (end - start)) / seconds}%`;
    return mark;
  }));
  const buttons = detections.map(({ keyword, start, confidence }) => {
    const button = element("button", { type: "button" }, `${spoken(keyword)}, ${start.toFixed(2)} s, ${percent(confidence)}`);
    button.addEventListener("click", () => {
      audio.currentTime = Math.max(0, start - 0.2);
      audio.play();
    });
    return button;
  });
  place.replaceChildren(
    element("p", {}, `${detections.length || "No"} ${detections.length === 1 ? "word" : "words"} in ${seconds.toFixed(1)} s, found in ${milliseconds(took)}.`),
    element("div", { class: "places" }, ...buttons),
  );
}

export function showError(place, error) {
  place.replaceChildren(element("p", { class: "error", role: "alert" }, sentence(error)));
}
