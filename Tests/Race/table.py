"""The tables that a person reads, and the same for a program."""

from collections.abc import Iterable
from dataclasses import dataclass

from contestants import Contestant, Run
from scoring import Score, poisson_rate, wilson


@dataclass
class Result:
    """One contestant, and its score in each condition."""

    contestant: Contestant
    run: Run
    scores: dict[str, Score]


def aligned(rows: list[list[str]]) -> str:
    """A Markdown table, the first row being its head, that can be read as it is."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:]])


def missed(score: Score, words: Iterable[str]) -> str:
    count, said = score.missed(words)
    if said == 0:
        return "-"
    lower, upper = wilson(count, said)
    return f"{100 * count / said:.1f} % ({100 * lower:.1f}-{100 * upper:.1f}), {count}/{said}"


def false_alarms(score: Score, words: list[str]) -> str:
    count, hours = score.false_alarms(words)
    if hours == 0:
        return "-"
    lower, upper = poisson_rate(count, hours)
    return f"{count / hours:.2f} ({lower:.2f}-{upper:.2f}), {count}"


def main_table(results: list[Result]) -> str:
    """A row for each contestant: everything over the words that it can hear."""
    conditions = list(results[0].scores)
    head = ["", "setting", "hears"]
    head += [f"missed {name}" for name in conditions] + [f"false alarms an hour {name}" for name in conditions]
    rows = [[*head, "CPU a second", "resident"]]
    for result in results:
        words, scores = result.run.words, result.scores.values()
        rows.append(
            [
                result.contestant.name,
                result.contestant.setting,
                words[0] if len(words) == 1 else str(len(words)),
                *(missed(score, words) for score in scores),
                *(false_alarms(score, words) for score in scores),
                f"{result.run.milliseconds_per_second:.2f} ms",
                f"{result.run.resident_mb:.0f} MB",
            ]
        )
    return aligned(rows)


def word_table(results: list[Result], words: list[str]) -> str:
    """A row for each contestant, a column for each wake word: missed in each condition of how many, and false alarms in
    all of them; "-" where it does not know the word."""
    rows = [["", "setting", *words]]
    for result in results:
        row = [result.contestant.name, result.contestant.setting]
        for word in words:
            if word not in result.run.words:
                row.append("-")
                continue
            scores = result.scores.values()
            counts = " and ".join(str(score.missed([word])[0]) for score in scores)
            alarms = sum(score.alarms[word] for score in scores)
            said = next(iter(scores)).said[word]
            row.append(f"{counts} of {said}, {alarms}")
        rows.append(row)
    return aligned(rows)


def as_json(result: Result, words: list[str]) -> dict:
    """Counts, rates and intervals of one contestant, and where its false alarms are."""
    run = result.run
    conditions = {}
    for name, score in result.scores.items():
        count, said = score.missed(run.words)
        alarms, hours = score.false_alarms(run.words)
        conditions[name] = {
            "said": said,
            "missed": count,
            "missed_interval": wilson(count, said),
            "false_alarms": alarms,
            "hours": round(hours, 4),
            "false_alarms_an_hour_interval": poisson_rate(alarms, hours) if hours else None,
            "by_word": {
                word: {"said": score.said[word], "missed": score.missed([word])[0], "false_alarms": score.alarms[word]}
                for word in words
                if word in run.words
            },
            "false_alarm_places": score.places,
        }
    return {
        "name": result.contestant.name,
        "setting": result.contestant.setting,
        "words": run.words,
        "cpu_ms_per_second": round(run.milliseconds_per_second, 3),
        "resident_mb": round(run.resident_mb, 1),
        "conditions": conditions,
    }
