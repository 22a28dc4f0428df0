"""Places: variables, fields, keys of maps, members, elements; how they are read and assigned."""

from __future__ import annotations

from dataclasses import dataclass, replace

from anhvm.compiler import syntax as s
from anhvm.compiler import typed as t
from anhvm.compiler import types as ty
from anhvm.compiler.diagnostics import Fault, an, did_you_mean
from anhvm.compiler.fit import check
from anhvm.compiler.ir import Span
from anhvm.compiler.regions import cut, inside
from anhvm.compiler.scope import Body, Silent
from anhvm.compiler.types import Type


@dataclass(frozen=True)
class Place:
    """Leaves `first`… of a local or of a field; with `indices`, one element of a tensor leaf."""

    root: t.Local | str
    type: Type
    span: Span
    keys: tuple[t.Expr, ...] = ()
    first: int = 0
    indices: tuple[t.Expr, ...] = ()


def place_of(body: Body, expr: s.Expr) -> Place | None:
    """The place that an expression names, or None where it names none."""
    if isinstance(expr, s.Name):
        local = body.local(expr.name)
        return Place(local, local.type, expr.span) if local is not None else None
    if isinstance(expr, s.Attribute):
        if isinstance(expr.base, s.Name) and expr.base.name == "self":
            return _field(body, expr)
        base = place_of(body, expr.base)
        if base is None:
            return None
        type_, offset = member(base.type, expr)
        return replace(base, type=type_, first=base.first + offset, span=expr.span)
    if isinstance(expr, s.Subscript):
        base = place_of(body, expr.base)
        return None if base is None else _index(body, base, expr)
    return None


def _field(body: Body, expr: s.Attribute) -> Place:
    fields = body.env.fields
    if fields is None:
        hint = "pass the value as a parameter"
        raise Fault("E0608", expr.span, "a library function has no fields", hint)
    field = fields.get(expr.name)
    if field is None:
        if expr.name in body.env.symbols:
            hint = f"write '{expr.name}' without self"
        else:
            hint = did_you_mean(expr.name, fields, f"declare it: '{expr.name}: u64'")
        raise Fault("E0205", expr.span, f"this contract has no field '{expr.name}'", hint)
    if isinstance(field.type, ty.Unknown):
        raise Silent
    return Place(field.name, field.type, expr.span)


def member(type_: Type, expr: s.Attribute) -> tuple[Type, int]:
    """The type of a member of a struct, and its first leaf."""
    if isinstance(type_, ty.Unknown):
        raise Silent
    if isinstance(type_, ty.Struct):
        offset = 0
        for name, inner in type_.members:
            if name == expr.name:
                return inner, offset
            offset += ty.width(inner)
        names = [name for name, _ in type_.members]
        hint = did_you_mean(expr.name, names, f"it has {', '.join(names)}")
        raise Fault("E0205", expr.span, f"'{type_}' has no member '{expr.name}'", hint)
    if isinstance(type_, ty.Map):
        hint = "read one key first: 'self.accounts[who]'"
    elif isinstance(type_, ty.Tensor) and expr.name == "shape":
        hint = "name its dimensions in the parameters, f32[N, 64], and use N as a u64"
    else:
        hint = "only structs have members"
    raise Fault("E0205", expr.span, f"{an(type_)} has no member '{expr.name}'", hint)


def _index(body: Body, base: Place, expr: s.Subscript) -> Place | None:
    if isinstance(base.type, ty.Unknown):
        raise Silent
    if isinstance(base.type, ty.Map):
        type_: Type = base.type
        keys = list(base.keys)
        for index in expr.indices:
            if not isinstance(type_, ty.Map):
                hint = f"the field takes {len(keys)} keys"
                raise Fault("E0404", index.span, f"too many keys: what is left is {type_}", hint)
            keys.append(check(body, index, type_.key, "key of the map"))
            type_ = type_.value
        return replace(base, type=type_, keys=tuple(keys), span=expr.span)
    if isinstance(base.type, ty.Tensor) and not base.indices:
        if _is_part(expr, base.type):
            return None
        indices = _indices(body, base.type, expr)
        return replace(base, type=ty.element(base.type), indices=indices, span=expr.span)
    return None


def _indices(body: Body, tensor: ty.Tensor, expr: s.Subscript) -> tuple[t.Expr, ...]:
    if len(expr.indices) != len(tensor.dims):
        hint = f"write {', '.join('ijklmn'[: len(tensor.dims)])} between the brackets"
        message = f"{len(expr.indices)} indices for the {len(tensor.dims)} axes of {tensor}"
        raise Fault("E0404", expr.span, message, hint)
    found = tuple(check(body, index, ty.U64, "index") for index in expr.indices)
    for axis, (at, dim) in enumerate(zip(found, tensor.dims, strict=True)):
        inside(at, dim, axis)
    return found


def _is_part(expr: s.Subscript, tensor: ty.Tensor) -> bool:
    """Whether the indices cut out a tensor and not an element."""
    slices = any(isinstance(index, s.Slice) for index in expr.indices)
    return slices or len(expr.indices) < len(tensor.dims)


def read(body: Body, place: Place) -> t.Expr:
    """The value at a place."""
    type_, span = place.type, place.span
    if isinstance(type_, ty.Map):
        hint = "read one key of it: 'self.balances[msg.sender]'"
        raise Fault("E0604", span, "a map is no value", hint)
    whole: Type = type_
    if place.indices:
        whole = _tensor_of(place, body)
    found: t.Expr
    if isinstance(place.root, t.Local):
        found = t.Read(whole, place.root, place.first, span)
    else:
        found = t.Load(whole, place.root, place.keys, place.first, span)
    if place.indices:
        return t.Pick(type_, "t.get", (found, *place.indices), span)
    return found


def _tensor_of(place: Place, body: Body) -> Type:
    root: Type
    if isinstance(place.root, t.Local):
        root = place.root.type
    else:
        assert body.env.fields is not None
        root = body.env.fields[place.root].cells()[1]
    return ty.leaves(root)[place.first][1]


def read_value(body: Body, expr: s.Attribute | s.Subscript) -> t.Expr:
    """A member or an element of a value that is at no place, such as the result of a call."""
    if isinstance(expr, s.Attribute):
        base = body.infer(expr.base)
        type_, offset = member(base.type, expr)
        return t.Part(type_, base, offset, expr.span)
    base = body.infer(expr.base)
    if isinstance(base.type, ty.Tensor):
        if _is_part(expr, base.type):
            return cut(body, base, expr)
        indices = _indices(body, base.type, expr)
        return t.Pick(ty.element(base.type), "t.get", (base, *indices), expr.span)
    if base.type in (ty.BYTES, ty.STR):
        return _bytes(body, base, expr)
    hint = "maps, tensors and bytes have elements"
    raise Fault("E0302", expr.span, f"{an(base.type)} cannot be indexed", hint)


def _bytes(body: Body, base: t.Expr, expr: s.Subscript) -> t.Expr:
    if len(expr.indices) != 1:
        raise Fault("E0404", expr.span, "bytes have one index", "write 'data[i]' or 'data[a:b]'")
    (index,) = expr.indices
    if not isinstance(index, s.Slice):
        at = check(body, index, ty.U64, "index")
        return t.Apply(ty.U64, "bytes.at", (base, at), expr.span)
    if index.start is None or index.stop is None:
        hint = "write both ends: 'data[0:len(data)]'"
        raise Fault("E0404", index.span, "a slice needs its start and its end", hint)
    start = check(body, index.start, ty.U64, "start of the slice")
    stop = check(body, index.stop, ty.U64, "end of the slice")
    return t.Pick(base.type, "bytes.slice", (base, start, stop), expr.span)


def target(body: Body, place: Place) -> t.Target:
    """The place as the target of an assignment."""
    if isinstance(place.root, t.Local):
        return t.LocalTarget(place.type, place.root, place.first, place.span, place.indices)
    return t.FieldTarget(place.type, place.root, place.keys, place.first, place.span, place.indices)
