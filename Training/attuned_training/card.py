"""The model card: where the data came from, how the model was made, what was measured, what it does badly."""

import math
from pathlib import Path
from textwrap import fill

import numpy as np

from .card_results import evaluation_sections
from .markdown import percent, table
from .pair_recipe import PairRecipe
from .recipe import as_options, changes_from_default
from .words import COMMANDS, SCARCE_COMMANDS, SILENCE, UNKNOWN, WAKE_WORDS

WEAKNESSES = """\
- `{scarce}` are learned mostly from synthetic voices. Expect them to be recognised worse than the other words; there are
  too few recordings to say how much worse.
- `_unknown_` knows few other words: beside running speech and synthetic voices there are only 8 to 19 recordings each of
  the other Speech Commands words. So few validation clips are `_unknown_` that the figure for it is an indication only.
- Short commands in running speech ("no", "go", "up", "right") are part of ordinary talk: the model hears them there as
  it should, which is not always what is wanted. Let them count only after a wake word.
- "four" and "for", "two" and "to", "no" and "know" sound the same.
- About 170 recordings from some 50 speakers teach each wake word; two dozen measure it.
- The thresholds come from {hours:.0f} h of speech and noise that training never saw, in which the budget of a word is less than
  one event: they carry the fall of the highest scores on to rarer ones, and how rare is known to a factor of two.
- Most speakers are adults speaking English into a headset or laptop. Children and strong accents are rare.
"""

SOURCES = """\
- Speech Commands: Pete Warden, "Speech Commands: A Dataset for Limited-Vocabulary Speech Recognition", 2018.
- LibriSpeech: Panayotov et al., ICASSP 2015.
- ESC-10: Karol Piczak, ACM Multimedia 2015; each clip under its own CC BY terms.
- Free Spoken Digit Dataset: Zohar Jackson et al. Custom speech commands: Shawn Hymel.
"""


def model_card(description: dict, ablations: list[dict], printed: list[dict], plots: list[str]) -> str:
    """Markdown for the README beside the model, from what `model.json` says; `plots` are files in `plots/`."""
    training = description["training"]
    name, version = description["name"], description["version"]
    return f"""\
# {name} {version}

Recognises {len(COMMANDS)} commands ({" ".join(COMMANDS)}),
{len(SCARCE_COMMANDS)} more that few recordings teach ({" ".join(SCARCE_COMMANDS)}),
and {len(WAKE_WORDS)} wake words ({", ".join(w.replace("_", " ") for w in WAKE_WORDS)}) in 16 kHz speech; everything else
is `_unknown_` or `_silence_`. A CNN-LSTM with attention pooling: {training["parameters"]:,} parameters,
{training["multiply_accumulates_per_window"] / 1e6:.1f} M multiply-accumulates for a window of 1.47 s.

## Measured by `attune evaluate`

{evaluations(description, printed)}
{pictures(plots)}
## Measured in training

{measured(description)}
{second_look(description)}## Training

{how_trained(name, version, training)}
## What each piece bought

{ablation_table(ablations)}
## Data

{table(["source", "licence", "clips", "hours"], [list(source.values()) for source in training["data"]])}
The recordings are not part of this project. `held-out.txt` lists the running speech and noise that were kept from
training and calibration.

{SOURCES}
## Known weaknesses

{WEAKNESSES.format(scarce=" ".join(SCARCE_COMMANDS), hours=description["results"].get("calibration_hours", 0))}"""


def second_look(description: dict) -> str:
    """What the second network is and does, and what thresholds cost."""
    if "second_look" not in description:
        return ""
    second, detection = description["training"]["second"], description["detection"]
    weight = detection["second_weight"][WAKE_WORDS[0]]
    rows = []
    for rate in (1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01):
        row = [f"{rate:g}"]
        for which in ("first", "fused"):
            missed = [missed_at(detection[which][word]["points"], rate / len(WAKE_WORDS)) for word in WAKE_WORDS]
            counts = [detection[which][word]["spoken"] for word in WAKE_WORDS]
            said = sum(counts)
            found = sum(m * n for m, n in zip(missed, counts))
            low, high = wilson(found, said)
            row.append(f"{percent(found / max(1, said), 1)} ({percent(low, 1)} to {percent(high, 1)})")
        rows.append(row)
    about = "\n\n" + fill(second["story"], 120) if second.get("story") else ""
    head = ["false alarms an hour, all wake words", "missed by the first network alone", "with the second look"]
    return f"""\
## The second look

What the first network would report is heard once more by a second one of {second["parameters"]:,} parameters, trained apart,
and their log-odds are added, {1 - weight:.2f} to {weight:.2f}; `detection.second_look: false` leaves it out.{about}

Expected on the calibration recordings, as recorded and at 10 dB: at each budget (`detection.false_alarms_per_hour`)
thresholds from {description["results"]["calibration_hours"]} h of speech and noise, misses with 95 % intervals. Shipped:
{detection["false_alarms_per_hour"]:g} an hour.

{table(head, rows)}
"""


def missed_at(points: list[list[float]], rate: float) -> float:
    """The part of a word that is missed at a rate of false alarms an hour, between the points of its curve."""
    rates, missed = np.log([point[0] for point in points])[::-1], [point[2] for point in points][::-1]
    return float(np.interp(math.log(rate), rates, missed))


def wilson(found: float, count: int, z: float = 1.96) -> tuple[float, float]:
    """Wilson's 95 % interval of a part."""
    if not count:
        return 0, 1
    part, square = found / count, z * z / count
    middle, half = part + square / 2, z * (part * (1 - part) / count + square / count / 4) ** 0.5
    return max(0, (middle - half) / (1 + square)), min(1, (middle + half) / (1 + square))


def evaluations(description: dict, printed: list[dict]) -> str:
    """What the product's own pipeline measured, or how to have it measured."""
    if printed:
        return evaluation_sections(printed)
    where = f"Config/models/{description['name']}/{description['version']}"
    return f"""\
**Not yet measured.** These commands measure it; `attuned-training export --results FILE` puts what they print here.

    attune evaluate --model {where} --json --snr 20,10,5,0,-5 RECORDINGS > results.json
    attune evaluate --model {where} --json --benchmark RECORDINGS > benchmark.json
"""


def measured(description: dict) -> str:
    """What `attuned-training evaluate` found, in PyTorch."""
    results, thresholds, calibration = (description[key] for key in ("results", "thresholds", "calibration"))
    accuracy, clips = results["validation_accuracy_per_word"], results["validation_clips_per_word"]
    missed = results["streamed_misses"]
    rows = [
        [word + (" (scarce)" if word in SCARCE_COMMANDS else ""), clips[word], percent(accuracy[word])]
        + [missed.get(word, 0) if word in thresholds else "", thresholds.get(word, "")]
        for word in accuracy
    ]
    noise = results.get("validation_accuracy_in_noise", {})
    in_noise = ", ".join(f"{percent(part)} at {ratio}" for ratio, part in noise.items()) or "not measured"
    alarms = results["held_out_false_alarms"]
    said = ", ".join(f"{word} {count}" for word, count in alarms.items()) or "none"
    return f"""\
`attuned-training evaluate`, the same pipeline in PyTorch. Validation words are those of speakers who are not in
training; calibration and thresholds were fitted on the calibration split only.

**{percent(results["validation_accuracy"], 2)}** of {results["validation_clips"]:,} clips of the {len(COMMANDS)} recorded \
commands and `{UNKNOWN}`, mean over words
{percent(results["validation_mean_over_words"], 2)}; expected calibration error \
{percent(results["validation_calibration_error"])} at temperature {calibration["temperature"]}, with {calibration["unknown_shift"]:+g} on the logit
of `{UNKNOWN}` and {calibration.get("silence_shift", 0):+g} on that of `{SILENCE}` (they are in the weights: training has more of both than recordings have). With held-out noise mixed in: {in_noise}.

{table(["word", "clips", "accuracy", "missed as a stream", "threshold"], rows)}
As streams {percent(results.get("wake_word_miss_rate"))} of the wake words and {percent(results.get("command_miss_rate"))}
of the commands are missed. False alarms in {results["held_out_hours"]} h of held-out speech and noise: {said};
{results.get("wake_word_false_alarms_per_hour", "-")} an hour over all wake words,
{results.get("command_false_alarms_per_hour", "-")} over all commands (in \
{results["held_out_hours_for_commands"]} h with transcripts).
"""


def how_trained(name: str, version: str, training: dict) -> str:
    """The recipe and the commands that repeat it."""
    recipe = training["recipe"]
    if "hardest" in recipe:
        return how_a_pair_trained(name, version, training)
    words, streams, how = recipe["words"], recipe["streams"], recipe["augmentation"]
    runs = lineage(training)
    begun = "".join(
        f"Begun with the weights of a run of {run['epoch']} epochs ({run['seconds'] / 60:.0f} minutes), whose recipe is in "
        "`model.json`.\n"
        for run in runs[:-1]
    )
    trains = "\n".join(f"    {train_command(number, run['recipe'])}" for number, run in enumerate(runs, 1))
    return f"""\
{begun}\
{training["epochs"]} epochs ({training["steps"]:,} steps of {recipe["batch"]} windows) in {training["seconds"] / 60:.0f}
minutes: AdamW, learning rate to {words["learning_rate"]}, in the second stage {streams["learning_rate"]}, with warm-up and
cosine; weight decay {recipe["weight_decay"]}, label smoothing {words["label_smoothing"]}, then {streams["label_smoothing"]}, dropout {recipe["dropout"]},
exponential average of the weights (decay {recipe["average_decay"]}), seed {recipe["seed"]}. {words["epochs"]} epochs of \
words, then {streams["epochs"]}
with running speech in which the model had heard keywords ({training["mined_windows"]} windows). The checkpoint of its
second half with the fewest false alarms, then misses, on calibration data is the model.
{training["left_out_as_mislabelled"]} clips that look mislabelled were left out of the second stage.

Each window is made anew: place in the window, speed, voice (vocal tract length), gain, clipping, simulated rooms
({percent(how["rooms"], 0)} of the windows), codecs ({percent(how["codecs"], 0)}), covered or thin
microphones ({percent(how["microphones"], 0)}), noise ({percent(how["noise"], 0)}) at \
{how["lowest_snr"]:g} to {how["highest_snr"]:g} dB,
running speech or parts of other words before and after, equalisation, band limits, masks over bands and time. Words of
which less than half is inside the window are `{UNKNOWN}`.

    attuned-training synthesize --out synthetic
    attuned-training prepare --cache cache RECORDINGS synthetic
{trains}
    attuned-training export --cache cache --run run{len(runs)} --name {name} --version {version} --out Config/models/{name}/{version}
"""


def how_a_pair_trained(name: str, version: str, training: dict) -> str:
    """Of networks whose windows were made on the device, beside each other."""
    recipe = training["recipe"]
    changes = as_options(changes_from_default(recipe, PairRecipe().to_json()))
    start = f" --start {training['started_from']}" if training.get("started_from") else ""
    return f"""\
{training["steps"]:,} steps in {training["seconds"]:.0f} s, both networks on the same windows, made on the device: in each step
{recipe["words"]} of words, {recipe["silence"]} of silence, and of {recipe["speech"]} of running speech, {recipe["noises"]} of sounds and
{recipe["others"]} of other words the {recipe["hardest"]} in which most was heard that was not said, and {recipe["random"]} at random.

    attuned-training pack --out parcels RECORDINGS
    attuned-training pair --parcels parcels --run pair{start} {changes}
    attuned-training export-pair --cache cache --first pair/first --second pair/second --scratch heard --version {version} \\
      --out Config/models/{name}/{version}
"""


def pictures(plots: list[str]) -> str:
    """Every plot, the name of its file below it."""
    return "".join(f"![{Path(name).stem.replace('-', ' ')}](plots/{name})\n" for name in plots)


def lineage(training: dict) -> list[dict]:
    """The run, and before it those whose weights it was begun with, the oldest first."""
    runs, before = [{"recipe": training["recipe"]}], training.get("started_from")
    while before:
        runs.insert(0, before)
        before = before["started_from"]
    return runs


def train_command(number: int, recipe: dict) -> str:
    """The command of the run of this number."""
    start = f" --start run{number - 1}" if number > 1 else ""
    changes = as_options(changes_from_default(recipe))
    return f"attuned-training train --cache cache --run run{number}{start} {changes}".rstrip()


def ablation_table(ablations: list[dict]) -> str:
    """What short runs without one piece each lost."""
    if not ablations:
        return "**Not yet measured.** `attuned-training ablate`, then `attuned-training export --ablations FILE`.\n"
    shares = ("validation_accuracy", "mean_over_words", "accuracy_at_5_db", "wake_word_miss_rate")
    rows = [
        [row["without"] or "(the whole recipe)", *(percent(float(row[name]), 2) if row[name] else "-" for name in shares)]
        + [row["wake_word_false_alarms_per_hour"] or "-"]
        for row in ablations
    ]
    command = "attuned-training ablate --cache cache --out ablations --epochs {epochs} {settings}"
    head = ["without", "accuracy", "mean over words", "accuracy at 5 dB", "wake words missed", "their false alarms/h"]
    return f"""\
Runs of {ablations[0]["epochs"]} epochs each, one seed: differences of a few tenths of a percent mean nothing, and what
regularises, as SpecAugment does, may cost a run this short what it gains a full one. Misses are those at
{ablations[0]["budget"]} false alarms an hour over all wake words; false alarms those over a score of 0.5, both on held-out
data.

{table(head, rows)}
    {command.format_map(ablations[0]).rstrip()}
"""
