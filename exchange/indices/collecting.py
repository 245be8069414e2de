"""Collecting a file's batches into one panel, without repeats, in order of time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from exchange.indices import columns as at
from exchange.indices import fields
from exchange.indices.batches import Batch, Table
from exchange.indices.cells import (
    Cells,
    Parsed,
    encode,
    parse,
    parse_amounts,
    parse_prices,
    parse_times,
)
from exchange.indices.columns import JOIN, NUMBERS, TERMS, Chosen
from exchange.indices.observations import Line
from exchange.indices.panel import Observations, Panel
from exchange.indices.quote_lines import FieldFaultError, line_of
from exchange.indices.rejects import Fault, ObservationError, Rejects

MAX_ROWS = 5_000_000

_LIMIT = 1 << 62


class _Rows(NamedTuple):
    """Usable rows: the line of the file, the place of the quote line, and the numbers."""

    number: NDArray[np.int64]
    line: NDArray[np.int32]
    ts_ns: NDArray[np.int64]
    price_micros: NDArray[np.int64]
    gpu_hours: NDArray[np.float64]


class Collector:
    """Reads the chosen columns of one file's batches; what is at fault goes to `rejects`."""

    def __init__(
        self,
        chosen: Chosen,
        wanted: Sequence[tuple[int, str]],
        underlying: str,
        rejects: Rejects,
    ) -> None:
        self._chosen = dict(chosen)
        if at.GPUS in chosen:
            self._chosen.setdefault("cluster_gpus", chosen[at.GPUS])
        self._terms = [field for field in TERMS if field in self._chosen]
        self._wanted = list(wanted)
        self._underlying = underlying
        self._rejects = rejects
        self._lines: dict[Line, int] = {}
        self._known: dict[tuple[Any, ...], int | tuple[str, Fault]] = {}
        self._parts: list[_Rows] = []

    def collect(self, table: Table, not_after_ns: int | None) -> Observations:
        """Return the observations of a table; raises ObservationError where it has no usable one."""
        places = {place for each in self._chosen.values() for place in each}
        places |= {place for place, _ in self._wanted}
        count = unwanted = 0
        for batch in table.batches(sorted(places)):
            count += len(batch.line)
            if count > MAX_ROWS:
                file = self._rejects.file
                raise ObservationError(f"{file}: more than {MAX_ROWS} rows; split the file")
            kept = self._kept(batch)
            unwanted += len(batch.line) - len(kept.line)
            if len(kept.line):
                self._parts.append(self._read(kept, not_after_ns))
        if unwanted and unwanted == count:
            file = self._rejects.file
            raise ObservationError(f"{file}: no row has the values asked for, of {unwanted:,}")
        panel = self._panel()
        named = self._rejects.named()
        if not len(panel):
            cause = f", such as {named[0]}" if named else ""
            message = f"no usable row ({self._rejects.total} were not usable{cause})"
            raise ObservationError(f"{self._rejects.file}: {message}", named)
        return Observations(panel, named, self._rejects.counts)

    def _kept(self, batch: Batch) -> Batch:
        for place, value in self._wanted:
            text = pc.fill_null(batch.columns[place].cast(pa.string()), "")
            mask = pc.equal(pc.utf8_trim_whitespace(text), value)
            line = batch.line[mask.to_numpy(zero_copy_only=False)]
            columns = {each: column.filter(mask) for each, column in batch.columns.items()}
            batch = Batch(line, columns)
        return batch

    def _cells(self, batch: Batch, field: str) -> Cells:
        columns = [batch.columns[place] for place in self._chosen[field]]
        if len(columns) == 1:
            return encode(columns[0])
        texts = [pc.fill_null(column.cast(pa.string()), "") for column in columns]
        return encode(pc.binary_join_element_wise(*texts, JOIN))

    def _read(self, batch: Batch, not_after_ns: int | None) -> _Rows:
        """Return the usable rows of a batch; of a row's faults the first is named."""
        marks = _Marks(len(batch.line))
        cells = {field: self._cells(batch, field) for field in NUMBERS if field in self._chosen}
        ts_ns = marks.of(at.TIME, parse_times(cells[at.TIME]))
        if not_after_ns is not None:
            future = Fault("is in the future", "is in the future", "correct the time")
            marks.add(at.TIME, ts_ns > not_after_ns, future)
        if at.CURRENCY in cells:
            spoken = cells[at.CURRENCY]
            known = parse(spoken, lambda cell: _no_text(fields.currency(cell)), np.int8)
            marks.of(at.CURRENCY, known)
        gpus = self._optional(
            marks, cells, at.GPUS, lambda each: parse(each, fields.count, np.int64)
        )
        hours = self._optional(
            marks, cells, at.HOURS, lambda each: parse_amounts(each, fields.amount)
        )
        gpu_hours = self._optional(
            marks, cells, at.GPU_HOURS, lambda each: parse_amounts(each, fields.amount)
        )
        price = self._prices(marks, cells, gpus, hours)
        line = self._line_places(batch, marks)
        marks.tell(batch.line, self._rejects)
        good = marks.none
        volume = np.where(gpu_hours > 0, gpu_hours, gpus * hours)
        return _Rows(batch.line[good], line[good], ts_ns[good], price[good], volume[good])

    @staticmethod
    def _optional(marks: _Marks, cells: dict[str, Cells], field: str, read: Any) -> NDArray[Any]:
        if field in cells:
            return marks.of(field, read(cells[field]))
        return np.zeros(marks.count)

    @staticmethod
    def _prices(
        marks: _Marks, cells: dict[str, Cells], gpus: NDArray[Any], hours: NDArray[Any]
    ) -> NDArray[np.int64]:
        """Return prices: those stated, else total / (GPUs × hours); where both are, they must agree."""
        has_total = at.TOTAL in cells
        stated = np.zeros(marks.count, np.int64)
        if at.PRICE in cells:
            read = _or_zero(fields.price_micros) if has_total else fields.price_micros
            stated = marks.of(at.PRICE, parse_prices(cells[at.PRICE], read))
        if not has_total:
            return stated
        total = marks.of(at.TOTAL, parse_amounts(cells[at.TOTAL], fields.amount))
        known = (total > 0) & (gpus > 0) & (hours > 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            unit = np.where(known, total * fields.MICROS / (gpus * hours), 0.0)
        missing = (stated == 0) & ~known
        reason = "has neither a price nor a total with GPUs and hours"
        marks.add(at.PRICE, missing, Fault("is empty", reason, "give one of them"))
        unit = np.where(unit > fields.HIGHEST_PRICE_MICROS, 0.0, unit)
        reason = "total / (GPUs × hours) is not above 0 and up to 1000 $"
        bad = known & (np.rint(unit) < 1)
        marks.add(at.TOTAL, bad, Fault("is out of range", reason, "check total, gpus and hours"))
        both = (stated > 0) & known & ~bad
        apart = both & (np.abs(stated - unit) > fields.AGREEMENT * stated)
        reason = "does not agree with total / (GPUs × hours)"
        marks.add(at.PRICE, apart, Fault("contradicts the total", reason, "correct one of them"))
        prices: NDArray[np.int64] = np.where(stated > 0, stated, np.rint(unit)).astype(np.int64)
        return prices

    def _line_places(self, batch: Batch, marks: _Marks) -> NDArray[np.int32]:
        """Return the place of each row's quote line; equal terms are read once."""
        key = np.zeros(marks.count, np.int64)
        size = 1
        cells = [self._cells(batch, field) for field in self._terms]
        for each in cells:
            if size * len(each.values) >= _LIMIT:
                distinct, key = np.unique(key, return_inverse=True)
                size = len(distinct)
            key = key * len(each.values) + each.code
            size *= len(each.values)
        _, first, place = np.unique(key, return_index=True, return_inverse=True)
        columns = [
            [values[code] for code in each.code[first].tolist()]
            for each, values in ((each, each.values.to_pylist()) for each in cells)
        ]
        found = np.zeros(len(first), np.int32)
        for number, terms in enumerate(zip(*columns, strict=True) if columns else [()]):
            line = self._place(terms)
            if isinstance(line, int):
                found[number] = line
            else:
                marks.add(line[0], place == number, line[1])
        return found[place]

    def _place(self, terms: tuple[Any, ...]) -> int | tuple[str, Fault]:
        known = self._known.get(terms)
        if known is None:
            try:
                line = line_of(dict(zip(self._terms, terms, strict=True)), self._underlying)
                known = self._lines.setdefault(line, len(self._lines))
            except FieldFaultError as error:
                known = (error.field, error.fault)
            self._known[terms] = known
        return known

    def _panel(self) -> Panel:
        parts = self._parts or [_NO_ROWS]
        rows = _Rows(*(np.concatenate(column) for column in zip(*parts, strict=True)))
        known = list(self._lines)
        used = sorted(np.unique(rows.line).tolist(), key=known.__getitem__)
        place = np.zeros(len(known), np.int32)
        place[used] = np.arange(len(used))
        panel = Panel(tuple(known[each] for each in used), place[rows.line], *rows[2:])
        order = np.lexsort((rows.number, *panel.order_keys()))
        panel, number = panel.take(order), rows.number[order]
        return panel.take(self._first_of_each(panel, number))

    def _first_of_each(self, panel: Panel, number: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return which rows are no repeat of the row before them."""
        first = np.ones(len(panel), bool)
        if len(panel):
            first[1:] = np.logical_or.reduce([key[1:] != key[:-1] for key in panel.order_keys()])
        starts = np.maximum.accumulate(np.where(first, np.arange(len(first)), 0))
        for row in np.flatnonzero(~first).tolist():
            reason = f"repeats line {number[starts[row]]}"
            fault = Fault("repeats a row", reason, "leave one of them out")
            self._rejects.add(int(number[row]), "", fault)
        return first


_NO_ROWS = _Rows(
    np.zeros(0, np.int64),
    np.zeros(0, np.int32),
    np.zeros(0, np.int64),
    np.zeros(0, np.int64),
    np.zeros(0, np.float64),
)


class _Marks:
    """The first fault of each row of a batch."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._place = np.full(count, -1, np.intp)
        self._faults: list[tuple[str, Fault]] = []

    @property
    def none(self) -> NDArray[np.bool_]:
        """Which rows have no fault."""
        return self._place < 0

    def of(self, field: str, parsed: Parsed) -> NDArray[Any]:
        """Mark what is at fault in a field, and return its values."""
        if parsed.faults:
            bad = (parsed.fault >= 0) & self.none
            self._place[bad] = parsed.fault[bad] + len(self._faults)
            self._faults += [(field, fault) for fault in parsed.faults]
        return parsed.value

    def add(self, field: str, rows: NDArray[np.bool_], fault: Fault) -> None:
        """Mark rows for one reason."""
        self._place[rows & self.none] = len(self._faults)
        self._faults.append((field, fault))

    def tell(self, number: NDArray[np.int64], rejects: Rejects) -> None:
        """Name the rows that are at fault by their lines."""
        bad = np.flatnonzero(~self.none)
        for row in bad.tolist():
            field, fault = self._faults[self._place[row]]
            rejects.add(int(number[row]), field, fault)


def _or_zero(parser: Any) -> Any:
    return lambda cell: 0 if not str(cell).strip() else parser(cell)


def _no_text(found: str | Fault) -> int | Fault:
    return found if isinstance(found, Fault) else 0
