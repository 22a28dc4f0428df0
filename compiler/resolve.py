"""Type expressions to types, dimension expressions to polynomials."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from anhvm.compiler import syntax as s
from anhvm.compiler import types as ty
from anhvm.compiler.diagnostics import Fault, did_you_mean
from anhvm.compiler.dims import Dim, TooComplexError, const, var
from anhvm.compiler.dims import DimVar as DimVar
from anhvm.compiler.ir import Span
from anhvm.compiler.scope import ConstSymbol, Env, ModuleSymbol, StructSymbol
from anhvm.compiler.types import Type
from anhvm.isa.types import MAX_ELEMENTS, MAX_RANK
from anhvm.program.model import MAX_KEYS

DimName = Callable[[str], DimVar | None]
"""The dimension of that name where the type stands, or None: then it is a fault."""

_OTHER_NAMES: Final = {
    "int": "i64 or u64", "uint": "u64", "uint256": "u64", "usize": "u64", "float": "f32",
    "float32": "f32", "f64": "f32", "double": "f32", "string": "str", "boolean": "bool",
    "u8": "u64, or bytes for many of them", "u32": "u64", "i8": "i8[N] for tensors, else i32",
    "tensor": "f32[N, 64]", "list": "a tensor, or a map field", "dict": "map[address, u64]",
}  # fmt: skip


def fixed(_: str) -> None:
    """A `DimName` for places where every size is a constant."""
    return None


def resolve(expr: s.Expr, env: Env, dim_name: DimName = fixed) -> Type:
    """The type that `expr` writes; raises Fault (E0108, E0201, E0403)."""
    if isinstance(expr, s.Name):
        return _named(expr, env)
    if isinstance(expr, s.Subscript) and isinstance(expr.base, s.Name):
        if expr.base.name == "map":
            return _map(expr, env)
        return _tensor(expr, expr.base.name, env, dim_name)
    if isinstance(expr, s.Attribute) and isinstance(expr.base, s.Name):
        module = env.find(expr.base.name)
        if isinstance(module, ModuleSymbol):
            found = module.env.find(expr.name)
            if isinstance(found, StructSymbol):
                return found.type
            hint = did_you_mean(expr.name, _structs(module.env), "name a struct of the module")
            raise Fault("E0108", expr.span, f"'{expr.name}' is no type of that module", hint)
    raise Fault("E0108", expr.span, "this is no type", "write u64, f32[N, 64], a struct, or map[…]")


def _named(expr: s.Name, env: Env) -> Type:
    if expr.name in ty.PRIMS:
        return ty.PRIMS[expr.name]
    found = env.find(expr.name)
    if isinstance(found, StructSymbol):
        return found.type
    if expr.name == "map":
        hint = "write the types of key and value: map[address, u64]"
        raise Fault("E0108", expr.span, "a map needs its types", hint)
    if expr.name in _OTHER_NAMES and found is None:
        hint = f"use {_OTHER_NAMES[expr.name]}"
    else:
        known = [*ty.PRIMS, *_structs(env)]
        hint = did_you_mean(expr.name, known, f"the types are {', '.join(ty.PRIMS)} and structs")
    raise Fault("E0108", expr.span, f"'{expr.name}' is no type", hint)


def _structs(env: Env) -> list[str]:
    own = [name for name, symbol in env.symbols.items() if isinstance(symbol, StructSymbol)]
    return own + (_structs(env.parent) if env.parent else [])


def _map(expr: s.Subscript, env: Env) -> Type:
    if len(expr.indices) != 2:
        hint = "write the types of key and value: map[address, u64]"
        raise Fault("E0108", expr.span, "a map has one key type and one value type", hint)
    key, value = (resolve(e, env) for e in expr.indices)
    if not isinstance(key, ty.Prim) or key not in ty.KEYS:
        hint = f"keys are {', '.join(map(str, ty.KEYS))}"
        raise Fault("E0108", expr.indices[0].span, f"{key} cannot be a key of a map", hint)
    found = ty.Map(key, value)
    depth, inner = 1, value
    while isinstance(inner, ty.Map):
        depth, inner = depth + 1, inner.value
    if depth > MAX_KEYS:
        hint = f"nest at most {MAX_KEYS} maps"
        raise Fault("E0108", expr.span, f"this map has {depth} keys", hint)
    return found


def _tensor(expr: s.Subscript, element: str, env: Env, dim_name: DimName) -> Type:
    if element not in ty.ELEMENTS:
        if element in ty.PRIMS or element in _OTHER_NAMES:
            hint = f"elements of tensors are {', '.join(ty.ELEMENTS)}; many cells are a map field"
            raise Fault("E0108", expr.base.span, f"there are no tensors of {element}", hint)
        hint = did_you_mean(element, [*ty.ELEMENTS, "map"], "write f32[N, 64] or map[…]")
        raise Fault("E0108", expr.base.span, f"'{element}' takes no sizes", hint)
    if len(expr.indices) > MAX_RANK:
        hint = f"join axes, so that there are at most {MAX_RANK}"
        raise Fault("E0108", expr.span, f"this tensor has {len(expr.indices)} axes", hint)
    try:
        dims = tuple(dimension(e, env, dim_name) for e in expr.indices)
    except TooComplexError:
        hint = "name sizes in parameters instead of computing them"
        raise Fault("E0610", expr.span, "this size is too complex", hint) from None
    known = [d.constant for d in dims]
    for index, size in zip(expr.indices, known, strict=True):
        if size is not None and size < 0:
            raise Fault("E0403", index.span, f"{size} is no size", "sizes are 0 or more")
    count = 1
    for size in known:
        count *= size or 1
    if count > MAX_ELEMENTS:
        hint = f"at most {MAX_ELEMENTS} elements"
        raise Fault("E0610", expr.span, "this tensor is too large", hint)
    return ty.Tensor(element, dims)


def dimension(expr: s.Expr, env: Env, dim_name: DimName) -> Dim:
    """The polynomial that `expr` writes: integers, constants, dimension names, + - *."""
    if isinstance(expr, s.Int):
        return const(expr.value)
    if isinstance(expr, s.Binary) and expr.op in "+-*":
        left, right = (dimension(e, env, dim_name) for e in (expr.left, expr.right))
        return left + right if expr.op == "+" else left - right if expr.op == "-" else left * right
    if isinstance(expr, s.Name):
        found = env.find(expr.name)
        if isinstance(found, ConstSymbol):
            return const(_whole(found, expr.span))
        named = dim_name(expr.name)
        if named is not None:
            return var(named)
        known = [n for n in env.names() if isinstance(env.find(n), ConstSymbol)]
        hint = "use a constant, or a dimension that a parameter of this function names"
        hint = did_you_mean(expr.name, known, hint)
        raise Fault("E0403", expr.span, f"'{expr.name}' is no known dimension", hint)
    if isinstance(expr, s.Attribute) and isinstance(expr.base, s.Name):
        module = env.find(expr.base.name)
        found = module.env.find(expr.name) if isinstance(module, ModuleSymbol) else None
        if isinstance(found, ConstSymbol):
            return const(_whole(found, expr.span))
    hint = "use integers, constants and dimension names, with + - *"
    raise Fault("E0403", expr.span, "a dimension cannot be computed so", hint)


def _whole(symbol: ConstSymbol, span: Span) -> int:
    value = symbol.value.value
    if symbol.value.type not in ty.INTEGERS or not isinstance(value, int) or value < 0:
        hint = "use an integer constant that is not negative"
        raise Fault("E0403", span, f"a constant of type {symbol.value.type} is no size", hint)
    return value
