"""What `attune evaluate --json` printed, as sections of the model card."""

import json

from .markdown import percent, table


def evaluation_sections(evaluations: list[dict]) -> str:
    """One section for each object: clips and streams, the wake word benchmark, or words of one's own."""
    return "\n".join(
        own_words(one) if "teachings" in one else benchmark(one) if "benchmark" in one else evaluation(one)
        for one in evaluations
    )


def command(one: dict) -> str:
    """The call that repeats it, as far as the object tells."""
    ratios = [f"{row['snr_db']:g}" for row in one.get("in_noise", []) if "snr_db" in row]
    options = (" --benchmark" if "benchmark" in one else "") + (f" --snr {','.join(ratios)}" if ratios else "")
    return f"    attune evaluate --model Config/models/{one.get('model')}/{one.get('model_version')}{options} RECORDINGS\n"


def where(condition: dict) -> str:
    """What noise there was."""
    return "as recorded" if condition.get("snr_db") is None else f"{condition['snr_db']:g} dB"


def notes(one: dict) -> str:
    return "".join(f"- {note}\n" for note in one.get("notes", []))


def evaluation(one: dict) -> str:
    """Accuracy by word and in noise, and misses against false alarms in continuous audio."""
    if "accuracy" not in one:
        return f"```\n{json.dumps(one, indent=2)}\n```\n"
    parts = [
        command(one),
        f"**{percent(one['accuracy'], 2)}** of {one['clips']:,} clips, mean over words {percent(one['mean_recall'], 2)}; "
        f"expected calibration error {percent(one.get('calibration_error'))}.\n",
        by_word(one),
    ]
    if one.get("in_noise"):
        rows = [
            [where(row), percent(row["accuracy"], 2), percent(row["mean_recall"], 2)]
            + [percent(row.get("calibration_error"))]
            for row in one["in_noise"]
        ]
        parts.append(table(["noise", "accuracy", "mean over words", "calibration error"], rows))
    if one.get("streams"):
        parts.append(streams(one["streams"]))
    return "\n".join([*parts, notes(one)])


def by_word(one: dict) -> str:
    """Clips, recall and precision of each word, and what it is taken for most."""
    counts = dict(zip(one.get("labels", []), one.get("confusion", [])))
    rows = []
    for word, recall in one["recall"].items():
        if recall is None:
            continue
        heard = {other: n for other, n in zip(one["labels"], counts[word]) if n and other != word} if word in counts else {}
        most = max(heard, key=heard.get) if heard else ""
        rows.append([word, sum(counts.get(word, [])), percent(recall), percent(one.get("precision", {}).get(word)), most])
    return table(["word", "clips", "recall", "precision", "most taken for"], rows)


def streams(conditions: list[dict]) -> str:
    """A row for each condition and group of words: misses and false alarms with 95 % intervals, and latency."""
    rows = []
    for condition in conditions:
        for name, found in condition.items():
            if isinstance(found, dict) and "spoken" in found:
                rows.append([where(condition), name.replace("_", " "), *stream_row(found)])
    head = ["noise", "words", "spoken", "missed (95 %)", "false alarms an hour (95 %)", "hours", "latency p50, p99"]
    trade = best_trades(conditions)
    return "Continuous audio, at the model's own thresholds:\n\n" + table(head, rows) + trade + by_source(conditions[0])


def stream_row(found: dict) -> list[str]:
    latency = found.get("latency_ms", {})
    missed = f"{percent(found.get('miss_rate'))} ({interval(found.get('miss_interval'), percent)})"
    rate = f"{number(found.get('false_alarms_per_hour'))} ({interval(found.get('false_alarms_interval'), number)})"
    delays = f"{number(latency.get('p50'))}, {number(latency.get('p99'))} ms"
    return [found["spoken"], missed, rate, number(found.get("hours")), delays]


def number(value: float | None) -> str:
    """With two digits after the point below ten, and with none from there on."""
    return "-" if value is None else f"{value:.2f}" if value < 10 else f"{value:.0f}"


def interval(bounds: list[float] | None, text) -> str:
    return f"{text(bounds[0])} to {text(bounds[1])}" if bounds else "-"


def best_trades(conditions: list[dict]) -> str:
    """Misses of the wake words at given rates of false alarms, one threshold for all, chosen on the same recordings."""
    rows = []
    for condition in conditions:
        trades = condition.get("wake_words", {}).get("at_false_alarms_per_hour", {})
        for rate, point in trades.items():
            if point:
                bounds = interval(point.get("miss_interval"), percent)
                rows.append([where(condition), rate, f"{percent(point.get('miss_rate'))} ({bounds})", point.get("threshold")])
    head = ["noise", "false alarms an hour at most", "wake words missed (95 %)", "threshold"]
    title = "\nWake words, one threshold for all of them, chosen on the same recordings:\n\n"
    return title + table(head, rows) if rows else ""


def by_source(condition: dict) -> str:
    """False alarms by where the recordings are from; nothing if they are all from one place, or it was not told."""
    rows = []
    for one in condition.get("sources", []):
        found = [one.get(group, {}) for group in ("wake_words", "commands")]
        rows.append([one["source"], one["kind"], number(found[0].get("hours")), *map(alarms, found)])
    title = "\nFalse alarms by source, as recorded:\n\n"
    head = ["source", "", "hours", "wake words an hour (95 %)", "commands an hour (95 %)"]
    return title + table(head, rows) if len(rows) > 1 else ""


def alarms(found: dict) -> str:
    if "false_alarms_per_hour" not in found:
        return "-"
    words = ", ".join(f"{word} {count}" for word, count in found.get("words", {}).items()) if len(found.get("words", {})) < 4 else ""
    rate = f"{number(found['false_alarms_per_hour'])} ({interval(found['false_alarms_interval'], number)})"
    return f"{rate}: {words}" if words else rate


def benchmark(one: dict) -> str:
    """The wake word benchmark: misses of each word at its own threshold."""
    rows = []
    for word, found in one.get("words", {}).items():
        point = found.get("chosen") or {}
        bounds = interval(point.get("miss_interval"), percent)
        missed = f"{percent(point.get('miss_rate'))} ({bounds})"
        rows.append([word, found.get("recordings"), missed, point.get("threshold")])
    rate, ratio = one.get("false_alarms_per_hour_at_most"), one.get("snr_db")
    bounds = interval(one.get("mean_miss_interval"), percent)
    return f"""\
{command(one)}
Wake words between sentences, noise at {ratio} dB under everything, {one.get("hours")} h: misses at {rate} false alarms an
hour, each word at its own threshold. **Mean {percent(one.get("mean_miss_rate"))}** ({bounds}).

{table(["word", "recordings", "missed (95 %)", "threshold"], rows)}
{notes(one)}"""


def own_words(one: dict) -> str:
    """Words of one's own: who misses them, and what is taken for them."""
    takes, speakers = one["takes"], one["speakers_together"]
    ratio = f"noise at {one['snr_db']:g} dB"
    missed, accepted = (
        [(title, one[kind].get(key)) for title, key in titles]
        for kind, titles in (
            ("missed", [
                ("missed, said by who taught it", "same_speaker"), (f"the same, {ratio}", "same_speaker_in_noise"),
                ("missed, said by others", "others"), (f"the same, {ratio}", "others_in_noise"),
            ]),
            ("accepted", [
                ("another word taken for it, said by who taught it", "same_speakers_word"),
                ("another word taken for it, said by others", "others_word"),
            ]),
        )
    )  # fmt: skip
    rows = [
        [title, f"{found['count']:,} of {found['of']:,}", percent(found["rate"]), interval(found["interval"], percent)]
        for title, found in missed + accepted
        if found
    ]
    if "false_alarms" in one:
        rows.append(["false alarms an hour of running speech", f"{one['false_alarms']:,} in {one['hours']:,.0f} h"]
                    + [number(one["false_alarms_per_hour"]), interval(one["false_alarms_interval"], number)])  # fmt: skip
    who = "one speaker" if speakers == 1 else f"{speakers} speakers"
    options = f"--takes {takes}" + (f" --speakers {speakers}" if speakers > 1 else "")
    return f"""\
    attune evaluate --model Config/models/{one["model"]}/{one["model_version"]} --own RECORDINGS {options} --speech SPEECH

Words of one's own, {takes} takes by {who}: {one["taught"]} of {one["teachings"]} teachings of words by {one["speakers"]} speakers
made one, each in {number(one.get("processor_seconds"))} s of processor time.

{table(["", "", "", "95 %"], rows)}
{notes(one)}"""
