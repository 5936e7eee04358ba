"""Two networks that learn from the same windows: the first listens all the time, the second is asked when the first hears a word.

Windows are made on the device (`device_windows.py`). Of the running speech, sounds and other words of every step each
network learns from those in which most is heard that was not said, and from some at random; hard places of the speech are
remembered and come again (`hard_places.py`). A run lasts so many seconds of training, can be had in pieces of minutes on a
GPU that is lent, and takes in parcels of clips while it trains.
"""

import copy
import json
import multiprocessing
import time
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from .bank import Bank
from .cache import Cache
from .checkpoint import RunError, read_checkpoint, write_checkpoint
from .data import Clip
from .device_windows import DeviceWindows, with_span
from .export import data_sources
from .front_end import MFCC
from .hard_places import HardPlaces
from .network import KeywordNetwork, bands_from_coefficients
from .optimisation import learning_rate, loss_of, parameter_groups, reduced_precision
from .pair_recipe import SECOND_SHAPE, PairRecipe
from .parcels import decode, unpack
from .recipe import Stage, differences
from .run_folder import CHECKPOINT
from .spectral import colour
from .warm_start import restore_norms, unfolded
from .window import Window
from .words import INDEX, KEYWORDS, WAKE_WORDS, WORDS


class Learner:
    """A network, its average, and what optimises it."""

    def __init__(self, network: KeywordNetwork, rate: float, recipe: PairRecipe):
        self.network, self.recipe = network, recipe
        self.average = copy.deepcopy(network).eval().requires_grad_(False)
        self.rate, self.device = rate, next(network.parameters()).device
        groups = parameter_groups(network, recipe.weight_decay)
        self.optimizer = torch.optim.AdamW(groups, lr=rate, fused=self.device.type == "cuda")
        self.step = 0

    def precision(self) -> torch.autocast:
        return torch.autocast(self.device.type, torch.bfloat16, enabled=reduced_precision(self.device))

    @torch.no_grad()
    def hear(self, features: torch.Tensor) -> torch.Tensor:
        """Posteriors of the average; of the network itself while that is young."""
        network = self.average if self.step > 300 else self.network.eval()
        with self.precision():
            logits = network(features)
        return logits.float().softmax(1)

    def learn(self, features: torch.Tensor, right: torch.Tensor, progress: float) -> tuple[torch.Tensor, torch.Tensor]:
        """One step; loss and logits."""
        stage = Stage(1, self.rate, 0)
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(progress, stage, self.recipe.warm_up)
        self.network.train()
        with self.precision():
            logits = self.network(features)
        smoothing = self.recipe.late_smoothing if progress > 0.4 else self.recipe.label_smoothing
        loss = loss_of(logits, right, smoothing)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 2.0)
        self.optimizer.step()
        self.step += 1
        with torch.no_grad():
            decay = min(self.recipe.average_decay, (1 + self.step) / (10 + self.step))
            torch._foreach_lerp_(list(self.average.parameters()), list(self.network.parameters()), 1 - decay)
            for kept, new in zip(self.average.buffers(), self.network.buffers()):
                kept.copy_(new)
        return loss.detach(), logits.detach()

    def save(
        self, folder: Path, mfcc: MFCC, recipe: PairRecipe, seconds: float, started_from: str, data: list[dict]
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        state = {
            "recipe": recipe.to_json(),
            "mfcc": mfcc.state_dict(),
            "network": self.network.state_dict(),
            "average": {f"module.{name}": value for name, value in self.average.state_dict().items()},
            "optimizer": self.optimizer.state_dict(),
            "progress": {"step": self.step, "seconds": seconds},
            "started_from": started_from,
            "data": data,
        }
        write_checkpoint(folder / CHECKPOINT, state, self.network.shape)

    def load(self, folder: Path, mfcc: MFCC, recipe: PairRecipe) -> float:
        """Goes on from a checkpoint; the seconds that were trained."""
        state = read_checkpoint(folder / CHECKPOINT, self.device, self.network.shape)
        if found := differences(state["recipe"], recipe.to_json()):
            raise RunError(f"{folder} is a run of another recipe ({'; '.join(found)}); give another --run folder")
        mfcc.load_state_dict(state["mfcc"])
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict({k.removeprefix("module."): v for k, v in state["average"].items()})
        self.optimizer.load_state_dict(state["optimizer"])
        self.step = state["progress"]["step"]
        return state["progress"]["seconds"]


class Source:
    """Training clips from a cache, or from a folder that parcels arrive in.

    Beside parcels a folder `voices` is looked into, in which synthetic voices may still be written, `WORD/NAME.flac`.
    """

    def __init__(self, folder: Path, device: torch.device, processes: int):
        self.folder, self.processes = folder, processes
        # Begun before the device is: a process that holds one must not be forked.
        self.pool = multiprocessing.get_context("fork").Pool(processes) if processes else None
        self.banks = {kind: Bank(device) for kind in ("word", "speech", "noise")}
        self.taken: set[str] = set()
        self.rooms: np.ndarray | None = None

    def fill_from_cache(self) -> None:
        cache = Cache(self.folder)
        self.rooms = np.array(cache.rooms)
        for kind, bank in self.banks.items():
            clips = cache.select(kind, "train")
            bank.add((clip, np.array(cache.data[clip.start : clip.start + clip.length])) for clip in clips)

    def poll(self) -> bool:
        """Takes in the parcels that have come (a parcel is whole when its folder holds a file `ready`)."""
        new = [p for p in sorted(self.folder.glob("*")) if (p / "ready").exists() and p.name not in self.taken]
        for parcel in new:
            clips = list(unpack(parcel, self.pool))
            for kind, bank in self.banks.items():
                bank.add((clip, samples) for clip, samples in clips if clip.kind == kind)
            if (parcel / "rooms.npy").exists():
                self.rooms = np.load(parcel / "rooms.npy")
            self.taken.add(parcel.name)
        spoken = [file for file in sorted(self.folder.glob("voices/*/*/*.flac")) if str(file) not in self.taken]
        if self.is_usable and len(spoken) >= 200:
            self.taken |= {str(file) for file in spoken}
            samples = self.pool.map(decode, spoken, 32)
            clips = [Clip(f.stem, f.parent.name, "word", "train", "Kokoro-82M", "generated") for f in spoken]
            self.banks["word"].add(with_span(clip, heard) for clip, heard in zip(clips, samples))
            new += spoken
        return bool(new)

    @property
    def is_usable(self) -> bool:
        return self.rooms is not None and all(len(bank) for bank in self.banks.values())


def train_pair(
    source: Path, run: Path, recipe: PairRecipe, start: Path | None = None, processes: int = 0, pause: float = 60
) -> None:
    """Trains the networks for the seconds that are left of the recipe; a checkpoint of each every `pause` seconds.

    The first begins with the weights of the model folder `start`; the second, and without one the first too, with new ones.
    With `processes` the source is a folder of parcels, else a cache.
    """
    clips = Source(source, torch.device("cuda" if torch.cuda.is_available() else "cpu"), processes)
    device = clips.banks["word"].device
    torch.manual_seed(recipe.seed)
    torch.set_float32_matmul_precision("high")
    torch.backends.cudnn.benchmark = True
    if processes:
        while not clips.is_usable:
            if not clips.poll():
                time.sleep(0.5)
    else:
        clips.fill_from_cache()
    how = recipe.augmentation
    windows = DeviceWindows(*clips.banks.values(), clips.rooms, Window().samples(), how)
    generator = torch.Generator(device).manual_seed(recipe.seed)

    if start:
        mfcc, network = unfolded(start, dropout=recipe.dropout)
        mfcc, network = mfcc.to(device), network.to(device)
    else:
        mfcc, network = MFCC().to(device), KeywordNetwork(len(WORDS), dropout=recipe.dropout).to(device)

    @torch.no_grad()
    def features(samples: torch.Tensor) -> torch.Tensor:
        log_mel = colour(mfcc.log_mel(samples), generator, mfcc.front_end, how.masks, how.voices)
        return mfcc.normalise(mfcc.coefficients(log_mel))

    if start:
        with torch.no_grad():
            restore_norms(network, torch.cat([features(windows.words(recipe.words)[0]) for _ in range(4)]))
    else:
        with torch.no_grad():
            mfcc.fit(mfcc.log_mel(windows.words(recipe.words)[0]) for _ in range(4))
        network.bands.copy_(bands_from_coefficients(mfcc, network.shape.bands))
    first = Learner(network, recipe.first_rate if start else recipe.second_rate, recipe)
    learners = {"first": first}
    if recipe.networks > 1:
        torch.manual_seed(recipe.seed + 1)
        other = KeywordNetwork(len(WORDS), SECOND_SHAPE, recipe.dropout).to(device)
        other.bands.copy_(bands_from_coefficients(mfcc, SECOND_SHAPE.bands))
        learners["second"] = Learner(other, recipe.second_rate, recipe)
    before = 0.0
    if all((run / name / CHECKPOINT).exists() for name in learners):
        before = max(learner.load(run / name, mfcc, recipe) for name, learner in learners.items())
    places = HardPlaces(recipe.places, device)
    drawn = round(recipe.speech * recipe.again)
    keyword = torch.tensor([INDEX[word] for word in KEYWORDS], device=device)
    wake = torch.tensor([INDEX[word] for word in WAKE_WORDS], device=device)

    def wrong(posteriors: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
        """How much is heard that was not said, wake words twice; [windows]."""
        mistaken = posteriors * ~right
        return mistaken[:, keyword].amax(1) + 2 * mistaken[:, wake].amax(1)

    def save() -> None:
        data = data_sources(clip for bank in clips.banks.values() for clip in bank.clips)
        for name, learner in learners.items():
            learner.save(run / name, mfcc, recipe, before + time.monotonic() - began, str(start or ""), data)

    run.mkdir(parents=True, exist_ok=True)
    began = saved = time.monotonic()
    log = (run / "log.jsonl").open("a")
    bar = tqdm(total=round(recipe.seconds - before), desc="train", unit="s", mininterval=5)
    while (trained := before + time.monotonic() - began) < recipe.seconds:
        progress = trained / recipe.seconds
        with torch.no_grad():
            slots, clip, begin = places.draw(drawn)
            new_clip, new_begin = windows.speech_places(recipe.speech - drawn)
            parts = [
                windows.words(recipe.words),
                windows.silence(recipe.silence),
                windows.speech(torch.cat([clip, new_clip]), torch.cat([begin, new_begin])),
                windows.noises(recipe.noises),
                windows.words(recipe.others, others=True),
            ]
            x = features(torch.cat([samples for samples, _ in parts]))
            right = torch.cat([targets for _, targets in parts])
            sure = recipe.words + recipe.silence
            candidates, allowed = x[sure:], right[sure:]
            heard = {name: wrong(learner.hear(candidates), allowed) for name, learner in learners.items()}
            hardest = torch.stack(list(heard.values())).amax(0)[: recipe.speech]
            places.heard_again(slots, hardest[:drawn])
            places.note(new_clip, new_begin, hardest[drawn:])
        results = {}
        for name, learner in learners.items():
            # The second learns what the first takes for a word, too.
            hardness = heard[name] if learner is first else heard[name] + 0.5 * heard["first"]
            chosen = torch.randint(0, len(candidates), (recipe.random,), device=device)
            chosen = sure + torch.cat([hardness.topk(min(recipe.hardest, len(hardness))).indices, chosen])
            chosen = torch.cat([torch.arange(sure, device=device), chosen])
            results[name] = learner.learn(x[chosen], right[chosen], progress)
        if first.step % 100 == 0:
            row = {"step": first.step, "seconds": round(trained, 1), "hours": round(clips.banks["speech"].hours, 2),
                   "clips": len(clips.banks["word"]), "hard": round(places.hardness.mean().item(), 4)}
            for name, (loss, logits) in results.items():
                # Of windows from anywhere: how often something is heard that was not said.
                hardness = heard[name][drawn:]
                hit = right[: recipe.words].gather(1, logits[: recipe.words].argmax(1, keepdim=True)).float().mean()
                row[name] = {
                    "loss": round(loss.item(), 4),
                    "words": round(hit.item(), 4),
                    "wrong": round((hardness > 0.5).float().mean().item(), 5),
                }
            log.write(json.dumps(row) + "\n")
            log.flush()
            if processes and clips.poll():
                windows.refresh()
        bar.update(round(trained - bar.n - before))
        if time.monotonic() - saved > pause:
            save()
            saved = time.monotonic()
    save()
    bar.close()
