"""A second, naive clearing house: it believes only events, and values everything anew each time.

Where the core keeps cash at the mark, this keeps the money that really flowed (price times lots) and
adds the positions' value; where the core updates margins, this sums them over single orders.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace

from exchange.core import layout as at
from exchange.core.core import Core
from exchange.core.instrument import InstrumentSpec
from exchange.core.layout import EventKind, Instruction, Layer

PPM = 1_000_000
SCENARIOS = [(thirds, sign) for thirds in (1, 2, 3) for sign in (1, -1)]
"""The default ones: prices rise or fall by so many thirds of the margin rate."""
COLLARED = Instruction.MARKET | Instruction.MARKET_TO_LIMIT


@dataclass
class Order:
    """A live order; priority falls with rank."""

    account: int
    instrument: int
    side: int
    price_ticks: int
    leaves_lots: int
    rank: int
    instructions: int
    waits: bool
    """It stands beside the book, where it needs no margin."""


@dataclass
class Trade:
    """A trade as it stands; parties and fees: the buyer's, then the seller's."""

    instrument: int
    price_ticks: int
    qty_lots: int
    parties: list[int]
    fees: list[int]


class Model:
    """Accounts and orders as the events tell them."""

    def __init__(self) -> None:
        self.orders: dict[int, Order] = {}
        self.deposits: dict[int, int] = {}
        self.fees: defaultdict[int, int] = defaultdict(int)
        self.flows: defaultdict[tuple[int, int], int] = defaultdict(int)
        """What trading alone paid to an account in an instrument."""
        self.others: defaultdict[int, int] = defaultdict(int)
        """Settlements, funding and what layers paid to an account."""
        self.contributions: defaultdict[int, int] = defaultdict(int)
        self.layers: defaultdict[Layer, int] = defaultdict(int)
        self.lots: defaultdict[tuple[int, int], int] = defaultdict(int)
        self.marks: list[int] = []
        self.specs: list[InstrumentSpec] = []
        self.trades = 0
        self.volumes: defaultdict[int, int] = defaultdict(int)
        self.terms: dict[int, Trade] = {}
        """Every trade that happened, as it stands."""
        self._rank = 0

    def _next_rank(self) -> int:
        self._rank += 1
        return self._rank

    def feed(self, events: list[list[int]], specs: list[InstrumentSpec]) -> None:
        """Take the events of a command in; specs: those of the core, read at a listing only."""
        for row in events:
            kind, account = row[at.EVENT_KIND], row[at.EVENT_ACCOUNT]
            instrument, order_id = row[at.EVENT_INSTRUMENT], row[at.EVENT_ORDER_ID]
            micros = row[at.EVENT_RESTING_FEE_MICROS]
            if kind == EventKind.ACCEPTED:
                assert order_id not in self.orders
                self.orders[order_id] = Order(
                    account,
                    instrument,
                    row[at.EVENT_SIDE],
                    row[at.EVENT_PRICE_TICKS],
                    row[at.EVENT_QTY_LOTS],
                    self._next_rank(),
                    micros & 0xFF,
                    row[at.EVENT_RESTING_ORDER_ID] == 1,
                )
            elif kind == EventKind.EXECUTED:
                self._execute(row)
            elif kind == EventKind.UNCROSSED:
                self._uncross(row)
            elif kind == EventKind.REDUCED:
                order = self.orders[order_id]
                order.leaves_lots -= row[at.EVENT_QTY_LOTS]
                assert row[at.EVENT_QTY_LOTS] > 0
                assert order.leaves_lots == row[at.EVENT_LEAVES_LOTS] > 0
            elif kind == EventKind.REFILLED:
                order = self.orders[order_id]
                assert 0 < row[at.EVENT_QTY_LOTS] <= order.leaves_lots
                assert order.leaves_lots == row[at.EVENT_LEAVES_LOTS]
                order.rank = self._next_rank()
            elif kind == EventKind.PARKED:
                order = self.orders[order_id]
                assert not order.waits
                assert order.price_ticks == row[at.EVENT_PRICE_TICKS]
                assert order.leaves_lots == row[at.EVENT_QTY_LOTS]
                order.waits = True
            elif kind == EventKind.ACTIVATED:
                order = self.orders[order_id]
                assert order.waits
                assert order.leaves_lots == row[at.EVENT_QTY_LOTS]
                order.waits, order.rank = False, self._next_rank()
                order.price_ticks = row[at.EVENT_PRICE_TICKS]
            elif kind == EventKind.CANCELLED:
                order = self.orders.pop(order_id)
                assert (order.account, order.side) == (account, row[at.EVENT_SIDE])
                assert order.price_ticks == row[at.EVENT_PRICE_TICKS]
                assert order.leaves_lots == row[at.EVENT_QTY_LOTS] > 0
                assert order.waits == row[at.EVENT_RESTING_ORDER_ID]
            elif kind == EventKind.AMENDED:
                self._amend(row)
            elif kind == EventKind.ACCOUNT_OPENED:
                self.deposits[account] = 0
            elif kind == EventKind.TRANSFERRED:
                self.deposits[account] += micros
            elif kind == EventKind.INSTRUMENT_LISTED:
                self.specs.append(specs[instrument])
                self.marks.append(row[at.EVENT_PRICE_TICKS])
            elif kind == EventKind.MARKED:
                self.marks[instrument] = row[at.EVENT_PRICE_TICKS]
            elif kind == EventKind.LAYER_PAID:
                self.pay_from_layer(row)
            elif kind == EventKind.LAYER_FUNDED:
                self.fund_layer(row)
            elif kind == EventKind.DELEVERAGED:
                if account == row[at.EVENT_TAG]:
                    self.trades += 1
                assert order_id == self.trades
                self._deleverage(row)
            elif kind == EventKind.SETTLED:
                lots = self.lots.pop((account, instrument))
                assert lots == row[at.EVENT_QTY_LOTS] != 0
                fee = abs(lots) * self.specs[instrument].settlement_fee_micros
                assert row[at.EVENT_FEE_MICROS] == fee
                self.fees[account] += fee
                self.others[account] += lots * micros * self.specs[instrument].contract_hours
            elif kind == EventKind.FUNDED:
                for (holder, held), lots in self.lots.items():
                    if held == instrument:
                        hours = self.specs[instrument].contract_hours
                        self.others[holder] -= lots * micros * hours

            elif kind == EventKind.CASH_MOVED:
                self.deposits[account] -= micros
                self.deposits[row[at.EVENT_RESTING_ACCOUNT]] += micros
            else:
                self._feed_correction(row)

    def pay_from_layer(self, row: list[int]) -> None:
        """Move money from a layer to a defaulter."""
        micros, layer = row[at.EVENT_RESTING_FEE_MICROS], Layer(row[at.EVENT_TAG])
        assert micros > 0
        self.others[row[at.EVENT_ACCOUNT]] += micros
        if layer in (Layer.CONTRIBUTION, Layer.DEFAULT_FUND):
            contributor = row[at.EVENT_RESTING_ACCOUNT]
            assert (contributor == row[at.EVENT_ACCOUNT]) == (layer == Layer.CONTRIBUTION)
            self.contributions[contributor] -= micros
            assert self.contributions[contributor] >= 0
        else:
            self.layers[layer] -= micros
            assert self.layers[layer] >= 0

    def fund_layer(self, row: list[int]) -> None:
        """Move the house's money, or an account's, to a layer."""
        micros, account = row[at.EVENT_RESTING_FEE_MICROS], row[at.EVENT_ACCOUNT]
        if account == -1:
            self.layers[Layer(row[at.EVENT_TAG])] += micros
        else:
            self.others[account] -= micros
            self.contributions[account] += micros

    def _deleverage(self, row: list[int]) -> None:
        """Take one side of a deal beside the book; its other side is a row of its own."""
        account, instrument = row[at.EVENT_ACCOUNT], row[at.EVENT_INSTRUMENT]
        signed_lots = row[at.EVENT_QTY_LOTS] * (1 - 2 * row[at.EVENT_SIDE])
        former = self.lots[account, instrument]
        # It only ever brings a position nearer to flat.
        assert former * signed_lots < 0
        assert abs(signed_lots) <= abs(former)
        self.lots[account, instrument] += signed_lots
        price = row[at.EVENT_PRICE_TICKS]
        value = self.specs[instrument].tick_value_micros
        self.flows[account, instrument] -= signed_lots * price * value

    def _feed_correction(self, row: list[int]) -> None:
        """Take in what operators do to trades: of a trade its lots, money and fees are taken back."""
        kind, account, other = (
            row[at.EVENT_KIND],
            row[at.EVENT_ACCOUNT],
            row[at.EVENT_RESTING_ACCOUNT],
        )
        price, qty, tag = row[at.EVENT_PRICE_TICKS], row[at.EVENT_QTY_LOTS], row[at.EVENT_TAG]
        fees = [row[at.EVENT_FEE_MICROS], row[at.EVENT_RESTING_FEE_MICROS]]
        if kind == EventKind.BLOCK_TRADED:
            self.trades += 1
            assert tag == self.trades
            instrument = row[at.EVENT_INSTRUMENT]
            assert fees == [self.specs[instrument].taker_fee_micros * qty] * 2
            self.terms[tag] = Trade(instrument, price, qty, [account, other], fees)
            self._flow(self.terms[tag], 1)
        elif kind == EventKind.TRADE_BUSTED:
            trade = self.terms.pop(tag)
            told = replace(
                trade, price_ticks=price, qty_lots=qty, parties=[account, other], fees=fees
            )
            assert told == trade
            self._flow(trade, -1)
        elif kind == EventKind.TRADE_ADJUSTED:
            trade = self.terms[tag]
            assert trade.price_ticks == row[at.EVENT_RESTING_LEAVES_LOTS] != price
            self._flow(trade, -1)
            trade.price_ticks = price
            self._flow(trade, 1)
        elif kind == EventKind.TRADE_GIVEN_UP:
            trade = self.terms[tag]
            side = row[at.EVENT_SIDE]
            assert trade.parties[side] == account != other
            assert trade.fees[side] == row[at.EVENT_RESTING_FEE_MICROS]
            self._flow(trade, -1)
            trade.parties[side] = other
            self._flow(trade, 1)

    def _flow(self, trade: Trade, sign: int) -> None:
        """Let a trade happen (1), or unhappen (-1)."""
        value = self.specs[trade.instrument].tick_value_micros
        for side, (party, fee) in enumerate(zip(trade.parties, trade.fees, strict=True)):
            lots = sign * trade.qty_lots * (1 - 2 * side)
            self.lots[party, trade.instrument] += lots
            self.flows[party, trade.instrument] -= lots * trade.price_ticks * value
            self.fees[party] += sign * fee

    def _execute(self, row: list[int]) -> None:
        instrument, price = row[at.EVENT_INSTRUMENT], row[at.EVENT_PRICE_TICKS]
        aggressor = self.orders[row[at.EVENT_ORDER_ID]]
        resting = self.orders[row[at.EVENT_RESTING_ORDER_ID]]
        sign = 1 - 2 * aggressor.side
        assert not aggressor.waits
        first = self._on_side(instrument, 1 - aggressor.side)[0]
        if self.specs[instrument].matching == "price_time":
            assert resting is first
        assert resting.price_ticks == first.price_ticks
        assert price == resting.price_ticks
        # The price of a market order that waited is a collar.
        if aggressor.instructions & COLLARED != Instruction.MARKET:
            assert sign * price <= sign * aggressor.price_ticks
        assert row[at.EVENT_RESTING_ACCOUNT] == resting.account
        assert row[at.EVENT_ACCOUNT] == aggressor.account
        self._book(row, aggressor, resting, self.specs[instrument].taker_fee_micros)

    def _uncross(self, row: list[int]) -> None:
        instrument, price = row[at.EVENT_INSTRUMENT], row[at.EVENT_PRICE_TICKS]
        buyer = self.orders[row[at.EVENT_ORDER_ID]]
        seller = self.orders[row[at.EVENT_RESTING_ORDER_ID]]
        if self.specs[instrument].matching == "batch_auction":
            assert seller.price_ticks <= price <= buyer.price_ticks
            self._book(row, buyer, seller, self.specs[instrument].maker_fee_micros)
            return
        assert self._on_side(instrument, 0)[0] is buyer
        assert self._on_side(instrument, 1)[0] is seller
        assert seller.price_ticks <= price <= buyer.price_ticks
        assert row[at.EVENT_ACCOUNT] == buyer.account
        assert row[at.EVENT_RESTING_ACCOUNT] == seller.account
        self._book(row, buyer, seller, self.specs[instrument].maker_fee_micros)

    def _on_side(self, instrument: int, side: int) -> list[Order]:
        """Return the orders of one side of a book: a better price first, then the earlier."""
        mine = [
            order
            for order in self.orders.values()
            if (order.instrument, order.side) == (instrument, side) and not order.waits
        ]
        return sorted(mine, key=lambda order: (order.price_ticks * (2 * side - 1), order.rank))

    def _book(self, row: list[int], acting: Order, resting: Order, fee_micros: int) -> None:
        instrument, price, qty = (
            acting.instrument,
            row[at.EVENT_PRICE_TICKS],
            row[at.EVENT_QTY_LOTS],
        )
        assert qty > 0
        self.trades += 1
        self.volumes[instrument] += qty
        assert row[at.EVENT_TAG] == self.trades
        terms = self.specs[instrument]
        sign = 1 - 2 * acting.side
        parties, fees = [acting.account, resting.account], [fee_micros, terms.maker_fee_micros]
        self.terms[self.trades] = Trade(
            instrument, price, qty, parties[::sign], [fee * qty for fee in fees[::sign]]
        )
        for order, fee, leaves, side_sign in (
            (acting, fee_micros, row[at.EVENT_LEAVES_LOTS], sign),
            (resting, terms.maker_fee_micros, row[at.EVENT_RESTING_LEAVES_LOTS], -sign),
        ):
            key = order.account, instrument
            order.leaves_lots -= qty
            assert order.leaves_lots == leaves >= 0
            self.lots[key] += side_sign * qty
            self.flows[key] -= side_sign * qty * price * terms.tick_value_micros
            self.fees[order.account] += fee * qty
        assert row[at.EVENT_FEE_MICROS] == fee_micros * qty
        assert row[at.EVENT_RESTING_FEE_MICROS] == terms.maker_fee_micros * qty
        self.orders = {k: order for k, order in self.orders.items() if order.leaves_lots}

    def _amend(self, row: list[int]) -> None:
        order = self.orders[row[at.EVENT_ORDER_ID]]
        price, qty = row[at.EVENT_PRICE_TICKS], row[at.EVENT_QTY_LOTS]
        assert order.price_ticks == row[at.EVENT_TAG]
        keeps = order.waits or (price == order.price_ticks and qty <= order.leaves_lots)
        assert bool(row[at.EVENT_RESTING_LEAVES_LOTS]) == keeps
        if not keeps:
            order.rank = self._next_rank()
        order.price_ticks, order.leaves_lots = price, qty

    def equity(self, account: int) -> int:
        """Deposits, what flowed, and the positions' value at the mark, less fees."""
        value = self.deposits[account] - self.fees[account] + self.others[account]
        for instrument, terms in enumerate(self.specs):
            lots = self.lots[account, instrument]
            value += self.flows[account, instrument]
            value += lots * self.marks[instrument] * terms.tick_value_micros
        return value

    def margins(self, account: int) -> tuple[int, int]:
        """Initial and maintenance margin, order by order, in the default scenarios.

        Positions that offset one another in the largest may leave micros in the smaller ones, which are
        rounded by themselves.
        """
        lost = 0
        initial, maintenance = [0] * len(SCENARIOS), [0] * len(SCENARIOS)
        for instrument, terms in enumerate(self.specs):
            mark, lots = self.marks[instrument], self.lots[account, instrument]
            bought, sold = (
                [
                    order
                    for order in self.orders.values()
                    if (order.account, order.instrument, order.side) == (account, instrument, side)
                    and not order.waits
                ]
                for side in (0, 1)
            )
            for order in (*bought, *sold):
                worse = (order.price_ticks - mark) * (1 - 2 * order.side)
                lost += max(worse, 0) * order.leaves_lots * terms.tick_value_micros
            most = lots + sum(order.leaves_lots for order in bought)
            least = lots - sum(order.leaves_lots for order in sold)
            for place, (thirds, sign) in enumerate(SCENARIOS):
                move, held_move = (sign * size for size in self.moves(instrument, thirds))
                initial[place] += max(-move * most, -move * least)
                maintenance[place] -= held_move * lots
        return max(0, *initial) + lost, max(0, *maintenance)

    def moves(self, instrument: int, thirds: int) -> tuple[int, int]:
        """What a lot moves by for initial and for maintenance margin, in one, two or all thirds of its rate."""
        terms = self.specs[instrument]
        value = self.marks[instrument] * terms.tick_value_micros
        shock = thirds * terms.initial_margin_ppm // 3
        covered = terms.maintenance_margin_ppm * PPM // max(1, terms.initial_margin_ppm)
        return value * shock // PPM, value * (shock * covered // PPM) // PPM

    def compare(self, core: Core, *, margins: bool = True) -> None:
        """Assert that the core agrees on money, positions, orders, the tape and, where told, margins."""
        assert len(self.deposits) == len(core.account_names)
        for account, deposits in self.deposits.items():
            row = core.account(account).tolist()
            assert row[at.ACCOUNT_DEPOSITS_MICROS] == deposits
            assert row[at.ACCOUNT_CASH_MICROS] == self.equity(account)
            assert row[at.ACCOUNT_FEES_MICROS] == self.fees[account]
            kept = row[at.ACCOUNT_INITIAL_MICROS], row[at.ACCOUNT_MAINTENANCE_MICROS]
            assert not margins or kept == self.margins(account)
            for instrument, terms in enumerate(self.specs):
                self._compare_position(core, account, instrument, terms)
        for instrument in range(len(self.specs)):
            longs = sum(max(0, n) for (_, held), n in self.lots.items() if held == instrument)
            row = core.instrument(instrument).tolist()
            assert row[at.INSTRUMENT_MARK_TICKS] == self.marks[instrument]
            assert row[at.INSTRUMENT_OPEN_INTEREST_LOTS] == longs
            assert row[at.INSTRUMENT_VOLUME_LOTS] == self.volumes[instrument]
            for side in (0, 1):
                ids = {id(order): order_id for order_id, order in self.orders.items()}
                expected = [
                    (ids[id(order)], order.account, order.price_ticks, order.leaves_lots)
                    for order in self._on_side(instrument, side)
                ]
                found_rows = core.books.orders(instrument, side)
                assert [(*found[:3], found[3] + found[5]) for found in found_rows] == expected
            waiting = {i for i, o in self.orders.items() if o.waits and o.instrument == instrument}
            assert {found[0] for found in core.books.waiting(instrument)} == waiting
        assert int(core.venue[at.VENUE_TRADES]) == self.trades
        assert int(core.venue[at.VENUE_FEES_MICROS]) == sum(self.fees.values())
        shares = {account: paid for account, paid in self.contributions.items() if paid}
        assert core.contributions == shares
        assert int(core.venue[at.VENUE_DEFAULT_FUND_MICROS]) == sum(shares.values())
        assert int(core.venue[at.VENUE_INSURANCE_MICROS]) == self.layers[Layer.INSURANCE]
        assert int(core.venue[at.VENUE_HOUSE_MICROS]) == self.layers[Layer.HOUSE]

    def _compare_position(
        self, core: Core, account: int, instrument: int, terms: InstrumentSpec
    ) -> None:
        row = core.position(account, instrument).tolist()
        assert row[at.POSITION_LOTS] == self.lots[account, instrument]
        # Whatever the rounding of entry costs, what is realised and what is open sum to the flow.
        settled = core.instrument(instrument)[at.INSTRUMENT_STATE] == at.State.EXPIRED
        if not settled:
            open_cost = row[at.POSITION_COST_TICKLOTS] * terms.tick_value_micros
            assert row[at.POSITION_REALISED_MICROS] - open_cost == self.flows[account, instrument]
