"""The naive clearing house with combos and binaries: it knows legs by their rows, and values them anew.

A combo's trade is no position here either, but what its legs cost is counted as money: price times lots
of each leg. That this comes to the combo's price is asserted of every trade.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from exchange.core import layout as at
from exchange.core.instrument import InstrumentSpec
from exchange.core.layout import EventKind, Instruction
from tests.exchange.core.model import COLLARED, PPM, Model, Order, Trade

CORRECTIONS = (EventKind.TRADE_BUSTED, EventKind.TRADE_ADJUSTED, EventKind.TRADE_GIVEN_UP)


def meets_limit(order: Order, price_ticks: int) -> bool:
    """Say whether an order may pay a price; that of a market order is a collar, no limit."""
    collared = order.instructions & COLLARED == Instruction.MARKET
    return collared or (order.price_ticks - price_ticks) * (1 - 2 * order.side) >= 0


@dataclass
class LegTrade(Trade):
    """A leg's trade; odd_micros: what a lot costs above the price's ticks."""

    odd_micros: int
    combo_trade: int


@dataclass
class ImpliedTrade(Trade):
    """What a combo's owner traded with orders in its legs: both parties are that owner."""


class ComboModel(Model):
    """Accounts and orders as the events tell them, combos and binaries among the instruments."""

    aggressor = 0
    """Of the cycle whose rows come."""

    def feed(self, events: list[list[int]], specs: list[InstrumentSpec]) -> None:
        """Take the events of a command in, as the plain clearing house does."""
        legs_seen: defaultdict[int, int] = defaultdict(int)
        for row in events:
            kind, instrument = row[at.EVENT_KIND], row[at.EVENT_INSTRUMENT]
            if kind == EventKind.LEG_BOOKED:
                legs_seen[row[at.EVENT_RESTING_LEAVES_LOTS]] += self._book_leg(row)
            elif kind == EventKind.IMPLIED:
                self._fill_combo(row)
            elif kind == EventKind.IMPLIED_LEG:
                legs_seen[row[at.EVENT_RESTING_LEAVES_LOTS]] += self._fill_leg(row)
            elif kind == EventKind.TRADE_GIVEN_UP and self._is_implied(row):
                self._give_up_whole(row)
            elif kind in CORRECTIONS and isinstance(self.terms.get(row[at.EVENT_TAG]), LegTrade):
                self._correct_leg(row)
            elif kind == EventKind.SETTLED and self.specs[instrument].payoff == "binary":
                self._settle_binary(row)
            else:
                super().feed([row], specs)
        for combo_trade, micros in legs_seen.items():
            trade = self.terms[combo_trade]
            assert micros == trade.price_ticks * self.specs[trade.instrument].tick_micros

    def _number(self, name: str) -> int:
        return next(n for n, spec in enumerate(self.specs) if spec.name == name)

    def _book_leg(self, row: list[int]) -> int:
        """Take a leg in; return its price times its ratio, in micros per GPU-hour."""
        self.trades += 1
        assert row[at.EVENT_TAG] == self.trades
        number = row[at.EVENT_INSTRUMENT]
        combo_trade = row[at.EVENT_RESTING_LEAVES_LOTS]
        whole = self.terms[combo_trade]
        combo, own = self.specs[whole.instrument], self.specs[number]
        place = self.trades - combo_trade - 1
        leg = combo.legs[place]
        assert leg.instrument == own.name
        odd = row[at.EVENT_LEAVES_LOTS]
        assert 0 <= odd < own.tick_value_micros
        if place > 0:
            assert (row[at.EVENT_PRICE_TICKS], odd) == (self.marks[number], 0)
        lots = row[at.EVENT_QTY_LOTS]
        assert lots == whole.qty_lots * abs(leg.ratio)
        assert row[at.EVENT_FEE_MICROS] == row[at.EVENT_RESTING_FEE_MICROS] == 0
        sides = row[at.EVENT_ACCOUNT], row[at.EVENT_RESTING_ACCOUNT]
        parties = list(sides if row[at.EVENT_SIDE] == 0 else sides[::-1])
        assert parties == (whole.parties if leg.ratio > 0 else whole.parties[::-1])
        self.terms[self.trades] = LegTrade(
            number, row[at.EVENT_PRICE_TICKS], lots, parties, [0, 0], odd, combo_trade
        )
        self._flow(self.terms[self.trades], 1)
        micros = row[at.EVENT_PRICE_TICKS] * own.tick_micros + odd // own.contract_hours
        return leg.ratio * micros

    def _fill_combo(self, row: list[int]) -> None:
        """Take a combo's order in that traded with orders in its legs, whose rows follow."""
        order = self.orders[row[at.EVENT_ORDER_ID]]
        account, lots = self._fill(row, order)
        assert meets_limit(order, row[at.EVENT_PRICE_TICKS])
        assert len(self.specs[order.instrument].legs) == row[at.EVENT_RESTING_LEAVES_LOTS]
        fees = [row[at.EVENT_FEE_MICROS], 0][:: 1 - 2 * order.side]
        self.terms[self.trades] = ImpliedTrade(
            order.instrument, row[at.EVENT_PRICE_TICKS], lots, [account, account], fees
        )
        self.aggressor = row[at.EVENT_RESTING_ORDER_ID]
        self._check_fee(row, order)

    def _fill_leg(self, row: list[int]) -> int:
        """Take an order in a leg in, against the combo's owner; return its price times its ratio, in micros."""
        order = self.orders[row[at.EVENT_ORDER_ID]]
        account, lots = self._fill(row, order)
        combo_trade = row[at.EVENT_RESTING_LEAVES_LOTS]
        whole = self.terms[combo_trade]
        leg = self.specs[whole.instrument].legs[self.trades - combo_trade - 1]
        own = self.specs[order.instrument]
        assert (leg.instrument, whole.qty_lots) == (own.name, lots)
        assert meets_limit(order, row[at.EVENT_PRICE_TICKS])
        assert row[at.EVENT_RESTING_ACCOUNT] == whole.parties[0]
        assert row[at.EVENT_RESTING_FEE_MICROS] == 0
        sign = 1 - 2 * order.side
        parties, fees = [account, whole.parties[0]][::sign], [row[at.EVENT_FEE_MICROS], 0][::sign]
        self.terms[self.trades] = LegTrade(
            order.instrument, row[at.EVENT_PRICE_TICKS], lots, parties, fees, 0, combo_trade
        )
        self._check_fee(row, order)
        self._hold(self.terms[self.trades])
        return leg.ratio * row[at.EVENT_PRICE_TICKS] * own.tick_micros

    def _fill(self, row: list[int], order: Order) -> tuple[int, int]:
        self.trades += 1
        assert row[at.EVENT_TAG] == self.trades
        assert (order.instrument, order.side) == (row[at.EVENT_INSTRUMENT], row[at.EVENT_SIDE])
        lots = row[at.EVENT_QTY_LOTS]
        order.leaves_lots -= lots
        assert order.leaves_lots == row[at.EVENT_LEAVES_LOTS] >= 0 < lots
        self.volumes[order.instrument] += lots
        self.fees[order.account] += row[at.EVENT_FEE_MICROS]
        self.orders = {k: each for k, each in self.orders.items() if each.leaves_lots}
        return order.account, lots

    def _check_fee(self, row: list[int], order: Order) -> None:
        terms = self.specs[order.instrument]
        takes = row[at.EVENT_ORDER_ID] == self.aggressor
        fee = terms.taker_fee_micros if takes else terms.maker_fee_micros
        assert row[at.EVENT_FEE_MICROS] == fee * row[at.EVENT_QTY_LOTS]

    def _hold(self, trade: Trade) -> None:
        tick_value = self.specs[trade.instrument].tick_value_micros
        for party, lots in zip(trade.parties, (trade.qty_lots, -trade.qty_lots), strict=True):
            self.lots[party, trade.instrument] += lots
            self.flows[party, trade.instrument] -= lots * trade.price_ticks * tick_value

    def _is_implied(self, row: list[int]) -> bool:
        return isinstance(self.terms.get(row[at.EVENT_TAG]), ImpliedTrade)

    def _give_up_whole(self, row: list[int]) -> None:
        """Move an implied trade's fee to another account; rows of its legs follow."""
        trade = self.terms[row[at.EVENT_TAG]]
        account, other = row[at.EVENT_ACCOUNT], row[at.EVENT_RESTING_ACCOUNT]
        assert trade.parties == [account, account] != [other, other]
        assert trade.fees[row[at.EVENT_SIDE]] == row[at.EVENT_RESTING_FEE_MICROS]
        self._flow(trade, -1)
        trade.parties = [other, other]
        self._flow(trade, 1)

    def _correct_leg(self, row: list[int]) -> None:
        trade = self.terms[row[at.EVENT_TAG]]
        assert isinstance(trade, LegTrade)
        kind, price = row[at.EVENT_KIND], row[at.EVENT_PRICE_TICKS]
        odd, former_odd = row[at.EVENT_RESTING_ORDER_ID], row[at.EVENT_ORDER_ID]
        self._flow(trade, -1)
        if kind == EventKind.TRADE_ADJUSTED:
            assert trade.price_ticks == row[at.EVENT_RESTING_LEAVES_LOTS]
            assert trade.odd_micros == former_odd
            assert trade.combo_trade + 1 == row[at.EVENT_TAG]
            trade.price_ticks, trade.odd_micros = price, odd
        assert (trade.price_ticks, trade.odd_micros) == (price, odd)
        if kind == EventKind.TRADE_GIVEN_UP:
            assert trade.parties[row[at.EVENT_SIDE]] == row[at.EVENT_ACCOUNT]
            trade.parties[row[at.EVENT_SIDE]] = row[at.EVENT_RESTING_ACCOUNT]
        if kind == EventKind.TRADE_BUSTED:
            assert trade.combo_trade not in self.terms
            del self.terms[row[at.EVENT_TAG]]
        else:
            self._flow(trade, 1)

    def _settle_binary(self, row: list[int]) -> None:
        number, account = row[at.EVENT_INSTRUMENT], row[at.EVENT_ACCOUNT]
        terms, lots = self.specs[number], self.lots.pop((account, number))
        assert lots == row[at.EVENT_QTY_LOTS] != 0
        self.fees[account] += row[at.EVENT_FEE_MICROS]
        if row[at.EVENT_RESTING_FEE_MICROS] > terms.strike_micros:
            self.others[account] += lots * PPM * terms.contract_hours

    def _flow(self, trade: Trade, sign: int) -> None:
        if self.specs[trade.instrument].legs:
            for party, fee in zip(trade.parties, trade.fees, strict=True):
                self.fees[party] += sign * fee
            return
        super()._flow(trade, sign)
        if isinstance(trade, LegTrade):
            for party, lots in zip(trade.parties, (trade.qty_lots, -trade.qty_lots), strict=True):
                self.flows[party, trade.instrument] -= sign * lots * trade.odd_micros

    def _book(self, row: list[int], acting: Order, resting: Order, fee_micros: int) -> None:
        super()._book(row, acting, resting, fee_micros)
        if self.specs[acting.instrument].legs:
            # It is nobody's position; its legs follow in rows of their own.
            for order in (acting, resting):
                self.lots.pop((order.account, acting.instrument), None)
                self.flows.pop((order.account, acting.instrument), None)

    def margins(self, account: int) -> tuple[int, int]:
        """Initial and maintenance margin, where nothing offsets a binary."""
        initial, maintenance = super().margins(account)
        for number, terms in enumerate(self.specs):
            if terms.payoff != "binary":
                continue
            lots = self.lots[account, number]
            bought, sold = (
                sum(
                    order.leaves_lots
                    for order in self.orders.values()
                    if (order.account, order.instrument, order.side) == (account, number, side)
                    and not order.waits
                )
                for side in (0, 1)
            )
            value = self.marks[number] * terms.tick_value_micros
            other = PPM * terms.contract_hours - value
            initial += max(0, (lots + bought) * value, (sold - lots) * other)
            maintenance += max(lots * value, -lots * other)
        return initial, maintenance

    def moves(self, instrument: int, thirds: int) -> tuple[int, int]:
        """What a lot moves by: of a combo its legs together, of a binary nothing."""
        terms = self.specs[instrument]
        if terms.payoff == "binary":
            return 0, 0
        if not terms.legs:
            return super().moves(instrument, thirds)
        legs = [
            (leg.ratio, *self.moves(self._number(leg.instrument), thirds)) for leg in terms.legs
        ]
        return sum(leg[0] * leg[1] for leg in legs), sum(leg[0] * leg[2] for leg in legs)
