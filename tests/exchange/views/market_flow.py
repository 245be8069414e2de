"""A small real core and random command flow for the tests of whatever reads its events."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import msgspec
from hypothesis import strategies as st

from exchange.core.commands import Command, batch_of
from exchange.core.core import Core
from exchange.core.instrument import InstrumentSpec
from exchange.core.layout import COMMAND_SEQ, CommandKind, Instruction
from exchange.views.orders import Row
from matching.layout import TimeInForce

START_NS = 1_790_000_000_000_000_000
STEP_NS = 1_000_003
ACCOUNTS = ("alice", "bob", "carol")
DEPOSIT_MICROS = 50_000_000 * 1_000_000
REFERENCE_TICKS = 280


def spec(name: str, *, months: int = 1, perpetual: bool = False) -> InstrumentSpec:
    """Return a listed instrument like GPU1: 0.01 a GPU-hour, 730 hours, mark 2.80."""
    return InstrumentSpec(
        name=name,
        family="H100" if perpetual else "GPU1",
        underlying="H100",
        index="h100_trades" if perpetual else "h100_broad",
        perpetual=perpetual,
        tick_micros=1_000 if perpetual else 10_000,
        contract_hours=1 if perpetual else 730,
        created_ns=START_NS,
        expiry_ns=0 if perpetual else START_NS + months * 30 * 86_400_000_000_000,
        base_ticks=0,
        levels=4096,
        reference_ticks=REFERENCE_TICKS * (10 if perpetual else 1),
        initial_margin_ppm=200_000,
        maintenance_margin_ppm=150_000,
        band_ppm=100_000,
        max_order_lots=5_000,
        max_position_lots=15_000,
        maker_fee_micros=50_000 if perpetual else 3_650_000,
        taker_fee_micros=70_000 if perpetual else 5_500_000,
    )


SPECS = (
    spec("GPU1-30NOV26"),
    spec("GPU1-31DEC26", months=2),
    spec("H100-PERPETUAL", perpetual=True),
)


def opening(specs: Sequence[InstrumentSpec] = SPECS) -> list[Command]:
    """Return the commands that list the instruments and fund the accounts."""
    listings = [
        Command(CommandKind.LIST_INSTRUMENT, text=msgspec.json.encode(one).decode())
        for one in specs
    ]
    accounts = [Command(CommandKind.OPEN_ACCOUNT, qty_lots=200, text=name) for name in ACCOUNTS]
    deposits = [
        Command(CommandKind.TRANSFER, number, amount_micros=DEPOSIT_MICROS)
        for number in range(len(ACCOUNTS))
    ]
    return [*listings, *accounts, *deposits]


class Line:
    """Applies batches to a core, one time step each, and keeps every event row and text."""

    def __init__(self) -> None:
        self.core = Core()
        self.rows: list[Row] = []
        self.texts: dict[int, str] = {}
        self.ts_ns = START_NS

    def apply(self, commands: list[Command]) -> tuple[list[Row], dict[int, str]]:
        """Apply one batch; return its event rows and its texts by sequence number."""
        self.ts_ns += STEP_NS
        batch = batch_of(commands, self.core.seq + 1, self.ts_ns)
        rows: list[Row] = self.core.apply(batch).tolist()
        first = int(batch.rows[0, COMMAND_SEQ])
        texts = {first + index: text for index, text in batch.texts.items()}
        self.rows.extend(rows)
        self.texts.update(texts)
        return rows, texts


class Draft(msgspec.Struct, frozen=True):
    """A command before it is known which orders live: ``pick`` chooses among those of the account."""

    command: Command
    pick: int = 0


def resolve(draft: Draft, core: Core) -> Command:
    """Return the draft's command, aimed at one of the account's live orders where it needs one."""
    command = draft.command
    if command.kind not in (CommandKind.CANCEL, CommandKind.AMEND):
        return command
    own = sorted(
        order_id
        for book in range(len(core.specs))
        for side in (0, 1)
        for order_id, owner, *_ in core.books.orders(book, side)
        if owner == command.account
    )
    order_id = own[draft.pick % len(own)] if own else 12_345
    return command._replace(order_id=order_id)


def _submit(dice: Random) -> Draft:
    instructions = dice.choice([*[Instruction.NONE] * 8, Instruction.POST_ONLY, Instruction.MARKET])
    resting = instructions == Instruction.POST_ONLY
    return Draft(
        Command(
            CommandKind.SUBMIT,
            dice.randrange(len(ACCOUNTS)),
            dice.randrange(2),
            side=dice.randrange(2),
            tif=TimeInForce.GTC if resting else dice.choice([0] * 8 + [1, 2]),
            instructions=instructions,
            price_ticks=REFERENCE_TICKS + dice.randint(-3, 3),
            qty_lots=dice.randint(1, 12),
            text=dice.choice([""] * 8 + list("abcdefgh")),
        )
    )


def _draft(dice: Random) -> Draft:
    account, pick = dice.randrange(len(ACCOUNTS)), dice.randrange(100)
    roll = dice.random()
    if roll < 0.55:
        return _submit(dice)
    if roll < 0.75:
        price_ticks = REFERENCE_TICKS + dice.randint(-3, 3)
        amend = Command(
            CommandKind.AMEND, account, price_ticks=price_ticks, qty_lots=dice.randint(1, 12)
        )
        return Draft(amend, pick)
    if roll < 0.88:
        return Draft(Command(CommandKind.CANCEL, account), pick)
    if roll < 0.92:
        return Draft(Command(CommandKind.CANCEL_ALL, account, dice.randint(-1, 1)))
    if roll < 0.96:
        price_ticks = REFERENCE_TICKS + dice.randint(-3, 3)
        return Draft(
            Command(CommandKind.MARK, instrument=dice.randrange(2), price_ticks=price_ticks)
        )
    price_micros = dice.randint(2_700_000, 2_900_000)
    return Draft(Command(CommandKind.PRINT_INDEX, amount_micros=price_micros, text="h100_broad"))


def random_flow(seed: int) -> list[list[Draft]]:
    """Return batches of drafts, the same for the same seed."""
    dice = Random(seed)
    return [[_draft(dice) for _ in range(dice.randint(1, 8))] for _ in range(dice.randint(5, 25))]


seeds = st.integers(0, 2**32)
"""Seeds of random_flow; a failure prints the one that replays it."""
