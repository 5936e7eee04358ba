"""`attuned-training`: from recordings to a model folder that attuned runs.

The steps, in order: synthesize, prepare, train, evaluate, export. Each says what it needs when that is missing.
"""

import argparse
import dataclasses
import json
import sys
from pathlib import Path

from . import __version__

DESCRIPTION = """\
From recordings to a model folder that attuned runs:

  attuned-training synthesize --out synthetic
  attuned-training prepare --cache cache SPEECH_COMMANDS_FOLDER synthetic
  attuned-training train --cache cache --run run
  attuned-training evaluate --cache cache --run run
  attuned-training export --cache cache --run run --out Config/models/commands/0.1.0
"""


def synthesize(arguments: argparse.Namespace) -> None:
    from .synthesis import synthesize as write_clips

    count = write_clips(arguments.out, arguments.seed, arguments.espeak, arguments.other_espeak, arguments.processes)
    print(f"{count} clips in {arguments.out}")


def prepare(arguments: argparse.Namespace) -> None:
    from .cache import prepare as fill_cache

    clips = fill_cache(arguments.folders, arguments.cache, arguments.processes)
    print(f"{len(clips)} clips in {arguments.cache}")


def train(arguments: argparse.Namespace) -> None:
    from .cache import Cache
    from .recipe import Recipe, with_changes
    from .run import Run
    from .tracking import MLflowTracker

    recipe = with_changes(Recipe(), arguments.set)
    tracker = MLflowTracker(arguments.mlflow) if arguments.mlflow else None
    Run(Cache(arguments.cache), arguments.run, recipe, arguments.workers, arguments.threads, tracker).train()


def evaluate(arguments: argparse.Namespace) -> None:
    from .cache import Cache
    from .report import measure

    print(json.dumps(measure(Cache(arguments.cache), arguments.run), indent=2))


def export(arguments: argparse.Namespace) -> None:
    from .cache import Cache
    from .report import export_run

    export_run(Cache(arguments.cache), arguments.run, arguments.out, arguments.name, arguments.version)
    print(f"wrote {arguments.out}")


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        "attuned-training", description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    top.add_argument("--version", action="version", version=__version__)
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, function, summary: str) -> argparse.ArgumentParser:
        defaults = argparse.ArgumentDefaultsHelpFormatter
        sub = commands.add_parser(name, help=summary, description=function_help[name], formatter_class=defaults)
        sub.set_defaults(function=function)
        return sub

    function_help = {
        "synthesize": "Speaks every keyword, and other words and phrases, with espeak-ng, flite and festival.",
        "prepare": "Decodes folders in Speech Commands layout (or with a manifest.csv) into one cache.",
        "train": "Trains, with a checkpoint an epoch; started again on the same --run it goes on where it stopped.",
        "evaluate": "Measures the last checkpoint: validation accuracy, temperature, thresholds, false alarms.",
        "export": "Measures the last checkpoint and writes the model folder with its model card.",
    }
    cache_help = "folder of the prepared cache"
    run_help = "folder of the training run: checkpoint.pt and log.jsonl"

    sub = command("synthesize", synthesize, "make clips with speech synthesizers")
    sub.add_argument("--out", type=Path, required=True, help="folder for the clips and their manifest.csv")
    sub.add_argument("--espeak", type=int, default=45, help="random espeak-ng voices for a keyword")
    sub.add_argument("--other-espeak", type=int, default=9, help="random espeak-ng voices for another word")
    sub.add_argument("--seed", type=int, default=1, help="seed of the choice of voices")
    sub.add_argument("--processes", type=int, default=2, help="synthesizers at a time")

    sub = command("prepare", prepare, "decode recordings into a cache")
    sub.add_argument("folders", type=Path, nargs="+", help="folders of recordings")
    sub.add_argument("--cache", type=Path, required=True, help=cache_help)
    sub.add_argument("--processes", type=int, default=2, help="decoders at a time")

    sub = command("train", train, "train on a cache")
    sub.add_argument("--cache", type=Path, required=True, help=cache_help)
    sub.add_argument("--run", type=Path, required=True, help=run_help)
    sub.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="change the recipe, as words.epochs=20; repeatable"
    )
    sub.add_argument("--mlflow", metavar="URI", help="track in MLflow: a folder, or the address of a server")
    sub.add_argument("--workers", type=int, default=1, help="processes that make windows")
    sub.add_argument("--threads", type=int, default=1, help="threads of the network's own arithmetic")

    for name, function, summary in (
        ("evaluate", evaluate, "measure a trained run"),
        ("export", export, "write the model folder"),
    ):
        sub = command(name, function, summary)
        sub.add_argument("--cache", type=Path, required=True, help=cache_help)
        sub.add_argument("--run", type=Path, required=True, help=run_help)
        if name == "export":
            sub.add_argument("--out", type=Path, required=True, help="model folder to write")
            sub.add_argument("--name", default="commands", help="name in model.json")
            sub.add_argument("--version", default="0.1.0", help="version in model.json")
    return top


def main() -> int:
    from .data import DataError
    from .synthesis import SynthesisError

    arguments = parser().parse_args()
    try:
        arguments.function(arguments)
    except (DataError, SynthesisError, FileNotFoundError) as error:
        print(f"attuned-training: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("attuned-training: interrupted", file=sys.stderr)
        return 130
    return 0
