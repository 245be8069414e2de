"""Reading a specification file: TOML to ContractSpec, or every fault in it at once."""

from __future__ import annotations

import difflib
import json
import re
import reprlib
import tomllib
import types
from collections.abc import Iterator, Mapping
from decimal import Decimal
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

import msgspec

from exchange.contracts.checks import faults
from exchange.contracts.price_checks import Fault
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


def shipped(*families: str) -> list[ContractSpec]:
    """Return the families that come with the exchange, in the order of their file names.

    families: codes of those that are wanted, all if none is given. Raises ContractError for one that
    there is not.
    """
    specs = [parse(raw, file) for file, raw in shipped_files()]
    known = [spec.family for spec in specs]
    for family in families:
        if family not in known:
            close = difflib.get_close_matches(family, known, 1)
            advice = f"did you mean {close[0]}?" if close else f"choose from {', '.join(known)}"
            raise ContractError([Problem(family, 0, "family", "is not shipped", advice)])
    return [spec for spec in specs if not families or spec.family in families]


def shipped_files() -> list[tuple[str, bytes]]:
    """Return the name and the bytes of each shipped specification file, in the order of the names."""
    folder = resources.files("exchange.contracts.specs")
    files = sorted(folder.iterdir(), key=lambda entry: entry.name)
    return [(file.name, file.read_bytes()) for file in files if file.name.endswith(".toml")]


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


def located(raw: bytes, file: str, fault: Fault) -> Problem:
    """Return a fault that was found beside the reading as a problem with its line in the file."""
    field, reason, advice = fault
    lines = _lines_of_fields(raw.decode("utf-8", errors="replace"))
    return Problem(file, _line(lines, field), field, reason, advice)


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
        line = _line(self._lines, field)
        self._problems.append(Problem(self._file, line, field, reason, advice))

    def _section(self, kind: type[S], table: Mapping[str, Any], path: str) -> S | None:
        fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
        before = len(self._problems)
        self._refuse_unknown(table, list(fields), path)
        values: dict[str, Any] = {}
        for name, field in fields.items():
            dotted = f"{path}{name}"
            if name not in table:
                if field.required:
                    self._add(dotted, "is missing", "add it; the shipped files show each field")
                continue
            values[field.name] = self._value(field.type, table[name], dotted)
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
            reason = f"{reprlib.repr(value)}: {reason[:1].lower()}{reason[1:]}"
            self._add(dotted, reason, _advice(annotation))
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


def _advice(annotation: Any) -> str:
    """Say what may be written: the choices of a Literal, or what the type's own description tells."""
    if get_origin(annotation) is Annotated:
        described = [mark.description for mark in annotation.__metadata__ if mark.description]
        return described[0] if described else "correct the value"
    if get_origin(annotation) is Literal:
        return f"write {' or '.join(json.dumps(choice) for choice in get_args(annotation))}"
    if isinstance(annotation, types.UnionType) or get_origin(annotation) in (tuple, Union):
        parts = [part for part in get_args(annotation) if part not in (types.NoneType, Ellipsis)]
        return ", or ".join(dict.fromkeys(map(_advice, parts)))
    return "write a number, such as 0.01" if annotation is Decimal else "correct the value"


def _section_type(annotation: Any) -> type[Section] | None:
    candidates = get_args(annotation) if isinstance(annotation, types.UnionType) else (annotation,)
    for candidate in candidates:
        if isinstance(candidate, type) and issubclass(candidate, Section):
            return candidate
    return None


def _line(lines: Mapping[str, int], field: str) -> int:
    """Return the line of a field, or of its table where the field itself is missing."""
    return lines.get(field, 0) or lines.get(field.rpartition(".")[0], 0)


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
