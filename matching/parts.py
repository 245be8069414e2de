"""Compiling the parts of a kernel: as intermediate code only, and each in one place.

Numba optimises a function and everything that it calls anew for each of its callers, and makes
machine code and Python wrappers for it as well: with kernels of a hundred small functions that is minutes.
A part is kept as it comes from the front end; the kernel that it ends up in is optimised once, as a
whole. What is marked ``called`` stays a function of its own there, so that rare paths neither grow
the hot ones nor are copied from place to place. The custom pipeline is Numba's extension point for
compilers (Numba manual, "Customizing the Compiler"); figures: docs/decisions/0011-parts-of-kernels.md.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from llvmlite.binding import Linkage
from numba.core import cgutils
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import CompilerBase, DefaultPassBuilder, _LowerResult
from numba.core.compiler_machinery import register_pass
from numba.core.lowering import Lower
from numba.core.typed_passes import BaseNativeLowering, NativeLowering


class _PartLibrary(JITCodeLibrary):  # type: ignore[misc]
    """Code that waits to be linked into a kernel; it holds itself alone, not what it calls."""

    def finalize(self) -> None:
        """Leave it as it is: what it calls is linked once, where the kernel is."""
        self._raise_if_finalized()
        self._finalize_dynamic_globals()
        self._finalized = True

    @property
    def needed(self) -> list[Any]:
        """All that has to be linked where it is called: itself, then what it calls, callers first.

        Code that nothing calls yet is left out by LLVM's linker.
        """
        return [self, *dict.fromkeys(self._linking_libraries)]


class _KernelLibrary(JITCodeLibrary):  # type: ignore[misc]
    """The code of a kernel: its parts belong to it alone, and it is optimised once, as a whole."""

    def _optimize_final_module(self) -> None:
        for function in self._final_module.functions:
            if function.linkage == Linkage.linkonce_odr and not function.is_declaration:
                function.linkage = Linkage.internal
        passes, builder = self._codegen._module_pass_manager(
            loop_vectorize=False, slp_vectorize=False
        )
        passes.run(self._final_module, builder)


class _CalledLower(Lower):  # type: ignore[misc]
    def setup_function(self, fndesc: Any) -> None:
        super().setup_function(fndesc)
        if "alwaysinline" not in self.function.attributes:
            self.function.attributes.add("noinline")

    def alloca_lltype(self, name: str, lltype: Any, datamodel: Any = None) -> Any:
        # Numba's own also asks LLVM for the size, which only a debugger would be told.
        return cgutils.alloca_once(self.builder, lltype, name=name, zfill=False)


@register_pass(mutates_CFG=True, analysis_only=False)
class _PartLowering(BaseNativeLowering):  # type: ignore[misc]
    _name = "part_lowering"  # type: ignore[assignment]

    @property
    def lowering_class(self) -> Any:
        return _CalledLower

    def run_pass(self, state: Any) -> bool:
        state.library = _PartLibrary(state.targetctx.codegen(), state.func_id.func_qualname)
        state.flags.no_compile = True
        state.flags.no_cpython_wrapper = True
        state.flags.no_cfunc_wrapper = True
        super().run_pass(state)
        lowered = state["cr"]
        # Callers look a function up by its entry point: a part has none, so it is given a name of its own.
        key = object()
        state.targetctx.insert_user_function(key, lowered.fndesc, state.library.needed)
        state["cr"] = _LowerResult(lowered.fndesc, lowered.call_helper, cfunc=key, env=lowered.env)
        return True


@register_pass(mutates_CFG=True, analysis_only=False)
class _KernelLowering(NativeLowering):  # type: ignore[misc]
    _name = "kernel_lowering"

    def run_pass(self, state: Any) -> bool:
        state.library = _KernelLibrary(state.targetctx.codegen(), state.func_id.func_qualname)
        state.library.enable_object_caching()
        changed: bool = super().run_pass(state)
        return changed


COLLECTED_EACH = 100_000
"""Objects made until Python looks for garbage while a kernel is compiled; 700 is usual."""

UNUSED_STEPS = frozenset(
    {
        "WithLifting",
        "InlineClosureLikes",
        "RewriteSemanticConstants",
        "DeadBranchPrune",
        "RewriteDynamicRaises",
        "MakeFunctionToJitFunction",
        "InlineInlinables",
        "FindLiterallyCalls",
        "LiteralUnroll",
        "LiteralPropagationSubPipelinePass",
        "InlineOverloads",
        "NopythonRewrites",
        "NoPythonSupportedFeatureValidation",
        "AnnotateTypes",
        "DumpParforDiagnostics",
    }
)
"""Steps for what parts do not have: objects, closures, exceptions, overloads, array expressions, threads."""


def _pipeline(state: Any, lowering: Any) -> list[Any]:
    passes = DefaultPassBuilder.define_nopython_pipeline(state)
    passes.passes = [
        (lowering, lowering._name) if step is NativeLowering else (step, name)
        for step, name in passes.passes
        if step.__name__ not in UNUSED_STEPS
    ]
    passes.finalize()
    return [passes]


@contextmanager
def _rarely_collected() -> Iterator[None]:
    """Look for garbage less often: what makes a kernel lives until it is compiled, and is seen each time."""
    former = gc.get_threshold()
    gc.set_threshold(COLLECTED_EACH, *former[1:])
    try:
        yield
    finally:
        gc.set_threshold(*former)


class KernelPipeline(CompilerBase):  # type: ignore[misc]
    """Numba's usual pipeline with the last step of a kernel."""

    def compile_extra(self, func: Any) -> Any:
        """Compile a function and the parts that it calls."""
        with _rarely_collected():
            return super().compile_extra(func)

    def define_pipelines(self) -> list[Any]:
        """Return the one pipeline."""
        return _pipeline(self.state, _KernelLowering)


class PartCompiler(CompilerBase):  # type: ignore[misc]
    """Numba's usual pipeline with its last step replaced."""

    def define_pipelines(self) -> list[Any]:
        """Return the one pipeline."""
        return _pipeline(self.state, _PartLowering)
