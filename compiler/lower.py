"""Lowering of a checked contract to the intermediate representation, with its interface."""

from __future__ import annotations

from collections.abc import Mapping

from anhvm.compiler import entities, ir
from anhvm.compiler import types as ty
from anhvm.compiler.lower_stmt import statements
from anhvm.compiler.lowering import Lowering
from anhvm.program import abi
from anhvm.program.model import Extern, Kind


def lower_contract(contract: entities.Contract) -> ir.Unit:
    """One unit: fields and structs flattened, functions in the order of the contract."""
    fields = {field.name: field for field in contract.fields}
    return ir.Unit(
        contract.name,
        tuple(decl for field in contract.fields for decl in _field(field)),
        tuple(
            ir.EventDecl(event.name, tuple(ty.code(leaf) for _, leaf in event.params))
            for event in contract.events
        ),
        tuple(lower_function(function, fields) for function in contract.functions),
        _abi(contract),
        contract.files,
        {signature.name: _extern(signature) for signature in contract.externs},
    )


def lower_function(
    function: entities.Function, fields: Mapping[str, entities.Field]
) -> ir.Function:
    """One function: checks of what a caller from outside passes, then the body."""
    signature = function.signature
    low = Lowering(function, fields)
    if signature.kind is not Kind.INTERNAL:
        low.check_params(function)
    for param, given in zip(function.params, low.given, strict=True):
        if param.assigned:
            own = tuple(ir.Var(var.name, var.type, var.ones) for var in given)
            low.locals[param] = own
            low.mutable.update(own)
            for dst, src in zip(own, given, strict=True):
                low.emit(ir.Assign(dst, src, param.span))
    statements(low, function.body)
    body = [*low.start, *low.out]
    if signature.returns == ty.NOTHING and not (body and isinstance(body[-1], ir.Return)):
        body.append(ir.Return((), signature.span))
    return ir.Function(
        signature.name,
        signature.kind,
        (*(var for given in low.given for var in given), *low.hidden),
        tuple(ty.code(leaf) for _, leaf in ty.leaves(signature.returns)),
        tuple(body),
        signature.span,
        signature.reentrant,
        signature.stipend,
    )


def _extern(signature: entities.Signature) -> Extern:
    """What another contract is asked for: the name of its function there, and machine types."""
    params = (type_ for _, type_ in signature.params)
    return Extern(
        signature.name.rsplit(".", 1)[-1],
        signature.kind,
        tuple(ty.code(leaf) for type_ in params for _, leaf in ty.leaves(type_)),
        tuple(ty.code(leaf) for _, leaf in ty.leaves(signature.returns)),
        signature.stipend,
    )


def _field(field: entities.Field) -> list[ir.FieldDecl]:
    keys, value = field.cells()
    found = []
    for path, leaf in ty.leaves(value):
        sizes = leaf.dims if isinstance(leaf, ty.Tensor) else ()
        initial = None
        if field.initial is not None:
            initial = ir.Lit(ty.code(leaf), field.initial.value)
        dims = tuple(dim.constant or 0 for dim in sizes)
        codes = tuple(ty.code(key) for key in keys)
        found.append(ir.FieldDecl(field.name + path, ty.code(leaf), codes, dims, initial))
    return found


def _abi(contract: entities.Contract) -> abi.Abi:
    functions = []
    for index, function in enumerate(contract.functions):
        signature = function.signature
        if signature.kind is Kind.INTERNAL:
            continue
        returns = signature.returns
        results = returns.items if isinstance(returns, ty.Several) else (returns,)
        functions.append(
            abi.Function(
                signature.name,
                "nondet" if signature.nondet else signature.kind.name.lower(),
                index,
                _named(signature.params),
                tuple(str(result) for result in results),
                signature.doc,
            )
        )
    return abi.Abi(
        contract.name,
        tuple(abi.Struct(struct.name, _named(struct.members)) for struct in contract.structs),
        tuple(functions),
        tuple(
            abi.Event(event.name, index, _named(event.params))
            for index, event in enumerate(contract.events)
        ),
        tuple(abi.Named(field.name, str(field.type)) for field in contract.fields),
        contract.doc,
    )


def _named(pairs: tuple[tuple[str, ty.Type], ...] | tuple[tuple[str, ty.Leaf], ...]) -> (
    tuple[abi.Named, ...]
):  # fmt: skip
    return tuple(abi.Named(name, str(type_)) for name, type_ in pairs)
