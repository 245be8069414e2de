"""Random market traffic as commands, for logs, replicas and followers."""

from __future__ import annotations

import numpy as np

from exchange.core.commands import Batch, Command, batch_of
from exchange.core.layout import CommandKind, Instruction
from tests.exchange.core.lab import USD, listing, opening, perpetual, spec, submit

START_NS = 1_790_000_000_000_000_000


def commands(seed: int, count: int) -> list[Command]:
    """A listing, four accounts, and then orders, cancels, marks, prints and transfers."""
    rng = np.random.default_rng(seed)
    found = [listing(spec()), listing(perpetual())]
    found += [opening(name, 10**7 * USD, 1_000) for name in ("alice", "bob", "carol", "dave")]
    while len(found) < count:
        account, instrument, offset, qty, draw = (
            int(x) for x in rng.integers([0, 0, -6, 1, 0], [4, 2, 7, 30, 40])
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


def batches(seed: int, count: int) -> list[Batch]:
    """The same commands in random batches, some 20 ms apart."""
    rng = np.random.default_rng(seed + 1)
    waiting, found, seq, ts_ns = commands(seed, count), [], 1, START_NS
    while waiting:
        size = int(rng.integers(1, 12))
        ts_ns += int(rng.integers(0, 40_000_000))
        found.append(batch_of(waiting[:size], seq, ts_ns))
        seq += len(waiting[:size])
        waiting = waiting[size:]
    return found
