"""What is measured of a run, and the model folder that comes of it."""

import hashlib
import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from attuned_training import ablation
from attuned_training.calibration import Calibration, expected_calibration_error, fit
from attuned_training.checkpoint import load_trained
from attuned_training.card_results import evaluation_sections
from attuned_training.evaluation import clip_features, fit_thresholds, in_noise, peaks
from attuned_training.export import ExportError, export_run, held_out_paths, read_evaluations, write_files
from attuned_training.front_end import MFCC
from attuned_training.report import BUDGETS
from attuned_training.words import INDEX, KEYWORDS, SCARCE_COMMANDS, WAKE_WORDS, WORDS

# As `attune evaluate --own --json` prints it, cut short.
OWN_WORDS = {
    "model": "tiny",
    "model_version": "1.2.3",
    "speakers": 30,
    "takes": 10,
    "speakers_together": 5,
    "teachings": 80,
    "taught": 58,
    "processor_seconds": 0.91,
    "snr_db": 10.0,
    "missed": {"others": {"count": 3, "of": 1000, "recordings": 900, "rate": 0.003, "interval": [0.001, 0.01]}},
    "accepted": {},
    "false_alarms": 67,
    "hours": 369.7,
    "false_alarms_per_hour": 0.18,
    "false_alarms_interval": [0.14, 0.23],
}

# As `attune evaluate --json` prints it, cut short.
EVALUATION = {
    "accuracy": 0.9712,
    "mean_recall": 0.9654,
    "clips": 3,
    "model": "tiny",
    "model_version": "1.2.3",
    "recall": {"yes": 0.5, "no": 1.0, "go": None},
    "precision": {"yes": 1.0, "no": 0.5},
    "labels": ["yes", "no", "go"],
    "confusion": [[1, 1, 0], [0, 1, 0], [0, 0, 0]],
    "calibration_error": 0.021,
    "in_noise": [{"snr_db": 5, "accuracy": 0.93, "mean_recall": 0.92, "calibration_error": 0.03}],
    "streams": [
        {
            "snr_db": 10,
            "wake_words": {
                "spoken": 100,
                "misses": 4,
                "miss_rate": 0.04,
                "miss_interval": [0.01, 0.1],
                "hours": 2.5,
                "false_alarms_per_hour": 0.4,
                "false_alarms_interval": [0.01, 2.2],
                "latency_ms": {"p50": 280, "p99": 410},
                "curve": [{"threshold": 0.1}],
                "at_false_alarms_per_hour": {"0.5": {"threshold": 0.8, "miss_rate": 0.05, "miss_interval": [0.02, 0.11]}},
            },
            "words": {},
            "sources": [
                {
                    "source": source,
                    "kind": "speech",
                    "wake_words": {
                        "hours": 1.25,
                        "false_alarms_per_hour": rate,
                        "false_alarms_interval": [0.02, 4.5],
                        "words": {"alexa": 1} if rate else {},
                    },
                    "commands": {},
                }
                for source, rate in (("books", 0.8), ("radio", 0))
            ],
        }
    ],
    "notes": ["noise as recorded"],
}


@pytest.fixture(scope="module")
def exported(cache, finished_run, tmp_path_factory):
    """A model folder with everything that its card can hold."""
    folder = tmp_path_factory.mktemp("models")
    (folder / "results.json").write_text(json.dumps(EVALUATION))
    ablation.write(
        folder / "ablations.csv",
        [
            {"without": piece, "validation_accuracy": accuracy, "mean_over_words": 0.6, "budget": 0.5, "epochs": 3,
             "settings": "--set seed=7"}
            for piece, accuracy in (("", 0.9), ("noise", 0.7))
        ],
    )
    export_run(
        cache,
        finished_run,
        folder / "model",
        "tiny",
        "1.2.3",
        evaluations=read_evaluations([folder / "results.json"]),
        ablations=ablation.read(folder / "ablations.csv"),
        held_out=held_out_paths(cache, []),
    )
    return folder / "model"


def test_the_folder_holds_the_averaged_network_and_the_sums(exported, finished_run):
    mfcc, network, state = load_trained(finished_run)
    Calibration(**json.loads((exported / "model.json").read_text())["calibration"]).move_biases(network)
    tensors = load_file(exported / "model.safetensors")
    torch.testing.assert_close(tensors.pop("front_end.mean"), mfcc.mean)
    torch.testing.assert_close(tensors.pop("front_end.scale"), mfcc.scale)
    for name, tensor in network.fold().items():
        torch.testing.assert_close(tensors.pop(name), tensor)
    assert not tensors
    plain = network.state_dict()["output.weight"] - state["network"]["output.weight"]
    assert plain.abs().max() > 0  # the average is not the last step
    for line in (exported / "SHA256SUMS").read_text().splitlines():
        digest, file = line.split("  ")
        assert hashlib.sha256((exported / file).read_bytes()).hexdigest() == digest


def test_the_description_has_what_the_reader_needs_and_everything_measured(exported, finished_run):
    description = json.loads((exported / "model.json").read_text())
    assert (description["format"], description["name"], description["version"]) == (2, "tiny", "1.2.3")
    assert description["words"] == WORDS and description["network"]["stem"][0]["channels"] == 16
    assert (description["wake_words"], description["scarce_words"]) == (WAKE_WORDS, SCARCE_COMMANDS)
    assert description["window"] == {"frames": 145, "hop_frames": 8}
    assert set(description["thresholds"]) == set(KEYWORDS)
    assert all(0.5 <= threshold <= 0.98 for threshold in description["thresholds"].values())
    assert description["sha256"] == hashlib.sha256((exported / "model.safetensors").read_bytes()).hexdigest()
    training, results = description["training"], description["results"]
    assert training["epochs"] == 3 and training["recipe"]["batch"] == 8
    assert {source["source"] for source in training["data"]} == {"buzzes", "bursts", "hums"}
    assert results["validation_clips_per_word"] == {"yes": 2, "no": 2, "computer": 2, "_unknown_": 2}
    assert results["validation_clips"] == 6  # without the wake word
    assert set(results["validation_accuracy_in_noise"]) == {"10 dB", "5 dB", "0 dB", "-5 dB"}
    assert results["streamed_words"] == {"yes": 2, "no": 2, "computer": 2}
    assert "attune_evaluate" not in results  # half a megabyte; the card tells it
    assert results["confusion"] == {"yes": {"yes": 1, "no": 1}, "no": {"no": 1}}


def test_the_held_out_recordings_are_listed(exported, cache, recordings):
    first, *paths = (exported / "held-out.txt").read_text().splitlines()
    assert first.startswith("#") and paths == sorted(paths)
    expected = {c.path for c in cache.clips if c.split == "held_out"}
    assert {str(recordings / path) for path in paths} == expected and len(expected) >= 2


def test_held_out_recordings_outside_the_folder_are_refused(cache, tmp_path):
    with pytest.raises(ExportError, match=f"is held out and not in {tmp_path}; give its folder as --recordings too"):
        held_out_paths(cache, [tmp_path])


def test_the_card_tells_what_was_measured_and_how_to_repeat_it(exported):
    card = (exported / "README.md").read_text()
    for text in (
        "**97.12 %** of 3 clips, mean over words 96.54 %",
        "| yes | 2 | 50.0 % | 100.0 % | no |",
        "| 5 dB | 93.00 % | 92.00 % | 3.0 % |",
        "| 10 dB | wake words | 100 | 4.0 % (1.0 % to 10.0 %) | 0.40 (0.01 to 2.20) | 2.50 | 280, 410 ms |",
        "| 10 dB | 0.5 | 5.0 % (2.0 % to 11.0 %) | 0.8 |",
        "| books | speech | 1.25 | 0.80 (0.02 to 4.50): alexa 1 | - |",
        "| noise | 70.00 % | 60.00 % | - | - | - |",
        "ablate --cache cache --out ablations --epochs 3 --set seed=7\n",
        "| buzzes | CC0 |",
        "--set words.epochs=2 --set words.balance.keyword_draws=20",
        "`bird dog nine off on seven six tree` are learned mostly from synthetic voices",
    ):
        assert text in card, text
    assert "Not yet measured" not in card


def test_words_of_ones_own_have_a_section_with_who_missed_them():
    section = evaluation_sections([OWN_WORDS])
    for text in (
        "attune evaluate --model Config/models/tiny/1.2.3 --own RECORDINGS --takes 10 --speakers 5 --speech SPEECH",
        "10 takes by 5 speakers: 58 of 80 teachings of words by 30 speakers",
        "| missed, said by others | 3 of 1,000 | 0.3 % | 0.1 % to 1.0 % |",
        "| false alarms an hour of running speech | 67 in 370 h | 0.18 | 0.14 to 0.23 |",
    ):
        assert text in section, text


def test_a_card_without_results_says_how_to_get_them(cache, finished_run, tmp_path):
    export_run(cache, finished_run, tmp_path / "model", "tiny", "1.2.3")
    card = (tmp_path / "model/README.md").read_text()
    assert card.count("**Not yet measured.**") == 2
    assert "attune evaluate --model Config/models/tiny/1.2.3 --json" in card


def test_only_a_model_folder_is_replaced_and_only_by_a_whole_one(exported, cache, finished_run, tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis/chapter.txt").write_text("years of work")
    with pytest.raises(ExportError, match="exists and is not a model; give another --out folder"):
        export_run(cache, finished_run, tmp_path / "thesis", "tiny", "1")
    model = shutil.copytree(exported, tmp_path / "model")
    before = {file.name: file.read_bytes() for file in model.iterdir()}
    with pytest.raises(TypeError):
        write_files(model, {"model.json": b"{}", "README.md": None})
    assert {file.name: file.read_bytes() for file in model.iterdir()} == before
    write_files(model, {"model.json": b"{}"})
    assert [file.name for file in model.iterdir()] == ["model.json"]
    assert sorted(file.name for file in tmp_path.iterdir()) == ["model", "thesis"]


def test_results_of_something_else_are_refused(tmp_path):
    (tmp_path / "results.json").write_text("accuracy: 97 %")
    with pytest.raises(ExportError, match="should be what attune evaluate --json printed"):
        read_evaluations([tmp_path / "results.json"])


def test_a_long_clip_is_scored_where_its_word_is(cache):
    word = cache.select("word", "validation")[0]
    silence = np.zeros(40_000, np.float32)
    late = replace(word, length=56_000, span_start=40_000 + word.span_start, span_end=40_000 + word.span_end)
    padded = np.concatenate([silence, cache.samples(word)])
    loudest = [
        clip_features(cache, MFCC(), [clip], heard)[0, :, 0].max().item()
        for clip, heard in ((word, cache.samples), (late, lambda clip: padded))
    ]
    assert loudest[0] == pytest.approx(loudest[1], abs=1)


def test_thresholds_keep_to_the_budget_and_the_bounds():
    alarms = {word: [] for word in KEYWORDS} | {"yes": [0.9, 0.6, 0.55], "no": [0.99], "up": [0.3], "jarvis": [0.7, 0.6]}
    # In half an hour a command may alarm twice, a wake word never.
    thresholds = fit_thresholds(alarms, 0.5, BUDGETS)
    assert (thresholds["yes"], thresholds["no"], thresholds["up"], thresholds["jarvis"]) == (0.56, 0.5, 0.5, 0.71)
    assert fit_thresholds(alarms, 0.2, BUDGETS)["no"] == 0.98
    assert fit_thresholds(alarms, 40, BUDGETS)["jarvis"] == 0.5


def test_peaks_close_to_one_another_are_one():
    posteriors = np.full((60, len(WORDS)), 0.001)
    posteriors[:, INDEX["_silence_"]] = 0.5
    for hop, score in ((10, 0.6), (15, 0.8), (40, 0.7)):
        posteriors[hop, INDEX["yes"]] = score
    assert peaks(posteriors, INDEX["yes"]) == [0.8, 0.7]


def test_calibration_undoes_overconfidence_and_too_many_unknown_windows():
    generator = torch.Generator().manual_seed(1)
    logits = 2 * torch.randn((2_000, len(WORDS)), generator=generator)
    labels = logits.softmax(1).multinomial(1, generator=generator)[:, 0]
    right = torch.nn.functional.one_hot(labels, len(WORDS)).bool()
    logits[:, INDEX["_unknown_"]] += 1.5
    fitted = fit((1.6 * logits)[:, None], right, torch.ones(len(labels)))
    assert fitted.temperature == pytest.approx(1.6, rel=0.1)
    assert fitted.unknown_shift == pytest.approx(-1.5 * 1.6, abs=0.5)
    assert fitted.silence_shift == pytest.approx(0, abs=0.5)


def test_the_calibration_error_is_the_gap_between_confidence_and_accuracy():
    posteriors = np.tile([0.8, 0.2], (100, 1))
    labels = np.array([0] * 60 + [1] * 40)
    assert expected_calibration_error(posteriors, labels) == pytest.approx(0.2)
    assert expected_calibration_error(posteriors, np.array([0] * 80 + [1] * 20)) == pytest.approx(0)


def test_noise_is_mixed_at_its_ratio_and_the_same_again(cache):
    noise = cache.select("noise", "held_out")
    clip = cache.select("word", "validation")[0]
    plain = cache.samples(clip)
    added = in_noise(cache, noise, 5)(clip) - plain
    assert 10 * np.log10(np.square(plain).mean() / np.square(added).mean()) == pytest.approx(5, abs=0.1)
    np.testing.assert_array_equal(in_noise(cache, noise, 5)(clip) - plain, added)
