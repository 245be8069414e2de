"""What happens in linked books: orders near what their cycles imply, halts, small marks, corrections."""

from __future__ import annotations

from exchange.core import layout as at
from exchange.core.combos import legs_of
from exchange.core.commands import Command
from exchange.core.core import Core
from exchange.core.layout import CommandKind, Instruction, State
from exchange.core.trades import TRADE_BUYER, TRADE_INSTRUMENT
from tests.exchange.core.draw import Draw
from tests.exchange.core.lab import FOK, GTC, IOC, submit
from tests.exchange.core.worlds import World

KINDS = (
    *("order",) * 10,
    *("cycle",) * 10,
    *("amend",) * 2,
    *("open",) * 3,
    *("mark",) * 2,
    *("correct",) * 2,
    *("advance", "close", "state"),
)
TIMES = (GTC,) * 12 + (IOC, IOC, FOK)
INSTRUCTIONS = (0,) * 14 + (
    Instruction.POST_ONLY,
    Instruction.POST_ONLY | Instruction.REPRICE,
    Instruction.REDUCE_ONLY,
    Instruction.MARKET,
    Instruction.MARKET | Instruction.MARKET_TO_LIMIT,
)


def acts_of_linked(draw: Draw, world: World, order_ids: list[int]) -> list[Command]:
    """Return what somebody does next in a market of combos."""
    kind = draw.one_of(KINDS)
    core, chance = world.lab.core, draw.random
    instrument = chance.randrange(world.instruments)
    if kind == "order":
        return [_order(draw, world, instrument, _mark(core, instrument) + chance.randint(-4, 4))]
    if kind == "cycle":
        return _completing(draw, world)
    if kind == "amend":
        return _amended(draw, core, order_ids)
    if kind == "open":
        return _opened(core)
    if kind == "mark":
        ticks = _mark(core, instrument)
        moved = max(1, ticks + chance.randint(-3, 3))
        if draw.chance(0.1):
            moved = max(1, ticks * chance.randint(60, 150) // 100)
        return [Command(CommandKind.MARK, instrument=instrument, price_ticks=moved)]
    if kind == "correct":
        return [_corrected(draw, world)]
    if kind == "advance":
        world.lab.ts_ns += draw.one_of([0, 4_000, 10_000])
        return [Command(CommandKind.ADVANCE)]
    if kind == "close":
        return [Command(CommandKind.CLOSE_OUT)]
    if draw.chance(0.06):
        final = max(1, _mark(core, instrument)) * core.specs[instrument].tick_micros
        return [Command(CommandKind.SETTLE, instrument=instrument, amount_micros=final)]
    state = draw.one_of([State.PRE_OPEN, State.HALTED, State.HALTED, State.CLOSED])
    return [Command(CommandKind.SET_STATE, instrument=instrument, qty_lots=state)]


def _mark(core: Core, instrument: int) -> int:
    return int(core.instrument(instrument)[at.INSTRUMENT_MARK_TICKS])


def _order(draw: Draw, world: World, instrument: int, price_ticks: int) -> Command:
    chance = draw.random
    instructions = int(draw.one_of(INSTRUCTIONS))
    tif = draw.one_of(TIMES)
    if instructions & (Instruction.POST_ONLY | Instruction.MARKET):
        tif = GTC
    if instructions & Instruction.MARKET:
        price_ticks = chance.randint(0, 5)
    return submit(
        chance.randrange(world.accounts),
        chance.randrange(2),
        price_ticks,
        chance.randint(1, 9),
        instrument=instrument,
        tif=tif,
        instructions=instructions,
        prevention=draw.one_of([0, 0, 0, 1, 2, 3, 4]),
    )


def _completing(draw: Draw, world: World) -> list[Command]:
    """Return an order at about what the rest of a cycle implies, or one that builds the cycle."""
    core, chance = world.lab.core, draw.random
    combos = [number for number, spec in enumerate(core.specs) if spec.implied]
    if not combos:
        return [Command(CommandKind.CLOSE_OUT)]
    combo, buys = draw.one_of(combos), chance.randrange(2) == 0
    parts = [(combo, -1, 0 if buys else 1)]
    parts += [(leg, ratio, 1 if (ratio > 0) == buys else 0) for leg, ratio in legs_of(core, combo)]
    target, own, side = draw.one_of(parts)
    best = {
        book: core.books.best_ask(book) if its_side else core.books.best_bid(book)
        for book, _, its_side in parts
    }
    others = [(book, ratio, its_side) for book, ratio, its_side in parts if book != target]
    empty = [part for part in others if best[part[0]] is None]
    if empty:
        target, own, side = draw.one_of(empty)
        price = _mark(core, target) + chance.randint(-2, 2)
    else:
        left = -sum(ratio * (best[book] or 0) for book, ratio, _ in others)
        price = left // own + draw.one_of([0, 0, 0, 1, -1, 3, -3])
    return [_order(draw, world, target, price)._replace(side=side)]


def _amended(draw: Draw, core: Core, order_ids: list[int]) -> list[Command]:
    alive = [order for number in order_ids[-60:] if (order := core.books.order(number))]
    if not alive:
        return _opened(core)
    order, chance = draw.one_of(alive), draw.random
    return [
        Command(
            CommandKind.AMEND,
            order.owner,
            order_id=order.order_id,
            price_ticks=order.price_ticks + chance.randint(-4, 4),
            qty_lots=chance.randint(1, 12),
        )
    ]


def _opened(core: Core) -> list[Command]:
    """Return what opens all that may be, legs before combos."""
    closed = [
        number
        for number in range(len(core.specs))
        if core.instrument(number)[at.INSTRUMENT_STATE] not in (State.OPEN, State.EXPIRED)
    ]
    return [
        Command(CommandKind.SET_STATE, instrument=number, qty_lots=State.OPEN) for number in closed
    ] or [Command(CommandKind.ADVANCE)]


def _corrected(draw: Draw, world: World) -> Command:
    """Return what is done to one of the latest trades, mostly by someone who took part."""
    core, chance = world.lab.core, draw.random
    kind = draw.one_of([CommandKind.BUST, CommandKind.ADJUST, *(CommandKind.GIVE_UP,) * 2])
    trade_id = int(core.venue[at.VENUE_TRADES]) - chance.randrange(9)
    kept = core.trades.find(trade_id)
    if kept is None or kind == CommandKind.BUST:
        return Command(CommandKind.BUST, order_id=trade_id)
    if kind == CommandKind.GIVE_UP:
        party = int(kept[TRADE_BUYER + chance.randrange(2)])
        return Command(kind, party, order_id=trade_id, qty_lots=chance.randrange(world.accounts))
    price = _mark(core, int(kept[TRADE_INSTRUMENT])) + chance.randint(-3, 3)
    return Command(kind, order_id=trade_id, price_ticks=price)
