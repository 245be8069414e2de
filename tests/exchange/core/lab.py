"""A core to experiment on: its instruments, one command at a time, and everything it said."""

from __future__ import annotations

import msgspec
import numpy as np

from exchange.core import layout as at
from exchange.core import snapshot
from exchange.core.commands import Batch, Command, Conditions, batch_of
from exchange.core.core import Core
from exchange.core.instrument import InstrumentSpec, Leg
from exchange.core.layout import CommandKind, EventKind, Reason
from matching.layout import INSTRUCTION_SHIFT, POOL_NOW_NS, pack_terms

Row = list[int]

USD = 1_000_000
BUY, SELL = 0, 1
GTC, IOC, FOK = 0, 1, 2


def spec(name: str = "GPU1-31DEC26", **changes: object) -> InstrumentSpec:
    """A dated future: a tick of one lot is worth 7.30 USD, it is marked at 300 ticks, 20 % margin."""
    terms = InstrumentSpec(
        name=name,
        family="GPU1",
        underlying="H100",
        index="h100_usd",
        perpetual=False,
        tick_micros=10_000,
        contract_hours=730,
        created_ns=0,
        expiry_ns=4 * 10**18,
        base_ticks=1,
        levels=4_096,
        reference_ticks=300,
        initial_margin_ppm=200_000,
        maintenance_margin_ppm=150_000,
        band_ppm=100_000,
        max_order_lots=500,
        max_position_lots=1_000,
        maker_fee_micros=2 * USD,
        taker_fee_micros=5 * USD,
    )
    return msgspec.structs.replace(terms, **changes)


def perpetual(name: str = "H100-PERPETUAL", **changes: object) -> InstrumentSpec:
    """A perpetual of one GPU-hour: a tick of one lot is worth 0.001 USD, it is marked at 3,000 ticks."""
    terms = spec(
        name,
        family="H100",
        perpetual=True,
        expiry_ns=0,
        tick_micros=1_000,
        contract_hours=1,
        levels=40_960,
        reference_ticks=3_000,
        max_order_lots=100_000,
        max_position_lots=1_000_000,
        maker_fee_micros=200,
        taker_fee_micros=1_000,
    )
    return msgspec.structs.replace(terms, **changes)


def combo(name: str = "GPU1-SPREAD", **changes: object) -> InstrumentSpec:
    """The first two legs of its test, one to one: a tick of 0.005 USD, prices from -10.24 to 10.235 USD."""
    terms = spec(
        name,
        family="GPU1-SPREAD",
        tick_micros=5_000,
        base_ticks=-2_048,
        reference_ticks=0,
        band_ppm=0,
        band_ticks=200,
        legs=(Leg("GPU1-31DEC26", 1), Leg("GPU2-31DEC26", -1)),
    )
    return msgspec.structs.replace(terms, **changes)


def binary(name: str = "H100-ABOVE-2.50", **changes: object) -> InstrumentSpec:
    """A lot is 100 units of a dollar if the mean is above 2.50; it is marked at 0.40 USD."""
    terms = spec(
        name,
        family="H100-ABOVE",
        payoff="binary",
        strike_micros=2_500_000,
        tick_micros=10_000,
        contract_hours=100,
        base_ticks=0,
        reference_ticks=40,
        band_ppm=0,
        band_ticks=100,
    )
    return msgspec.structs.replace(terms, **changes)


def listing(terms: InstrumentSpec) -> Command:
    """The command that lists an instrument."""
    return Command(CommandKind.LIST_INSTRUMENT, text=msgspec.json.encode(terms).decode())


def opening(name: str, deposit_micros: int, max_orders: int = 100) -> Command:
    """The command that opens a funded account."""
    kind = CommandKind.OPEN_ACCOUNT
    return Command(kind, qty_lots=max_orders, amount_micros=deposit_micros, text=name)


def submit(
    account: int,
    side: int,
    price_ticks: int,
    qty_lots: int,
    *,
    instrument: int = 0,
    tif: int = GTC,
    instructions: int = 0,
    label: str = "",
    conditions: Conditions | None = None,
    **terms: int,
) -> Command:
    """The command that enters an order; terms: prevention, source, when, trailing of pack_terms."""
    packed = pack_terms(0, 0, instructions, **terms) if terms else instructions << INSTRUCTION_SHIFT
    return Command(
        CommandKind.SUBMIT,
        account,
        instrument,
        side=side,
        tif=tif,
        instructions=packed >> INSTRUCTION_SHIFT,
        price_ticks=price_ticks,
        qty_lots=qty_lots,
        text=label,
        conditions=conditions,
    )


def linked(
    side: int,
    price_ticks: int,
    qty_lots: int,
    *,
    tif: int = GTC,
    instructions: int = 0,
    label: str = "",
    conditions: Conditions | None = None,
    **terms: int,
) -> Command:
    """The row of an order that is linked to the one before it."""
    packed = pack_terms(side, tif, instructions, **terms)
    said = (conditions or Conditions())._replace(
        terms=packed, price_ticks=price_ticks, qty_lots=qty_lots
    )
    return Command(CommandKind.LINKED, text=label, conditions=said)


class Lab:
    """A core, fed through batches that are kept."""

    def __init__(
        self,
        *specs: InstrumentSpec,
        deposits: tuple[int, ...] = (),
        max_orders: int = 100,
        parents: tuple[int, ...] = (),
    ) -> None:
        self.core = Core()
        self.batches: list[Batch] = []
        self.events: list[Row] = []
        self.ts_ns = 1_000
        self.do(*(listing(terms) for terms in specs))
        names = (f"account-{i}" for i in range(len(deposits)))
        opened = map(opening, names, deposits, [max_orders] * len(deposits))
        padded = (*parents, *[-1] * len(deposits))
        self.do(*(o._replace(instrument=p) for o, p in zip(opened, padded, strict=False)))

    def do(self, *commands: Command) -> list[Row]:
        """Apply commands as one batch; return their event rows."""
        if not commands:
            return []
        self.ts_ns += 1_000
        batch = batch_of(list(commands), self.core.seq + 1, self.ts_ns)
        self.batches.append(batch)
        events: list[Row] = self.core.apply(batch).tolist()
        self.events += events
        return events

    def reason(self, command: Command) -> Reason:
        """Apply one command; return why it was rejected, NONE when it was not."""
        return reason_of(self.do(command))

    def order(self, command: Command) -> int:
        """Enter an order that must be accepted; return its id."""
        events = self.do(command)
        assert events[0][at.EVENT_KIND] == EventKind.ACCEPTED, Reason(events[0][at.EVENT_TAG]).name
        return events[0][at.EVENT_ORDER_ID]

    def trade(
        self, buyer: int, seller: int, price_ticks: int, qty_lots: int, instrument: int = 0
    ) -> None:
        """Let one account buy from another, who rests first."""
        self.order(submit(seller, SELL, price_ticks, qty_lots, instrument=instrument))
        self.order(submit(buyer, BUY, price_ticks, qty_lots, instrument=instrument, tif=FOK))

    def cash(self, account: int) -> int:
        """Equity of an account in micro-dollars."""
        return int(self.core.account(account)[at.ACCOUNT_CASH_MICROS])

    def initial(self, account: int) -> int:
        """Initial margin of an account in micro-dollars."""
        return int(self.core.account(account)[at.ACCOUNT_INITIAL_MICROS])

    def lots(self, account: int, instrument: int = 0) -> int:
        """Position of an account."""
        return int(self.core.position(account, instrument)[at.POSITION_LOTS])

    @property
    def digest(self) -> str:
        """Digest of the whole state."""
        return snapshot.digest(self.core)

    @property
    def timeless_digest(self) -> str:
        """Digest of everything but the sequence number and time of the last command."""
        stamps = self.core.venue[: at.VENUE_TS_NS + 1].copy()
        pool = self.core.books.pool
        now_ns = int(pool[POOL_NOW_NS])
        self.core.venue[: at.VENUE_TS_NS + 1] = 0
        pool[POOL_NOW_NS] = 0
        try:
            return snapshot.digest(self.core)
        finally:
            self.core.venue[: at.VENUE_TS_NS + 1] = stamps
            pool[POOL_NOW_NS] = now_ns


def reason_of(events: list[Row]) -> Reason:
    """Why the command of these events was rejected, NONE when it was not."""
    if len(events) == 1 and events[0][at.EVENT_KIND] == EventKind.REJECTED:
        return Reason(events[0][at.EVENT_TAG])
    return Reason.NONE


def joined(batches: list[Batch]) -> Batch:
    """One batch of the commands of many."""
    texts: dict[int, str] = {}
    count = 0
    for batch in batches:
        texts.update({count + index: text for index, text in batch.texts.items()})
        count += len(batch.rows)
    rows = np.concatenate([batch.rows for batch in batches])
    return Batch(rows, texts, np.concatenate([batch.conditions for batch in batches]))


def cut(batch: Batch, sizes: list[int]) -> list[Batch]:
    """The same commands in batches of about these sizes, and the rest as a last one.

    An order and the ones linked to it are never parted.
    """
    kinds = batch.rows[:, at.COMMAND_KIND].tolist()
    parts: list[Batch] = []
    start = 0
    for size in [*sizes, len(batch.rows)]:
        end = min(start + size, len(kinds))
        while end < len(kinds) and kinds[end] == CommandKind.LINKED:
            end += 1
        if end > start:
            parts.append(batch.part(start, end))
        start = end
    return parts
