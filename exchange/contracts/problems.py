"""Everything that is wrong with a specification, told at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from exchange.explained import ExplainedError


class Problem(NamedTuple):
    """One fault of a specification file.

    line is 1-based, 0 where no line can be named; field is dotted (``contract.tick``).
    """

    file: str
    line: int
    field: str
    reason: str
    advice: str

    def __str__(self) -> str:
        """Return ``file:line: field: reason; advice``."""
        place = f"{self.file}:{self.line}" if self.line else self.file
        subject = f"{self.field}: " if self.field else ""
        return f"{place}: {subject}{self.reason}; {self.advice}"


class ContractError(ExplainedError, ValueError):
    """Specifications that cannot be used; ``problems`` holds every fault that was found."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))
