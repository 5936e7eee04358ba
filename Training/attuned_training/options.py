"""The options of `attuned-training`."""

import argparse
from argparse import ArgumentParser
from pathlib import Path

from . import __version__

DESCRIPTION = """\
From recordings to a model folder that attuned runs:

  attuned-training synthesize --out synthetic
  attuned-training sounds --out sounds
  attuned-training prepare --cache cache RECORDINGS synthetic sounds
  attuned-training train --cache cache --run run
  attuned-training evaluate --cache cache --run run
  attuned-training export --cache cache --run run --out Config/models/commands/1.0.0

On a GPU, windows are made there, and a second network is trained beside the first:

  attuned-training pack --out parcels RECORDINGS synthetic sounds
  attuned-training pair --parcels parcels --run pair
  attuned-training export-pair --cache cache --first pair/first --second pair/second --out Config/models/commands/2.0.0

synthesize, sounds, prepare, train, pair and ablate go on where they were stopped. All take --help.
"""


class Defaults(argparse.ArgumentDefaultsHelpFormatter):
    """Tells defaults that are something."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        return super()._get_help_string(action) if action.default or action.default == 0 else action.help


def parser() -> ArgumentParser:
    top = ArgumentParser("attuned-training", description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter)
    top.add_argument("--version", action="version", version=__version__)
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, summary: str, description: str) -> ArgumentParser:
        return commands.add_parser(name, help=summary, description=description, formatter_class=Defaults)

    add_data(command)
    add_training(command)
    add_export(command)
    add_tracking(command)
    return top


def cache_option(sub: ArgumentParser, required: bool = True) -> None:
    sub.add_argument("--cache", type=Path, required=required, help="folder of the prepared cache")


def run_option(sub: ArgumentParser, required: bool = True) -> None:
    sub.add_argument("--run", type=Path, required=required, help="folder of the training run")


def workers_options(sub: ArgumentParser) -> None:
    sub.add_argument("--workers", type=int, default=1, help="processes that make windows; 8 beside a GPU")
    sub.add_argument("--threads", type=int, default=1, help="threads of the network's own arithmetic")
    sub.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="change the recipe, as words.epochs=20; repeatable"
    )


def results_options(sub: ArgumentParser) -> None:
    sub.add_argument(
        "--results", type=Path, action="append", default=[], metavar="FILE",
        help="what attune evaluate --json printed, for the model card; repeatable",
    )
    sub.add_argument("--ablations", type=Path, metavar="FILE", help="ablations.csv, for the model card")
    sub.add_argument("--plots", type=Path, metavar="FOLDER", help="pictures of attune evaluate --plots, for the model card")
    sub.add_argument(
        "--recordings", type=Path, action="append", default=[], metavar="FOLDER",
        help="what held-out.txt is relative to, repeatable (default: what all recordings have in common)",
    )


def add_data(command) -> None:
    sub = command(
        "synthesize",
        "make clips with speech synthesizers",
        "Speaks every keyword, and other words and phrases, with espeak-ng, flite and festival.",
    )
    sub.add_argument("--out", type=Path, required=True, help="folder for the clips and their manifest.csv")
    sub.add_argument("--espeak", type=int, default=45, help="random espeak-ng voices for a keyword")
    sub.add_argument("--other-espeak", type=int, default=9, help="random espeak-ng voices for another word")
    sub.add_argument("--seed", type=int, default=1, help="seed of the choice of voices")
    sub.add_argument("--processes", type=int, default=2, help="synthesizers at a time")

    sub = command(
        "sounds",
        "make sounds that are no speech",
        "Makes clicks, knocks, dishes, static, beeps and the like, and takes the sounds out of Debian packages.",
    )
    sub.add_argument("--out", type=Path, required=True, help="folder for the sounds and their manifest.csv")
    sub.add_argument("--each", type=int, default=24, help="files of 20 s of each kind")
    sub.add_argument("--packages", type=Path, metavar="FOLDER", help="*.deb of games and desktops, whose sounds are taken")
    sub.add_argument("--seed", type=int, default=1, help="seed of everything")

    sub = command(
        "near-words",
        "list words that are nearly a wake word",
        "Prints words and pairs of words by their distance in phonemes, one a line, for a synthesizer to say.",
    )
    sub.add_argument("folders", type=Path, nargs="+", help="folders whose transcripts say which words are common")
    sub.add_argument("--each", type=int, default=22, help="single words for each wake word")
    sub.add_argument("--pairs", type=int, default=14, help="pairs of words for each wake word")

    sub = command(
        "cut-words",
        "cut words out of running speech",
        "Aligns transcribed running speech of the training split, and writes the words asked for as clips of their own.",
    )
    sub.add_argument("folders", type=Path, nargs="+", help="folders of recordings with transcripts")
    sub.add_argument("--out", type=Path, required=True, help="folder for the clips and their manifest.csv")
    sub.add_argument("--word", action="append", help="a word, repeatable (default: the keywords that hardly anybody recorded)")
    sub.add_argument("--processes", type=int, default=2, help="aligners at a time")

    sub = command(
        "pack",
        "pack recordings for a machine with a GPU",
        "Writes the training clips of folders as parcels of Opus, small enough to be sent one after another.",
    )
    sub.add_argument("folders", type=Path, nargs="+", help="folders of recordings")
    sub.add_argument("--out", type=Path, required=True, help="folder for the parcels")
    sub.add_argument("--megabytes", type=float, default=54, help="size of a parcel")
    sub.add_argument("--processes", type=int, default=2, help="encoders at a time")
    sub.add_argument("--rooms", type=int, default=300, help="rooms to simulate, for the first parcel")

    sub = command(
        "prepare",
        "decode recordings into a cache",
        "Decodes folders in Speech Commands layout, or with a manifest.csv, into one cache, and lists bad clips.",
    )
    sub.add_argument("folders", type=Path, nargs="+", help="folders of recordings")
    cache_option(sub)
    sub.add_argument("--processes", type=int, default=2, help="decoders at a time")
    sub.add_argument("--rooms", type=int, default=400, help="rooms to simulate")
    sub.add_argument("--no-codecs", action="store_true", help="no coded copies of words: windows of a GPU have their own")
    sub.add_argument(
        "--measured-only", action="store_true", help="without training clips: what a run is measured on that trains on parcels"
    )


def add_training(command) -> None:
    sub = command(
        "train",
        "train on a cache",
        "Trains, with a checkpoint an epoch; started again on the same --run it goes on where it stopped.",
    )
    cache_option(sub)
    run_option(sub)
    workers_options(sub)
    sub.add_argument("--start", type=Path, metavar="RUN", help="begin with the weights of this run, instead of new ones")
    sub.add_argument("--mlflow", metavar="URI", help="track in MLflow: a folder, or the address of a server")

    sub = command(
        "pair",
        "train a network and a second look, windows made on the device",
        "Trains two networks on the same windows for some seconds, with a checkpoint a minute; goes on where it stopped.",
    )
    source = sub.add_mutually_exclusive_group(required=True)
    cache_option(source, required=False)
    source.add_argument("--parcels", type=Path, help="folder of parcels; those with a file `ready` in them are read, at any time")
    run_option(sub)
    sub.add_argument("--start", type=Path, metavar="MODEL", help="model folder with whose weights the first network begins")
    sub.add_argument("--processes", type=int, default=8, help="decoders of parcels")
    sub.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="change the recipe, as seconds=600; repeatable"
    )

    sub = command(
        "blend",
        "weights between a run and the model that it began with",
        "Writes a folder for `pair --start`: a part of the weights of a run, the rest of the model that it began with.",
    )
    run_option(sub)
    sub.add_argument("--model", type=Path, required=True, help="model folder that the run began with")
    sub.add_argument("--part", type=float, default=0.7, help="of the run, 0 to 1")
    sub.add_argument("--out", type=Path, required=True, help="folder to write")

    sub = command(
        "align",
        "find where the words of transcribed English speech are",
        "Writes a table of words of the speech in parcels, for `own-words`. The aligner is pocketsphinx.",
    )
    sub.add_argument("--parcel", type=Path, action="append", required=True, help="parcel of `pack`; give several")
    sub.add_argument("--out", type=Path, required=True, help="table to write")
    sub.add_argument("--processes", type=int, default=2, help="aligners at a time")

    sub = command(
        "own-words",
        "give a model the embedding that words of one's own stand on",
        "Writes a version of a model to which words can be taught (`attune enroll`): a projection for each network, learned from"
        " the words of transcribed English speech where an aligner finds them, and a bank of speech and noise. What the"
        " model hears stays what it was.",
    )
    cache_option(sub)
    sub.add_argument("--model", type=Path, required=True, help="model folder")
    sub.add_argument("--parcel", type=Path, action="append", required=True, help="parcel of `pack`; give several, the first one first")
    sub.add_argument("--words", type=Path, required=True, help="table of `align`")
    sub.add_argument("--version", required=True, help="version of the model that is written")
    sub.add_argument("--out", type=Path, required=True, help="model folder to write")
    sub.add_argument("--processes", type=int, default=2, help="decoders at a time")

    sub = command(
        "ablate",
        "measure what each piece of the recipe buys",
        "Trains a short run of the recipe, and one without each main piece, and writes ablations.csv.",
    )
    cache_option(sub)
    sub.add_argument("--out", type=Path, required=True, help="folder for the runs and ablations.csv")
    sub.add_argument("--epochs", type=int, default=12, help="epochs of each run")
    sub.add_argument("--only", action="append", metavar="PIECE", help="only without this piece (and whole); repeatable")
    workers_options(sub)


def add_export(command) -> None:
    sub = command(
        "evaluate",
        "measure a trained run",
        "Measures the best checkpoint: accuracy, temperature, thresholds, false alarms and misses. Prints JSON.",
    )
    cache_option(sub)
    run_option(sub)

    sub = command(
        "export",
        "write the model folder",
        "Measures a run and writes its model folder with a model card, or writes a registered version as it is.",
    )
    cache_option(sub, required=False)
    source = sub.add_mutually_exclusive_group(required=True)
    run_option(source, required=False)
    source.add_argument("--mlflow-run", metavar="ID", help="a run tracked in MLflow, instead of a folder")
    source.add_argument("--registered", metavar="NAME/NUMBER", help="a version of MLflow's registry, such as commands/3")
    sub.add_argument("--mlflow", metavar="URI", help="where MLflow is: a folder, or the address of a server")
    sub.add_argument("--out", type=Path, help="model folder to write (default: model in the run's folder)")
    sub.add_argument("--name", default="commands", help="name in model.json")
    sub.add_argument("--version", default="1.0.0", help="version in model.json")
    results_options(sub)

    sub = command(
        "export-pair",
        "write the model folder of two networks",
        "Measures two networks, alone and together, fits curves and thresholds, and writes the model folder of both.",
    )
    cache_option(sub)
    sub.add_argument("--first", type=Path, required=True, metavar="FOLDER", help="run or model of the network that listens")
    sub.add_argument("--second", type=Path, required=True, metavar="FOLDER", help="run or model of the second look")
    sub.add_argument("--scratch", type=Path, required=True, help="folder in which what was heard is kept")
    sub.add_argument("--out", type=Path, required=True, help="model folder to write")
    sub.add_argument("--name", default="commands", help="name in model.json")
    sub.add_argument("--version", required=True, help="version in model.json")
    sub.add_argument("--processes", type=int, default=2, help="listeners at a time")
    sub.add_argument("--self-test", type=Path, metavar="FOLDER", help="synthetic voices, of which one becomes the model's clip")
    sub.add_argument("--second-story", metavar="TEXT", help="how the second network came to be, for the card, if no run says")
    results_options(sub)

    sub = command("curves", "draw the curves of a run", "Draws loss, accuracy, learning rate, false alarms and misses.")
    help = "folder of the run; again for a run that was begun with its weights"
    sub.add_argument("--run", type=Path, action="append", required=True, help=help)
    sub.add_argument("--out", type=Path, required=True, help="file to write: .svg, .png or .pdf")


def add_tracking(command) -> None:
    sub = command("register", "put an exported run into MLflow's registry", "Adds a new version of a model, and prints it.")
    run_option(sub)
    sub.add_argument("--model", type=Path, help="its exported model folder (default: model in the run's folder)")
    sub.add_argument("--mlflow", metavar="URI", required=True, help="a folder, or the address of a server")
    sub.add_argument("--name", default="commands", help="name in the registry")

    sub = command(
        "tracking-server", "serve MLflow on this machine", "Runs an MLflow server on 127.0.0.1 until it is interrupted."
    )
    sub.add_argument("--folder", type=Path, required=True, help="what --mlflow takes without a server")
    sub.add_argument("--port", type=int, default=5000, help="port on 127.0.0.1")
