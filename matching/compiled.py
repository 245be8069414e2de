"""How kernels are compiled: one decorator for entry points, one for what is inlined into them, one cache.

Numba's disk cache watches only the file that a function stands in, so an edited callee in another
file would leave a stale kernel behind. Here the cache directory is named by a fingerprint of every
source that a kernel's module reaches by its imports, of the Numba version and of the compile
switches: an edit of any of them simply starts an empty cache, an edit elsewhere costs nothing. Why
``forceinline`` and ``_nrt=False``: docs/decisions/0002-numba-kernels.md.
"""

from __future__ import annotations

import hashlib
import importlib.util
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from platformdirs import user_cache_path

from matching import passing
from matching.parts import KernelPipeline, PartCompiler
from matching.rows import fetch_item, fetch_row

Function = TypeVar("Function", bound=Callable[..., Any])

# Both are open to settings that the published types leave out: CACHE_DIR, and the option _nrt.
_config = cast("Any", numba.config)
_njit = cast("Any", numba.njit)

JIT = not _config.DISABLE_JIT
_OURS = ("matching", "exchange", "benchmarks")
_IMPORT = re.compile(
    r"^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import[ \t]+(\([^)]*\)|[^\n]*)|import[ \t]+([^\n]*))",
    re.MULTILINE,
)
_NAME = re.compile(r"[\w.]+")


def fingerprint(modules: tuple[str, ...]) -> str:
    """Return the hash that names the cache of kernels: of these modules and all of ours that they import."""
    digest = hashlib.sha256(
        f"{numba.__version__} {sys.version_info[:2]} {_config.BOUNDSCHECK} {_config.OPT}".encode()
    )
    for module, source in sorted(sources_of(modules).items()):
        digest.update(module.encode() + b"\0" + source.read_bytes())
    return digest.hexdigest()[:16]


def sources_of(modules: tuple[str, ...]) -> dict[str, Path]:
    """Return the files of these modules, and of what they import from their own top-level packages or ours."""
    found: dict[str, Path] = {}
    names = list(modules)
    while names:
        name = names.pop()
        if name in found or (source := _source(name)) is None:
            continue
        found[name] = source
        names += imported(source.read_text())
    return found


def imported(source: str) -> list[str]:
    """Return the modules that a source may import: what stands in ``from a import b`` may be in or be one."""
    names = []
    # Not parsed: that takes a third of a second of each start.
    for package, members, modules in _IMPORT.findall(source):
        if package:
            names += [package, *(f"{package}.{name}" for name in _NAME.findall(members))]
        names += _NAME.findall(modules)
    return names


def _source(module: str) -> Path | None:
    """Return the file of a module of ours; None for others', for packages and for names in a module."""
    top, *inner = module.split(".")
    if top not in _OURS or not inner:
        return None
    spec = importlib.util.find_spec(top)
    for folder in (spec.submodule_search_locations or []) if spec is not None else []:
        source = Path(folder, *inner).with_suffix(".py")
        if source.is_file():
            return source
    return None


class KernelCompiler:
    """Compiles functions against one cache directory.

    modules: those in which its kernels stand.
    """

    def __init__(self, *modules: str) -> None:
        self._cache_path = user_cache_path("compute-futures-exchange") / fingerprint(modules)

    def kernel(self, function: Function) -> Function:
        """Compile an entry point that Python calls; arrays and integers in, an integer out."""
        former = _config.CACHE_DIR
        _config.CACHE_DIR = str(self._cache_path)
        try:
            compiled: Function = _njit(
                cache=True, _nrt=False, nogil=True, pipeline_class=KernelPipeline
            )(function)
        finally:
            _config.CACHE_DIR = former
        return compiled


def direct(kernel: Function) -> Function:
    """Return the machine code of a kernel of integers as soon as there is any, else the kernel.

    A call of it lacks Numba's look at the types of the arguments, a third of what a short call takes.
    """
    if JIT:
        compiled = cast("Any", kernel)
        for arguments in compiled.signatures:
            if all(argument == types.int64 for argument in arguments):
                return cast("Function", compiled.get_overload(arguments))
    return kernel


def _as_part(compiled: Any) -> Any:
    """Keep a part apart from calls from Python, and let calls with literal arguments share one version.

    Numba types a literal argument by its value, so ``f(x, 0)`` and ``f(x, 1)`` would be two versions:
    more than half of the compile time of a kernel.
    """
    template_of, unliteral = compiled.get_call_template, cast("Any", types).unliteral

    def get_call_template(arguments: Any, keywords: Any) -> Any:
        plain = tuple(unliteral(argument) for argument in arguments)
        return template_of(plain, {name: unliteral(kept) for name, kept in keywords.items()})

    def add_overload(result: Any) -> None:
        # Without the entry for calls from Python, which a part does not have.
        compiled.overloads[tuple(result.signature.args)] = result

    compiled.get_call_template = get_call_template
    compiled.add_overload = add_overload
    return compiled


class Part:
    """A function that kernels are made of; called from Python it is compiled by itself, for tests."""

    def __init__(self, function: Callable[..., Any], *, inline: bool) -> None:
        self.__doc__ = function.__doc__
        self.__name__ = function.__name__
        self._function = function
        self._dispatcher = _as_part(
            _njit(forceinline=inline, _nrt=False, pipeline_class=PartCompiler)(function)
        )
        self._entry: Callable[..., Any] | None = None

    @property
    def _numba_type_(self) -> Any:
        return self._dispatcher._numba_type_

    def __call__(self, *arguments: Any) -> Any:
        """Run the part alone."""
        if self._entry is None:
            self._entry = _njit(_nrt=False)(self._function)
        return self._entry(*arguments)


def inlined(function: Function) -> Function:
    """Mark a function whose body is copied into those that call it."""
    return cast("Function", Part(function, inline=True)) if JIT else function


def called(function: Function) -> Function:
    """Mark a function that stays one in the kernel: what is rare, or large and used in several places."""
    return cast("Function", Part(function, inline=False)) if JIT else function


if JIT:
    shared = passing.by_address
    KeptTable: Any = passing.KeptTable
    rows_of: Callable[[str, int], Any] = passing.view
    prefetch: Callable[[Any, int], None] = fetch_row
    prefetch_item: Callable[[Any, tuple[int, ...]], None] = fetch_item

    @intrinsic
    def _trailing_zeros(_typing: Any, word: Any) -> Any:
        if word != types.int64:
            return None

        def emit(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            return builder.cttz(arguments[0], ir.Constant(cgutils.bool_t, 1))

        return types.int64(types.int64), emit

    @intrinsic
    def _leading_zeros(_typing: Any, word: Any) -> Any:
        if word != types.int64:
            return None

        def emit(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            return builder.ctlz(arguments[0], ir.Constant(cgutils.bool_t, 1))

        return types.int64(types.int64), emit

    trailing_zeros: Callable[[int], int] = cast("Any", _trailing_zeros)
    """Count the zero bits below the lowest set bit of a non-zero int64."""
    leading_zeros: Callable[[int], int] = cast("Any", _leading_zeros)
    """Count the zero bits above the highest set bit of a non-zero int64."""

else:
    _WORD = (1 << 64) - 1

    def shared(arrays: Any) -> Any:
        """Return the tuple of arrays that a kernel hands on to its parts: by its address when compiled."""
        return arrays

    class _KeptArrays:
        """What Python keeps for short calls: ``address`` is what `shared` takes instead of the arrays."""

        def __init__(self, arrays: Any) -> None:
            self.address = arrays

    KeptTable = _KeptArrays

    def rows_of(_name: str, _width: int) -> Any:
        """Return what lets a kernel see an array as it sees those of the floor."""
        return lambda array: array

    def prefetch(rows: Any, row: int) -> None:
        """Ask for a row of a table's array, which will be wanted soon; any number is a safe question."""

    def prefetch_item(rows: Any, index: tuple[int, ...]) -> None:
        """Ask for the cache line of one item, as ``prefetch`` does for the first of a row."""

    # Both answer as int64: a Python integer shifted by 63 would no longer fit the bitmap's words.
    def trailing_zeros(word: int) -> int:
        """Count the zero bits below the lowest set bit of a non-zero int64."""
        bits = int(word) & _WORD
        return cast("int", np.int64((bits & -bits).bit_length() - 1))

    def leading_zeros(word: int) -> int:
        """Count the zero bits above the highest set bit of a non-zero int64."""
        return cast("int", np.int64(64 - (int(word) & _WORD).bit_length()))
