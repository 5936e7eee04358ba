"""The curves of a run, or of several that follow each other: what `log.jsonl` says, drawn."""

from pathlib import Path

from .errors import TrainingError
from .run_folder import read_log

SUFFIXES = {".svg", ".png", ".pdf"}


class PlotError(TrainingError):
    """Curves that cannot be drawn."""


def plot_curves(runs: list[Path], out: Path) -> Path:
    """Loss, accuracy, learning rate, false alarms and misses by epoch, all runs in one row; SVG, PNG or PDF."""
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise PlotError("matplotlib is not installed; try: pip install 'attuned-training[plots]'") from error
    if out.suffix not in SUFFIXES:
        raise PlotError(f"{out}: the name must end in one of {' '.join(sorted(SUFFIXES))}")
    rows = []
    for run in runs:
        found = read_log(run)
        if not found:
            raise PlotError(f"no epochs in {run / 'log.jsonl'}; train one with: attuned-training train --run {run}")
        before = rows[-1]["epoch"] if rows else 0
        rows += [row | {"epoch": before + row["epoch"]} for row in found]
    if not out.absolute().parent.is_dir():
        raise PlotError(f"no such folder: {out.absolute().parent}")
    figure = Figure(figsize=(10, 7), layout="constrained")
    axes = figure.subplots(2, 2)
    draw_loss(axes[0, 0], rows)
    draw_accuracy(axes[0, 1], rows)
    draw_line(axes[1, 0], rows, "learning_rate", "learning rate at the end of the epoch")
    axes[1, 0].set_ylim(bottom=0)
    draw_streams(axes[1, 1], rows)
    for axis in axes.flat[:3]:
        mark_stages(axis, rows)
    for axis in axes.flat:
        axis.grid(alpha=0.25)
        axis.spines[["top", "right"]].set_visible(False)
        axis.margins(x=0.02)
        axis.xaxis.get_major_locator().set_params(integer=True)
    for axis in axes[1]:
        axis.set_xlabel("epoch")
    names = ", ".join(run.resolve().name for run in runs)
    figure.suptitle(f"{names}: {len(rows)} epochs, {sum(row['seconds'] for row in rows) / 3600:.1f} h")
    figure.savefig(out, dpi=110)
    return out


def series(rows: list[dict], name: str) -> tuple[list[int], list[float]]:
    """Epochs and values of the rows that have one."""
    found = [(row["epoch"], row[name]) for row in rows if name in row]
    return [epoch for epoch, _ in found], [value for _, value in found]


def draw_line(axis, rows: list[dict], name: str, title: str, scale: float = 1, label: str | None = None, **style) -> None:
    epochs, values = series(rows, name)
    if epochs:
        style = {"marker": "o" if len(epochs) < 30 else None, "markersize": 3} | style
        axis.plot(epochs, [scale * value for value in values], label=label, **style)
    axis.set_title(title, fontsize=10, loc="left")


def draw_loss(axis, rows: list[dict]) -> None:
    title = "loss (training: augmented, smoothed labels)"
    draw_line(axis, rows, "loss", title, label="training")
    draw_line(axis, rows, "calibration_loss", title, label="calibration words")
    axis.set_ylim(bottom=0)
    axis.legend(frameon=False, fontsize=9)


def draw_accuracy(axis, rows: list[dict]) -> None:
    title = "accuracy, %"
    draw_line(axis, rows, "training_accuracy", title, 100, "training windows")
    draw_line(axis, rows, "calibration_accuracy", title, 100, "calibration words")
    axis.set_ylim(0, 100)
    axis.legend(frameon=False, fontsize=9)


def draw_streams(axis, rows: list[dict]) -> None:
    """False alarms on the left scale, misses on the right; empty before the second stage."""
    title = "wake words on calibration streams"
    alarms, missed = "wake_word_false_alarms_per_hour", "wake_word_miss_rate"
    draw_line(axis, rows, alarms, title, label="false alarms an hour at 0.5", color="tab:red")
    if not series(rows, alarms)[0]:
        axis.text(0.5, 0.5, "measured from the second stage on", ha="center", transform=axis.transAxes, color="gray")
        axis.set_xticks([])
        axis.set_yticks([])
        return
    axis.set_ylim(bottom=0)
    axis.set_ylabel("false alarms an hour", color="tab:red")
    right = axis.twinx()
    draw_line(right, rows, missed, "", 100, "missed at the budget, %", color="tab:purple")
    right.set_ylim(bottom=0)
    right.set_ylabel("missed, %", color="tab:purple")
    right.spines["top"].set_visible(False)
    handles = [*axis.get_lines(), *right.get_lines()]
    axis.legend(handles, [line.get_label() for line in handles], frameon=False, fontsize=9, loc="best")


def mark_stages(axis, rows: list[dict]) -> None:
    """A line where the second stage begins."""
    second = [row["epoch"] for row in rows if row.get("stage") == "streams"]
    if second and second[0] > 1:
        axis.axvline(second[0] - 0.5, color="gray", linestyle=":", linewidth=1)
