"""Rows of agents as arrays of equal length that can grow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np


@dataclass
class Columns:
    """Base of a table whose fields are arrays with one row an agent."""

    def __len__(self) -> int:
        """Return the number of rows."""
        first = next(iter(self.__dataclass_fields__))
        return len(getattr(self, first))

    def append(self, rows: Self) -> None:
        """Add rows at the end."""
        for name in self.__dataclass_fields__:
            own, others = getattr(self, name), getattr(rows, name)
            setattr(self, name, np.concatenate([own, others.astype(own.dtype)]))

    def keep(self, mask: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> None:
        """Drop the rows that are not in the mask."""
        if not mask.all():
            for name in self.__dataclass_fields__:
                setattr(self, name, getattr(self, name)[mask])

    def take(self, rows: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> Self:
        """Return chosen rows as a table of their own."""
        return type(self)(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))
