"""The table is whole: ids, texts, gradients and programs refer to what exists."""

from __future__ import annotations

import pytest

from anhvm.kernels.definitions.primitives import PRIMITIVES
from anhvm.kernels.encoding import KERNEL_WORDS, encode
from anhvm.kernels.programs import Call, Expr, Literal, Name, calls, parse_expression, parse_program
from anhvm.kernels.row import AXES
from anhvm.kernels.rows_images import CONV, POOL
from anhvm.kernels.shapes import terms
from anhvm.kernels.signature import DType, parse, variables
from anhvm.kernels.table import BY_ID, BY_NAME, GAS_CLASSES, KERNELS, Kernel

OWN_MASKS = ("all", "last", "lead", "inverse")


def names(expression: Expr) -> set[str]:
    if isinstance(expression, Name):
        return {expression.name}
    if isinstance(expression, Literal):
        return set()
    return {n for operand in expression.operands for n in names(operand)}


def test_ids_and_names_are_unique() -> None:
    assert len(BY_ID) == len(BY_NAME) == len(KERNELS)
    assert [k.id for k in KERNELS] == sorted(BY_ID)


@pytest.mark.parametrize("kernel", KERNELS, ids=lambda k: k.name)
def test_a_row_is_whole(kernel: Kernel) -> None:
    signature = kernel.signature
    known = {*signature.rests, *signature.dims, "1", "out", "runs", "last", "pieces", "piece"}
    if kernel.attrs:
        assert kernel.attrs in (AXES[:1], AXES, CONV, POOL, ("axis",), ("order",), ("k",))
        known |= {"axes", "kept", "size"}
    named = [*(f.variable for term in terms(kernel.madds) for f in term), *kernel.nonempty]
    assert {v for item in named for v in variables(item) or [item]} <= known
    assert kernel.gas_class in GAS_CLASSES
    assert kernel.doc.endswith(".")
    assert bool(kernel.program) != (kernel.name in PRIMITIVES)


def test_every_gas_class_is_used() -> None:
    assert {k.gas_class for k in KERNELS} == set(GAS_CLASSES)


@pytest.mark.parametrize("kernel", [k for k in KERNELS if k.program], ids=lambda k: k.name)
def test_a_program_uses_what_it_has(kernel: Kernel) -> None:
    known = {o.name for o in kernel.signature.inputs}
    outputs = {o.name for o in kernel.signature.outputs}
    assert not known & outputs
    for statement in parse_program(kernel.program):
        assert names(statement.value) <= known
        for call in calls(statement.value):
            assert call.kernel.id != kernel.id
            assert {m for m in call.masks if isinstance(m, str)} <= {*kernel.attrs, *OWN_MASKS}
        known.add(statement.name)
    assert outputs <= known and statement.name in outputs


@pytest.mark.parametrize("kernel", KERNELS, ids=lambda k: k.name)
def test_several_outputs_have_the_gradient_of_their_program(kernel: Kernel) -> None:
    if len(kernel.signature.outputs) == 1:
        return
    assert kernel.program and not kernel.gradient
    for statement in parse_program(kernel.program):
        assert all(len(c.kernel.signature.outputs) == 1 for c in calls(statement.value))


@pytest.mark.parametrize("kernel", KERNELS, ids=lambda k: k.name)
def test_gradients_use_kernels_that_have_gradients(kernel: Kernel) -> None:
    inputs = {o.name: o for o in kernel.signature.inputs}
    known = {*inputs, *(o.name for o in kernel.signature.outputs), "g"}
    assert "g" not in {*inputs, *(o.name for o in kernel.signature.outputs)}
    for operand, text in kernel.gradient.items():
        assert inputs[operand].dtype in (DType.F32, DType.ANY)
        expression = parse_expression(text)
        assert names(expression) <= known
        for call in calls(expression):
            assert {m for m in call.masks if isinstance(m, str)} <= {*kernel.attrs, *OWN_MASKS}
            takes_gradient = depends_on_floats(call)
            made = call.kernel.signature.outputs[0].dtype
            constant = call.kernel.name == "count" or made in (DType.BOOL, DType.I32)
            assert constant or not takes_gradient or call.kernel.differentiable


def depends_on_floats(call: Call) -> bool:
    return any(o.dtype in (DType.F32, DType.ANY) for o in call.kernel.signature.inputs)


def test_encoded_rows_differ_and_fit() -> None:
    rows = [tuple(encode(k)) for k in KERNELS]
    assert {len(r) for r in rows} == {KERNEL_WORDS}
    assert len(set(rows)) == len(rows)
    assert all(0 <= word < 1 << 15 for row in rows for word in row)


@pytest.mark.parametrize("text", ["x -> y:f32[]", "x:f32[*S] -> y:f32[T]", "x:f99[] -> y:f32[]"])
def test_a_bad_signature_is_refused(text: str) -> None:
    with pytest.raises((ValueError, KeyError)):
        parse(text)


@pytest.mark.parametrize("text", ["add(x)", "sum(x, axes)", "x + y", "add(x, 1)", "sum(x, y.z, 0)"])
def test_a_bad_expression_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_expression(text)
