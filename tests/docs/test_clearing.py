"""The worked examples of docs/clearing: what the pages say is what the core does, number by number."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from exchange.core.layout import Reason
from exchange.replica import Replica
from tests.docs.market import START, Market, micros

PAGES = (
    "novation",
    "variation",
    "margin",
    "pre-trade",
    "funding",
    "settlement",
    "combos",
    "binaries",
    "blocks",
    "give-up",
    "busts",
    "firms",
    "statements",
)
Table = list[list[str]]


def tables(page: Path) -> list[Table]:
    """The tables of a page, the heading row first, cells without their code marks."""
    found: list[Table] = [[]]
    for line in page.read_text(encoding="utf-8").splitlines():
        if line.startswith("|"):
            found[-1].append([cell.strip().strip("`") for cell in line.strip("|").split("|")])
        elif found[-1]:
            found.append([])
    return [[table[0], *table[2:]] for table in found if table]


def headed(page: Path, heading: str) -> list[Table]:
    """The tables whose first column has this heading."""
    return [table for table in tables(page) if table[0][0] == heading]


def played(page: Path) -> Market:
    """The market after the last example of a page, each step compared with what stands behind it."""
    fixings = headed(page, "fixing")
    values = {
        date.fromisoformat(day): micros(value)
        for table in fixings
        for day, value in table[1:]
        if value != "none"
    }
    for steps in headed(page, "step"):
        market = Market(values)
        for step, *cells in steps[1:]:
            said = dict(zip(steps[0][1:], cells, strict=True))
            answer = said.pop("answer", "") or "NONE"
            before = market.lab.timeless_digest
            assert market.do(step) == Reason[answer], step
            assert (market.lab.timeless_digest == before) == (answer != "NONE"), step
            for column, text in said.items():
                number = int(text) if column.endswith(("lots", "orders")) else micros(text)
                assert market.read(column) == number, (step, column)
        assert len(steps) > 2
    return market


@pytest.mark.parametrize("page", PAGES)
def test_a_page_s_example_is_what_happens(checkout: Path, page: str) -> None:
    played(checkout / "docs" / "clearing" / f"{page}.md")


@pytest.mark.parametrize("page", PAGES)
def test_the_example_s_rows_add_up_on_paper(checkout: Path, page: str) -> None:
    for steps in headed(checkout / "docs" / "clearing" / f"{page}.md", "step"):
        money = [n for n, heading in enumerate(steps[0]) if heading.endswith("USD")]
        deposited = START * (len(money) - 1)
        for row in steps[1:] if "fees, USD" in steps[0] else []:
            if row[0].startswith("deposit"):
                deposited += micros(row[0].split()[1])
            assert sum(micros(row[n]) for n in money) == deposited, row[0]
        lots = [n for n, heading in enumerate(steps[0]) if heading.endswith("lots")]
        both = len(lots) > 1
        assert not both or all(sum(int(row[n]) for n in lots) == 0 for row in steps[1:])


def test_the_statement_is_the_one_that_is_made(checkout: Path) -> None:
    page = checkout / "docs" / "clearing" / "statements.md"
    market, replica = played(page), Replica()
    for batch in market.lab.batches:
        replica.apply(batch)
    made = next(s for s in replica.views.journal.latest if s.account == "alice")
    (lines,) = headed(page, "alice")
    opening, *postings, closing = lines[1:]
    assert (opening[0], micros(opening[-1])) == ("opening balance", made.opening_micros)
    assert (closing[0], micros(closing[-1])) == ("closing balance", made.closing_micros)
    assert [[p[0], p[1], int(p[2]), micros(p[3])] for p in postings] == [
        [p.kind.value, p.instrument, p.entries, p.amount_micros] for p in made.postings
    ]


def test_every_page_is_in_the_contents(checkout: Path) -> None:
    folder = checkout / "docs" / "clearing"
    contents = (folder / "README.md").read_text(encoding="utf-8")
    for page in PAGES:
        assert f"({page}.md)" in contents
    kept = {path.stem for path in folder.glob("*.md") if headed(path, "step")}
    assert kept >= set(PAGES)
