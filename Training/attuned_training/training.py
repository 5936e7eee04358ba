"""The training run: AdamW, warm-up and cosine, label smoothing, averaged weights, a checkpoint an epoch."""

import ctypes
import json
import math
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from tqdm import tqdm

from .augmentation import WindowMaker, colour, epoch_draws, render
from .data import Cache
from .evaluation import clip_features, score_clips
from .front_end import MFCC
from .network import KeywordNetwork
from .window import Window
from .words import COMMANDS, INDEX, UNKNOWN, WAKE_WORDS, WORDS

# Other words with enough recordings of their own.
FREQUENT_OTHER_WORDS = {"athena": 1, "amelia": 1, "hadouken": 2, "dracarys": 2, "six": 1, "seven": 1, "nine": 1}


@dataclass(frozen=True)
class Recipe:
    """Everything that a run can be repeated from, beside the data."""

    epochs: int = 30
    minutes: float = 0  # a limit on the run's own time; the learning rate then falls with the clock. 0 is no limit
    batch: int = 192
    learning_rate: float = 3e-3
    weight_decay: float = 0.02
    warm_up: float = 0.06  # part of the run
    label_smoothing: float = 0.05
    average_decay: float = 0.998
    dropout: float = 0.2
    lowest_snr: float = 0  # dB; noise is mixed in at a ratio between this and 30 more
    wake_word_copies: int = 5
    other_word_copies: int = 4
    seed: int = 1

    def copies(self) -> dict[str, int]:
        """How often a natural clip of a label is drawn an epoch; labels not named here are rare other words."""
        wake_words = {word: self.wake_word_copies for word in WAKE_WORDS}
        return {word: 1 for word in COMMANDS} | wake_words | FREQUENT_OTHER_WORDS


class Epoch(torch.utils.data.IterableDataset):
    """One epoch's batches, (features [batch, frames, coefficients], labels [batch]), made by the loader's workers."""

    def __init__(self, cache: Cache, mfcc: MFCC, recipe: Recipe, number: int):
        self.mfcc, self.recipe, self.number = mfcc, recipe, number
        self.maker = WindowMaker(cache, Window().samples(mfcc.front_end), recipe.lowest_snr)
        copies = recipe.copies()
        for clip in self.maker.words:
            copies.setdefault(clip.label, recipe.other_word_copies)
        self.draws = epoch_draws(np.random.default_rng([recipe.seed, number]), self.maker, copies)

    def __len__(self) -> int:
        return len(self.draws) // self.recipe.batch

    def __iter__(self):
        torch.set_num_threads(1)
        worker = torch.utils.data.get_worker_info()
        first, step = (worker.id, worker.num_workers) if worker else (0, 1)
        for index in range(first, len(self), step):
            yield self.batch(index)

    def batch(self, index: int) -> tuple[torch.Tensor, torch.Tensor]:
        rng = np.random.default_rng([self.recipe.seed, self.number, index])
        generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
        draws = self.draws[index * self.recipe.batch : (index + 1) * self.recipe.batch]
        samples = torch.from_numpy(np.stack([render(rng, self.maker, draw) for draw in draws]))
        log_mel = colour(self.mfcc.log_mel(samples), generator, self.mfcc.front_end.log_floor)
        features = self.mfcc.normalise(self.mfcc.coefficients(log_mel))
        return features, torch.tensor([draw.label for draw in draws])


def keep_freed_memory() -> None:
    """Keeps large freed blocks in the C heap: given back to the kernel, their page faults cost half of an epoch."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except AttributeError:
        return
    trim_threshold, mmap_threshold = -1, -3  # malloc.h
    mallopt(mmap_threshold, 1 << 30)
    mallopt(trim_threshold, 2**31 - 1)


def measure_front_end(cache: Cache, mfcc: MFCC, recipe: Recipe, batches: int = 20) -> None:
    """Sets mean and scale = 1 / deviation per coefficient, from frames of training windows that are not silent."""
    windows = Epoch(cache, mfcc, recipe, number=0)
    rows = []
    for index in range(batches):
        rng = np.random.default_rng([recipe.seed, 0, index])
        draws = windows.draws[index * recipe.batch : (index + 1) * recipe.batch]
        log_mel = mfcc.log_mel(torch.from_numpy(np.stack([render(rng, windows.maker, draw) for draw in draws])))
        sounding = log_mel.amax(dim=2) > math.log(mfcc.front_end.log_floor) + 1
        rows.append(mfcc.coefficients(log_mel)[sounding].double())
    frames = torch.cat(rows)
    mfcc.mean.copy_(frames.mean(dim=0))
    mfcc.scale.copy_(1 / frames.std(dim=0))


def learning_rate(progress: float, recipe: Recipe) -> float:
    """Linear warm-up, then a half cosine down to a hundredth; `progress` is 0 to 1."""
    if progress < recipe.warm_up:
        return recipe.learning_rate * max(progress / recipe.warm_up, 0.01)
    fall = (min(progress, 1) - recipe.warm_up) / (1 - recipe.warm_up)
    return recipe.learning_rate * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * fall)))


class Run:
    """A training run in a folder: `checkpoint.pt` after every epoch, a line of `log.jsonl` for each. Resumes."""

    def __init__(self, cache: Cache, folder: Path, recipe: Recipe, workers: int = 1, threads: int = 1):
        keep_freed_memory()
        torch.set_num_threads(threads)
        torch.manual_seed(recipe.seed)
        self.cache, self.folder, self.recipe, self.workers = cache, folder, recipe, workers
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.mfcc = MFCC()
        self.network = KeywordNetwork(len(WORDS), dropout=recipe.dropout).to(self.device)
        self.average = AveragedModel(
            self.network, multi_avg_fn=get_ema_multi_avg_fn(recipe.average_decay), use_buffers=True
        )
        matrices = [p for p in self.network.parameters() if p.dim() > 1]
        vectors = [p for p in self.network.parameters() if p.dim() <= 1]
        groups = [{"params": matrices, "weight_decay": recipe.weight_decay}, {"params": vectors, "weight_decay": 0}]
        self.optimizer = torch.optim.AdamW(groups, lr=recipe.learning_rate)
        self.epoch, self.step, self.seconds = 0, 0, 0.0
        # Recipes that the run has gone through, for its card; going on with another recipe begins another stage.
        self.stages = []
        folder.mkdir(parents=True, exist_ok=True)
        if self.checkpoint.exists():
            self.load()
        else:
            measure_front_end(cache, self.mfcc, recipe)

    @property
    def checkpoint(self) -> Path:
        return self.folder / "checkpoint.pt"

    def load(self) -> None:
        state = torch.load(self.checkpoint, map_location=self.device)
        self.mfcc.load_state_dict(state["mfcc"])
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.epoch, self.step, self.seconds = state["epoch"], state["step"], state["seconds"]
        self.stages = [stage for stage in state["stages"] if stage != asdict(self.recipe)]

    def save(self) -> None:
        state = {
            "mfcc": self.mfcc.state_dict(),
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "epoch": self.epoch,
            "step": self.step,
            "seconds": self.seconds,
            "stages": [*self.stages, asdict(self.recipe)],
        }
        part = self.checkpoint.with_suffix(".part")
        torch.save(state, part)
        part.replace(self.checkpoint)

    def progress(self, steps: int, seconds: float) -> float:
        """How far the run is, 0 to 1: by its steps or by its time, whichever is further."""
        by_time = seconds / (60 * self.recipe.minutes) if self.recipe.minutes else 0
        return max(self.step / (steps * self.recipe.epochs), by_time)

    def train(self) -> None:
        validation = [c for c in self.cache.select("word", "validation") if c.label not in WAKE_WORDS]
        features = clip_features(self.cache, self.mfcc, validation) if validation else None
        labels = np.array([INDEX.get(clip.label, INDEX[UNKNOWN]) for clip in validation])
        progress = 0.0
        while self.epoch < self.recipe.epochs and progress < 1:
            began, losses, correct = time.monotonic(), [], []
            batches = Epoch(self.cache, self.mfcc, self.recipe, self.epoch + 1)
            loader = torch.utils.data.DataLoader(
                batches, batch_size=None, num_workers=self.workers, prefetch_factor=4 if self.workers else None
            )
            self.network.train()
            for inputs, targets in tqdm(loader, total=len(batches), desc=f"epoch {self.epoch + 1}", mininterval=10):
                progress = self.progress(len(batches), self.seconds + time.monotonic() - began)
                for group in self.optimizer.param_groups:
                    group["lr"] = learning_rate(progress, self.recipe)
                inputs, targets = inputs.to(self.device), targets.to(self.device)
                logits = self.network(inputs)
                loss = torch.nn.functional.cross_entropy(
                    logits, targets, label_smoothing=self.recipe.label_smoothing
                )
                self.optimizer.zero_grad(set_to_none=True)
                loss.backward()
                torch.nn.utils.clip_grad_norm_(self.network.parameters(), 2.0)
                self.optimizer.step()
                self.average.update_parameters(self.network)
                self.step += 1
                losses.append(loss.item())
                correct.append((logits.argmax(1) == targets).float().mean().item())
            self.epoch += 1
            row = {"epoch": self.epoch, "loss": round(float(np.mean(losses)), 4)}
            row["training_accuracy"] = round(float(np.mean(correct)), 4)
            if features is not None:
                posteriors = score_clips(self.average.module, features)
                row["validation_accuracy"] = round(float((posteriors.argmax(1) == labels).mean()), 4)
            row["seconds"] = round(time.monotonic() - began, 1)
            self.seconds += row["seconds"]
            self.save()
            with (self.folder / "log.jsonl").open("a") as file:
                file.write(json.dumps(row) + "\n")
            tqdm.write(json.dumps(row))


def load_trained(folder: Path) -> tuple[MFCC, KeywordNetwork, dict]:
    """The averaged network of a run's last checkpoint in evaluation mode, its front end, and the checkpoint itself."""
    file = folder / "checkpoint.pt"
    if not file.exists():
        raise FileNotFoundError(f"no checkpoint in {folder}; train one with: attuned-training train --run {folder}")
    state = torch.load(file, map_location="cpu")
    mfcc, network = MFCC(), KeywordNetwork(len(WORDS))
    mfcc.load_state_dict(state["mfcc"])
    prefix = "module."
    network.load_state_dict({k.removeprefix(prefix): v for k, v in state["average"].items() if k.startswith(prefix)})
    return mfcc, network.eval(), state
