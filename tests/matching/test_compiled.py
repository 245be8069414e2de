"""The compiler's switches do what the kernels rely on, and the cache cannot serve a stale kernel."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pytest

from matching import kernel
from matching.compiled import (
    JIT,
    called,
    fingerprint,
    imported,
    inlined,
    leading_zeros,
    sources_of,
    trailing_zeros,
)

compiled_only = pytest.mark.skipif(not JIT, reason="there is nothing compiled with the JIT off")
WORDS = [1, 2, 3, 1 << 31, 1 << 62, (1 << 63) - 1, -1, -(1 << 63), -2, 0x5000, -(1 << 40)]

PROBE = r"""
import importlib, json, pkgutil, re, sys
import numpy as np
from numba.core import event
import matching

compiled = event.install_recorder("numba:compile")
with compiled as recorder:
    from matching.book import OrderBooks
    books = OrderBooks()
    books.add_book()
    rows = books.apply(np.array([[1, 0, 0, 0, 0, 10, 3, 0], [1, 0, 0, 0, 1, 10, 2, 0]]))
from matching import kernel
from matching.compiled import Part

parts = {"called": [], "inlined": []}
for module in pkgutil.iter_modules(matching.__path__):
    if not module.name.startswith("reference"):
        found = vars(importlib.import_module("matching." + module.name)).values()
        for part in {one for one in found if isinstance(one, Part)}:
            function = part._function
            if function.__module__ == "matching." + module.name:
                kind = "inlined" if part._dispatcher.targetoptions["forceinline"] else "called"
                parts[kind].append((module.name, function.__name__))
code = "".join(kernel.apply_batch.inspect_llvm().values())
heads = [line for line in code.splitlines() if line.startswith("define")]
names = [re.search(r'@"?([^"( ]+)', head)[1] for head in heads]
def defined(module, name):
    mangled = f"8matching{len(module)}{module}{len(name)}{name}B"
    return sum(mangled in name and not name.startswith("_ZN7cpython") for name in names)
print(json.dumps({
    "rows": len(rows),
    "compiled": len(recorder.buffer),
    "hits": sum(kernel.apply_batch.stats.cache_hits.values()),
    "counting": "NRT_" in code,
    "heads": len(heads),
    "separate": [name for _, name in (p for p in parts["called"] if defined(*p) == 1)],
    "doubled": [name for kind in parts for m, name in parts[kind] if defined(m, name) > 1],
    "leftover": [name for m, name in parts["inlined"] if defined(m, name)],
}))
"""


@pytest.fixture(scope="module")
def probes(tmp_path_factory: pytest.TempPathFactory, checkout: Path) -> list[dict[str, Any]]:
    """What two processes, one after the other, tell of the batch kernel, from an empty cache on."""
    cache = tmp_path_factory.mktemp("cache")
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache), "PYTHONPATH": str(checkout)}
    outcomes = [
        subprocess.run(
            [sys.executable, "-c", PROBE],
            cwd=checkout,
            env=environment,
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )
        for _ in range(2)
    ]
    for outcome in outcomes:
        assert outcome.returncode == 0, outcome.stderr[-3000:]
    return [json.loads(outcome.stdout) for outcome in outcomes]


@compiled_only
def test_the_batch_kernel_counts_no_references(probes: list[dict[str, Any]]) -> None:
    assert probes[0]["heads"] > 0
    assert not probes[0]["counting"]


@compiled_only
def test_called_parts_are_functions_of_their_own_and_inlined_ones_are_not(
    probes: list[dict[str, Any]],
) -> None:
    separate = set(probes[0]["separate"])
    assert {"replace_quotes", "submit_detailed", "run_queue", "cancel_all", "pause"} <= separate
    assert probes[0]["doubled"] == []
    assert probes[0]["leftover"] == []


@compiled_only
def test_a_second_process_compiles_nothing(probes: list[dict[str, Any]]) -> None:
    first, second = probes
    assert first["rows"] == second["rows"] == 3
    assert first["compiled"] > 0
    assert second["compiled"] == 0
    assert (first["hits"], second["hits"]) == (0, 1)


def zeros_of(words: np.ndarray, counts: np.ndarray) -> None:
    for i in range(len(words)):
        counts[i, 0] = trailing_zeros(words[i])
        counts[i, 1] = leading_zeros(words[i])


def test_zero_bits_are_counted_as_python_counts_them() -> None:
    words = np.array(WORDS, np.int64)
    counts = np.zeros((len(WORDS), 2), np.int64)
    numba.njit(zeros_of)(words, counts)
    for word, (trailing, leading) in zip(WORDS, counts.tolist(), strict=True):
        bits = f"{word & (1 << 64) - 1:064b}"
        assert trailing == len(bits) - len(bits.rstrip("0"))
        assert leading == len(bits) - len(bits.lstrip("0"))


def inner(rows: np.ndarray, n: int) -> int:
    if n > 1000:
        return 0
    return int(rows[n % len(rows)])


@compiled_only
def test_the_private_option_still_removes_reference_counting() -> None:
    """Numba's `_nrt` is private: should it go or lose its effect, kernels get several times slower."""

    def outer_of(counted: bool) -> str:
        callee = numba.njit(inner) if counted else called(inner)

        def outer(rows: np.ndarray, n: int) -> int:
            view = rows[1:]
            return callee(view, n) + callee(rows, n)

        options = {} if counted else {"_nrt": False}
        compiled = numba.njit(**options)(outer)
        assert compiled(np.arange(10), 3) == 7
        return "".join(compiled.inspect_llvm().values())

    assert "NRT_incref" in outer_of(counted=True)
    assert "NRT_" not in outer_of(counted=False)


@pytest.mark.parametrize("mark", [called, inlined])
def test_a_part_runs_alone_and_keeps_its_name(mark: Any) -> None:
    part = mark(inner)
    assert part(np.arange(10), 13) == 3
    assert part.__name__ == "inner"


def test_what_is_found_to_be_imported_is_what_the_parser_finds() -> None:
    """It may find more, such as the words of a comment behind the import, which are no modules."""
    root = Path(kernel.__file__).parents[1]
    sources = [path for top in ("matching", "exchange") for path in (root / top).rglob("*.py")]
    assert len(sources) > 100
    for source in sources:
        text = source.read_text()
        known = set()
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ImportFrom) and node.module is not None:
                known |= {node.module, *(f"{node.module}.{one.name}" for one in node.names)}
            elif isinstance(node, ast.Import):
                known |= {one.name for one in node.names}
        assert known <= set(imported(text)), source


def test_the_cache_is_named_by_every_source_reached_and_switch(tmp_path: Path) -> None:
    code = """
import sys
from pathlib import Path
import matching
from matching.compiled import fingerprint, sources_of
names = [fingerprint(("matching.kernel",))]
if sys.argv[1:] == ["once"]:
    sys.exit(print(*names))
reached = set(sources_of(("matching.kernel",)).values())
for source in sorted(Path("matching").resolve().glob("*.py")):
    former = names[-1]
    source.write_bytes(source.read_bytes() + b"\\n")
    named = fingerprint(("matching.kernel",))
    assert (named != former) == (source in {path.resolve() for path in reached}), source
    if named != former:
        names.append(named)
assert {"kernel.py", "rows.py", "parts.py"} <= {path.name for path in reached}
assert "reference.py" not in {path.name for path in reached}
print(*names)
"""
    package = tmp_path / "matching"
    package.mkdir()
    sources = list(Path(kernel.__file__).parent.glob("*.py"))

    def named(*words: str, **switches: str) -> list[str]:
        for source in sources:
            (package / source.name).write_bytes(source.read_bytes())
        outcome = subprocess.run(
            [sys.executable, "-c", code, *words],
            cwd=tmp_path,
            env={
                **os.environ,
                "PYTHONDONTWRITEBYTECODE": "1",
                "PYTHONPATH": str(tmp_path),
                **switches,
            },
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        return outcome.stdout.split()

    names = named()
    assert len(names) == len(set(names)) == len(sources_of(("matching.kernel",))) + 1
    assert names[0] == fingerprint(("matching.kernel",))
    checked = "0" if os.environ.get("NUMBA_BOUNDSCHECK") == "1" else "1"
    level = "2" if os.environ.get("NUMBA_OPT") == "1" else "1"
    (otherwise,) = named("once", NUMBA_BOUNDSCHECK=checked)
    (less,) = named("once", NUMBA_OPT=level)
    assert len({*names, otherwise, less}) == len(names) + 2
