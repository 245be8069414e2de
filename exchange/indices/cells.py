"""A column of cells as numbers: distinct values are read once, plain ones many at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from exchange.indices.fields import EARLIEST_NS, HIGHEST_PRICE_MICROS, LATEST_NS, MICROS, time_ns
from exchange.indices.rejects import Fault

_PLAIN_NUMBER = r"^[0-9]{1,9}(\.[0-9]{1,6})?$"
_PLAIN_TIME = (
    r"^[0-9]{4}-[01][0-9]-[0-3][0-9]"
    r"([T ][0-2][0-9]:[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6})?)?(Z|\+00:00)?)?$"
)
_UTC = r"(Z|\+00:00)$"
_NO_TIME = -(1 << 63)

Parser = Callable[[Any], Any]


class Cells(NamedTuple):
    """A column: code int[n] into its distinct values, text or typed; None is an empty cell."""

    code: NDArray[np.intp]
    values: pa.Array


class Parsed(NamedTuple):
    """What the cells say: value[n], and faults by row, -1 where there is none."""

    value: NDArray[Any]
    fault: NDArray[np.intp]
    faults: list[Fault]


def encode(array: pa.Array) -> Cells:
    """Return a column by its distinct values."""
    if pa.types.is_dictionary(array.type):
        array = array.cast(array.type.value_type)
    encoded = array.dictionary_encode(null_encoding="encode")
    code = encoded.indices.to_numpy(zero_copy_only=False).astype(np.intp)
    return Cells(code, encoded.dictionary)


def parse(cells: Cells, parser: Parser, kind: type[np.generic]) -> Parsed:
    """Read every distinct value by `parser`, which returns a value or a Fault."""
    return _read(
        cells, np.zeros(len(cells.values), kind), np.zeros(len(cells.values), bool), parser
    )


def parse_prices(cells: Cells, parser: Parser) -> Parsed:
    """Read prices in micro-dollars; `parser` reads what is not a plain number within bounds."""
    amounts = _plain_numbers(cells.values) * MICROS
    plain = (amounts >= 1) & (amounts <= HIGHEST_PRICE_MICROS)
    return _read(cells, np.rint(np.where(plain, amounts, 0)).astype(np.int64), plain, parser)


def parse_amounts(cells: Cells, parser: Parser) -> Parsed:
    """Read positive numbers; `parser` reads what is not a plain one."""
    amounts = _plain_numbers(cells.values)
    plain = amounts > 0
    return _read(cells, np.where(plain, amounts, 0.0), plain, parser)


def parse_times(cells: Cells) -> Parsed:
    """Read times in UTC nanoseconds."""
    moments = _plain_times(cells.values)
    plain = (moments >= EARLIEST_NS) & (moments < LATEST_NS)
    return _read(cells, moments, plain, time_ns)


def _read(cells: Cells, known: NDArray[Any], plain: NDArray[np.bool_], parser: Parser) -> Parsed:
    value = known.copy()
    fault = np.full(len(value), -1, np.intp)
    faults: list[Fault] = []
    for place in np.flatnonzero(~plain).tolist():
        cell = cells.values[place].as_py()
        found = parser("" if cell is None else cell)
        if isinstance(found, Fault):
            fault[place] = len(faults)
            faults.append(found)
            value[place] = 0
        else:
            value[place] = found
    return Parsed(value[cells.code], fault[cells.code], faults)


def _plain_numbers(values: pa.Array) -> NDArray[np.float64]:
    """Return plain numbers, nan where a value is not one."""
    if pa.types.is_floating(values.type) or pa.types.is_integer(values.type):
        numbers = pc.fill_null(values.cast(pa.float64(), safe=False), float("nan"))
    elif pa.types.is_string(values.type):
        plain = pc.match_substring_regex(pc.fill_null(values, ""), _PLAIN_NUMBER)
        numbers = pc.if_else(plain, values, "nan").cast(pa.float64())
    else:
        return np.full(len(values), np.nan)
    found: NDArray[np.float64] = numbers.to_numpy(zero_copy_only=False)
    return found


def _plain_times(values: pa.Array) -> NDArray[np.int64]:
    """Return plain times in nanoseconds, the lowest number where a value is not one."""
    none = np.full(len(values), _NO_TIME, np.int64)
    try:
        if pa.types.is_timestamp(values.type) or pa.types.is_date(values.type):
            moments = values.cast(pa.timestamp("ns"))
        elif pa.types.is_string(values.type):
            plain = pc.match_substring_regex(pc.fill_null(values, ""), _PLAIN_TIME)
            texts = pc.replace_substring_regex(values, _UTC, "")
            moments = pc.if_else(plain, texts, None).cast(pa.timestamp("ns"))
        else:
            return none
    except pa.ArrowInvalid:
        # Such as the 30th of February: each is read by itself, so that it can be named.
        return none
    found: NDArray[np.int64] = pc.fill_null(moments.cast(pa.int64()), _NO_TIME).to_numpy()
    return found
