"""The laws, recomputed from scratch: what must hold of a core after every command."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from exchange.core import layout as at
from exchange.core.core import Core
from exchange.core.instrument import InstrumentSpec
from exchange.core.layout import Instruction, State
from exchange.core.mark_rule import PPM
from exchange.core.scenarios import moves_of
from matching import layout as book_at
from matching.layout import Side
from matching.sight import holding_column_of

_VENUE_MONEY = (
    at.VENUE_FEES_MICROS,
    at.VENUE_HOUSE_MICROS,
    at.VENUE_INSURANCE_MICROS,
    at.VENUE_DEFAULT_FUND_MICROS,
)

LAWS = (
    "cash is conserved",
    "positions sum to zero and open interest equals the longs",
    "no book that trades continuously is crossed while it is open",
    "working sums equal the books",
    "the books' holdings equal the positions",
    "moves and price bands follow from the marks",
    "margins equal their recomputation, and who is short of maintenance is called",
    "a close-out goes on until initial margin is covered, and no longer",
    "the default fund is the sum of its contributions",
    "every balance is the sum of its postings",
    "levels equal their queues",
    "the books follow the venue's states, bands and time",
    "no order outlives its end",
    "reduce-only orders at most flatten",
    "every version of a fixing was published",
    "a combo is marked as its legs, moves as they do, and nobody holds it",
)


SAMPLED_ACCOUNTS = 8


def violations(core: Core) -> list[str]:
    """Return a sentence for each law that does not hold; empty means sound."""
    instruments, accounts = range(len(core.specs)), range(len(core.account_names))
    return [
        *_cash(core),
        *_open_interest(core, instruments),
        *_books(core),
        *_working(core),
        *_holdings(core, instruments),
        *_rates(core, instruments),
        *_margins(core, accounts),
        *_explained(core, accounts),
        *_guards(core),
        *_orders(core),
        *_fixings(core),
    ]


def sampled(core: Core, turn: int) -> list[str]:
    """Return what `violations` finds of cash, of one instrument's positions and of a few accounts' money.

    Turn after turn all instruments and accounts come; none takes long, so a running exchange affords it.
    """
    count, listed = len(core.account_names), len(core.specs)
    first = turn * SAMPLED_ACCOUNTS % count if count else 0
    accounts = range(first, min(first + SAMPLED_ACCOUNTS, count))
    instruments = [turn % listed] if listed else []
    return [
        *_cash(core),
        *_open_interest(core, instruments),
        *_holdings(core, instruments),
        *_rates(core, instruments),
        *_margins(core, accounts),
        *_explained(core, accounts),
    ]


def _cash(core: Core) -> Iterator[str]:
    cash = int(core.accounts[:, at.ACCOUNT_CASH_MICROS].sum())
    kept = sum(core.venue[list(_VENUE_MONEY)].tolist())
    deposits = int(core.venue[at.VENUE_DEPOSITS_MICROS])
    if cash + kept != deposits:
        yield f"cash: accounts {cash} + venue {kept} != deposits {deposits}"
    fund, shares = int(core.venue[at.VENUE_DEFAULT_FUND_MICROS]), core.contributions.values()
    if sum(shares) != fund or min(shares, default=1) <= 0:
        yield f"default fund: {fund}, its contributions sum to {sum(shares)}"
    fees = int(core.accounts[:, at.ACCOUNT_FEES_MICROS].sum())
    if fees != int(core.venue[at.VENUE_FEES_MICROS]):
        yield f"fees: accounts paid {fees}, the venue has {core.venue[at.VENUE_FEES_MICROS]}"


def _open_interest(core: Core, instruments: Iterable[int]) -> Iterator[str]:
    for instrument in instruments:
        spec = core.specs[instrument]
        lots = core.positions[:, instrument, at.POSITION_LOTS]
        longs = int(np.maximum(lots, 0).sum())
        if int(lots.sum()) != 0:
            yield f"positions: {spec.name} sums to {lots.sum()}"
        if spec.is_combo and lots.any():
            yield f"combos: {np.count_nonzero(lots)} accounts hold {spec.name}"
        if longs != int(core.instruments[instrument, at.INSTRUMENT_OPEN_INTEREST_LOTS]):
            yield f"open interest: {spec.name} has {longs} long"


def _books(core: Core) -> Iterator[str]:
    for instrument, spec in enumerate(core.specs):
        bid, ask = core.books.best_bid(instrument), core.books.best_ask(instrument)
        is_open = core.instruments[instrument, at.INSTRUMENT_STATE] == State.OPEN
        continuous = is_open and not core.books.gathers(instrument)
        if continuous and bid is not None and ask is not None and bid >= ask:
            yield f"crossed: {spec.name} {bid} >= {ask}"
        for side in Side:
            queued: dict[int, list[int]] = {}
            for _, _, price_ticks, leaves_lots, _, _ in core.books.orders(instrument, side):
                sums = queued.setdefault(price_ticks, [0, 0])
                sums[0] += leaves_lots
                sums[1] += 1
            levels = {
                price: [qty, count] for price, qty, count in core.books.depth(instrument, side)
            }
            if queued != levels:
                yield f"levels: {spec.name} {side.name} differ from their queues"


def _working(core: Core) -> Iterator[str]:
    found = np.zeros((*core.positions.shape[:2], 5), np.int64)
    for instrument in range(len(core.specs)):
        for side in Side:
            for _, owner, price_ticks, shown, _, reserve in core.books.orders(instrument, side):
                leaves_lots = shown + reserve
                sums = found[owner, instrument]
                mark_ticks = int(core.instruments[instrument, at.INSTRUMENT_MARK_TICKS])
                lost_ticks = max(0, (price_ticks - mark_ticks) * (1 - 2 * side))
                sums[2 * side] += leaves_lots
                sums[2 * side + 1] += leaves_lots * lost_ticks
                sums[4] += 1
        for order in core.books.waiting(instrument):
            found[order[1], instrument, 4] += 1
    columns = [
        at.POSITION_BUY_LOTS,
        at.POSITION_BUY_LOSS_TICKLOTS,
        at.POSITION_SELL_LOTS,
        at.POSITION_SELL_LOSS_TICKLOTS,
        at.POSITION_ORDERS,
    ]
    kept = core.positions[:, :, columns]
    for account, instrument in sorted({(int(a), int(i)) for a, i, _ in np.argwhere(found != kept)}):
        yield (
            f"working: account {account} in {core.specs[instrument].name} has "
            f"{kept[account, instrument].tolist()}, its orders sum to "
            f"{found[account, instrument].tolist()}"
        )
    in_legs = np.zeros((*core.positions.shape[:2], 2), np.int64)
    for combo, spec in enumerate(core.specs):
        for leg, ratio in _legs(core, spec):
            sides = found[:, combo, [0, 2]] if ratio > 0 else found[:, combo, [2, 0]]
            in_legs[:, leg] += sides * abs(ratio)
    kept = core.positions[:, :, at.POSITION_COMBO_BUY_LOTS : at.POSITION_COMBO_SELL_LOTS + 1]
    for account, instrument in sorted(
        {(int(a), int(i)) for a, i, _ in np.argwhere(in_legs != kept)}
    ):
        yield (
            f"working: in combos of {core.specs[instrument].name} account {account} has "
            f"{kept[account, instrument].tolist()}, its orders sum to "
            f"{in_legs[account, instrument].tolist()}"
        )
    counts = core.positions[:, :, at.POSITION_ORDERS].sum(axis=1)
    if (counts != core.accounts[:, at.ACCOUNT_ORDERS]).any():
        yield "working: an account's number of orders differs from its positions'"
    if int(counts.sum()) != core.books.live:
        yield f"working: {counts.sum()} orders counted, {core.books.live} live"
    resting = int(core.books.rows[:, book_at.BOOK_ORDERS].sum()) if len(core.specs) else 0
    waiting = sum(len(core.books.waiting(instrument)) for instrument in range(len(core.specs)))
    if resting + waiting != core.books.live:
        yield f"working: {resting} orders rest, {waiting} wait, {core.books.live} live"


def _holdings(core: Core, instruments: Iterable[int]) -> Iterator[str]:
    for instrument in instruments:
        spec = core.specs[instrument]
        held = core.books.owners[:, holding_column_of(instrument)]
        if (held != core.positions[:, instrument, at.POSITION_LOTS]).any():
            yield f"holdings: the book's of {spec.name} differ from the positions"


def _rates(core: Core, instruments: Iterable[int]) -> Iterator[str]:
    for instrument in instruments:
        spec = core.specs[instrument]
        row = core.instruments[instrument].tolist()
        mark_ticks = row[at.INSTRUMENT_MARK_TICKS]
        reach = spec.band_ticks or mark_ticks * spec.band_ppm // PPM
        follows = [
            max(mark_ticks - reach, spec.lowest_ticks),
            min(mark_ticks + reach, spec.highest_ticks),
        ]
        kept = row[at.INSTRUMENT_BAND_LOW_TICKS : at.INSTRUMENT_BAND_HIGH_TICKS + 1]
        if kept != follows:
            yield f"rates: {spec.name} keeps {kept}, from its mark follow {follows}"
        if spec.is_combo:
            if row[at.INSTRUMENT_STATE] == State.EXPIRED:
                continue
            summed = sum(ratio * _mark_micros(core, leg) for leg, ratio in _legs(core, spec))
            if mark_ticks * spec.tick_micros != summed:
                yield f"combos: {spec.name} is marked at {mark_ticks}, its legs make {summed} micros"
        if core.moves[instrument].tolist() != _moves(core, instrument):
            yield f"rates: the moves of {spec.name} do not follow from its mark and scenarios"
        lot_micros, most_micros = row[at.INSTRUMENT_INITIAL_MICROS], _most_micros(core, instrument)
        if lot_micros != most_micros and not spec.is_binary:
            yield f"rates: a lot of {spec.name} needs {lot_micros}, at most it moves by {most_micros}"


def _most_micros(core: Core, instrument: int) -> int:
    return int(abs(core.moves[instrument, : at.SCENARIOS]).max())


def _legs(core: Core, spec: InstrumentSpec) -> list[tuple[int, int]]:
    return [(core.instrument_numbers[leg.instrument], leg.ratio) for leg in spec.legs]


def _mark_micros(core: Core, instrument: int) -> int:
    mark_ticks = int(core.instruments[instrument, at.INSTRUMENT_MARK_TICKS])
    return mark_ticks * core.specs[instrument].tick_micros


def _moves(core: Core, instrument: int) -> list[int]:
    spec = core.specs[instrument]
    if spec.is_binary:
        return [0] * at.MOVE_COLUMNS
    if not spec.legs:
        value_micros = _mark_micros(core, instrument) * spec.contract_hours
        return moves_of(core.scenarios[instrument], value_micros)
    moves = [[ratio * move for move in _moves(core, leg)] for leg, ratio in _legs(core, spec)]
    return [sum(column) for column in zip(*moves, strict=True)]


def margins(core: Core, account: int) -> list[int]:
    """Return an account's initial and maintenance margin, computed from its positions alone."""
    losses = [0] * at.LOSS_COLUMNS
    addons = [0, 0]
    for instrument in range(len(core.specs)):
        position = core.positions[account, instrument].tolist()
        row = core.instruments[instrument].tolist()
        lots = position[at.POSITION_LOTS]
        ends = [lots + position[at.POSITION_BUY_LOTS], lots - position[at.POSITION_SELL_LOTS]]
        for column, move in enumerate(core.moves[instrument].tolist()):
            if column < at.SCENARIOS:
                losses[column] += max(-move * end for end in ends)
            else:
                losses[column] -= move * lots
        lost_ticklots = (
            position[at.POSITION_BUY_LOSS_TICKLOTS] + position[at.POSITION_SELL_LOSS_TICKLOTS]
        )
        threshold_lots = row[at.INSTRUMENT_CONCENTRATION_LOTS]
        lot_micros = row[at.INSTRUMENT_CONCENTRATION_MICROS]
        if core.specs[instrument].is_binary:
            value_micros = row[at.INSTRUMENT_MARK_TICKS] * row[at.INSTRUMENT_TICK_VALUE_MICROS]
            short_micros = core.specs[instrument].payout_micros - value_micros
            addons[0] += max(0, ends[0] * value_micros, -ends[1] * short_micros)
            addons[1] += lots * value_micros if lots > 0 else -lots * short_micros
        addons[0] += lost_ticklots * row[at.INSTRUMENT_TICK_VALUE_MICROS]
        addons[0] += max(0, max(abs(end) for end in ends) - threshold_lots) * lot_micros
        addons[1] += max(0, abs(lots) - threshold_lots) * lot_micros
    halves = losses[: at.SCENARIOS], losses[at.SCENARIOS :]
    return [max(0, *half) + addon for half, addon in zip(halves, addons, strict=True)]


def _margins(core: Core, accounts: Iterable[int]) -> Iterator[str]:
    for account in accounts:
        name = core.account_names[account]
        row = core.accounts[account].tolist()
        needed = margins(core, account)
        kept = row[at.ACCOUNT_INITIAL_MICROS : at.ACCOUNT_MAINTENANCE_MICROS + 1]
        if kept != needed:
            yield f"margin: {name} keeps {kept}, recomputed {needed}"
        status, cash = row[at.ACCOUNT_STATUS], row[at.ACCOUNT_CASH_MICROS]
        short = cash < row[at.ACCOUNT_MAINTENANCE_MICROS]
        if status == at.AccountStatus.CLOSING_OUT:
            if cash >= max(needed):
                yield f"close-outs: {name} has {cash} for a margin of {needed[0]}, and goes on"
        elif short == (status == at.AccountStatus.SOUND):
            yield f"calls: {name} has {cash} for a maintenance of {needed[1]}, and status {status}"


def _explained(core: Core, accounts: Iterable[int]) -> Iterator[str]:
    columns = [at.POSITION_VARIATION_MICROS, at.POSITION_FEES_MICROS, at.POSITION_FUNDING_MICROS]
    for account in accounts:
        name = core.account_names[account]
        row = core.accounts[account].tolist()
        variation, fees, funding = core.positions[account][:, columns].sum(axis=0).tolist()
        explained = row[at.ACCOUNT_DEPOSITS_MICROS] + row[at.ACCOUNT_RELIEF_MICROS]
        explained += variation + funding - fees
        if row[at.ACCOUNT_CASH_MICROS] != explained:
            yield f"postings: {name} has {row[at.ACCOUNT_CASH_MICROS]}, explained are {explained}"
        if row[at.ACCOUNT_FEES_MICROS] != fees:
            yield f"postings: {name} paid {row[at.ACCOUNT_FEES_MICROS]}, by position {fees}"


def _guards(core: Core) -> Iterator[str]:
    now_ns = int(core.books.pool[book_at.POOL_NOW_NS])
    if now_ns != core.ts_ns:
        yield f"time: the books' is {now_ns}, the venue's {core.ts_ns}"
    for instrument, spec in enumerate(core.specs):
        book = core.books.rows[instrument].tolist()
        row = core.instruments[instrument].tolist()
        kept = [book[book_at.BOOK_STATE]]
        kept += [
            book[column] + spec.base_ticks
            for column in (book_at.BOOK_BAND_LOW, book_at.BOOK_BAND_HIGH)
        ]
        wanted = [
            row[at.INSTRUMENT_STATE],
            row[at.INSTRUMENT_BAND_LOW_TICKS],
            row[at.INSTRUMENT_BAND_HIGH_TICKS],
        ]
        if kept != wanted:
            yield f"guards: the book of {spec.name} has state and band {kept}, the venue {wanted}"
        low_ticks, high_ticks = wanted[1:]
        bid, ask = core.books.best_bid(instrument), core.books.best_ask(instrument)
        if (bid is not None and bid > high_ticks) or (ask is not None and ask < low_ticks):
            yield f"band: {spec.name} rests at {bid} and {ask}, outside {low_ticks}..{high_ticks}"


def _orders(core: Core) -> Iterator[str]:
    used = core.books.order_rows[: int(core.books.pool[book_at.POOL_HIGH_WATER])]
    marked = (used[:, book_at.ORDER_TERMS] & book_at.MARK_DETAIL) != 0
    for slot in np.flatnonzero(marked & (used[:, book_at.ORDER_ID] != 0)).tolist():
        order = core.books.order(int(used[slot, book_at.ORDER_ID]))
        if order is None:
            continue
        end_ns = int(core.books.details[slot, book_at.DETAIL_EXPIRY_NS])
        if 0 < end_ns <= core.ts_ns:
            yield f"expiry: order {order.order_id} should have ended at {end_ns}"
        rests = used[slot, book_at.ORDER_LEVEL] >= 0
        if rests and order.terms >> book_at.INSTRUCTION_SHIFT & Instruction.REDUCE_ONLY:
            lots = int(core.positions[order.owner, order.book, at.POSITION_LOTS])
            if order.leaves_lots > lots * (2 * order.side - 1):
                yield (
                    f"reduce-only: order {order.order_id} has {order.leaves_lots} open "
                    f"against a position of {lots}"
                )


def _fixings(core: Core) -> Iterator[str]:
    published = int(core.venue[at.VENUE_FIXINGS])
    versions = [fixing.version for fixing in core.fixings.values()]
    if sum(versions) != published or min(versions, default=1) < 1:
        yield f"fixings: {published} published, their versions sum to {sum(versions)}"
    if {index for index, _ in core.fixings} != set(core.fixing_names):
        yield "fixings: their indices differ from those that have a number"
