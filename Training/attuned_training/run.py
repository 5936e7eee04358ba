"""The training run: AdamW, warm-up and cosine, averaged weights, a checkpoint an epoch; resumes where it was killed."""

import json
import math
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch.optim.swa_utils import AveragedModel
from tqdm import tqdm

from .cache import Cache, write_table
from .checkpoint import RunError, load_trained, read_checkpoint, write_checkpoint
from .epochs import Epoch, epoch_draws
from .evaluation import clip_features, clip_logits, targets, wake_word_trade
from .front_end import MFCC
from .mining import HardNegative, Suspect, mine, suspects
from .network import KeywordNetwork, bands_from_coefficients
from .optimisation import exponential_average, keep_freed_memory, learning_rate, loss_of, parameter_groups, reduced_precision
from .recipe import Recipe, Stage, differences
from .run_folder import BEST, CHECKPOINT, add_to_log, claim, keep_log
from .tracking import Tracker
from .window import Window
from .windows import WindowMaker
from .words import WAKE_WORDS, WORDS

WAKE_WORD_BUDGET = 0.5  # false alarms an hour over all wake words, at which checkpoints are compared


@dataclass
class Progress:
    """Where a run is; in its checkpoint."""

    epoch: int = 0
    step: int = 0
    seconds: float = 0
    best_loss: float = math.inf
    best_epoch: int = 0
    words_ended: int = 0  # the epoch after which the first stage ended
    best_trade: list[float] = field(default_factory=lambda: [math.inf, math.inf])


class Run:
    """A training run in a folder.

    `checkpoint.pt` after every epoch and `best.pt`, the best of the second half of the second stage, in which the
    learning rate is low, by false alarms, then misses; `log.jsonl`;
    `hard_negatives.csv` and `suspects.csv` from the start of the second stage. A new run begins with the averaged weights
    of the run in the folder `start`, if one is given.
    """

    def __init__(
        self,
        cache: Cache,
        folder: Path,
        recipe: Recipe,
        workers: int = 1,
        threads: int = 1,
        tracker: Tracker | None = None,
        start: Path | None = None,
    ):
        keep_freed_memory()
        torch.set_num_threads(threads)
        torch.manual_seed(recipe.seed)
        self.cache, self.folder, self.recipe, self.workers = cache, folder, recipe, workers
        self.tracker = tracker or Tracker()
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.mfcc = MFCC()
        self.maker = WindowMaker(cache, Window().samples(), recipe.augmentation)
        self.network = KeywordNetwork(len(WORDS), dropout=recipe.dropout).to(self.device)
        self.progress = Progress()
        self.hard: list[HardNegative] = []
        self.left_out: set[str] = set()
        self.started_from: dict | None = None
        claim(folder, recipe)
        resumed = (folder / CHECKPOINT).exists()
        if start and not resumed:
            self.start_from(start)
        elif not resumed:
            epoch = self.draw_epoch(0)
            self.mfcc.fit(self.mfcc.log_mel(epoch.windows(index)[0]) for index in range(min(12, len(epoch))))
            self.network.bands.copy_(bands_from_coefficients(self.mfcc, self.network.shape.bands))
        self.network.to(memory_format=torch.channels_last)
        self.average = AveragedModel(self.network, multi_avg_fn=exponential_average(recipe.average_decay), use_buffers=True)
        groups = parameter_groups(self.network, recipe.weight_decay)
        self.optimizer = torch.optim.AdamW(groups, lr=recipe.words.learning_rate)
        if resumed:
            self.load()

    def start_from(self, folder: Path) -> None:
        """Takes the weights and the scale of the features of another run."""
        mfcc, network, state = load_trained(folder)
        self.mfcc.load_state_dict(mfcc.state_dict())
        self.network.load_state_dict(network.state_dict())
        self.started_from = {"recipe": state["recipe"]} | state["progress"] | {"started_from": state.get("started_from")}

    def load(self) -> None:
        """Goes on from the checkpoint; forgets what was logged of an epoch that it does not have."""
        state = read_checkpoint(self.folder / CHECKPOINT, self.device)
        if found := differences(state["recipe"], self.recipe.to_json()):
            raise RunError(
                f"{self.folder} is a run of another recipe ({'; '.join(found)}); give that recipe to go on with it, or "
                "another --run folder to begin anew"
            )
        self.mfcc.load_state_dict(state["mfcc"])
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.progress = Progress(**state["progress"])
        self.hard = [HardNegative(**row) for row in state["hard"]]
        self.left_out = set(state["left_out"])
        self.started_from = state.get("started_from")
        keep_log(self.folder, self.progress.epoch)

    def save(self, name: str) -> None:
        state = {
            "recipe": self.recipe.to_json(),
            "mfcc": self.mfcc.state_dict(),
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "progress": asdict(self.progress),
            "hard": [asdict(negative) for negative in self.hard],
            "left_out": sorted(self.left_out),
            "started_from": self.started_from,
        }
        write_checkpoint(self.folder / name, state)

    def draw_epoch(self, number: int) -> Epoch:
        """The windows of an epoch, the same for a run that was killed and resumed."""
        stage, _ = self.stage(max(number, 1))
        by_path = {clip.path: clip for clip in self.maker.speech + self.maker.noise} if self.hard else {}
        if lost := [negative.path for negative in self.hard if negative.path not in by_path]:
            raise RunError(f"{lost[0]}, a hard negative of {self.folder}, is not in this cache; give the run its own --cache")
        hard = [(by_path[negative.path], negative.start) for negative in self.hard]
        rng = np.random.default_rng([self.recipe.seed, number])
        draws = epoch_draws(rng, self.maker, stage.balance, hard, self.left_out)
        return Epoch(self.maker, self.mfcc, draws, self.recipe.batch, [self.recipe.seed, number])

    def stage(self, number: int) -> tuple[Stage, int]:
        """The stage that an epoch is in, and the epochs before it."""
        words = self.progress.words_ended or self.recipe.words.epochs
        return (self.recipe.words, 0) if number <= words else (self.recipe.streams, words)

    def train(self) -> None:
        """All epochs that are left."""
        self.tracker.start(self.folder, self.recipe)
        try:
            self.train_stages()
        except BaseException:
            self.tracker.stop()
            raise
        self.tracker.finish(self.folder)
        tqdm.write(f"finished after {self.progress.epoch} epochs: {self.folder}")

    def train_stages(self) -> None:
        calibration = self.cache.select("word", "calibration")
        features = clip_features(self.cache, self.mfcc, calibration) if calibration else None
        while True:
            number = self.progress.epoch + 1
            stage, before = self.stage(number)
            if number - before > stage.epochs:
                break
            if stage is self.recipe.streams and (number - before - 1) % self.recipe.mining_epochs == 0:
                self.study_mistakes(first=number == before + 1)
            row = self.train_epoch(number, stage, before)
            self.progress.epoch = number
            self.progress.seconds += row["seconds"]
            if features is not None:
                row |= self.measure_words(features, targets(calibration))
            if stage is self.recipe.streams:
                row |= self.measure_streams()
            elif self.recipe.patience and number - self.progress.best_epoch >= self.recipe.patience:
                self.progress.words_ended = number
            add_to_log(self.folder, row)
            self.save(CHECKPOINT)
            self.tracker.log(row)
            tqdm.write(json.dumps(row))

    def train_epoch(self, number: int, stage: Stage, before: int) -> dict:
        torch.manual_seed(self.recipe.seed * 1000 + number)  # so that a resumed run drops out what an unbroken one does
        began, losses, correct = time.monotonic(), [], []
        batches = self.draw_epoch(number)
        if not len(batches):
            raise RunError(f"an epoch has {len(batches.draws)} windows, under one batch of {batches.batch}")
        loader = torch.utils.data.DataLoader(
            batches, batch_size=None, num_workers=self.workers, prefetch_factor=4 if self.workers else None
        )
        self.network.train()
        bar = tqdm(loader, total=len(batches), desc=f"epoch {number} of {self.recipe.epochs}", mininterval=10)
        for index, (inputs, right) in enumerate(bar):
            rate = learning_rate((number - before - 1 + index / len(batches)) / stage.epochs, stage, self.recipe.warm_up)
            for group in self.optimizer.param_groups:
                group["lr"] = rate
            inputs, right = inputs.to(self.device), right.to(self.device)
            with torch.autocast(self.device.type, torch.bfloat16, enabled=reduced_precision(self.device)):
                logits = self.network(inputs)
            loss = loss_of(logits, right, stage.label_smoothing)
            self.optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self.network.parameters(), 2.0)
            self.optimizer.step()
            self.average.update_parameters(self.network)
            self.progress.step += 1
            losses.append(loss.item())
            correct.append(right.gather(1, logits.argmax(1, keepdim=True)).float().mean().item())
        return {
            "epoch": number,
            "stage": "words" if stage is self.recipe.words else "streams",
            "learning_rate": rate,
            "loss": round(float(np.mean(losses)), 4),
            "training_accuracy": round(float(np.mean(correct)), 4),
            "seconds": round(time.monotonic() - began, 1),
        }

    def measure_words(self, features: torch.Tensor, labels: torch.Tensor) -> dict:
        """Loss and accuracy of the averaged network on the calibration words."""
        posteriors = clip_logits(self.average.module, features).softmax(2).mean(1)
        loss = -posteriors[torch.arange(len(labels)), labels].clamp_min(1e-9).log().mean().item()
        if loss < self.progress.best_loss:
            self.progress.best_loss, self.progress.best_epoch = loss, self.progress.epoch
        accuracy = (posteriors.argmax(1) == labels).float().mean().item()
        return {"calibration_loss": round(loss, 4), "calibration_accuracy": round(accuracy, 4)}

    def measure_streams(self) -> dict:
        """False alarms and misses of the averaged network; the best so far is kept as `best.pt`."""
        background = self.cache.select("speech", "calibration") + self.cache.select("noise", "calibration")
        spoken = [clip for clip in self.cache.select("word", "calibration") if clip.label in WAKE_WORDS]
        if not background:
            return {}
        alarms, missed = wake_word_trade(
            self.cache, self.mfcc, self.average.module, spoken, background, WAKE_WORD_BUDGET
        )
        _, before = self.stage(self.progress.epoch)
        has_settled = self.progress.epoch - before > self.recipe.streams.epochs / 2
        if has_settled and [alarms, missed] <= self.progress.best_trade:
            self.progress.best_trade = [alarms, missed]
            self.save(BEST)
        return {"wake_word_false_alarms_per_hour": round(alarms, 3), "wake_word_miss_rate": round(missed, 4)}

    def study_mistakes(self, first: bool) -> None:
        """Mines false alarms; once, also lists the clips that look mislabelled, which are then left out."""
        self.hard = mine(self.cache, self.mfcc, self.average.module)
        write_table(self.folder / "hard_negatives.csv", HardNegative, self.hard)
        tqdm.write(f"{len(self.hard)} hard negatives: {self.folder / 'hard_negatives.csv'}")
        if first:
            found = suspects(self.cache, self.mfcc, self.average.module)
            self.left_out = {suspect.path for suspect in found}
            write_table(self.folder / "suspects.csv", Suspect, found)
            tqdm.write(f"{len(found)} clips look mislabelled and are left out: {self.folder / 'suspects.csv'}")
