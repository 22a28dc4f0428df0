"""Values of constant expressions: integers exactly, f32 rounded after each step (N2, N4)."""

from __future__ import annotations

from fractions import Fraction

from anhvm.compiler import syntax as s
from anhvm.compiler import types as ty
from anhvm.compiler.diagnostics import Fault, an, did_you_mean
from anhvm.compiler.ir import Span
from anhvm.compiler.literals import RANGES, decimal, f32_bits, fits
from anhvm.compiler.scope import ConstSymbol, Env, ModuleSymbol
from anhvm.compiler.typed import Literal
from anhvm.compiler.types import Type


def whole(value: int, wanted: Type | None, span: Span) -> Literal:
    """An integer as the number type that its place wants, else u64 (i64 below zero)."""
    if wanted == ty.F32:
        return _float(Fraction(value), span)
    name = wanted.name if isinstance(wanted, ty.Prim) and wanted in ty.INTEGERS else None
    name = name or ("i64" if value < 0 else "u64")
    if not fits(value, name):
        low, high = RANGES[name]
        hint = f"{an(name)} is between {low} and {high}"
        raise Fault("E0107", span, f"{value} is no {name}", hint)
    return Literal(ty.PRIMS[name], value, span)


def fraction(text: str, span: Span) -> Literal:
    """A decimal literal as f32."""
    value = decimal(text)
    if value is None:
        raise Fault("E0107", span, "this exponent is too large", "an f32 is below 3.4028236e38")
    return _float(value, span)


def negated(literal: Literal, span: Span) -> Literal:
    """The literal with its other sign, zeros included."""
    assert not isinstance(literal.value, bytes)
    if literal.type == ty.F32:
        return Literal(ty.F32, literal.value ^ 1 << 31, span)
    return whole(-literal.value, literal.type, span)


def _float(value: Fraction, span: Span) -> Literal:
    bits = f32_bits(value)
    if bits is None:
        hint = "the largest f32 is 3.4028234e38"
        raise Fault("E0107", span, "this number is too large for f32", hint)
    return Literal(ty.F32, bits, span)


def evaluate(expr: s.Expr, env: Env, wanted: Type | None) -> Literal:
    """The value of a constant expression; raises Fault (E0605, E0301, E0107)."""
    found = _evaluate(expr, env, wanted)
    if wanted is not None and found.type != wanted:
        hint = "write the value in the declared type"
        raise Fault("E0301", expr.span, f"this is {found.type}, expected {wanted}", hint)
    return found


def _evaluate(expr: s.Expr, env: Env, wanted: Type | None) -> Literal:
    match expr:
        case s.Int(value, span):
            return whole(value, wanted, span)
        case s.Decimal(text, span):
            return fraction(text, span)
        case s.Bool(value, span):
            return Literal(ty.BOOL, value, span)
        case s.Text(text, span):
            return Literal(ty.STR, text.encode(), span)
        case s.Bytes(data, span):
            return Literal(ty.BYTES, data, span)
        case s.Unary("-", s.Int(value, _), span) if wanted != ty.F32:
            return whole(-value, wanted, span)
        case s.Unary("-", operand, span):
            inner = _evaluate(operand, env, wanted)
            if inner.type in ty.NUMBERS:
                return negated(inner, span)
        case s.Binary(op, left, right, span) if op in ("+", "-", "*", "/", "%"):
            a, b = _evaluate(left, env, wanted), _evaluate(right, env, wanted)
            if a.type != b.type and wanted is None:  # a literal takes the type of the other side
                common = ty.F32 if ty.F32 in (a.type, b.type) else ty.I64
                a, b = _evaluate(left, env, common), _evaluate(right, env, common)
            return _binary(op, a, b, span)
        case s.Name() | s.Attribute():
            return _named(expr, env)
    hint = "use literals, constants and + - * / %; set what depends on a transaction in @init"
    raise Fault("E0605", expr.span, "this is not constant", hint)


def _named(expr: s.Name | s.Attribute, env: Env) -> Literal:
    scope: Env | None = env
    if isinstance(expr, s.Attribute):
        module = env.find(expr.base.name) if isinstance(expr.base, s.Name) else None
        scope = module.env if isinstance(module, ModuleSymbol) else None
    found = scope.find(expr.name) if scope else None
    if isinstance(found, ConstSymbol):
        return found.value
    known = [n for n, symbol in (scope or env).symbols.items() if isinstance(symbol, ConstSymbol)]
    hint = did_you_mean(expr.name, known, "constants are declared above: 'const SIZE: u64 = 64'")
    raise Fault("E0605", expr.span, f"'{expr.name}' is no constant", hint)


def _binary(op: str, left: Literal, right: Literal, span: Span) -> Literal:
    a, b = left.value, right.value
    if left.type != right.type or left.type not in ty.NUMBERS:
        hint = "use two numbers of one type"
        raise Fault("E0605", span, f"{left.type} {op} {right.type} is not constant", hint)
    assert not isinstance(a, bytes) and not isinstance(b, bytes)
    if left.type == ty.F32:
        return _float_binary(op, _value(a), _value(b), span)
    if op in "/%":
        if b == 0:
            raise Fault("E0605", span, "division by zero", "change the divisor")
        quotient = abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)
        return whole(quotient if op == "/" else a - b * quotient, left.type, span)
    return whole(a + b if op == "+" else a - b if op == "-" else a * b, left.type, span)


def _float_binary(op: str, a: Fraction, b: Fraction, span: Span) -> Literal:
    if op == "%" or (op == "/" and b == 0):
        raise Fault("E0605", span, f"'{op}' has no constant value here", "use + - * or /")
    value = a + b if op == "+" else a - b if op == "-" else a * b if op == "*" else a / b
    return _float(value, span)


def _value(bits: int) -> Fraction:
    exponent, mantissa = bits >> 23 & 0xFF, bits & 0x7FFFFF
    if exponent == 0:
        return Fraction(0)
    size = Fraction(mantissa | 1 << 23) * Fraction(2) ** (exponent - 150)
    return -size if bits >> 31 else size
