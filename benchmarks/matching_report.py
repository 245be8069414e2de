"""The table of the matching benchmark, and its aims with what was measured."""

from __future__ import annotations

from typing import Any, NamedTuple

from rich.table import Table
from rich.text import Text

from benchmarks.children import Failed
from benchmarks.kernel_costs import SingleCalls, Start, Steady
from benchmarks.measure import Figures
from benchmarks.mixes import FUTURES, LARGE

KERNEL, BASELINE = "kernel, batches of 1,000", "plain C++ (baseline.cpp), same batches"


class Line(NamedTuple):
    """One engine on one mix.

    ratio: its rate by that of the C++ book. inside: whether its times are of one command inside a batch
    call; else of one call from Python.
    """

    engine: str
    figures: Figures | Failed
    ratio: float | None
    inside: bool = False


class Section(NamedTuple):
    """One mix: its words, the orders alive at its end, its lines."""

    name: str
    text: str
    live: int
    lines: list[Line]

    def line(self, engine: str) -> Line | None:
        """Return an engine's line where it has figures."""
        for line in self.lines:
            if line.engine == engine and isinstance(line.figures, Figures):
                return line
        return None


class Costs(NamedTuple):
    """What was measured beside the mixes; the starts are None where they were left out."""

    calls: SingleCalls
    steady: Steady
    cold: Start | None
    cached: Start | None


class Aim(NamedTuple):
    """One aim: what was measured, and whether that meets it; None: not measured here."""

    text: str
    measured: str
    met: bool | None


def table(sections: list[Section]) -> Table:
    """Lay all mixes out in one table."""
    shown = Table(box=None, pad_edge=False, title_justify="left", header_style="bold")
    shown.add_column("engine", min_width=38)
    for heading in (
        "messages",
        "M msg/s",
        "M rows/s",
        "× C++",
        "p50 ns",
        "p99",
        "p99.9",
        "B/order",
    ):
        shown.add_column(heading, justify="right")
    shown.add_column("stream", no_wrap=True, overflow="ellipsis", min_width=12)
    for section in sections:
        shown.add_row()
        shown.add_row(Text(f"{section.name}: {section.live:,} live", style="bold"))
        for line in section.lines:
            shown.add_row(*_cells(line))
    return shown


def _cells(line: Line) -> list[str]:
    figures = line.figures
    if isinstance(figures, Failed):
        return [line.engine, *[""] * 8, figures]
    spread = ["", "", ""]
    if figures.ns is not None:
        spread = [f"{value:,.0f}" for value in figures.ns]
        spread[0] = spread[0] if line.inside else f"call {spread[0]}"
    return [
        line.engine,
        f"{figures.messages:,}",
        f"{figures.rate_per_s / 1e6:.3g}",
        "" if figures.events_per_s is None else f"{figures.events_per_s / 1e6:.3g}",
        "" if line.ratio is None else f"{line.ratio:.2g}",
        *spread,
        "" if figures.order_bytes is None else f"{figures.order_bytes:.0f}",
        figures.stream,
    ]


def costs_table(costs: Costs) -> Table:
    """Lay out what is not of one mix."""
    shown = Table(box=None, pad_edge=False, header_style="bold")
    shown.add_column("around the kernel", min_width=38)
    shown.add_column("")
    calls, steady = costs.calls, costs.steady
    shown.add_row(
        "one call from Python, tight loop",
        f"submit {calls.submit_ns:.0f} ns, cancel {calls.cancel_ns:.0f} ns",
    )
    for name, start in (("cold start: compiles", costs.cold), ("cached start", costs.cached)):
        if start is not None:
            shown.add_row(
                name,
                f"import {start.import_s:.2f} s, first batch {start.batch_s:.2f} s,"
                f" first single calls {start.single_s:.2f} s",
            )
    shown.add_row(
        f"allocation over {steady.batches:,} warm batches",
        f"{steady.kept_bytes} bytes kept, at most {steady.passing_bytes:,} at one time,"
        f" arrays {'replaced' if steady.moved else 'in place'}",
    )
    return shown


def aims(sections: list[Section], costs: Costs) -> list[Aim]:
    """Judge the measured values; nothing is judged from a mix that was left out."""
    by_name = {section.name: section for section in sections}
    found = []
    for mix in (FUTURES, LARGE):
        section = by_name.get(mix.name)
        line = None if section is None else section.line(KERNEL)
        ratio = None if line is None else line.ratio
        for floor in (0.9, 0.6):
            met = None if ratio is None else ratio >= floor
            measured = "" if ratio is None else f"{ratio:.2f}"
            found.append(Aim(f"{mix.name}: ≥ {floor} × the C++ book", measured, met))
        if mix is FUTURES:
            found.append(_spread_aim(mix.name, line))
        else:
            found.append(_bytes_aim(line))
    slowest_ns = max(costs.calls)
    found.append(Aim("one call from Python ≤ 500 ns", f"{slowest_ns:.0f}", slowest_ns <= 500))
    for name, start, limit_s in (("cached", costs.cached, 0.6), ("cold", costs.cold, 10.0)):
        measured = "" if start is None else f"{start.kernel_s:.2f}"
        met = None if start is None else start.kernel_s <= limit_s
        found.append(Aim(f"{name} start of the kernel ≤ {limit_s:g} s", measured, met))
    steady = costs.steady
    found.append(
        Aim(
            "no allocation in steady state",
            f"{steady.kept_bytes} bytes kept",
            steady.kept_bytes == 0 and not steady.moved,
        )
    )
    return found


def _spread_aim(name: str, line: Line | None) -> Aim:
    text = f"{name}: p99 of one command ≤ 6 × p50"
    if line is None or isinstance(line.figures, Failed) or line.figures.ns is None:
        return Aim(text, "", None)
    p50_ns, p99_ns, _ = line.figures.ns
    return Aim(text, f"{p99_ns / p50_ns:.1f}", p99_ns <= 6 * p50_ns)


def _bytes_aim(line: Line | None) -> Aim:
    text = "a resting order ≤ 96 bytes"
    if line is None or isinstance(line.figures, Failed) or line.figures.order_bytes is None:
        return Aim(text, "", None)
    return Aim(text, f"{line.figures.order_bytes:.0f}", line.figures.order_bytes <= 96)


def footer(found: list[Aim]) -> Text:
    """Return the aims as lines: met, MISSED or not measured."""
    words = {True: ("met", "green"), False: ("MISSED", "red"), None: ("not measured", "dim")}
    shown = Text("aims\n", style="bold")
    for aim in found:
        word, style = words[aim.met]
        measured = f" ({aim.measured})" if aim.measured else ""
        shown.append(f"  {word:12}", style=style)
        shown.append(f" {aim.text}{measured}\n", style="not bold")
    return shown


def as_json(section: Section) -> dict[str, Any]:
    """Return a section as it is kept."""
    lines = []
    for line in section.lines:
        kept: dict[str, Any] = {"engine": line.engine, "ratio": line.ratio, "inside": line.inside}
        if isinstance(line.figures, Failed):
            kept["failure"] = str(line.figures)
        else:
            kept.update(line.figures._asdict())
        lines.append(kept)
    return {"text": section.text, "live": section.live, "lines": lines}
