"""The model card: where the data came from, how the model was made, what was measured, what it does badly."""

from .evaluation import HIGHEST_THRESHOLD
from .words import COMMANDS, UNKNOWN, WAKE_WORDS

WEAKNESSES = """\
- `_unknown_` knows few other words: beside running speech, some wake words and synthetic voices there are only 8 to 19
  recordings each of the other Speech Commands words, so words that sound like a command ("tree", "off", "bird") may be
  taken for it. So few validation clips are `_unknown_` that the figure for it is an indication only.
- Many false alarms in running speech (above). Where that matters, raise a word's threshold in the configuration, or let
  it count only after a wake word. Television, music and many voices will give more.
- The thresholds come from well under an hour of running speech, in which one event is already more than the budget.
  The same recordings give the figure above, so it is not independent.
- Short commands in running speech ("no", "go", "up", "right") are part of ordinary talk: the model hears them there
  as it should, which is not always what is wanted.
- "four" and "for", "two" and "to", "no" and "know" sound the same.
- About 170 recordings from some 50 speakers teach each wake word; 21 to 35 measure it.
- Most speakers are adults speaking English into a headset or laptop. Children, strong accents, and rooms with much
  reverberation were not trained on specially.
"""


def table(head: list[str], rows: list[list]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines) + "\n"


def model_card(
    name: str, version: str, training: dict, results: dict, thresholds: dict[str, float], temperature: float
) -> str:
    """Markdown for the README beside the model."""
    recipe = training["stages"][-1]
    accuracy, clips = results["validation_accuracy_per_word"], results["validation_clips_per_word"]
    alarms = results["held_out_speech_false_alarms"]
    commands = [[w, clips[w], f"{100 * accuracy[w]:.1f} %", thresholds.get(w, "")] for w in [*COMMANDS, UNKNOWN]]
    wake_words = [[w, results["streamed_misses_wake_words"][w], thresholds[w]] for w in WAKE_WORDS]
    sources = [[s["source"], s["licence"], s["clips"], s["hours"]] for s in training["data"]]
    stages = "\n".join(
        f"    attuned-training train --cache cache --run run --epochs {stage['epochs']} --minutes {stage['minutes']:g} "
        f"--lowest-snr {stage['lowest_snr']:g} --seed {stage['seed']}"
        for stage in training["stages"]
    )
    alarms_an_hour = sum(alarms.values()) / results["held_out_speech_hours"]
    said = ", ".join(f"{word} {count}" for word, count in alarms.items()) or "none"
    return f"""\
# {name} {version}

Recognises {len(COMMANDS)} commands ({" ".join(COMMANDS)})
and {len(WAKE_WORDS)} wake words ({", ".join(w.replace("_", " ") for w in WAKE_WORDS)}) in 16 kHz speech; everything
else is `_unknown_` or `_silence_`. A CNN-LSTM with attention pooling, {training["parameters"]:,} parameters, a window
of 1.47 s every 80 ms.

## Measured

**{100 * results["validation_accuracy"]:.2f} %** of the {results["validation_clips"]:,} Speech Commands validation clips
(official split; the 20 words and `_unknown_`; each clip among zeros, posteriors of five hops averaged).

{table(["word", "clips", "accuracy", "threshold"], commands)}
As a stream, a word counts as missed when the mean of three posteriors never reaches its threshold:
{100 * results["streamed_miss_rate_commands"]:.1f} % of the command clips are missed, with
{results["streamed_wrong_events"]} of another word.

{table(["wake word", "missed", "threshold"], wake_words)}
In {60 * results["held_out_speech_hours"]:.0f} minutes of running speech kept from training (no keyword in its
transcript, where it has one) these words were over their thresholds: {said}.
That is {alarms_an_hour:.0f} an hour over all words, against a budget of one in two hours for each: a threshold ends at {HIGHEST_THRESHOLD}, however many false alarms are left.

Calibration: temperature {temperature}, fitted on the validation clips.

## Training

{training["epochs"]} epochs ({training["steps"]:,} steps of {recipe["batch"]} windows) in
{training["seconds"] / 60:.0f} minutes: AdamW, learning rate to {recipe["learning_rate"]} with warm-up and cosine,
weight decay {recipe["weight_decay"]}, label smoothing {recipe["label_smoothing"]}, dropout {recipe["dropout"]},
exponential average of the weights (decay {recipe["average_decay"]}), seed {recipe["seed"]}. The last average is the
model; validation clips chose nothing but the temperature.

Each window is made anew: place in the window, speed 0.88 to 1.12, gain -20 to +6 dB, noise at a ratio of
{recipe["lowest_snr"]:g} to {recipe["lowest_snr"] + 30:g} dB (in the last stage), running speech or parts of other words before and after, equalisation, band limits, masks over bands and time. Words of which
less than half is inside the window are `_unknown_`.

    attuned-training synthesize --out synthetic
    attuned-training prepare --cache cache speech synthetic
{stages}
    attuned-training export --cache cache --run run --out Config/models/{name}/{version}

## Data

{table(["source", "licence", "clips", "hours"], sources)}
The recordings are not part of this project.

- Speech Commands: Pete Warden, "Speech Commands: A Dataset for Limited-Vocabulary Speech Recognition", 2018.
- LibriSpeech: Panayotov et al., ICASSP 2015.
- ESC-10: Karol Piczak, ACM Multimedia 2015; each clip under its own CC BY terms.
- Free Spoken Digit Dataset: Zohar Jackson et al. Custom speech commands: Shawn Hymel.

## Known weaknesses

{WEAKNESSES}"""
