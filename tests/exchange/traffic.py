"""Random market traffic as commands, for logs, replicas and followers."""

from __future__ import annotations

import numpy as np

from exchange.core.commands import Batch, Command, Conditions, batch_of
from exchange.core.layout import CommandKind, Instruction, State
from matching.layout import Link, TimeInForce, TriggerSource, TriggerWhen, pack_terms
from tests.exchange.core.lab import USD, listing, opening, perpetual, spec, submit

START_NS = 1_790_000_000_000_000_000


def commands(seed: int, count: int) -> list[Command]:
    """A listing, four accounts, and then orders of all kinds, cancels, marks, auctions and transfers."""
    rng = np.random.default_rng(seed)
    found = [listing(spec()), listing(perpetual())]
    found += [opening(name, 10**7 * USD, 1_000) for name in ("alice", "bob", "carol", "dave")]
    while len(found) < count:
        account, instrument, offset, qty, draw = (
            int(x) for x in rng.integers([0, 0, -6, 1, 0], [4, 2, 7, 30, 52])
        )
        price = (300, 3_000)[instrument] + offset
        if draw == 0:
            found.append(Command(CommandKind.MARK))
        elif draw == 1:
            micros = 2_900_000 + 10_000 * offset
            found.append(Command(CommandKind.PRINT_INDEX, amount_micros=micros, text="h100_usd"))
        elif draw == 2:
            found.append(Command(CommandKind.CANCEL_ALL, account, instrument))
        elif draw == 3:
            found.append(Command(CommandKind.TRANSFER, account, amount_micros=qty * USD))
        elif draw == 4:
            found.append(Command(CommandKind.FUND, instrument=1, amount_micros=offset * 1_000))
        elif draw == 5:
            # Ids count up from one in the upper bits; some of these are alive, most are not.
            order_id = (len(found) - qty) << 24 | qty
            found.append(Command(CommandKind.CANCEL, account, order_id=order_id))
        elif draw == 6:
            found.append(Command(CommandKind.ADVANCE))
        elif draw == 7:
            state = State.PRE_OPEN if qty % 3 == 0 else State.OPEN
            found.append(Command(CommandKind.SET_STATE, instrument=instrument, qty_lots=state))
        elif draw >= 40 and len(found) + 3 <= count:
            found += special(account, instrument, qty % 2, price, qty, draw, len(found))
        else:
            command = submit(
                account,
                qty % 2,
                price,
                qty,
                instrument=instrument,
                tif=(0, 0, 0, 1, 2)[draw % 5],
                instructions=Instruction.POST_ONLY if draw == 15 else 0,
                label=f"label {len(found)}" if draw % 3 else "",
            )
            found.append(command)
    return found


def special(
    account: int, instrument: int, side: int, price: int, qty: int, draw: int, number: int
) -> list[Command]:
    """Return an order that waits, hides, ends, or has others linked to it; draw: 40 to 51."""
    source = (TriggerSource.LAST, TriggerSource.MARK, TriggerSource.INDEX)[draw % 3]
    when = TriggerWhen(draw // 3 % 2)
    terms = pack_terms(side)
    conditions = Conditions(display_lots=max(1, qty // 3))
    if draw in (40, 41, 42, 43):
        terms = pack_terms(side, source=source, when=when)
        conditions = Conditions(trigger_ticks=price + 2 - 4 * when)
    elif draw == 44:
        terms = pack_terms(side, 0, Instruction.MARKET, source=source, when=when)
        price, conditions = 0, Conditions(trigger_ticks=price)
    elif draw == 45:
        terms = pack_terms(side, 0, Instruction.POST_ONLY | Instruction.REPRICE)
        conditions = Conditions()
    elif draw == 46:
        terms = pack_terms(side, 0, Instruction.MARKET | Instruction.MARKET_TO_LIMIT)
        price, conditions = 0, Conditions()
    elif draw == 47:
        terms = pack_terms(side, 0, Instruction.REDUCE_ONLY)
        conditions = Conditions()
    elif draw == 48:
        terms = pack_terms(side, TimeInForce.GTD)
        conditions = Conditions(expiry_ns=START_NS + number * 10_000_000)
    linked = []
    if draw in (49, 50):
        conditions = Conditions(link=Link.OTOCO if draw == 49 else Link.OCO, linked=2)
        for offset in (-3, 3):
            other = Conditions(terms=pack_terms(1 - side), price_ticks=price + offset, qty_lots=qty)
            linked.append(
                Command(CommandKind.LINKED, account, text=f"{offset} of {number}", conditions=other)
            )
    first = Command(
        CommandKind.SUBMIT,
        account,
        instrument,
        side=side,
        tif=terms >> 1 & 0xF,
        instructions=terms >> 8,
        price_ticks=price,
        qty_lots=qty,
        text=f"special {number}",
        conditions=conditions,
    )
    return [first, *linked]


def batches(seed: int, count: int) -> list[Batch]:
    """The same commands in random batches, some 20 ms apart."""
    rng = np.random.default_rng(seed + 1)
    waiting, found, seq, ts_ns = commands(seed, count), [], 1, START_NS
    while waiting:
        size = int(rng.integers(1, 12))
        while size < len(waiting) and waiting[size].kind == CommandKind.LINKED:
            size += 1
        ts_ns += int(rng.integers(0, 40_000_000))
        found.append(batch_of(waiting[:size], seq, ts_ns))
        seq += len(waiting[:size])
        waiting = waiting[size:]
    return found
