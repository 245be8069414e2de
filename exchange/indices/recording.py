"""A recording of a publisher's calls, and the audit file that reproduces every print from its inputs."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import numpy as np

from exchange.explained import ExplainedError
from exchange.indices.methodology import Methodology, MethodologyError, parse
from exchange.indices.observations import Line, Observation
from exchange.indices.panel import Panel
from exchange.indices.publication import IndexPrint, PublicationError, Publisher

if TYPE_CHECKING:
    import pyarrow as pa

FORMAT = 1
TOLERANCE = 1e-9
"""Relative difference of numbers that is rounding: libraries sum in different orders on other machines."""

_CALLS, _SPECS = "calls.json", "methodologies/"
_LINES, _OBSERVATIONS = "lines.parquet", "observations.parquet"


class AuditError(ExplainedError, ValueError):
    """A file that is no audit file; the text says what to do."""


class Call(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One call of a publisher and the prints that it returned; a restatement names its index and why."""

    day: int
    prints: tuple[IndexPrint, ...]
    index: str = ""
    price_micros: int = 0
    reason: str = ""


class _Audit(msgspec.Struct, frozen=True, kw_only=True):
    format: int
    methodologies: tuple[str, ...]
    calls: tuple[Call, ...]


class Difference(NamedTuple):
    """A print that its inputs do not give: the first step that differs, as recorded and recomputed."""

    name: str
    day: int
    step: str
    recorded: object
    recomputed: object


class Recording:
    """A publisher whose calls are kept, so that they can be written and made again."""

    def __init__(self, methodologies: Sequence[Methodology]) -> None:
        self.publisher = Publisher(methodologies)
        self.calls: list[Call] = []
        self._rows: list[Panel] = []

    def close(
        self, day: int, observations: Panel | Sequence[Observation]
    ) -> tuple[IndexPrint, ...]:
        """Close a day, as Publisher.close does."""
        panel = observations if isinstance(observations, Panel) else Panel.of(observations)
        prints = self.publisher.close(day, panel)
        self.calls.append(Call(day=day, prints=prints))
        self._rows.append(panel)
        return prints

    def restate(self, index: str, day: int, price_micros: int, reason: str) -> IndexPrint:
        """Restate a print, as Publisher.restate does."""
        found = self.publisher.restate(index, day, price_micros, reason)
        call = Call(day=day, prints=(found,), index=index, price_micros=price_micros, reason=reason)
        self.calls.append(call)
        self._rows.append(Panel.of([]))
        return found

    def write(self, path: Path) -> None:
        """Write the audit file: a ZIP of methodologies (TOML), calls (JSON), lines and rows (Parquet)."""
        import pyarrow as pa  # it takes longer to load than all else here, and only files need it
        from pyarrow import parquet

        chosen = self.publisher.methodologies
        audit = _Audit(
            format=FORMAT,
            methodologies=tuple(each.name for each in chosen),
            calls=tuple(self.calls),
        )
        rows = Panel.joined(self._rows) if self._rows else Panel.of([])
        sizes = [len(each) for each in self._rows]
        observations = pa.table(
            {
                "call": np.repeat(np.arange(len(sizes), dtype=np.int32), sizes),
                "line": rows.line,
                "ts_ns": rows.ts_ns,
                "price_micros": rows.price_micros,
                "gpu_hours": rows.gpu_hours,
            }
        )
        terms = list(zip(*rows.lines, strict=True)) or [() for _ in Line._fields]
        lines = pa.table(dict(zip(Line._fields, map(list, terms), strict=True)))
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for each in chosen:
                archive.writestr(f"{_SPECS}{each.name}.toml", each.text)
            archive.writestr(_CALLS, msgspec.json.format(msgspec.json.encode(audit)))
            for name, table in ((_LINES, lines), (_OBSERVATIONS, observations)):
                file = io.BytesIO()
                parquet.write_table(table, file, compression="zstd")
                archive.writestr(name, file.getvalue())


def audit(
    path: Path, progress: Callable[[int, int], None] = lambda done, of: None
) -> tuple[int, list[Difference]]:
    """Recompute an audit file's prints from its inputs; return how many there are, and what differs.

    Of a print that differs the first step is named. progress: called with calls done, and of how many.
    Raises AuditError.
    """
    recorded, methodologies, rows = _read(path)
    publisher = Publisher(methodologies)
    count = 0
    found: list[Difference] = []
    for number, (call, panel) in enumerate(zip(recorded.calls, rows, strict=True)):
        try:
            again: Sequence[IndexPrint]
            if call.index:
                again = (publisher.restate(call.index, call.day, call.price_micros, call.reason),)
            else:
                again = publisher.close(call.day, panel)
        except PublicationError as error:
            raise AuditError(f"{path}: call {number}: {error}; the file was changed") from error
        count += len(call.prints)
        found += _differences(call.prints, again)
        progress(number + 1, len(recorded.calls))
    return count, found


def _differences(
    recorded: Sequence[IndexPrint], again: Sequence[IndexPrint]
) -> Iterator[Difference]:
    others = {(each.index, each.day, each.version): each for each in again}
    for each in recorded:
        other = others.pop((each.index, each.day, each.version), None)
        if other is None:
            yield Difference(each.index, each.day, "print", f"version {each.version}", None)
            continue
        before, after = _steps(each), _steps(other)
        for step in dict.fromkeys([*before, *after]):
            if not _same(before.get(step), after.get(step)):
                yield Difference(
                    each.index, each.day, step, *_part(before.get(step), after.get(step))
                )
                break
    for each in others.values():
        yield Difference(each.index, each.day, "print", None, f"version {each.version}")


def _steps(printed: IndexPrint) -> dict[str, Any]:
    steps = {} if printed.calculation is None else dict(printed.calculation.steps)
    built: dict[str, Any] = msgspec.to_builtins(printed)
    built.pop("calculation")
    return steps | built


def _same(before: Any, after: Any) -> bool:
    if isinstance(before, dict) and isinstance(after, dict):
        return before.keys() == after.keys() and all(
            _same(before[name], after[name]) for name in before
        )
    if isinstance(before, list) and isinstance(after, list):
        return len(before) == len(after) and all(map(_same, before, after))
    if isinstance(before, float) and isinstance(after, float):
        return abs(before - after) <= TOLERANCE * max(1e-9, abs(before), abs(after)) + 1e-12
    return bool(before == after)


def _part(before: Any, after: Any) -> tuple[object, object]:
    """Return the parts of a step that differ, where it is made up of named ones."""
    if isinstance(before, dict) and isinstance(after, dict):
        names = [
            name
            for name in dict.fromkeys([*before, *after])
            if not _same(before.get(name), after.get(name))
        ]
        return {each: before.get(each) for each in names}, {each: after.get(each) for each in names}
    return before, after


def _read(path: Path) -> tuple[_Audit, list[Methodology], list[Panel]]:
    import pyarrow as pa  # as in Recording.write
    from pyarrow import parquet

    advice = "name a file that `cfx index compute --audit` wrote"
    try:
        with zipfile.ZipFile(path) as archive:
            recorded = msgspec.json.decode(archive.read(_CALLS), type=_Audit)
            if recorded.format != FORMAT:
                raise AuditError(f"{path}: format {recorded.format}, not {FORMAT}; {advice}")
            chosen = [
                parse(archive.read(f"{_SPECS}{name}.toml").decode(), f"{path}:{name}.toml")
                for name in recorded.methodologies
            ]
            lines, observations = (
                parquet.read_table(io.BytesIO(archive.read(name)))
                for name in (_LINES, _OBSERVATIONS)
            )
            rows = _panels(lines, observations, len(recorded.calls))
    except OSError as error:
        reason = error.strerror or str(error)
        raise AuditError(f"{path}: {reason}; {advice}") from error
    except (
        zipfile.BadZipFile,
        KeyError,
        UnicodeDecodeError,
        msgspec.DecodeError,
        pa.ArrowException,
        MethodologyError,
    ) as error:
        raise AuditError(f"{path}: not an audit file: {error}; {advice}") from error
    return recorded, chosen, rows


def _panels(lines: pa.Table, observations: pa.Table, calls: int) -> list[Panel]:
    terms = [lines.column(field).to_pylist() for field in Line._fields]
    columns = {name: observations.column(name).to_numpy() for name in observations.column_names}
    table = tuple(Line(*line) for line in zip(*terms, strict=True))
    line = columns["line"].astype(np.int32)
    if len(line) and not 0 <= line.min() <= line.max() < len(table):
        raise KeyError(f"a line beyond the {len(table)} of {_LINES}")
    panel = Panel(table, line, columns["ts_ns"], columns["price_micros"], columns["gpu_hours"])
    bounds = np.searchsorted(columns["call"], np.arange(calls + 1))
    return [panel.take(slice(bounds[call], bounds[call + 1])) for call in range(calls)]
