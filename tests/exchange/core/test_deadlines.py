"""Dead-man timers: what falls due is cancelled once, by logged time alone, and the same in every replay."""

from __future__ import annotations

from random import Random

import pytest

from exchange.core import invariants, snapshot
from exchange.core import layout as at
from exchange.core.commands import Command
from exchange.core.core import Core
from exchange.core.deadlines import overdue
from exchange.core.layout import CommandKind, EventKind, Reason
from matching.layout import TriggerSource, TriggerWhen
from tests.exchange.core.lab import BUY, SELL, USD, Conditions, Lab, perpetual, spec, submit

KEEP = Command(CommandKind.KEEP_DEADLINES)


def deadline(account: int, ns: int) -> Command:
    return Command(CommandKind.SET_DEADLINE, account, amount_micros=ns)


def lab() -> Lab:
    return Lab(spec(), perpetual(), deposits=(10**6 * USD,) * 3)


def cancelled(events: list[list[int]]) -> list[tuple[int, int, Reason]]:
    """Account, order and reason of each row, which all must be CANCELLED."""
    assert {row[at.EVENT_KIND] for row in events} <= {EventKind.CANCELLED}
    return [
        (row[at.EVENT_ACCOUNT], row[at.EVENT_ORDER_ID], Reason(row[at.EVENT_TAG])) for row in events
    ]


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (deadline(3, 5), Reason.UNKNOWN_ACCOUNT),
        (deadline(-1, 5), Reason.UNKNOWN_ACCOUNT),
        (deadline(0, -1), Reason.INVALID_AMOUNT),
        (deadline(0, (1 << 62) + 1), Reason.INVALID_AMOUNT),
    ],
)
def test_a_wrong_deadline_changes_nothing(command: Command, reason: Reason) -> None:
    market = lab()
    market.do(deadline(0, 10**18))
    digest = market.timeless_digest
    assert market.reason(command) == reason
    assert market.timeless_digest == digest


def test_what_is_due_is_cancelled_in_every_instrument_and_nothing_else_is() -> None:
    market = lab()
    due = market.ts_ns + 20_000
    first = market.order(submit(1, BUY, 290, 2))
    waits = market.order(
        submit(
            1,
            SELL,
            280,
            2,
            source=TriggerSource.MARK,
            when=TriggerWhen.FALLS,
            conditions=Conditions(trigger_ticks=280),
        )
    )
    second = market.order(submit(1, SELL, 3_050, 7, instrument=1))
    other = market.order(submit(0, BUY, 291, 2))
    market.do(deadline(1, due), deadline(2, due + 1), deadline(0, due + 10_000))
    market.ts_ns = due - 1_001
    assert market.do(KEEP) == []
    assert market.core.ts_ns == due - 1
    events = market.do(KEEP)
    assert market.core.ts_ns > due
    reason = Reason.DEADLINE_PASSED
    assert cancelled(events) == [(1, order, reason) for order in (first, waits, second)]
    assert market.core.account(1)[at.ACCOUNT_ORDERS] == 0
    assert market.initial(1) == 0
    assert market.core.books.order(other) is not None
    assert market.core.deadlines == {0: due + 10_000}
    again = market.order(submit(1, BUY, 290, 2))
    assert market.do(KEEP) == []
    assert market.core.books.order(again) is not None
    assert invariants.violations(market.core) == []


def test_a_deadline_is_due_at_its_very_nanosecond() -> None:
    market = lab()
    market.order(submit(1, BUY, 290, 2))
    market.do(deadline(1, market.ts_ns + 2_000))
    assert len(market.do(KEEP)) == 1


def test_the_latest_deadline_counts_and_none_takes_it_away() -> None:
    market = lab()
    order = market.order(submit(1, BUY, 290, 2))
    market.do(deadline(1, market.ts_ns + 5_000), deadline(1, market.ts_ns + 50_000))
    market.ts_ns += 20_000
    assert market.do(KEEP) == []
    market.do(deadline(1, 0))
    market.ts_ns += 10**12
    assert market.do(KEEP) == []
    assert market.core.books.order(order) is not None


def test_accounts_that_are_due_together_go_by_number_and_linked_orders_say_so() -> None:
    market = lab()
    orders = {account: market.order(submit(account, BUY, 290, 1)) for account in (2, 0, 1)}
    market.do(deadline(2, 1), deadline(0, 1), deadline(1, 1))
    assert overdue(market.core, 0) == []
    assert overdue(market.core, 1) == [0, 1, 2]
    assert [order for _, order, _ in cancelled(market.do(KEEP))] == [orders[n] for n in (0, 1, 2)]


@pytest.mark.parametrize("seed", range(8))
def test_deadlines_against_a_naive_book_of_them_and_against_replay(seed: int) -> None:
    """A dictionary of who is due when tells who has orders left; the parameter's value is the seed."""
    random = Random(seed)
    market = lab()
    due: dict[int, int] = {}
    live: dict[int, set[int]] = {0: set(), 1: set(), 2: set()}
    ended = 0
    for _ in range(120):
        account = random.randrange(3)
        match random.randrange(4):
            case 0:
                ns = random.choice([0, market.ts_ns + random.randrange(12_000)])
                market.do(deadline(account, ns))
                due.pop(account, None)
                if ns:
                    due[account] = ns
            case 1:
                market.ts_ns += random.randrange(5_000)
                told = {order for _, order, _ in cancelled(market.do(KEEP))}
                wanted = set()
                for number in [n for n, ns in due.items() if ns <= market.ts_ns]:
                    wanted |= live[number]
                    live[number] = set()
                    del due[number]
                assert told == wanted
                ended += len(told)
            case _:
                # Bids alone, so that nothing trades.
                price = random.randrange(280, 300)
                live[account].add(market.order(submit(account, BUY, price, 1)))
        for number, orders in live.items():
            assert market.core.account(number)[at.ACCOUNT_ORDERS] == len(orders)
    assert ended > 0
    middle = len(market.batches) // 2
    replay = Core()
    for batch in market.batches[:middle]:
        replay.apply(batch)
    replay = snapshot.restore(snapshot.take(replay))
    for batch in market.batches[middle:]:
        replay.apply(batch)
    assert snapshot.digest(replay) == market.digest
    assert replay.deadlines == due
