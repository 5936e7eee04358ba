"""`attuned-training`: from recordings to a model folder that attuned runs.

Each command says what it needs when that is missing, on one line and with exit code 1.
"""

import os
import sys
import tempfile
from argparse import Namespace
from pathlib import Path

from .errors import TrainingError, free_megabytes, out_of_space
from .options import parser


def synthesize(arguments: Namespace) -> None:
    from .synthesis import synthesize as write_clips

    count = write_clips(arguments.out, arguments.seed, arguments.espeak, arguments.other_espeak, arguments.processes)
    print(f"{count} clips in {arguments.out}")


def sounds(arguments: Namespace) -> None:
    from .sounds import write_sounds

    count = write_sounds(arguments.out, arguments.each, arguments.seed, arguments.packages)
    print(f"{count} sounds in {arguments.out}")


def near_words(arguments: Namespace) -> None:
    from .data import list_rows
    from .near_words import common_words, near_words as find
    from .words import WAKE_WORDS

    texts = [row.get("text") or "" for folder in arguments.folders for row in list_rows(folder)]
    for near in find(WAKE_WORDS, common_words(texts), arguments.each, arguments.pairs):
        print(near.text)


def cut_words(arguments: Namespace) -> None:
    from .cut_words import cut_words as write_words
    from .words import SCARCE_COMMANDS

    words = arguments.word or SCARCE_COMMANDS
    counts, failed = write_words(arguments.folders, arguments.out, words, arguments.processes)
    print(f"in {arguments.out}: " + ", ".join(f"{count} {word}" for word, count in counts.items()))
    if failed:
        print(f"left out: {failed} utterances that could not be read, or do not fit their transcript")


def pack(arguments: Namespace) -> None:
    from .parcels import pack as write_parcels

    how = arguments.megabytes, arguments.processes, arguments.rooms
    parcels = write_parcels(arguments.folders, arguments.out, *how)
    print(f"{len(parcels)} parcels in {arguments.out}")


def prepare(arguments: Namespace) -> None:
    from .cache import prepare as fill_cache

    how = {"codecs": not arguments.no_codecs, "measured_only": arguments.measured_only}
    clips = fill_cache(arguments.folders, arguments.cache, arguments.processes, arguments.rooms, **how)
    print(f"{len(clips)} clips in {arguments.cache}")


def train(arguments: Namespace) -> None:
    from .cache import Cache
    from .recipe import Recipe, with_changes
    from .run import Run
    from .tracking import MLflowTracker

    recipe = with_changes(Recipe(), arguments.set)
    cache = Cache(arguments.cache)
    tracker = MLflowTracker(arguments.mlflow) if arguments.mlflow else None
    Run(cache, arguments.run, recipe, arguments.workers, arguments.threads, tracker, arguments.start).train()


def pair(arguments: Namespace) -> None:
    from .pair import PairRecipe, train_pair
    from .recipe import with_changes

    recipe = with_changes(PairRecipe(), arguments.set)
    processes = arguments.processes if arguments.parcels else 0
    train_pair(arguments.parcels or arguments.cache, arguments.run, recipe, arguments.start, processes)
    print(f"wrote {arguments.run / 'first'}" + (f" and {arguments.run / 'second'}" if recipe.networks > 1 else ""))


def blend(arguments: Namespace) -> None:
    from .blend import blend as write_weights

    write_weights(arguments.run, arguments.model, arguments.part, arguments.out)
    print(f"wrote {arguments.out}")


def align(arguments: Namespace) -> None:
    from .own_words import align_words

    print(f"{align_words(arguments.parcel, arguments.out, arguments.processes)} words in {arguments.out}")


def own_words(arguments: Namespace) -> None:
    from .own_words import add_own_words

    what = arguments.model, arguments.parcel, arguments.words, arguments.cache, arguments.out, arguments.version
    add_own_words(*what, arguments.processes)
    print(f"wrote {arguments.out}")


def evaluate(arguments: Namespace) -> None:
    import json

    from .cache import Cache
    from .checkpoint import load_trained
    from .report import measure

    cache = Cache(arguments.cache)
    mfcc, network, _ = load_trained(arguments.run)
    print(json.dumps(measure(cache, mfcc, network).to_json(), indent=2))


def found_for_card(arguments: Namespace, cache) -> dict:
    """What `results_options` name, as fields of a `Model`."""
    from . import ablation
    from .export import held_out_paths, read_evaluations, read_plots

    return {
        "evaluations": read_evaluations(arguments.results),
        "ablations": ablation.read(arguments.ablations) if arguments.ablations else [],
        "held_out": held_out_paths(cache, arguments.recordings),
        "plots": read_plots(arguments.plots) if arguments.plots else {},
    }


def export_pair(arguments: Namespace) -> None:
    from .cache import Cache
    from .pair_export import export_pair as write_model

    more = found_for_card(arguments, Cache(arguments.cache))
    places = arguments.first, arguments.second, arguments.scratch, arguments.out
    named = arguments.name, arguments.version, arguments.second_story, arguments.self_test
    write_model(arguments.cache, *places, *named, arguments.processes, **more)
    print(f"wrote {arguments.out}")


def export(arguments: Namespace) -> None:
    from .cache import Cache
    from .export import ExportError, export_run

    out = arguments.out or (arguments.run / "model" if arguments.run else None)
    if out is None:
        raise ExportError("say where to: --out FOLDER")
    if arguments.mlflow_run or arguments.registered:
        from .registry import fetch_run, fetch_version

        if not arguments.mlflow:
            raise ExportError("say where MLflow is: --mlflow FOLDER or --mlflow http://127.0.0.1:5000")
    if arguments.registered:
        fetch_version(arguments.mlflow, arguments.registered, out)
        return print(f"wrote {out}")
    if not arguments.cache:
        raise ExportError("a run is measured before it is exported: --cache FOLDER")
    cache = Cache(arguments.cache)
    more = found_for_card(arguments, cache)
    with tempfile.TemporaryDirectory() as folder:
        run = arguments.run or fetch_run(arguments.mlflow, arguments.mlflow_run, Path(folder))
        export_run(cache, run, out, arguments.name, arguments.version, **more)
    print(f"wrote {out}")


def curves(arguments: Namespace) -> None:
    from .curves import plot_curves

    print(f"wrote {plot_curves(arguments.run, arguments.out)}")


def ablate(arguments: Namespace) -> None:
    from .ablation import ablate as run_all
    from .cache import Cache

    cache, settings = Cache(arguments.cache), (arguments.workers, arguments.threads)
    run_all(cache, arguments.out, arguments.epochs, arguments.set, arguments.only, *settings)
    print(f"wrote {arguments.out / 'ablations.csv'}")


def register(arguments: Namespace) -> None:
    from .registry import register as add_version

    model = arguments.model or arguments.run / "model"
    version = add_version(arguments.run, model, arguments.mlflow, arguments.name)
    print(f"registered {arguments.name}/{version}")


def tracking_server(arguments: Namespace) -> int:
    from .registry import serve

    return serve(arguments.folder, arguments.port)


COMMANDS = {
    "synthesize": synthesize,
    "sounds": sounds,
    "near-words": near_words,
    "cut-words": cut_words,
    "pack": pack,
    "prepare": prepare,
    "train": train,
    "pair": pair,
    "blend": blend,
    "align": align,
    "own-words": own_words,
    "evaluate": evaluate,
    "export": export,
    "export-pair": export_pair,
    "curves": curves,
    "ablate": ablate,
    "register": register,
    "tracking-server": tracking_server,
}


def main(words: list[str] | None = None) -> int:
    # Threads that wait for work by spinning would take the cores from those that make windows.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    os.environ.setdefault("GOMP_SPINCOUNT", "0")
    arguments = parser().parse_args(words)
    try:
        return COMMANDS[arguments.command](arguments) or 0
    except TrainingError as error:
        return complain(str(error))
    except KeyboardInterrupt:
        complain("interrupted; nothing is lost: run the same command again")
        return 130
    except (OSError, RuntimeError) as error:
        if out_of_space(error):
            where = target(arguments)
            free = f"{free_megabytes(where)} MB free at {where}"
            return complain(f"no space left ({free}): make space and run the same command again")
        if isinstance(error, OSError):
            return complain(f"{error.filename or arguments.command}: {error.strerror or error}")
        raise


def target(arguments: Namespace) -> Path:
    """Where a command writes."""
    for name in ("out", "run", "cache", "folder"):
        if path := getattr(arguments, name, None):
            return path
    return Path()


def complain(text: str) -> int:
    print(f"attuned-training: {text}", file=sys.stderr)
    return 1
