"""Reports of defaults against the core itself: every micro-dollar between the first step and the last."""

from __future__ import annotations

import numpy as np
import pytest

from exchange.core import invariants
from exchange.core import layout as at
from exchange.core.core import Core
from exchange.core.default import STEPS_PER_COMMAND, due
from exchange.core.layout import EventKind, Layer
from exchange.views.defaults import DefaultView
from tests.exchange.core.lab import BUY, FOK, SELL, USD, Lab, opening, spec, submit
from tests.exchange.core.test_default import STEP, fund, in_default, mark, set_terms, story


def watched(lab: Lab, view: DefaultView, core: Core) -> tuple[int, int]:
    """Tell a view a lab's history command by command, comparing; return defaults that began and ended."""
    listed = began = ended = 0
    for batch in lab.batches:
        rows = core.apply(batch).tolist()
        for terms in core.specs[listed:]:
            view.list_instrument(terms)
        listed = len(core.specs)
        running = {d.account: d for d in view.newest() if not d.ended_ns}
        view.apply(rows)
        now = {d.account: d for d in view.newest() if not d.ended_ns}
        began += len(now.keys() - running.keys())
        ended += len(running.keys() - now.keys())
        closing_out = core.accounts[:, at.ACCOUNT_STATUS] == at.AccountStatus.CLOSING_OUT
        assert sorted(now) == np.flatnonzero(closing_out).tolist()
        for account, default in (running | now).items():
            assert default.balance_micros == core.accounts.item(account, at.ACCOUNT_CASH_MICROS)
        for account, default in now.items():
            lots = core.positions[account, :, at.POSITION_LOTS].tolist()
            assert default.lots == {i: held for i, held in enumerate(lots) if held}
            assert view.running(account) is default
    return began, ended


@pytest.mark.parametrize("seed", range(10))
def test_a_report_s_sums_are_the_account_s_equity_after_every_command(seed: int) -> None:
    lab, view, core = story(seed, 120), DefaultView(), Core()
    began, ended = watched(lab, view, core)
    assert ended <= began
    if seed == 0:
        total = sum(watched(story(n, 120), DefaultView(), Core())[0] for n in range(1, 8))
        assert total + began >= 10


def one_default() -> tuple[Lab, DefaultView]:
    """Account 0's default, from the call to the end: a slice in the book, then deleveraging."""
    lab = in_default()
    lab.do(fund(Layer.INSURANCE, 100), fund(Layer.DEFAULT_FUND, 5_000, 2))
    lab.order(submit(2, BUY, 238, 10))
    lab.do(STEP)
    mark(lab, 220)
    for _ in range(4):
        lab.do(STEP)
    view = DefaultView()
    assert watched(lab, view, Core()) == (1, 1)
    return lab, view


def test_one_default_by_hand() -> None:
    lab, view = one_default()
    (told,) = view.newest()
    # It missed 26,280 - 6,200 $. Ten lots lost 2 ticks, the mark 20 ticks on 90 lots: -7,086 $ were left.
    assert (told.account, told.missing_micros, told.equity_micros) == (0, 20_080 * USD, 6_200 * USD)
    assert told.traded_micros == -146 * USD
    assert told.marked_micros == -13_140 * USD
    assert told.layers == {Layer.INSURANCE: 100 * USD, Layer.DEFAULT_FUND: 4_358 * USD}
    assert told.contributors == {2: 4_358 * USD}
    # -1,986 $ on 90 lots: 4 ticks above the mark; the 642 $ of rounding stay in the fund.
    sold, closed = told.closings
    assert (sold.price_ticks, sold.qty_lots, sold.counterparty, sold.deleveraged) == (
        238,
        10,
        2,
        False,
    )
    assert (closed.price_ticks, closed.mark_ticks, closed.qty_lots) == (224, 220, 90)
    assert (closed.counterparty, closed.side, closed.deleveraged) == (1, SELL, True)
    assert told.deleveraged_micros == closed.gain_micros == 90 * 4 * 7_300_000
    assert told.balance_micros == lab.cash(0) == 0
    assert told.ended_ns > told.begun_ns > told.called_ns


def test_a_snapshot_goes_on_where_it_was_taken() -> None:
    lab = story(1, 120)
    for middle in range(0, len(lab.batches), 9):
        core, view = Core(), DefaultView()
        part = Lab()
        part.batches = lab.batches[:middle]
        watched(part, view, core)
        restored = DefaultView()
        restored.restore(view.snapshot())
        for batch in lab.batches[middle:]:
            listed = len(core.specs)
            rows = core.apply(batch).tolist()
            for each in (view, restored):
                for terms in core.specs[listed:]:
                    each.list_instrument(terms)
                each.apply(rows)
        assert restored.snapshot() == view.snapshot()


def test_only_the_newest_that_ended_are_kept() -> None:
    lab, _ = one_default()
    view = DefaultView(kept=1)
    view.list_instrument(lab.core.specs[0])
    for _ in range(3):
        view.apply(lab.events)
    assert len(list(view.newest())) == 1


def thousand() -> Lab:
    """A thousand accounts, half of them long; 300 longs have little more than their initial margin."""
    random = np.random.default_rng(20_261_121)
    lab = Lab(spec())
    lots = random.integers(1, 21, 500).tolist()
    deposits = [
        (lot * (446 if n < 300 else 2_500)) * USD + int(random.integers(0, 10**6))
        for n, lot in enumerate(lots)
    ]
    lab.do(*(opening(f"long {n}", deposit) for n, deposit in enumerate(deposits)))
    lab.do(*(opening(f"short {n}", 900 * lot * USD) for n, lot in enumerate(lots)))
    lab.do(*(submit(500 + n, SELL, 300, lot) for n, lot in enumerate(lots)))
    lab.do(*(submit(n, BUY, 300, lot, tif=FOK) for n, lot in enumerate(lots)))
    assert int(lab.core.instrument(0)[at.INSTRUMENT_OPEN_INTEREST_LOTS]) == sum(lots)
    return lab


def test_a_thousand_accounts_thirty_percent_under_water_after_one_mark() -> None:
    lab = thousand()
    set_terms(lab, slice_ppm=500_000, step_ns=1, patience_steps=1, deleveraging_steps=2)
    lab.do(fund(Layer.INSURANCE, 20_000), fund(Layer.HOUSE, 10_000))
    lab.do(*(fund(Layer.DEFAULT_FUND, 500, 300 + n) for n in range(20)))
    lab.do(*(submit(400 + n, BUY, 180 + n % 20, 5) for n in range(60)))
    layers = [at.VENUE_INSURANCE_MICROS, at.VENUE_HOUSE_MICROS, at.VENUE_DEFAULT_FUND_MICROS]
    funded = lab.core.venue[layers].copy()
    mark(lab, 200)
    lab.do(*(submit(400 + n, BUY, 180 + n % 20, 5) for n in range(60)))
    cash = lab.core.accounts[:1_000, at.ACCOUNT_CASH_MICROS]
    assert int((cash < 0).sum()) == 300
    commands = 0
    while due(lab.core, lab.ts_ns + 1):
        lab.do(STEP)
        commands += 1
        assert invariants.violations(lab.core) == []
        assert commands <= 40 * (1_000 // STEPS_PER_COMMAND)
    assert not lab.core.accounts[:300, at.ACCOUNT_STATUS].any()
    assert not lab.core.positions[:300, :, at.POSITION_LOTS].any()
    assert cash.min() >= 0
    view = DefaultView()
    began, ended = watched(lab, view, Core())
    assert began == ended == 300
    defaults = list(view.newest())
    paid = sum(sum(default.layers.values()) for default in defaults)
    spent = funded - lab.core.venue[layers]
    assert paid == spent.sum() > 0
    by_layer = [
        sum(default.layers.get(layer, 0) for default in defaults)
        for layer in (Layer.INSURANCE, Layer.HOUSE, Layer.DEFAULT_FUND)
    ]
    assert by_layer == spent.tolist()
    given_up = sum(default.deleveraged_micros for default in defaults)
    assert given_up > 0
    assert given_up == survivors_loss(lab)
    # What was lost is what was there, what the layers paid and what the survivors gave up.
    for default in defaults:
        assert default.equity_micros < 0 <= default.balance_micros
        in_deals = sum(c.gain_micros for c in default.closings)
        assert in_deals == default.traded_micros + default.deleveraged_micros
        assert sum(c.fee_micros for c in default.closings) == -default.fees_micros
        assert default.closings_left_out == default.marked_micros == 0


def survivors_loss(lab: Lab) -> int:
    """What those who were deleveraged lost against the mark, from their own rows."""
    lost = 0
    for row in lab.events:
        if row[at.EVENT_KIND] == EventKind.DELEVERAGED and row[at.EVENT_ACCOUNT] >= 300:
            signed_lots = row[at.EVENT_QTY_LOTS] * (1 - 2 * row[at.EVENT_SIDE])
            lost += (row[at.EVENT_PRICE_TICKS] - 200) * signed_lots * 7_300_000
    return lost
