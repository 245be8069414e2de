"""What the core's cumulative columns said when a day ended: two of them make a day's statement."""

from __future__ import annotations

from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from exchange.core import layout as at
from exchange.core.core import Core

Table = NDArray[np.int64]

CASH, DEPOSITS, FEES, RELIEF = range(4)
_ACCOUNT_COLUMNS = [
    at.ACCOUNT_CASH_MICROS,
    at.ACCOUNT_DEPOSITS_MICROS,
    at.ACCOUNT_FEES_MICROS,
    at.ACCOUNT_RELIEF_MICROS,
]
VARIATION, FUNDING = range(2)
_POSITION_COLUMNS = [at.POSITION_VARIATION_MICROS, at.POSITION_FUNDING_MICROS]


class DayEnd(NamedTuple):
    """Money of every account and position at one moment, in micro-dollars.

    accounts: int64[accounts, 4] (CASH, DEPOSITS, FEES, RELIEF). positions: int64[accounts,
    instruments, 2] (VARIATION, FUNDING).
    """

    accounts: Table
    positions: Table

    @classmethod
    def before(cls) -> DayEnd:
        """Return the end of the day before the first: nobody had anything."""
        return cls(np.zeros((0, 4), np.int64), np.zeros((0, 0, 2), np.int64))

    @classmethod
    def of(cls, core: Core) -> DayEnd:
        """Return what a core's columns say now, as copies."""
        number = len(core.account_names)
        return cls(
            core.accounts[:number][:, _ACCOUNT_COLUMNS],
            core.positions[:number][:, :, _POSITION_COLUMNS],
        )

    def grown(self, accounts: int, instruments: int) -> DayEnd:
        """Return this with rows of zeros for the accounts and instruments that came since."""
        former, held = self.positions.shape[:2]
        larger = np.zeros((accounts, instruments, 2), np.int64)
        larger[:former, :held] = self.positions
        rows = np.zeros((accounts, 4), np.int64)
        rows[: len(self.accounts)] = self.accounts
        return DayEnd(rows, larger)

    def packed(self) -> bytes:
        """Return this as MessagePack."""
        shape = self.positions.shape[:2]
        return msgspec.msgpack.encode([shape, self.accounts.tobytes(), self.positions.tobytes()])

    @classmethod
    def unpacked(cls, packed: bytes) -> DayEnd:
        """Return what was packed; raises msgspec.DecodeError for other bytes."""
        (accounts, instruments), rows, held = msgspec.msgpack.decode(
            packed, type=tuple[tuple[int, int], bytes, bytes]
        )
        return cls(
            np.frombuffer(rows, np.int64).reshape(accounts, 4).copy(),
            np.frombuffer(held, np.int64).reshape(accounts, instruments, 2).copy(),
        )
