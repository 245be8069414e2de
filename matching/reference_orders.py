"""An order in the oracle's hands, and what its terms say."""

from __future__ import annotations

from dataclasses import dataclass, field

from matching.layout import (
    INSTRUCTION_SHIFT,
    LEVEL_MATCHING,
    PREVENTION_MASK,
    PREVENTION_SHIFT,
    SOURCE_MASK,
    SOURCE_SHIFT,
    TIF_MASK,
    TIF_SHIFT,
    TRAILING,
    WHEN_SHIFT,
    Instruction,
    Side,
    TimeInForce,
    TriggerWhen,
)

RESTING = 0
"""Level code of an order that is in the book; the codes of those that wait are in the layout."""

ALL_INSTRUCTIONS = 0xFF


def side_of(terms: int) -> int:
    """The Side in a TERMS word."""
    return terms & 1


def tif_of(terms: int) -> int:
    """The time in force in a TERMS word."""
    return terms >> TIF_SHIFT & TIF_MASK


def instructions_of(terms: int) -> int:
    """The instruction bits of a TERMS word."""
    return terms >> INSTRUCTION_SHIFT & ALL_INSTRUCTIONS


def prevention_of(terms: int) -> int:
    """The self-trade prevention in a TERMS word."""
    return terms >> PREVENTION_SHIFT & PREVENTION_MASK


def source_of(terms: int) -> int:
    """The trigger source in a TERMS word."""
    return terms >> SOURCE_SHIFT & SOURCE_MASK


def when_of(terms: int) -> int:
    """The direction of the trigger in a TERMS word."""
    return terms >> WHEN_SHIFT & 1


def has(terms: int, instruction: Instruction) -> bool:
    """Whether a TERMS word has an instruction."""
    return bool(instructions_of(terms) & instruction)


@dataclass(eq=False)
class Trigger:
    """What a stop waits for.

    ``price_ticks`` is None for a trailing trigger that does not follow its source yet. ``reached``
    says that the price was seen, so the order only waits for its turn.
    """

    source: int
    when: int
    price_ticks: int | None
    trail_ticks: int = 0
    reached: bool = False

    @property
    def trailing(self) -> bool:
        """Whether the trigger follows its source."""
        return self.trail_ticks > 0

    def follow(self, source_ticks: int) -> None:
        """Move a trailing trigger to its distance from the source, never away from it."""
        if not self.trailing:
            return
        if self.when == TriggerWhen.RISES:
            wanted = source_ticks + self.trail_ticks
            self.price_ticks = min(wanted, wanted if self.price_ticks is None else self.price_ticks)
        else:
            wanted = source_ticks - self.trail_ticks
            self.price_ticks = max(wanted, wanted if self.price_ticks is None else self.price_ticks)

    def amended(self, price_ticks: int, trail_ticks: int) -> Trigger:
        """This trigger with another price, or with another trail behind the same peak."""
        if self.trailing and self.price_ticks is None:
            return Trigger(self.source, self.when, None, trail_ticks)
        if self.trailing:
            assert self.price_ticks is not None
            away = 1 if self.when == TriggerWhen.RISES else -1
            peak_ticks = self.price_ticks - away * self.trail_ticks
            price_ticks = peak_ticks + away * trail_ticks
        return Trigger(self.source, self.when, price_ticks, trail_ticks)

    def is_reached_by(self, source_ticks: int | None) -> bool:
        """Whether a price of the source (None: not known) is at the trigger or beyond it."""
        if source_ticks is None or self.price_ticks is None:
            return False
        if self.when == TriggerWhen.RISES:
            return source_ticks >= self.price_ticks
        return source_ticks <= self.price_ticks


@dataclass(eq=False)
class ReferenceOrder:
    """One order from its entry to its end.

    ``open_lots`` is everything that is still open. ``shown_lots`` is the part of it that a resting
    order shows; it means nothing while the order waits or trades as aggressor. ``price_ticks`` of a
    MARKET order is its collar until it rests. ``ring`` is the list, shared by its members in the
    order of entry, of orders of which one cancels the others; ``dormant_children`` are the orders
    that hang on this one and have not been queued yet.
    """

    book: int
    terms: int
    owner: int
    price_ticks: int
    open_lots: int
    order_id: int = 0
    filled_lots: int = 0
    shown_lots: int = 0
    display_lots: int = 0
    minimum_lots: int = 0
    expiry_ns: int | None = None
    trigger: Trigger | None = None
    complete: bool = False
    batch_ns: int = 0
    ring: list[ReferenceOrder] = field(default_factory=list)
    parent: ReferenceOrder | None = None
    dormant_children: list[ReferenceOrder] = field(default_factory=list)
    level_code: int = LEVEL_MATCHING

    @property
    def side(self) -> int:
        """The Side bit of the terms."""
        return side_of(self.terms)

    @property
    def buys(self) -> bool:
        """Whether this is a buy order."""
        return self.side == Side.BUY

    @property
    def reserve_lots(self) -> int:
        """What a resting iceberg hides."""
        return self.open_lots - self.shown_lots

    @property
    def may_rest(self) -> bool:
        """Whether the terms let a remainder stay in the book."""
        passing = tif_of(self.terms) in (TimeInForce.IOC, TimeInForce.FOK)
        return not passing and not self.has(Instruction.MARKET)

    @property
    def waits(self) -> bool:
        """Whether the order waits beside the book: pending, dormant or queued."""
        return self.level_code < 0 and self.level_code != LEVEL_MATCHING

    def has(self, instruction: Instruction) -> bool:
        """Whether the terms have an instruction."""
        return has(self.terms, instruction)

    def show(self) -> None:
        """Show the first part of an iceberg, or the whole of any other order."""
        self.shown_lots = min(self.display_lots or self.open_lots, self.open_lots)

    def become_limit_order(self, price_ticks: int) -> None:
        """Turn a MARKET_TO_LIMIT order into a limit order at a price."""
        market = Instruction.MARKET | Instruction.MARKET_TO_LIMIT
        self.terms &= ~(market << INSTRUCTION_SHIFT)
        self.price_ticks = price_ticks

    def become_fleeting(self, price_ticks: int) -> None:
        """Turn a MARKET order into an IOC order at a price, which the end of a batch cancels."""
        self.terms &= ~(Instruction.MARKET << INSTRUCTION_SHIFT | TIF_MASK << TIF_SHIFT)
        self.terms |= TimeInForce.IOC << TIF_SHIFT
        self.price_ticks = price_ticks


def make_trigger(terms: int, trigger_ticks: int, trail_ticks: int) -> Trigger | None:
    """What sound terms and conditions say of a trigger, None where they name no source."""
    source = source_of(terms)
    if not source:
        return None
    if terms & TRAILING:
        return Trigger(source, when_of(terms), None, trail_ticks)
    return Trigger(source, when_of(terms), trigger_ticks)
