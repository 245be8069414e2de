"""From the quotes of a message to the levels that an account is to have in each instrument."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from exchange.core.commands import Command, Conditions
from exchange.core.layout import CommandKind, Instruction
from exchange.gateway.errors import RpcError, invalid_params
from exchange.gateway.methods.lookup import instrument_named
from exchange.gateway.methods.order_terms import prevention_bits
from exchange.gateway.methods.quantities import lots, ticks
from exchange.gateway.methods.quote_params import MMP_GROUP, MassQuoteParams, QuoteSide
from marketdata.messages import Instrument
from matching.layout import MAX_QUOTES, Side

if TYPE_CHECKING:
    from exchange.venue import Venue

_MASS_QUOTE = int(CommandKind.MASS_QUOTE)
_LINKED = int(CommandKind.LINKED)
_POST_ONLY = int(Instruction.POST_ONLY)
_REPRICE = int(Instruction.REPRICE)
_PROTECTED = int(Instruction.PROTECTED)
_BUY = int(Side.BUY)
_SELL = int(Side.SELL)


class Level(NamedTuple):
    """One side of one quote; place: how the request names it, such as ``quotes[1].bid``."""

    place: str
    side: int
    price_ticks: int
    qty_lots: int
    instructions: int


class Ladder(NamedTuple):
    """All that an account is to quote in one instrument."""

    instrument: Instrument
    levels: list[Level]

    def commands(self, account: int, prevention: int) -> list[Command]:
        """Return the MASS_QUOTE and the LINKED commands behind it; prevention: a ``Prevention``."""
        number = self.instrument.instrument_id
        instructions = self.levels[0].instructions if self.levels else 0
        first = Command(
            _MASS_QUOTE,
            account,
            number,
            instructions=instructions | prevention_bits(prevention),
            qty_lots=len(self.levels),
        )
        linked = [
            Command(
                _LINKED,
                account,
                number,
                conditions=Conditions(
                    terms=level.side, price_ticks=level.price_ticks, qty_lots=level.qty_lots
                ),
            )
            for level in self.levels
        ]
        return [first, *linked]


def ladders(venue: Venue, params: MassQuoteParams) -> list[Ladder]:
    """Return what a message quotes, an instrument at a time, in the order in which they are first named.

    Raises RpcError on what cannot be, naming its place in the message: then nothing is sent.
    """
    if params.mmp_group not in (None, MMP_GROUP):
        raise invalid_params("mmp_group", f"offered: {MMP_GROUP}")
    protected = 0 if params.mmp_group is None else _PROTECTED
    found: dict[str, Ladder] = {}
    for number, quote in enumerate(params.quotes):
        ladder = found.get(quote.instrument_name)
        if ladder is None:
            try:
                instrument = instrument_named(venue, quote.instrument_name)
            except RpcError as error:
                error.data["param"] = f"quotes[{number}].instrument_name"
                raise
            ladder = found[quote.instrument_name] = Ladder(instrument, [])
        for name, side, asked in (("bid", _BUY, quote.bid), ("ask", _SELL, quote.ask)):
            if asked is not None:
                place = f"quotes[{number}].{name}"
                _add(ladder, _level(ladder.instrument, place, side, asked, protected))
    return list(found.values())


def _level(
    instrument: Instrument, place: str, side: int, asked: QuoteSide, instructions: int
) -> Level:
    if asked.reject_post_only and not asked.post_only:
        raise invalid_params(f"{place}.reject_post_only", "goes only with post_only")
    if asked.post_only:
        instructions |= _POST_ONLY if asked.reject_post_only else _POST_ONLY | _REPRICE
    price_ticks = ticks(instrument, asked.price, f"{place}.price")
    qty_lots = lots(asked.amount, name=f"{place}.amount")
    return Level(place, side, price_ticks, qty_lots, instructions)


def _add(ladder: Ladder, level: Level) -> None:
    levels = ladder.levels
    if len(levels) == MAX_QUOTES:
        raise invalid_params(level.place, f"is beyond the {MAX_QUOTES} levels of one instrument")
    for other in levels:
        if other.instructions != level.instructions:
            raise invalid_params(
                f"{level.place}.post_only",
                f"must be as in {other.place}: it holds for all quotes of an instrument",
            )
        if other.side == level.side:
            wrong = other.price_ticks == level.price_ticks
            reason = f"is the price of {other.place}, too"
        else:
            bid, ask = (other, level) if level.side == _SELL else (level, other)
            wrong = bid.price_ticks >= ask.price_ticks
            reason = f"would trade with {other.place}"
        if wrong:
            raise invalid_params(f"{level.place}.price", reason)
    levels.append(level)
