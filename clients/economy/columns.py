"""Rows of agents as arrays of equal length that can grow."""

from __future__ import annotations

import dataclasses
from typing import Self

import numpy as np


@dataclasses.dataclass
class Columns:
    """Base of a table whose fields are arrays with one row an agent."""

    def __len__(self) -> int:
        """Return the number of rows."""
        first = dataclasses.fields(self)[0].name
        return len(getattr(self, first))

    def append(self, rows: Self) -> None:
        """Add rows at the end."""
        for field in dataclasses.fields(self):
            own, others = getattr(self, field.name), getattr(rows, field.name)
            setattr(self, field.name, np.concatenate([own, others.astype(own.dtype)]))

    def keep(self, mask: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> None:
        """Drop the rows that are not in the mask."""
        for field in dataclasses.fields(self):
            setattr(self, field.name, getattr(self, field.name)[mask])

    def take(self, rows: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> Self:
        """Return chosen rows as a table of their own."""
        columns = [getattr(self, field.name)[rows] for field in dataclasses.fields(self)]
        return type(self)(*columns)
