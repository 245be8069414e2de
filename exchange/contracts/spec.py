"""Reading a specification file: TOML to ContractSpec, or every fault in it at once."""

from __future__ import annotations

import difflib
import re
import tomllib
import types
from collections.abc import Iterator, Mapping
from decimal import Decimal
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar, get_args

import msgspec

from exchange.contracts.checks import faults
from exchange.contracts.problems import ContractError, Problem
from exchange.contracts.terms import ContractSpec, Section

MAX_FILE_BYTES = 1 << 20

S = TypeVar("S", bound=Section)

_HEADING = re.compile(r"^\s*\[([A-Za-z0-9_.-]+)\]")
_KEY = re.compile(r"^\s*([A-Za-z0-9_-]+)\s*=")
_LINE_OF_SYNTAX_ERROR = re.compile(r"\(at line (\d+)")


def load(path: Path | str) -> ContractSpec:
    """Read one specification file.

    Raises ContractError listing every problem: file, line, field, reason and advice.
    """
    place = Path(path)
    try:
        raw = place.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise ContractError(
            [Problem(str(place), 0, "", reason, "name a readable TOML file")]
        ) from error
    return parse(raw, str(place))


def shipped() -> list[ContractSpec]:
    """Return the families that come with the exchange, in the order of their file names."""
    folder = resources.files("exchange.contracts.specs")
    files = sorted(folder.iterdir(), key=lambda entry: entry.name)
    return [parse(file.read_bytes(), file.name) for file in files if file.name.endswith(".toml")]


def parse(raw: bytes, file: str) -> ContractSpec:
    """Read one specification from the bytes of a TOML file; `file` names it in problems.

    Raises ContractError as load does.
    """
    if len(raw) > MAX_FILE_BYTES:
        reason = f"the file has {len(raw)} bytes, more than {MAX_FILE_BYTES}"
        raise ContractError([Problem(file, 0, "", reason, "name a contract specification")])
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        advice = "save the file as UTF-8"
        raise ContractError([Problem(file, line, "", "not UTF-8 text", advice)]) from error
    try:
        table = tomllib.loads(text, parse_float=Decimal)
    except (tomllib.TOMLDecodeError, ArithmeticError, ValueError, RecursionError) as error:
        found = _LINE_OF_SYNTAX_ERROR.search(str(error))
        problem = Problem(
            file, int(found[1]) if found else 0, "", f"not TOML: {error}", "mend the syntax"
        )
        raise ContractError([problem]) from error
    return _Reader(file, _lines_of_fields(text)).read(table)


class _Reader:
    """Collects problems while it turns the tables of one file into sections."""

    def __init__(self, file: str, lines: Mapping[str, int]) -> None:
        self._file = file
        self._lines = lines
        self._problems: list[Problem] = []

    def read(self, table: Mapping[str, Any]) -> ContractSpec:
        spec = self._section(ContractSpec, table, "")
        if spec is not None and not self._problems:
            for field, reason, advice in faults(spec):
                self._add(field, reason, advice)
        if spec is None or self._problems:
            raise ContractError(sorted(self._problems, key=lambda problem: problem.line))
        return spec

    def _add(self, field: str, reason: str, advice: str) -> None:
        line = self._lines.get(field, 0) or self._lines.get(field.rpartition(".")[0], 0)
        self._problems.append(Problem(self._file, line, field, reason, advice))

    def _section(self, kind: type[S], table: Mapping[str, Any], path: str) -> S | None:
        fields = {field.name: field for field in msgspec.structs.fields(kind)}
        before = len(self._problems)
        self._refuse_unknown(table, list(fields), path)
        values: dict[str, Any] = {}
        for name, field in fields.items():
            dotted = f"{path}{name}"
            if name not in table:
                if field.required:
                    self._add(dotted, "is missing", "add it; the shipped files show each field")
                continue
            values[name] = self._value(field.type, table[name], dotted)
        return kind(**values) if len(self._problems) == before else None

    def _value(self, annotation: Any, value: Any, dotted: str) -> Any:
        section = _section_type(annotation)
        if section is not None:
            if isinstance(value, dict):
                return self._section(section, value, f"{dotted}.")
            self._add(dotted, "is not a table", f"write its fields under [{dotted}]")
            return None
        try:
            converted = msgspec.convert(value, annotation)
        except msgspec.ValidationError as error:
            reason = str(error)
            self._add(dotted, reason[:1].lower() + reason[1:], "correct the value")
            return None
        if isinstance(converted, Decimal):
            if isinstance(value, str):
                self._add(dotted, "expected a number, got text", "write it without quotes")
            elif not converted.is_finite() or converted.adjusted() > 12:
                self._add(dotted, f"{converted} is not a usable number", "write a plain decimal")
        return converted

    def _refuse_unknown(self, table: Mapping[str, Any], known: list[str], path: str) -> None:
        for name in table:
            if name not in known:
                close = difflib.get_close_matches(name, known, 1)
                advice = f"did you mean {path}{close[0]}?" if close else "remove it"
                self._add(f"{path}{name}", "is not a field of a specification", advice)


def _section_type(annotation: Any) -> type[Section] | None:
    candidates = get_args(annotation) if isinstance(annotation, types.UnionType) else (annotation,)
    for candidate in candidates:
        if isinstance(candidate, type) and issubclass(candidate, Section):
            return candidate
    return None


def _lines_of_fields(text: str) -> dict[str, int]:
    return dict(_fields_with_lines(text))


def _fields_with_lines(text: str) -> Iterator[tuple[str, int]]:
    path = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if heading := _HEADING.match(line):
            yield heading[1], number
            path = f"{heading[1]}."
        elif key := _KEY.match(line):
            yield f"{path}{key[1]}", number


__all__ = ["ContractError", "ContractSpec", "Problem", "load", "parse", "shipped"]
