"""Synthetic voices: every keyword, and other words and phrases, spoken by Debian's speech synthesizers.

The other words matter as much as the keywords: without them a synthetic voice alone would mean "keyword".
"""

import csv
import random
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from shutil import which

import numpy as np
import soundfile
import soxr
from tqdm import tqdm

from .errors import TrainingError
from .words import KEYWORDS, SCARCE_COMMANDS, UNKNOWN

SAMPLE_RATE = 16_000

# Common words, words that sound like a keyword, halves of keywords, and the phrases a home assistant hears.
OTHER_WORDS = """
about again age app apple back backpack backyard bad bag ball beds best bet bill blue boat book boy bread burn bye
call cap car cats chess clock cold commuter compute computing cup dawn day dock doll door dough dry election eleven
face fall far fifteen fight fire fix flow fly fold food foot fork forth forty fourteen free friend game get glass
glasses goat gold gone good great green guess hair happen heaven heavy hello help hero hippy house jar kitchen knife
lamp late leave letter lexus lift light line lock loft look lost low mirror more morning music mute near nineteen nope
note open oven over pause place play please pop power puppy quiet rain rate ready red rice ride rights robot room run
service seventy shop show sick sit sixty smart smarter snow snowball snowman soft song start stay step stock store
straight street sun table tall tea ten test thank though through throw tooth top town true turn upper view volume wait
warm water weather window wonder word work yellow yesterday yet zeros
""".split()
OTHER_PHRASES = [
    "turn the lights off",
    "what time is it",
    "play some music",
    "set a timer",
    "how is the weather today",
    "open the window please",
    "good morning",
    "the kitchen light",
    "call my mother",
    "it is raining again",
    "she read the letter slowly",
    "the old man sat by the fire",
    "we should leave before dinner",
    "look at the mirror",
    "a glass of water",
    "a smart idea",
    "the snow is melting",
    "nice view from here",
    "and then he said something",
    "I think that is fine",
]

ESPEAK_ACCENTS = (
    "en-us en-gb en-gb-scotland en-gb-x-rp en-gb-x-gbcwmd en-gb-x-gbclan en-us-nyc en-029"
).split()
ESPEAK_VARIANTS = ["", *"+m1 +m2 +m3 +m4 +m5 +m6 +m7 +m8 +f1 +f2 +f3 +f4 +f5 +steph +Andy +Annie +linda".split()]
FLITE_VOICES = ["slt", "rms", "awb", "kal16"]
FESTIVAL_VOICES = ["kal_diphone", "ked_diphone", "cmu_us_slt_arctic_hts"]


class SynthesisError(TrainingError):
    """A synthesizer that is not installed or did not speak."""


@dataclass(frozen=True)
class Utterance:
    """One text by one voice. `rate` is 1 for the voice's own pace; `pitch` is 1 for its own pitch."""

    synthesizer: str
    voice: str
    text: str
    rate: float
    pitch: float

    def command(self, file: Path) -> list[str]:
        """The command line that writes the utterance to a WAV file; festival is batched elsewhere."""
        if self.synthesizer == "espeak-ng":
            words_per_minute, pitch = round(160 * self.rate), min(99, round(50 * self.pitch))
            options = ["-v", self.voice, "-s", str(words_per_minute), "-p", str(pitch)]
            return ["espeak-ng", *options, "-w", str(file), self.text]
        stretch = f"duration_stretch={1 / self.rate:.3f}"
        base_hz = {"slt": 170, "rms": 95, "awb": 120, "kal16": 105}[self.voice]
        mean = f"int_f0_target_mean={base_hz * self.pitch:.1f}"
        return ["flite", "-voice", self.voice, "--setf", stretch, "--setf", mean, "-t", self.text, "-o", str(file)]


def plan(seed: int, espeak: int, other_espeak: int) -> list[tuple[str, Utterance]]:
    """What to say: (label, utterance) for every keyword and other text.

    `espeak` random espeak-ng voices for a keyword, three times as many for a scarce one and `other_espeak` for another
    text; and for each text espeak-ng's own en-us and en-gb, every flite voice and every festival voice.
    """
    chance = random.Random(seed)
    texts = [(word, word.replace("_", " "), True) for word in KEYWORDS]
    texts += [(UNKNOWN, text, False) for text in [*OTHER_WORDS, *OTHER_PHRASES]]
    utterances = []
    for label, text, is_keyword in texts:
        voices = espeak * (3 if label in SCARCE_COMMANDS else 1) if is_keyword else other_espeak
        for _ in range(voices):
            voice = chance.choice(ESPEAK_ACCENTS) + chance.choice(ESPEAK_VARIANTS)
            rate, pitch = chance.uniform(0.75, 1.25), chance.uniform(0.6, 1.5)
            utterances.append((label, Utterance("espeak-ng", voice, text, rate, pitch)))
        own_rates = (0.8, 0.95, 1.1, 1.2) if is_keyword else (0.9, 1.1)
        for rate in own_rates:
            utterances.append((label, Utterance("espeak-ng", "en-us", text, rate, chance.uniform(0.8, 1.2))))
            utterances.append((label, Utterance("espeak-ng", "en-gb", text, rate, chance.uniform(0.8, 1.2))))
        for voice in FLITE_VOICES:
            for rate in (0.8, 0.95, 1.0, 1.2) if is_keyword else (chance.uniform(0.8, 1.2),):
                utterances.append((label, Utterance("flite", voice, text, rate, chance.uniform(0.85, 1.2))))
        for voice in FESTIVAL_VOICES:
            utterances.append((label, Utterance("festival", voice, text, 1, 1)))
    return utterances


def speak(utterance: Utterance, file: Path) -> None:
    """Writes one espeak-ng or flite utterance as a 16 kHz WAV file."""
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder, "speech.wav")
        result = subprocess.run(utterance.command(raw), capture_output=True, text=True)
        if result.returncode or not raw.exists():
            raise SynthesisError(f"{utterance.synthesizer} could not say '{utterance.text}': {result.stderr.strip()}")
        store(raw, file)


def speak_festival(voice: str, jobs: list[tuple[Utterance, Path]]) -> None:
    """Speaks many utterances in one festival process, which takes a second to start."""
    with tempfile.TemporaryDirectory() as folder:
        lines = [f"(voice_{voice})"]
        raw = [Path(folder, f"{index}.wav") for index in range(len(jobs))]
        for (utterance, _), file in zip(jobs, raw):
            lines.append(f'(utt.save.wave (utt.synth (Utterance Text "{utterance.text}")) "{file}" \'riff)')
        script = Path(folder, "speak.scm")
        script.write_text("\n".join(lines))
        result = subprocess.run(["festival", "--batch", str(script)], capture_output=True, text=True)
        if result.returncode or not raw[-1].exists():
            raise SynthesisError(f"festival's voice {voice} did not speak: {result.stderr.strip()}")
        for source, (_, file) in zip(raw, jobs):
            store(source, file)


def store(source: Path, file: Path) -> None:
    """Resamples to 16 kHz and writes 16-bit PCM; the peak is brought to half scale."""
    samples, rate = soundfile.read(source, dtype="float32")
    samples = soxr.resample(samples, rate, SAMPLE_RATE)
    peak = np.abs(samples).max(initial=0)
    soundfile.write(file, samples * (0.5 / peak if peak > 0 else 1), SAMPLE_RATE, subtype="PCM_16")


def synthesize(folder: Path, seed: int = 1, espeak: int = 45, other_espeak: int = 9, processes: int = 2) -> int:
    """Writes `<folder>/<label>/<number>.wav` and `manifest.csv`; returns how many clips. Files that exist are kept."""
    missing = [program for program in ("espeak-ng", "flite", "festival") if not which(program)]
    if missing:
        raise SynthesisError(f"not installed: {', '.join(missing)}; try: apt-get install {' '.join(missing)}")
    rows, single, batched = [], [], {}
    for number, (label, utterance) in enumerate(plan(seed, espeak, other_espeak)):
        file = folder / label / f"{number:05}-{utterance.synthesizer}-{utterance.voice}.wav"
        file.parent.mkdir(parents=True, exist_ok=True)
        rows.append(
            {
                "path": str(file.relative_to(folder)),
                "label": label,
                "speaker": f"{utterance.synthesizer}-{utterance.voice}",
                "split": "train",
                "source": f"speech synthesizer {utterance.synthesizer}",
                "licence": "generated",
                "text": utterance.text,
            }
        )
        if file.exists():
            continue
        if utterance.synthesizer == "festival":
            batched.setdefault(utterance.voice, []).append((utterance, file))
        else:
            single.append((utterance, file))
    with ThreadPoolExecutor(processes) as pool:
        batches = [pool.submit(speak_festival, voice, jobs) for voice, jobs in batched.items()]
        list(tqdm(pool.map(lambda job: speak(*job), single), total=len(single), desc="synthesize", unit="clip"))
        for batch in batches:
            batch.result()
    with (folder / "manifest.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return len(rows)
