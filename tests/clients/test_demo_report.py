"""The last tables: what is told with and without the exchange."""

from __future__ import annotations

import io

from rich.console import Console
from rich.table import Table

from clients.demo_report import hedgers_table, outcome
from clients.participants.outcome import Outcome
from clients.trader import Report


def printed(table: Table) -> str:
    console = Console(file=io.StringIO(), width=200, record=True)
    console.print(table)
    return console.export_text()


def kept(prefix: str = "") -> Report:
    """A hedger whose futures take away what its business loses, day by day."""
    life = Outcome("cloud-1", "neocloud", 10**12)
    for day, spot in enumerate((1_000, -5_000, 3_000, -2_000)):
        life.record(day, spot * 10**6, -spot * 10**6 // 2, 10**9, 10**6)
    figures = {prefix + name: figure for name, figure in life.figures().items()}
    without = {prefix + name: figure for name, figure in life.counterfactual().items()}
    return Report("cloud-1", "neocloud", figures, without)


def test_a_hedger_stands_beside_its_life_without_futures() -> None:
    text = printed(hedgers_table([kept()]))
    # Unhedged the four days add up to -3,000 $; half of it is taken away, and 4 $ of fees are paid.
    assert "-1,504 / -3,000" in text
    # Three quarters of the variance are gone; of the worst day 5,000 $ become 2,501 $.
    assert "0.75" in text
    assert "2,501 / 5,000" in text
    assert "yes / yes" in text


def test_prefixed_figures_are_the_same() -> None:
    plain, prefixed = kept(), kept("outcome: ")
    assert outcome(prefixed.figures) == plain.figures
    assert printed(hedgers_table([prefixed])) == printed(hedgers_table([plain]))


def test_who_has_no_business_is_left_out() -> None:
    nobody = Report("maker-1", "market-maker", {"days": 3.0, "cash flow $": 5.0}, {})
    fresh = Report("cloud-2", "neocloud", {"GPUs": 3.0}, {})
    assert "maker-1" not in printed(hedgers_table([nobody, fresh]))
