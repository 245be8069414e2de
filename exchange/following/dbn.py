"""The tape in Databento Binary Encoding, schema ``mbo``: what research tools read order by order.

A file begins with the whole book of every instrument: R, then the resting orders as A, with F_SNAPSHOT.
Prices are 1e-9 dollars, sizes lots, ``sequence`` is the lower half of the command's sequence number and
``ts_recv`` equals ``ts_event``: there is no other clock. Trades without a book of their own (legs of
combos, block trades) are T with side N.

Sources: DBN encoding and the MBO schema, https://databento.com/docs/standards-and-conventions/databento-binary-encoding
and https://databento.com/docs/schemas-and-data-formats/mbo.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, BinaryIO

import msgspec
import numpy as np
import numpy.typing as npt

from exchange.core.core import Core
from exchange.explained import ExplainedError
from exchange.following.order_tape import OrderRow

DATASET = "CFX.MBO"
"""Name of the data set in the files; no publisher of Databento's."""
F_LAST = 128
F_SNAPSHOT = 32
RTYPE_MBO = 160
NANOS_PER_MICRO = 1_000
UINT32 = 0xFFFFFFFF
MISSING = (
    "DBN files need the package databento-dbn: pip install 'compute-futures-exchange[dbn]', "
    "or record Parquet alone"
)

MBO = np.dtype(
    [
        ("length", "u1"),
        ("rtype", "u1"),
        ("publisher_id", "<u2"),
        ("instrument_id", "<u4"),
        ("ts_event", "<u8"),
        ("order_id", "<u8"),
        ("price", "<i8"),
        ("size", "<u4"),
        ("flags", "u1"),
        ("channel_id", "u1"),
        ("action", "S1"),
        ("side", "S1"),
        ("ts_recv", "<u8"),
        ("ts_in_delta", "<i4"),
        ("sequence", "<u4"),
    ]
)
"""One record, 56 bytes; ``length`` counts words of four bytes."""
_SIDES = {-1: b"N", 0: b"B", 1: b"A"}

Records = npt.NDArray[np.void]


class _Interval(msgspec.Struct):
    start_date: date
    end_date: date
    symbol: str


class _Mapping(msgspec.Struct):
    raw_symbol: str
    intervals: Sequence[_Interval]


class DbnMissingError(ExplainedError, RuntimeError):
    """The package ``databento-dbn`` is not installed."""


def available() -> bool:
    """Tell whether files can be written: `pip install compute-futures-exchange[dbn]` makes it so."""
    try:
        import databento_dbn  # noqa: F401
    except ImportError:
        return False
    return True


def records(core: Core, rows: Sequence[OrderRow], *, snapshot: bool) -> Records:
    """Return rows as records; snapshot: they build a book, all of them at one time."""
    made = np.zeros(len(rows), MBO)
    if not rows:
        return made
    seqs, times, numbers, actions, sides, prices, sizes, ids = zip(*rows, strict=True)
    ticks = np.array([spec.tick_micros for spec in core.specs], np.int64)
    seq, number = np.array(seqs, np.int64), np.array(numbers, np.int64)
    made["length"] = MBO.itemsize // 4
    made["rtype"] = RTYPE_MBO
    # Instruments are counted from 1: research tools take 0 for none.
    made["instrument_id"] = number + 1
    made["ts_event"] = made["ts_recv"] = np.array(times, np.int64)
    made["order_id"] = np.array(ids, np.int64)
    made["price"] = np.array(prices, np.int64) * ticks[number] * NANOS_PER_MICRO
    made["size"] = np.minimum(np.array(sizes, np.int64), UINT32)
    made["action"] = np.array([action.encode() for action in actions])
    made["side"] = np.array([_SIDES[side] for side in sides])
    made["sequence"] = seq & UINT32
    # The last record of an event of one instrument says so.
    ends = np.ones(len(rows), bool)
    ends[:-1] = (seq[1:] != seq[:-1]) | (number[1:] != number[:-1])
    made["flags"] = np.where(ends, F_LAST, 0) | (F_SNAPSHOT if snapshot else 0)
    cleared = made["action"] == b"R"
    made["price"][cleared] = np.iinfo(np.int64).max
    return made


def write(file: BinaryIO, core: Core, parts: Sequence[Records]) -> None:
    """Write metadata and records. Raises DbnMissingError where the package is missing."""
    if not available():
        raise DbnMissingError(MISSING)
    file.write(_metadata(core, parts))
    for part in parts:
        file.write(part.tobytes())


def _metadata(core: Core, parts: Sequence[Records]) -> bytes:
    from databento_dbn import Metadata, Schema, SType

    times = [
        int(t) for part in parts if len(part) for t in (part["ts_event"][0], part["ts_event"][-1])
    ]
    start_ns, end_ns = (min(times), max(times)) if times else (core.ts_ns, core.ts_ns)
    first, last = _date(start_ns), _date(end_ns) + timedelta(days=1)
    mappings: Any = [
        _Mapping(spec.name, [_Interval(first, last, str(number + 1))])
        for number, spec in enumerate(core.specs)
    ]
    metadata = Metadata(
        dataset=DATASET,
        start=start_ns,
        stype_in=SType.from_str("raw_symbol"),
        stype_out=SType.from_str("instrument_id"),
        schema=Schema.from_str("mbo"),
        symbols=[spec.name for spec in core.specs],
        partial=[],
        not_found=[],
        mappings=mappings,
        # Exclusive, as in files of Databento's own.
        end=end_ns + 1,
    )
    return bytes(metadata)


def _date(ts_ns: int) -> date:
    return datetime.fromtimestamp(ts_ns // 1_000_000_000, UTC).date()
