"""The end of a command that stirred linked books: complete cycles trade and are cleared, woken orders enter."""

from __future__ import annotations

from exchange.core.activation import run_queue
from exchange.core.ledger import Ledger
from exchange.core.translate import clear_rows
from matching.arrays import Arrays
from matching.compiled import called
from matching.layout import POOL_STIRRED
from matching.settling import begins_sweep, is_due_elsewhere
from matching.stirring import STIRRED_BARRED, STIRRED_QUEUES
from matching.sweeping import sweep_once


@called
def sweep(arrays: Arrays, ledger: Ledger, count: int, seq: int, ts_ns: int) -> int:
    """Trade and clear what is executable until no cycle is."""
    rows = 1
    while rows > 0:
        rows = sweep_once(arrays, 0, 0)
        count = clear_rows(arrays, ledger, rows, count, seq, ts_ns, -1, 0)
    return count


@called
def settle_cycles(arrays: Arrays, ledger: Ledger, count: int, seq: int, ts_ns: int) -> int:
    """Do what ``matching.settling`` does, and clear each step before the next."""
    pool = arrays.pool
    going = True
    while going:
        if begins_sweep(arrays):
            count = sweep(arrays, ledger, count, seq, ts_ns)
        traded = pool[POOL_STIRRED] & STIRRED_QUEUES
        pool[POOL_STIRRED] &= STIRRED_BARRED
        if traded != 0:
            for book in range(arrays.books.shape[0]):
                if is_due_elsewhere(arrays, book):
                    count = run_queue(arrays, ledger, count, seq, ts_ns, book)
        going = pool[POOL_STIRRED] & ~STIRRED_BARRED != 0
    return count
