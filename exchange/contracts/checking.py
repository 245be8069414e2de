"""Checking specification files as an exchange would read them: each by itself, then all together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from exchange.contracts import families
from exchange.contracts.problems import ContractError, Problem
from exchange.contracts.spec import load, located, shipped
from exchange.contracts.terms import ContractSpec


def check(paths: Sequence[Path]) -> tuple[list[ContractSpec], list[Problem]]:
    """Return the families that the files state, and every problem in them.

    Legs are looked for among the shipped families and the files themselves; a file takes the place of
    the shipped family of its code.
    """
    specs: list[tuple[Path, ContractSpec]] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            specs.append((path, load(path)))
        except ContractError as error:
            problems += error.problems
    given = [spec for _, spec in specs]
    codes = {spec.family for spec in given}
    beside = [spec for spec in shipped() if spec.family not in codes]
    for wrong, fault in families.faults([*beside, *given]):
        for path, spec in specs:
            if spec is wrong:
                problems.append(located(path.read_bytes(), str(path), fault))
    return given, problems
