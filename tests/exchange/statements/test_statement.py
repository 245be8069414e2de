"""Statements: every balance is the sum of its postings, or the program says that it erred."""

from __future__ import annotations

import pytest

from exchange.core.commands import Command
from exchange.core.layout import CommandKind
from exchange.statements.day_end import DayEnd
from exchange.statements.postings import PostingKind
from exchange.statements.statement import Held, Posting, Statement, StatementError, statements
from tests.exchange.core.lab import USD
from tests.exchange.statements.story import DEPOSIT, market

DEPOSITED = {n: {(PostingKind.DEPOSIT, -1): (1, DEPOSIT)} for n in (0, 1)}
FEES = {n: {(PostingKind.FEE, 0): (1, -fee * USD)} for n, fee in ((0, 50), (1, 20))}


def test_a_day_adds_up() -> None:
    lab = market()
    opened = DayEnd.of(lab.core)
    lab.trade(0, 1, 302, 10)
    lab.do(Command(CommandKind.MARK, instrument=0, price_ticks=305))
    made = statements(lab.core, 20_000, opened, DayEnd.of(lab.core), FEES)
    name = "GPU1-31DEC26"
    # Three ticks of 7.30 $ above the price on ten lots; 20 % and 15 % of 22,265 $.
    assert made[0] == Statement(
        account="alice",
        day=20_000,
        ts_ns=lab.core.ts_ns,
        opening_micros=DEPOSIT,
        postings=[
            Posting(PostingKind.FEE, name, 1, -50 * USD),
            Posting(PostingKind.VARIATION, name, 1, 219 * USD),
        ],
        closing_micros=DEPOSIT + 169 * USD,
        positions=[Held(name, 10, 3_050_000, 22_265 * USD)],
        initial_micros=4_453 * USD,
        maintenance_micros=3_339_750_000,
        status="sound",
    )
    assert [posting.amount_micros for posting in made[1].postings] == [-20 * USD, -219 * USD]


@pytest.mark.parametrize(
    ("sums", "what"),
    [
        ({}, "fees"),
        ({**FEES, 0: {(PostingKind.FEE, 0): (1, -49 * USD)}}, "fees"),
        ({**FEES, 1: {**FEES[1], (PostingKind.DEPOSIT, -1): (1, 1)}}, "deposits"),
    ],
)
def test_what_does_not_add_up_is_an_error(sums: dict, what: str) -> None:
    lab = market()
    opened = DayEnd.of(lab.core)
    lab.trade(0, 1, 302, 10)
    with pytest.raises(StatementError, match=f"alice.*: postings of {what} come to"):
        statements(lab.core, 20_000, opened, DayEnd.of(lab.core), sums)


def test_cash_that_no_posting_explains_is_an_error() -> None:
    lab = market()
    lab.core.accounts[1, 0] += 1
    with pytest.raises(StatementError, match=r"alice\.desk: postings of cash come to"):
        statements(lab.core, 1, DayEnd.before(), DayEnd.of(lab.core), DEPOSITED)


def test_corrections_are_told_apart_from_the_variation_that_contains_them() -> None:
    lab = market()
    lab.trade(0, 1, 302, 10)
    opened = DayEnd.of(lab.core)
    lab.do(Command(CommandKind.ADJUST, order_id=1, price_ticks=300))
    corrections = {
        0: {(PostingKind.CORRECTION, 0): (1, 146 * USD)},
        1: {(PostingKind.CORRECTION, 0): (1, -146 * USD)},
    }
    made = statements(lab.core, 1, opened, DayEnd.of(lab.core), corrections)
    assert [[(p.kind, p.amount_micros) for p in each.postings] for each in made] == [
        [(PostingKind.CORRECTION, 146 * USD)],
        [(PostingKind.CORRECTION, -146 * USD)],
    ]
