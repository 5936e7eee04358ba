"""What own words stand on: an embedding that each network gives beside its words, and a bank of it of speech and noise.

The networks stay as they are. Of windows around thousands of words of running speech, each by several speakers and said to be
where an aligner found it, the states that the words' layers read are projected so that windows of one word lie together and
those of different words apart: linear discriminant analysis (Fisher 1936), in closed form. A word that somebody teaches is
then the mean of a few takes (`attune enroll`).
"""

import csv
import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from multiprocessing import Pool
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save
from tqdm import tqdm

from .bank import Bank
from .cache import Cache
from .cut_words import Aligner, spoken
from .data import Clip
from .device_windows import DeviceWindows
from .effects import SAMPLE_RATE
from .errors import TrainingError
from .export import is_model, readable_json, write_files
from .folders import claim_place
from .front_end import MFCC
from .network import KeywordNetwork
from .parcels import unpack
from .warm_start import unfolded
from .window import Window
from .windows import Augmentation
from .words import KEYWORDS

BANK_FILE = "own-words.safetensors"
SIZE = 128  # of each network's embedding
BANK_WINDOWS = 16_000
AROUND_SAMPLES = SAMPLE_RATE * 7 // 8  # of speech on each side of a word: what a window may hold of it
WORD_SECONDS = 0.16, 1.3
FEWEST_SPEAKERS, FEWEST_WINDOWS = 3, 4  # of a word, to learn from it
LONGEST_UTTERANCE = 20 * SAMPLE_RATE
ENGLISH = {"librispeech", "common-voice", "ljspeech", "speechocean762", "mycroft-not-wake-words"}  # sources with transcripts


@dataclass(frozen=True)
class Pair:
    """The networks of a model, each with its features."""

    folder: Path
    networks: tuple[tuple[MFCC, KeywordNetwork], ...]

    @staticmethod
    def load(folder: Path) -> "Pair":
        if not is_model(folder):
            raise TrainingError(f"{folder} is no model folder: it has no model.json")
        names = [name for name in ("model.safetensors", "second.safetensors") if (folder / name).exists()]
        return Pair(folder, tuple(unfolded(folder, name=name) for name in names))

    @torch.no_grad()
    def window_states(self, samples: torch.Tensor) -> list[np.ndarray]:
        """Windows [windows, samples] to the states of each network, [windows, states]."""
        return [network.states(network.convolutions(mfcc(samples))).numpy() for mfcc, network in self.networks]

    @torch.no_grad()
    def stream_states(self, samples: torch.Tensor) -> list[np.ndarray]:
        """A sequence [samples] to the states of each network in every window, [hops, states]."""
        frames, hop = Window().frames, Window().hop_frames
        found = []
        for mfcc, network in self.networks:
            steps = network.convolutions(mfcc(samples[None]))[0]
            windows = steps.unfold(0, network.shape.steps(frames), hop // 4).transpose(1, 2)
            found.append(torch.cat([network.states(part.contiguous()) for part in windows.split(2048)]).numpy())
        return found


def align(job: tuple[str, Clip, np.ndarray]) -> list[tuple[str, str, str, int, int]]:
    """Where the words of a clip of a parcel are: parcel, clip, word, first and last sample."""
    global _aligner
    parcel, clip, samples = job
    _aligner = _aligner or Aligner()
    return [(parcel, clip.path, cut.word, cut.start, cut.end) for cut in _aligner.align(samples, spoken(clip.text))]


_aligner: Aligner | None = None


def align_words(parcels: list[Path], out: Path, processes: int) -> int:
    """Writes where each word of the transcribed English speech of parcels is, and how many there are."""
    count = 0
    with Pool(processes) as pool, out.open("w", newline="") as table:
        rows = csv.writer(table)
        rows.writerow(["parcel", "clip", "word", "start", "end"])
        for parcel in parcels:
            jobs = [
                (parcel.name, clip, samples)
                for clip, samples in unpack(parcel, pool)
                if clip.kind == "speech" and clip.text and clip.source in ENGLISH and len(samples) <= LONGEST_UTTERANCE
            ]
            for found in tqdm(pool.imap(align, jobs, 8), total=len(jobs), desc=f"align {parcel.name}", unit="clip"):
                rows.writerows(found)
                count += len(found)
    return count


def aligned(parcel: Path, clips: list[tuple[Clip, np.ndarray]], table: Path) -> Iterator[tuple[Clip, np.ndarray]]:
    """The words that were aligned in a parcel, each with the speech around it; the clip's span is the word."""
    places = defaultdict(list)
    with table.open(newline="") as rows:
        for row in csv.DictReader(rows):
            if row["parcel"] == parcel.name:
                places[row["clip"]].append((row["word"], int(row["start"]), int(row["end"])))
    for clip, samples in clips:
        for word, start, end in places[clip.path]:
            if not WORD_SECONDS[0] <= (end - start) / SAMPLE_RATE <= WORD_SECONDS[1]:
                continue
            first, last = max(0, start - AROUND_SAMPLES), min(len(samples), end + AROUND_SAMPLES)
            whole = replace(clip, kind="word", label=word, span_start=start - first, span_end=end - first)
            yield whole, samples[first:last]


class WordWindows(DeviceWindows):
    """Windows of given word clips, in noise, rooms and between other speech."""

    def of(self, clips: torch.Tensor) -> torch.Tensor:
        """Samples [clips, samples] with the whole word inside."""
        self.draw_word = lambda count: clips
        return self.words(len(clips), partly=0)[0]


def learned_states(pair: Pair, parcels: list[Path], table: Path, processes: int) -> tuple[list[np.ndarray], list[str], Counter]:
    """The states of each network in windows of words, what is said in each, and which sources they come from.

    `table` is what `align_words` wrote.
    """
    device = torch.device("cpu")
    words, speech, noise = (Bank(device) for _ in range(3))
    with Pool(processes) as pool:
        for parcel in parcels:
            clips = list(unpack(parcel, pool))
            words.add((clip, samples) for clip, samples in clips if clip.kind == "word")
            words.add(aligned(parcel, clips, table))
            speech.add(one for one in clips if one[0].kind == "speech")
            noise.add(one for one in clips if one[0].kind == "noise")
    rooms = np.load(parcels[0] / "rooms.npy").astype(np.float32)
    windows = WordWindows(words, speech, noise, rooms, Window().samples(), Augmentation())
    speakers = defaultdict(set)
    for clip in words.clips:
        speakers[clip.label].add(clip.speaker)
    wanted = [index for index, clip in enumerate(words.clips) if len(speakers[clip.label]) >= FEWEST_SPEAKERS]
    if not wanted:
        raise TrainingError("no word in the parcels is said by several speakers: give more of them, with transcripts")
    states: list[list[np.ndarray]] = [[] for _ in pair.networks]
    labels: list[str] = []
    order = torch.tensor(wanted)[torch.randperm(len(wanted))]
    for part in tqdm(order.split(256), desc="words", unit="batch"):
        for kept, found in zip(states, pair.window_states(windows.of(part))):
            kept.append(found.astype(np.float16))
        labels += [words.clips[index].label for index in part.tolist()]
    sources = Counter((words.clips[index].source, words.clips[index].licence) for index in wanted)
    return [np.concatenate(kept) for kept in states], labels, sources


def projection(states: np.ndarray, labels: list[str], background: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """The matrix [size, states] and the offset [size] that take states to where words lie apart.

    The directions that maximise the variance between words, and a little that of everything else that is heard, against that
    within a word; the mean of everything else lies at zero.
    """
    counts = Counter(labels)
    enough = np.array([counts[label] >= FEWEST_WINDOWS for label in labels])
    states, (names, of) = states[enough].astype(np.float64), np.unique(np.array(labels)[enough], return_inverse=True)
    number = np.bincount(of)
    centres = np.zeros((len(names), states.shape[1]))
    np.add.at(centres, of, states)
    centres /= number[:, None]
    # A frequent word counts as much as the root of its number.
    weight = (1 / np.sqrt(number))[of]
    apart = (states - centres[of]) * np.sqrt(weight / weight.sum())[:, None]
    within = apart.T @ apart
    share = np.sqrt(number) / np.sqrt(number).sum()
    spread = (centres - share @ centres) * share[:, None] ** 0.5
    mean = background.mean(0)
    between = spread.T @ spread + 0.3 * np.cov((background - mean).T)
    ridge = 0.02 * np.trace(within) / len(within)
    values, vectors = np.linalg.eigh(within + ridge * np.eye(len(within)))
    whiten = vectors / np.sqrt(values)
    gains, directions = np.linalg.eigh(whiten.T @ between @ whiten)
    matrix = (whiten @ directions[:, np.argsort(-gains)[:size]]).T
    return np.ascontiguousarray(matrix, np.float32), (-matrix @ mean).astype(np.float32)


def background_states(pair: Pair, cache: Cache, windows: int) -> tuple[list[np.ndarray], float]:
    """The states of windows drawn from the calibration split's speech and noise, heard as one stream, and its hours."""
    random = np.random.default_rng(1)
    clips = cache.select("speech", "calibration") + cache.select("noise", "calibration")
    clips = [clips[index] for index in random.permutation(len(clips))]
    hours = sum(clip.length for clip in clips) / SAMPLE_RATE / 3600
    part = windows / (hours * 3600 * SAMPLE_RATE / Window().hop_samples())
    found: list[list[np.ndarray]] = [[] for _ in pair.networks]
    waiting: list[np.ndarray] = []
    for clip in tqdm(clips, desc="bank", unit="clip"):
        waiting.append(np.asarray(cache.samples(clip)))
        if sum(map(len, waiting)) < 120 * SAMPLE_RATE and clip is not clips[-1]:
            continue
        heard = pair.stream_states(torch.from_numpy(np.concatenate(waiting)))
        waiting = []
        chosen = random.random(len(heard[0])) < part
        for kept, states in zip(found, heard):
            kept.append(states[chosen].astype(np.float16))
    return [np.concatenate(kept) for kept in found], hours


def quantized(embeddings: np.ndarray, name: str) -> dict[str, torch.Tensor]:
    """Rows of length 1 in 8 bits, all of one scale."""
    scale = float(np.abs(embeddings).max()) / 127
    return {
        name: torch.from_numpy((embeddings / scale).round().astype(np.int8)),
        f"{name}.scale": torch.tensor([scale], dtype=torch.float32),
    }


def prototypes(embeddings: np.ndarray, labels: list[str]) -> torch.Tensor:
    """The mean of each keyword's embeddings, of length 1, in the order of the keywords; of one that is not there, zeros."""
    embeddings /= np.linalg.norm(embeddings, axis=1, keepdims=True)
    of = np.array(labels)
    rows = [embeddings[of == word].mean(0) if (of == word).any() else np.zeros(embeddings.shape[1]) for word in KEYWORDS]
    rows = [row / max(np.linalg.norm(row), 1e-9) for row in rows]
    return torch.from_numpy(np.stack(rows).astype(np.float32))


def add_own_words(
    model: Path, parcels: list[Path], table: Path, cache: Path, out: Path, version: str, processes: int = 2
) -> dict[str, bytes]:
    """Writes a version of a model to which words can be taught; its networks and its words are what they were."""
    claim_place(out, is_model, "model", "--out", TrainingError)
    torch.manual_seed(1)
    pair = Pair.load(model)
    states, labels, sources = learned_states(pair, parcels, table, processes)
    background, hours = background_states(pair, Cache(cache), BANK_WINDOWS)
    description = json.loads((model / "model.json").read_text()) | {"version": version}
    bank: dict[str, torch.Tensor] = {}
    files: dict[str, bytes] = {}
    names = ["model.safetensors", "second.safetensors"][: len(states)]
    for name, file, of_words, of_all in zip(("first", "second"), names, states, background):
        matrix, offset = projection(of_words, labels, of_all.astype(np.float64), SIZE)
        tensors = load_file(model / file)
        tensors |= {"own_words.projection": torch.from_numpy(matrix), "own_words.offset": torch.from_numpy(offset)}
        files[file] = save(tensors)
        embeddings = of_all.astype(np.float32) @ matrix.T + offset
        bank[f"{name}.keywords"] = prototypes(of_words.astype(np.float32) @ matrix.T + offset, labels)
        bank |= quantized(embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True), name)
    files[BANK_FILE] = save(bank)
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    description["sha256"] = sums[names[0]]
    description["own_words"] = {"size": SIZE}
    if len(names) > 1:
        description["second_look"]["sha256"] = sums[names[1]]
        description["own_words"]["second_size"] = SIZE
    description["own_words"]["bank"] = {"hours": round(hours, 2), "windows": len(background[0]), "sha256": sums[BANK_FILE]}
    description["training"]["own_words"] = {
        "words": len(set(labels)),
        "windows": len(labels),
        "data": [{"source": key[0], "licence": key[1], "words": count} for key, count in sorted(sources.items())],
    }
    kept = {name: (model / name).read_bytes() for name in ("selftest.wav",) if (model / name).exists()}
    listed = {"model.json": readable_json(description).encode() + b"\n", **files, **kept}
    lines = "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in listed.items())
    beside = {
        str(path.relative_to(model)): path.read_bytes()
        for path in sorted(model.rglob("*"))
        if path.is_file() and str(path.relative_to(model)) not in {*listed, "SHA256SUMS"}
    }
    before = json.loads((model / "model.json").read_text())["version"]
    if "README.md" in beside:
        card = beside["README.md"].decode().replace(before, version).replace("## Training\n", f"{story(description)}## Training\n", 1)
        beside["README.md"] = card.encode()
    write_files(out, listed | {"SHA256SUMS": lines.encode()} | beside)
    return listed


def story(description: dict) -> str:
    """What the card says of own words."""
    learned, bank = description["training"]["own_words"], description["own_words"]["bank"]
    sources = ", ".join(f"{one['source']} ({one['licence']}, {one['words']})" for one in learned["data"])
    return f"""\
## Words of one's own

Beside its words each network gives an embedding of {description["own_words"]["size"]} numbers, a linear projection of the states that
its words' layers read: learned, in closed form, from {learned["windows"]:,} windows of {learned["words"]:,} different words, by
`attuned-training own-words`; the networks are those of the version before. The words come from {sources}. `own-words.safetensors`
has the embeddings of {bank["windows"]:,} windows of {bank["hours"]} h of the calibration split's speech and noise, against which a word
is fitted (`attune enroll`).

"""
