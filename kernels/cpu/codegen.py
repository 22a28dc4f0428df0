"""From Python functions to one relocatable object file per kernel.

Numba types and optimises; what leaves here is machine code with C names and no trace of Numba's
runtime, so that a later process can run it without importing Numba (`cache`, `loader`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import llvmlite.binding as llvm
from numba import types
from numba.core import compiler
from numba.core.registry import cpu_target

from anhvm.errors import Bug
from anhvm.kernels.cpu.loader import machine

# What machine code may call: LLVM emits these for loops, and for fma where there is no instruction.
_LIBRARY = {"memcpy", "memset", "memmove", "fmaf"}
# Intrinsics on f32 that are exact or move bits; LLVM's sine, say, is a call of the C library.
_EXACT = {
    "fma", "sqrt", "fabs", "copysign", "is.fpclass",
    "masked.load", "masked.store", "masked.gather", "masked.scatter",
}  # fmt: skip
_ON_FLOATS = re.compile(r"llvm\.([a-z.]+)\.(?:v\d+)?f\d+\b")


# N5: no binary64, no fast-math flag on any operation.
_FORBIDDEN = re.compile(r"\bdouble\b|\b(?:fast|contract|reassoc|nnan|ninf|nsz|arcp|afn)\b(?! =)")

# Every module carries pointers to Numba's environments, which nothing reads.
_ENVIRONMENT = ("= common local_unnamed_addr global ptr null", "= internal global ptr null")
# Kernels view memory and own none, so what Numba would count is always the null pointer.
_REFERENCE_COUNTING = re.compile(
    r"^ +(?:tail )?call void @NRT_(?:in|de)cref\(.*\n"
    r"|^define linkonce_odr void @NRT_(?:in|de)cref\((?:.*\n)*?}\n"
    r"|^declare void @NRT_MemInfo_call_dtor\(.*\n",
    re.MULTILINE,
)


def compile_object(
    functions: Mapping[str, tuple[Callable[..., Any], Any]], interleave: int = 0
) -> bytes:
    """An object file that defines each C name as the compiled function; raises Bug.

    A function takes int64 arguments only and returns the Numba type that stands beside it.
    `interleave`: see `Functions`.
    """
    module = llvm.parse_assembly("")
    module.triple = llvm.get_process_triple()
    for symbol, (function, result) in functions.items():
        with _interleaved(interleave):
            text = _assembly(symbol, function, result)
        module.link_in(llvm.parse_assembly(text))
    forbidden = _FORBIDDEN.search(str(module))
    if forbidden:
        raise Bug(f"kernel code has an operation that no law allows: {forbidden.group(0)}")
    for declared in module.functions:
        if declared.is_declaration and not _known(declared.name):
            raise Bug(f"kernel code calls {declared.name}")
    code: bytes = machine().emit_object(module)
    return code


@contextmanager
def _interleaved(count: int) -> Iterator[None]:
    """Lets LLVM's vectoriser interleave `count` vectors.

    The option is the process's: what another thread compiles meanwhile may be slower, not other.
    """
    llvm.set_option("", f"-force-vector-interleave={count}")
    try:
        yield
    finally:
        llvm.set_option("", "-force-vector-interleave=0")


def _known(name: str) -> bool:
    if not name.startswith("llvm."):
        return name in _LIBRARY
    floats = _ON_FLOATS.match(name)
    return floats is None or floats.group(1) in _EXACT


def _assembly(symbol: str, function: Callable[..., Any], result: Any) -> str:
    flags = compiler.Flags()
    flags.error_model = "numpy"
    flags.nrt = True  # the type of a view asks for it
    flags.no_cpython_wrapper = True
    flags.no_cfunc_wrapper = True
    count = function.__code__.co_argcount
    compiled = compiler.compile_extra(
        cpu_target.typing_context,
        cpu_target.target_context,
        function,
        (types.int64,) * count,
        result,
        flags,
        {},
    )
    text = compiled.library.get_llvm_str()
    return _REFERENCE_COUNTING.sub("", text.replace(*_ENVIRONMENT)) + _entry(
        symbol, compiled.fndesc.llvm_func_name, count, result.bitwidth
    )


def _entry(symbol: str, native: str, count: int, bits: int) -> str:
    """A C function that calls Numba's, whose own convention returns through a pointer."""
    formal = ", ".join(f"i64 %a{i}" for i in range(count))
    return f"""
define i{bits} @{symbol}({formal}) {{
  %result = alloca i{bits}
  %fault = alloca ptr
  %status = call i32 @{native}(ptr %result, ptr %fault, {formal})
  %value = load i{bits}, ptr %result
  ret i{bits} %value
}}
"""
