"""Many observations as columns: a table of quote lines, and arrays that point into it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exchange.indices.observations import Line, Observation
from exchange.indices.rejects import Reject


class Panel:
    """Observations of n prices.

    lines: distinct, sorted. line: int32[n], which of lines. ts_ns, price_micros: int64[n]; gpu_hours:
    float64[n], 0 where unknown. Arrays are not to be written to.
    """

    __slots__ = ("gpu_hours", "line", "lines", "price_micros", "ts_ns")

    def __init__(
        self,
        lines: tuple[Line, ...],
        line: NDArray[np.int32],
        ts_ns: NDArray[np.int64],
        price_micros: NDArray[np.int64],
        gpu_hours: NDArray[np.float64],
    ) -> None:
        self.lines = lines
        self.line = line
        self.ts_ns = ts_ns
        self.price_micros = price_micros
        self.gpu_hours = gpu_hours

    @classmethod
    def of(cls, observations: Iterable[Observation]) -> Panel:
        """Return observations as columns, in their order."""
        rows = list(observations)
        each = [Line.of(row) for row in rows]
        lines = tuple(sorted(set(each)))
        places = {line: place for place, line in enumerate(lines)}
        return cls(
            lines,
            np.array([places[line] for line in each], np.int32),
            np.array([row.ts_ns for row in rows], np.int64),
            np.array([row.price_micros for row in rows], np.int64),
            np.array([row.gpu_hours for row in rows], np.float64),
        )

    @classmethod
    def joined(cls, panels: Sequence[Panel]) -> Panel:
        """Return the rows of several panels one after the other."""
        if len(panels) == 1:
            return panels[0]
        tables = {id(panel.lines): panel.lines for panel in panels}
        lines = tuple(sorted({line for table in tables.values() for line in table}))
        places = {line: place for place, line in enumerate(lines)}
        map_of = {
            key: np.array([places[line] for line in table], np.int32)
            for key, table in tables.items()
        }
        maps = [map_of[id(panel.lines)] for panel in panels]
        columns: list[list[NDArray[Any]]] = [
            [places_of[panel.line] for places_of, panel in zip(maps, panels, strict=True)],
            [panel.ts_ns for panel in panels],
            [panel.price_micros for panel in panels],
            [panel.gpu_hours for panel in panels],
        ]
        kinds = (np.int32, np.int64, np.int64, np.float64)
        return cls(
            lines,
            *(
                np.concatenate([np.zeros(0, kind), *parts])
                for kind, parts in zip(kinds, columns, strict=True)
            ),
        )

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.line)

    def take(self, rows: NDArray[Any] | slice) -> Panel:
        """Return chosen rows (a mask, places or a slice) over the same lines."""
        return Panel(
            self.lines,
            self.line[rows],
            self.ts_ns[rows],
            self.price_micros[rows],
            self.gpu_hours[rows],
        )

    def compact(self) -> Panel:
        """Return the same rows over no more lines than they have."""
        used, line = np.unique(self.line, return_inverse=True)
        lines = tuple(self.lines[place] for place in used.tolist())
        kept = line.astype(np.int32)
        return Panel(lines, kept, self.ts_ns, self.price_micros, self.gpu_hours)

    def order_keys(self) -> tuple[NDArray[Any], ...]:
        """Return what rows are ordered by, the last first: time, price, line, volume."""
        return self.gpu_hours, self.line, self.price_micros, self.ts_ns

    def ordered(self) -> Panel:
        """Return the rows in order of time, price, line and volume."""
        return self.take(np.lexsort(self.order_keys()))

    def observations(self) -> Iterator[Observation]:
        """Give the rows one by one."""
        columns = (self.line, self.ts_ns, self.price_micros, self.gpu_hours)
        for line, ts_ns, price, hours in zip(*(each.tolist() for each in columns), strict=True):
            yield Observation(ts_ns, price, *(*self.lines[line], hours))


class Observations:
    """What was observed: the usable rows in order of time, and each row that was not used.

    rejects: the first ones by line. reject_counts: (column, cause) -> rows, of all of them.
    """

    def __init__(
        self,
        panel: Panel,
        rejects: Iterable[Reject] = (),
        reject_counts: Mapping[tuple[str, str], int] | None = None,
    ) -> None:
        self.panel = panel
        self.rejects = tuple(rejects)
        self.reject_counts = dict(reject_counts or {})

    @classmethod
    def of_rows(cls, rows: Iterable[Observation]) -> Observations:
        """Return rows that were read from no file."""
        return cls(Panel.of(sorted(rows)))

    @property
    def rejected(self) -> int:
        """Number of rows that were not used."""
        return sum(self.reject_counts.values())

    @cached_property
    def rows(self) -> tuple[Observation, ...]:
        """Every usable row in order of time."""
        return tuple(self.panel.observations())

    @property
    def underlyings(self) -> tuple[str, ...]:
        """Every underlying that has a row, sorted."""
        return tuple(sorted({line.underlying for line in self.panel.lines}))

    def of(self, underlying: str) -> tuple[Observation, ...]:
        """Return the rows of one underlying in order of time."""
        return tuple(row for row in self.rows if row.underlying == underlying)

    def __eq__(self, other: object) -> bool:
        """Return whether the same rows were used, and the same ones not."""
        if not isinstance(other, Observations):
            return NotImplemented
        return self.rows == other.rows and self.rejects == other.rejects

    __hash__ = None  # type: ignore[assignment]
