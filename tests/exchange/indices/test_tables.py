"""Tables say what they were given."""

from __future__ import annotations

import io

from rich.console import Console
from rich.table import Table

from exchange.indices import tables
from exchange.indices.attack import Attack
from exchange.indices.comparison import Contribution
from exchange.indices.hedonic import Coefficient
from exchange.indices.panel import Observations, Panel
from exchange.indices.publication import IndexPrint
from exchange.indices.rejects import Reject


def text(table: Table) -> str:
    out = io.StringIO()
    Console(file=out, width=200).print(table)
    return out.getvalue()


def printed(day: int, price_micros: int | None, reason: str = "") -> IndexPrint:
    return IndexPrint(index="x_usd", day=day, price_micros=price_micros, withheld_reason=reason)


def test_prints_and_withheld_days() -> None:
    each = [
        printed(0, None, "3 providers, fewer than 5"),
        printed(1, None, "4 providers, fewer than 5"),
        printed(2, 2_000_000),
        printed(3, None, "no offer stands"),
        printed(4, 3_000_000),
    ]
    shown = text(tables.prints({"x_usd": each}))
    assert all(word in shown for word in ("1970-01-03", "1970-01-05", "2.5000", "2.0000", "▁ █"))
    shown = text(tables.withheld({"x_usd": each}))
    assert "3 providers, fewer than 5 … 4 providers, fewer than 5" in shown
    assert shown.count("x_usd") == 2
    assert "the last 1 of 2" in text(tables.withheld({"x_usd": each}, most=1))
    assert "–" in text(tables.prints({"x_usd": each[:2]}))


def test_gaps_are_by_month() -> None:
    shown = text(tables.gap({0: 0.4, 1: 0.2, 31: 0.1}, "a", "b"))
    assert "+30.0%" in shown
    assert "1970-02" in shown


def test_rejects_have_an_example_of_their_cause() -> None:
    rows = [
        Reject("f", 3, "price", "'[x]' is not a number", "write digits", "is no number"),
        Reject("f", 4, "price", "is empty", "give one", "is empty"),
    ]
    counts = {("price", "is no number"): 7, ("price", "is empty"): 1}
    shown = text(tables.rejects(Observations(Panel.of([]), rows, counts)))
    assert "line 3: '[x]' is not a number; write digits" in shown
    assert "line 4: is empty; give one" in shown


def test_contributions_coefficients_and_attacks() -> None:
    parts = [
        Contribution("acme", 5, 2.5, 0.2, -0.01, 0.004, 0),
        Contribution("[beta]", 5, 9.0, 0.2, 0.3, float("nan"), 5),
    ]
    shown = text(tables.contributions("x_usd", parts))
    assert "+0.40%" in shown
    assert "[beta]" in shown
    assert "the 1 of 2" in text(tables.contributions("x_usd", parts, most=1))
    effects = [
        Coefficient("deal.listed", 0.3, 0.0, 0.3, 0.0, 9, 3),
        Coefficient("form.pcie", -0.2, 0.05, 0.0, 0.25, 4, 2),
    ]
    shown = text(tables.coefficients("x_usd", effects))
    assert "fixed" in shown
    assert "0.0500" in shown
    assert "0.819" in shown
    tried = [
        Attack("rentals", 1.2, 320.0, 0.01, True, 1234.0, 56.0, {"winsorising": 3}),
        Attack("lists", 1.1, 0.0, 0.004, False, 0.0, 0.0, {}),
    ]
    shown = text(tables.attacks("x_usd", "acme", 2.5, 0.01, tried))
    assert "winsorising (3)" in shown
    assert "1,234" in shown
    assert "+0.40% (fails)" in shown
