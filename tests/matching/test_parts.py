"""Parts of a kernel: no machine code of their own, and each in one place of the kernel's."""

from __future__ import annotations

import gc
from types import SimpleNamespace
from typing import Any

import numba
import numpy as np
import pytest
from numba.core.compiler import DefaultPassBuilder, Flags

from matching.compiled import JIT, called, inlined
from matching.parts import COLLECTED_EACH, UNUSED_STEPS, KernelPipeline, PartCompiler

pytestmark = pytest.mark.skipif(not JIT, reason="there is nothing compiled with the JIT off")


def tripled(rows: Any, n: int) -> int:
    total = 0
    for number in range(3):
        total += rows[n] * (number + 1)
    return total


def kernel_of(mark: Any) -> tuple[Any, Any, str]:
    """Return a part, a kernel that calls it from two places, and that kernel's code."""
    part = mark(tripled)

    def outer(rows: Any, n: int) -> int:
        if n > 2:
            return part(rows, 0) + part(rows, n)
        return part(rows, 1)

    compiled = numba.njit(_nrt=False)(outer)
    assert compiled(np.arange(1, 9), 4) == 6 * 1 + 6 * 5
    assert compiled(np.arange(1, 9), 1) == 6 * 2
    return part, compiled, "".join(compiled.inspect_llvm().values())


def heads(code: str) -> list[str]:
    return [line for line in code.splitlines() if line.startswith("define") and "tripled" in line]


def test_a_called_part_is_one_function_and_an_inlined_one_is_none() -> None:
    assert len(heads(kernel_of(called)[2])) == 1
    assert len(heads(kernel_of(inlined)[2])) == 0


def test_literal_arguments_share_one_version() -> None:
    part, _, _ = kernel_of(called)
    assert len(part._dispatcher.overloads) == 1


@pytest.mark.parametrize("mark", [called, inlined])
def test_a_part_has_no_entry_for_python(mark: Any) -> None:
    part, compiled, code = kernel_of(mark)
    (lowered,) = part._dispatcher.overloads.values()
    (whole,) = compiled.overloads.values()
    assert callable(whole.entry_point)
    assert not callable(lowered.entry_point)
    assert "cpython" in code
    assert "cpython" not in lowered.library.get_llvm_str()


def test_steps_are_left_out_and_the_last_is_replaced_but_none_is_moved() -> None:
    state = SimpleNamespace(flags=Flags(), func_ir=None)
    (ours,) = PartCompiler.define_pipelines(SimpleNamespace(state=state))
    usual = [step for step, _ in DefaultPassBuilder.define_nopython_pipeline(state).passes]
    kept = [step for step in usual if step.__name__ not in UNUSED_STEPS]
    assert len(usual) - len(kept) >= len(UNUSED_STEPS)
    different = [
        (one.__name__, other.__name__)
        for (one, _), other in zip(ours.passes, kept, strict=True)
        if one is not other
    ]
    assert different == [("_PartLowering", "NativeLowering")]


def test_the_parts_of_a_kernel_belong_to_it_alone() -> None:
    """Only the kernel's own names can be seen from outside, so the optimiser may change its parts."""
    part = called(tripled)

    def outer(rows: Any, n: int) -> int:
        return part(rows, n) + part(rows, n + 1)

    compiled = numba.njit(_nrt=False, pipeline_class=KernelPipeline)(outer)
    assert compiled(np.arange(1, 9), 4) == 6 * 5 + 6 * 6
    (head,) = heads("".join(compiled.inspect_llvm().values()))
    assert head.startswith("define internal")


def test_a_part_holds_itself_alone_and_a_kernel_each_once() -> None:
    inner = called(tripled)

    def doubled(rows: Any, n: int) -> int:
        return inner(rows, n) + inner(rows, n)

    middle = called(doubled)

    def outer(rows: Any, n: int) -> int:
        return middle(rows, n) + inner(rows, n + 1) + middle(rows, n + 2)

    compiled = numba.njit(_nrt=False, pipeline_class=KernelPipeline)(outer)
    assert compiled(np.arange(1, 9), 4) == 12 * 5 + 6 * 6 + 12 * 7
    (lowered,) = middle._dispatcher.overloads.values()
    assert heads(lowered.library.get_llvm_str()) == []
    assert len(heads("".join(compiled.inspect_llvm().values()))) == 1


def test_garbage_is_looked_for_less_often_only_while_a_kernel_is_compiled() -> None:
    seen = []

    class Watched(KernelPipeline):
        def define_pipelines(self) -> list[Any]:
            seen.append(gc.get_threshold()[0])
            return super().define_pipelines()

    usual = gc.get_threshold()
    assert numba.njit(_nrt=False, pipeline_class=Watched)(lambda n: n + 1)(2) == 3
    assert seen == [COLLECTED_EACH]
    assert gc.get_threshold() == usual
    assert usual[0] < COLLECTED_EACH
