"""What a benchmark found: figures with their floors, and the limits that they should keep."""
import dataclasses
import json


@dataclasses.dataclass
class Figure:
    """`value` None: it could not be measured, `note` says why. `floor`: what the same must cost in any case, in the same unit."""
    name: str
    value: float | None
    unit: str
    floor: float | None = None
    note: str = ""

    @property
    def ratio(self):
        return None if self.value is None or not self.floor else self.value / self.floor

    def line(self):
        return json.dumps({"name": self.name, "value": rounded(self.value), "unit": self.unit, "floor": rounded(self.floor),
                           "ratio": rounded(self.ratio), "note": self.note}, ensure_ascii=False)


@dataclasses.dataclass
class Limit:
    """`reached` may be at most `most` (at least, where that is said)."""
    what: str
    reached: float
    most: float
    at_least: bool = False

    @property
    def kept(self):
        return self.reached >= self.most if self.at_least else self.reached <= self.most

    def __str__(self):
        sign = "≥" if self.at_least else "≤"
        return f"{shown(self.reached)} {sign} {shown(self.most)} {self.what}: {'ok' if self.kept else 'SHORT'}"


def shown(number):
    return f"{number:,.0f}" if number >= 100 else f"{number:.3f}".rstrip("0").rstrip(".")


def rounded(value):
    """Four digits that say something."""
    return None if value is None else float(f"{value:.4g}")


class Results:
    """Figures and limits of a run, in the order in which they came."""

    def __init__(self):
        self.figures = []
        self.limits = []

    def add(self, figure, *limits):
        """Limits are those of this figure; their outcome becomes its note."""
        figure.note = "; ".join(filter(None, [figure.note, *map(str, limits)]))
        self.figures.append(figure)
        self.limits += [(figure.name, limit) for limit in limits]
        return figure

    def print_limits(self):
        short = [(name, limit) for name, limit in self.limits if not limit.kept]
        print(f"\n{len(self.limits) - len(short)} of {len(self.limits)} limits are kept")
        for name, limit in short:
            print(f"short: {name}: {limit}")

    def write(self, path):
        path.write_text("".join(f"{figure.line()}\n" for figure in self.figures), encoding="utf-8")


def table(rows):
    """Rows of cells; the first column and the last to the left, the others to the right. The first row is the head."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        cells = [f"{cell:<{width}}" if i in (0, len(widths) - 1) else f"{cell:>{width}}"
                 for i, (cell, width) in enumerate(zip(row, widths))]
        print("  ".join(cells).rstrip(), flush=True)
