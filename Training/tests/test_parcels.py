"""What is sent to a machine with a GPU, and training there."""

import csv
import json
import multiprocessing
from shutil import which

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from attuned_training.blend import blend
from attuned_training.calibration import Calibration
from attuned_training.checkpoint import RunError, load_trained
from attuned_training.errors import TrainingError
from attuned_training.export import export_run, tensors_of
from attuned_training.near_words import distance, near_words
from attuned_training.pair import train_pair
from attuned_training.pair_export import export_pair
from attuned_training.pair_recipe import SECOND_SHAPE, PairRecipe
from attuned_training.parcels import pack, unpack
from attuned_training.recipe import with_changes
from attuned_training.sounds import KINDS, sequence, write_sounds
from attuned_training.warm_start import restore_norms, unfolded
from attuned_training.words import KEYWORDS

SMALL = ["words=8", "speech=8", "noises=8", "others=8", "hardest=4", "random=4", "silence=8", "seconds=3"]


@pytest.mark.skipif(which("opusenc") is None, reason="needs opusenc, of Debian's opus-tools")
def test_parcels_hold_the_training_clips_and_only_those(recordings, cache, tmp_path):
    parcels = pack([recordings], tmp_path, megabytes=0.2, processes=1, rooms=2)
    assert len(parcels) > 1 and (parcels[0] / "rooms.npy").exists()
    with multiprocessing.get_context("fork").Pool(1) as pool:
        clips = [one for parcel in parcels for one in unpack(parcel, pool)]
    kept = [clip for clip in cache.clips if clip.split == "train"]
    assert sorted((clip.kind, clip.label, clip.length) for clip, _ in clips) == sorted(
        (clip.kind, clip.label, clip.length) for clip in kept
    )
    spoken = next(samples for clip, samples in clips if clip.label == "yes")
    assert np.abs(spoken[5_000:11_000].astype(float)).mean() > 10 * np.abs(spoken[:4_000].astype(float)).mean()


@pytest.mark.skipif(which("opusenc") is None, reason="needs opusenc, of Debian's opus-tools")
def test_a_parcel_that_does_not_say_where_its_words_are_is_refused(recordings, cache, tmp_path):
    (parcel, *_) = pack([recordings], tmp_path, megabytes=20, processes=1, rooms=2)
    table = parcel / "clips.csv"
    with table.open(newline="") as file:
        rows = [row | {"span_end": "0"} for row in csv.DictReader(file)]
    with table.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    with multiprocessing.get_context("fork").Pool(1) as pool, pytest.raises(TrainingError, match="pack again"):
        list(unpack(parcel, pool))


def test_a_pair_trains_goes_on_and_refuses_another_recipe(cache_folder, tmp_path):
    recipe = with_changes(PairRecipe(), SMALL)
    train_pair(cache_folder, tmp_path, recipe, pause=0.5)
    _, first, state = load_trained(tmp_path / "first")
    _, second, _ = load_trained(tmp_path / "second", SECOND_SHAPE)
    assert state["progress"]["seconds"] >= 3 and state["progress"]["step"] > 0
    assert sum(p.numel() for p in second.parameters()) > 1.5 * sum(p.numel() for p in first.parameters())
    train_pair(cache_folder, tmp_path, recipe)  # nothing is left to do
    assert load_trained(tmp_path / "first")[2]["progress"]["step"] == state["progress"]["step"]
    with pytest.raises(RunError, match="seed: 1 there, 2 here"):
        train_pair(cache_folder, tmp_path, with_changes(recipe, ["seed=2"]))


def test_a_blend_lies_between_a_run_and_the_model_that_it_began_with(cache_folder, tmp_path):
    train_pair(cache_folder, tmp_path / "run", with_changes(PairRecipe(), [*SMALL, "networks=1"]))
    trained = tensors_of(*load_trained(tmp_path / "run" / "first")[:2])
    (tmp_path / "model").mkdir()
    save_file({name: tensor + 1 for name, tensor in trained.items()}, tmp_path / "model" / "model.safetensors")
    blend(tmp_path / "run" / "first", tmp_path / "model", 0.75, tmp_path / "blended")
    for name, tensor in tensors_of(*unfolded(tmp_path / "blended")).items():
        # A network that is unfolded has lost nothing but the last bits of it.
        assert torch.allclose(tensor, trained[name] + 0.25, atol=1e-3), name
    with pytest.raises(TrainingError, match="--part"):
        blend(tmp_path / "run" / "first", tmp_path / "model", 1.5, tmp_path / "other")
    assert not (tmp_path / "other").exists()


def test_a_pair_is_exported_with_curves_thresholds_and_both_networks(cache_folder, recordings, tmp_path):
    train_pair(cache_folder, tmp_path / "run", with_changes(PairRecipe(), SMALL))
    places = tmp_path / "run" / "first", tmp_path / "run" / "second", tmp_path / "heard", tmp_path / "model"
    export_pair(cache_folder, *places, "tiny", "0.0.2", processes=1)
    said = json.loads((tmp_path / "model" / "model.json").read_text())
    sums = (tmp_path / "model" / "SHA256SUMS").read_text()
    assert said["format"] == 3 and said["second_look"]["sha256"] in sums and "second.safetensors" in sums
    for block in (said["thresholds"], said["thresholds_first"], said["second_look"]["candidates"]):
        assert set(block) == set(KEYWORDS) and all(0 < value < 1 for value in block.values())
    for which in ("first", "fused"):
        for entry in said["detection"][which].values():
            rates, thresholds, missed = zip(*entry["points"])
            assert list(rates) == sorted(rates, reverse=True) and list(thresholds) == sorted(thresholds)
            assert list(missed) == sorted(missed) and entry["hours"] > 0
    card = (tmp_path / "model" / "README.md").read_text()
    assert "## The second look" in card and "attuned-training pair --parcels parcels" in card
    assert load_file(tmp_path / "model" / "second.safetensors")["lstm.weight_hh"].shape == (768, 192)


def test_a_folded_model_unfolds_to_the_same_network_that_can_be_trained(cache, finished_run, tmp_path):
    export_run(cache, finished_run, tmp_path / "model", "tiny", "0.0.1")
    mfcc, network = unfolded(tmp_path / "model")
    features = mfcc(torch.randn(16, 23_520) * 0.1)
    before = network(features)
    _, trained, _ = load_trained(finished_run)
    Calibration(**json.loads((tmp_path / "model" / "model.json").read_text())["calibration"]).move_biases(trained)
    assert torch.allclose(before, trained(features), atol=1e-4)
    restore_norms(network, features)
    assert torch.allclose(before, network.eval()(features), atol=1e-4)
    network.dropout.p = 0
    assert torch.allclose(before, network.train()(features), atol=1e-3)


def test_sounds_are_made_again_alike_and_listed(tmp_path):
    rng = lambda: np.random.default_rng(3)
    for kind in KINDS:
        assert np.array_equal(sequence(rng(), kind), sequence(rng(), kind))
        assert np.abs(sequence(rng(), kind)).max() <= 1
    assert write_sounds(tmp_path, each=1) == len(KINDS)
    assert (tmp_path / "manifest.csv").read_text().count("_noise_") == len(KINDS)


def test_phonemes_that_sound_alike_are_nearer():
    bat, pat, cat, sit = (word.split() for word in ("B AE T", "P AE T", "K AE T", "S IH T"))
    assert distance(bat, bat) == 0 < distance(bat, pat) < distance(bat, cat) < distance(bat, sit) <= 1


def test_near_words_are_near_and_no_keywords():
    found = near_words(["computer"], ["come", "future", "house"], each=8, pairs=3)
    texts = [near.text for near in found]
    assert "commuter" in texts and "come future" in texts and "computer" not in texts
    assert all(near.distance <= 0.5 for near in found)
