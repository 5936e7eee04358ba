"""Tables and percentages of the model card."""


def table(head: list[str], rows: list[list]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines) + "\n"


def percent(part: float | None, digits: int = 1) -> str:
    return "-" if part is None else f"{100 * part:.{digits}f} %"
