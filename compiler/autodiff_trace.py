"""The way forth: a call as a straight tape on which every variable is assigned once.

Calls that a differentiated value enters are put in place, loops that one enters are unrolled, known
conditions are decided.  Everything else (loops over integers, calls on data) is kept as it is.
Copies vanish: a variable stands for what was last assigned to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from anhvm.compiler import ir
from anhvm.compiler.autodiff_fold import fold
from anhvm.compiler.autodiff_rules import Block, is_float, ones
from anhvm.compiler.diagnostics import Fault
from anhvm.compiler.walk import reads, statements, substitute, writes
from anhvm.errors import Bug
from anhvm.kernels.programs import parse_program
from anhvm.kernels.table import BY_NAME

MAX_TURNS: Final = 1024
"""Turns of one loop that are unrolled."""
MAX_TAPE: Final = 4096
"""Statements of one tape: each may need a register of its own."""


@dataclass(frozen=True)
class Leave:
    """How a block was left before its end: by `Break`, `Continue` or `Return` with `values`."""

    by: type[ir.Break] | type[ir.Continue] | type[ir.Return]
    values: tuple[ir.Atom, ...] = ()


class Tape:
    """What all calls on one tape share; `active` are the variables with a derivative."""

    def __init__(self, function: Callable[[str, ir.Span], ir.Function]) -> None:
        self.function = function
        self.active: set[ir.Var] = set()
        self.block = Block()
        self.callers: list[str] = []
        self.count = 0

    def call(
        self, name: str, args: Sequence[ir.Atom], span: ir.Span
    ) -> tuple[ir.Function, tuple[ir.Atom, ...]]:
        """Puts the call in place; the function, and the atoms that stand for its results."""
        if name in self.callers:
            raise Fault(
                "E0701",
                span,
                f"'{name}' calls itself, so the gradient has no end that the compiler can see",
                "write the recursion as a loop of fixed length",
            )
        function = self.function(name, span)
        self.callers.append(name)
        env: dict[ir.Var, ir.Atom] = {}
        for param, arg in zip(function.params, args, strict=True):
            env[param] = self.alias(arg, param.ones, span)
        leave = _Frame(self, env, loops=0).run(function.body)
        self.callers.pop()
        if leave is None and function.returns:
            raise Bug(f"{name} ends without returning a value")
        return function, leave.values if leave else ()

    def program(
        self, name: str, args: Sequence[ir.Atom], attrs: Sequence[int], span: ir.Span
    ) -> list[ir.Atom]:
        """Puts the program of a kernel of several outputs in its place; the outputs."""
        row = BY_NAME[name]
        fixed = len(row.signature.inputs)
        names = dict(zip((o.name for o in row.signature.inputs), args[:fixed], strict=True))
        masks = dict(zip(row.attrs, attrs, strict=True))
        for statement in parse_program(row.program):
            made = Block()
            names[statement.name] = made.evaluate(statement.value, names, masks, span, args[fixed:])
            for stmt in made.stmts:
                self.add(stmt)
        return [names[o.name] for o in row.signature.outputs]

    def alias(self, atom: ir.Atom, written: int, span: ir.Span) -> ir.Atom:
        """`atom` with the axes of mask `written` known to be 1."""
        alias = self.block.alias(atom, written, span)
        if alias is not atom and atom in self.active:
            assert isinstance(alias, ir.Var)
            self.active.add(alias)
        return alias

    def add(self, stmt: ir.Stmt) -> None:
        """Appends a straight statement, and finds out whether its result has a derivative."""
        self.count += 1
        if self.count > MAX_TAPE:
            raise Fault(
                "E0701",
                stmt.span,
                f"the gradient needs more than {MAX_TAPE} operations",
                "shorten the loops that are unrolled, or take the gradient of a smaller part",
            )
        self.block.add(stmt)
        differentiable = isinstance(stmt, ir.Op | ir.Assign | ir.Kernel | ir.Special)
        if differentiable and any(a in self.active for a in reads(stmt)):
            self.active.update(v for v in writes(stmt) if is_float(v.type))

    def inside(self, run: Callable[[], Leave | None]) -> tuple[Block, Leave | None]:
        """Runs `run` on a block of its own."""
        outer, self.block = self.block, Block()
        leave = run()
        inner, self.block = self.block, outer
        return inner, leave

    def require_pure(self, stmts: Iterable[ir.Stmt], seen: frozenset[str] = frozenset()) -> None:
        """Refuses writes, events, calls out: a gradient runs its function for the value only."""
        for stmt in statements(stmts):
            if isinstance(stmt, ir.Store | ir.Emit | ir.External):
                what = {ir.Store: "writes storage", ir.Emit: "emits an event"}.get(
                    type(stmt), "calls another contract"
                )
                raise Fault(
                    "E0701",
                    stmt.span,
                    f"a differentiated function {what} here",
                    "return the value, and do this after the gradient has been taken",
                )
            if isinstance(stmt, ir.Call) and stmt.function not in seen:
                callee = self.function(stmt.function, stmt.span)
                self.require_pure(callee.body, seen | {stmt.function})


class _Frame:
    """One call on the tape; `env` says what stands for each variable of the function."""

    def __init__(self, tape: Tape, env: dict[ir.Var, ir.Atom], loops: int) -> None:
        self.tape = tape
        self.env = env
        self.loops = loops  # unrolled loops around this place

    def read(self, atom: ir.Atom) -> ir.Atom:
        return self.env.get(atom, atom) if isinstance(atom, ir.Var) else atom

    def fresh(self, var: ir.Var) -> ir.Var:
        new = ir.Var(var.name, var.type, var.ones)
        self.env[var] = new
        return new

    def run(self, stmts: Iterable[ir.Stmt]) -> Leave | None:
        """Puts a block on the tape; None when control reaches its end."""
        work = list(stmts)
        while work:
            stmt = work.pop(0)
            match stmt:
                case ir.If(cond, then, orelse):
                    known = self.read(cond)
                    if isinstance(known, ir.Lit):
                        work = [*(then if known.value else orelse), *work]
                    elif _holds(stmt, ir.Return):
                        return self._returning(stmt, known, work)
                    else:
                        self._branch(stmt, known)
                case ir.Loop():
                    leave = self._loop(stmt)
                    if leave is not None:
                        return leave
                case ir.Break() | ir.Continue():
                    return Leave(type(stmt))
                case ir.Return(values):
                    return Leave(ir.Return, tuple(map(self.read, values)))
                case _:
                    self._straight(stmt)
        return None

    def _straight(self, stmt: ir.Stmt) -> None:
        match stmt:
            case ir.Assign(dst, src, span):
                self.env[dst] = self.tape.alias(self.read(src), dst.ones, span)
            case ir.Op(dst, op, args) if known := fold(op, [self.read(a) for a in args]):
                self.env[dst] = known
            case ir.Call(dsts, name, args, span) if any(
                self.read(a) in self.tape.active for a in args
            ):
                _, values = self.tape.call(name, tuple(map(self.read, args)), span)
                for dst, value in zip(dsts, values, strict=True):
                    self.env[dst] = self.tape.alias(value, dst.ones, span)
            case ir.Kernel(dsts, name, args, span, attrs) if len(dsts) > 1 and any(
                self.read(a) in self.tape.active for a in args
            ):
                outputs = self.tape.program(name, tuple(map(self.read, args)), attrs, span)
                for dst, output in zip(dsts, outputs, strict=True):
                    self.env[dst] = self.tape.alias(output, dst.ones, span)
            case ir.Grad():
                raise Bug("a gradient inside a differentiated function was not replaced")
            case _:
                self.tape.require_pure((stmt,))
                self.tape.add(substitute(stmt, self.read, self.fresh))

    def _copy(self) -> _Frame:
        return _Frame(self.tape, dict(self.env), self.loops)

    def _returning(self, stmt: ir.If, cond: ir.Atom, rest: list[ir.Stmt]) -> Leave:
        """An `If` that may return: what follows it belongs to both branches."""
        if self.loops:
            raise _early(stmt.span, "return")
        ways = [
            self.tape.inside(lambda body=body: self._copy().run((*body, *rest)))  # type: ignore[misc]
            for body in (stmt.then, stmt.orelse)
        ]
        (then, first), (orelse, second) = ways
        one, two = (leave.values if leave else () for leave in (first, second))
        merged = tuple(
            self._merged(a, b, (then, orelse), stmt.span) for a, b in zip(one, two, strict=True)
        )
        self._add_if(cond, then, orelse, stmt.span)
        return Leave(ir.Return, merged)

    def _branch(self, stmt: ir.If, cond: ir.Atom) -> None:
        if _holds(stmt, ir.Break) or _holds(stmt, ir.Continue):
            raise _early(stmt.span, "break")
        frames = self._copy(), self._copy()
        then, _ = self.tape.inside(lambda: frames[0].run(stmt.then))
        orelse, _ = self.tape.inside(lambda: frames[1].run(stmt.orelse))
        for var in list(frames[0].env):
            if var not in frames[1].env:
                continue
            one, two = (frame.env[var] for frame in frames)
            if one != two:
                one = self._merged(one, two, (then, orelse), stmt.span)
            self.env[var] = one
        self._add_if(cond, then, orelse, stmt.span)

    def _merged(
        self, one: ir.Atom, two: ir.Atom, ways: tuple[Block, Block], span: ir.Span
    ) -> ir.Atom:
        """A variable that is `one` behind the first branch and `two` behind the second."""
        if one == two:
            return one
        name = next((a.name for a in (one, two) if isinstance(a, ir.Var)), "either")
        var = ir.Var(name, one.type, ones(one) & ones(two))
        for way, atom in zip(ways, (one, two), strict=True):
            way.add(ir.Assign(var, atom, span))
        if any(a in self.tape.active for a in (one, two)):
            self.tape.active.add(var)
        return var

    def _add_if(self, cond: ir.Atom, then: Block, orelse: Block, span: ir.Span) -> None:
        if then.stmts or orelse.stmts:
            self.tape.block.add(ir.If(cond, tuple(then.stmts), tuple(orelse.stmts), span))

    def _loop(self, loop: ir.Loop) -> Leave | None:
        inner = list(statements((loop,)))
        if any(self.read(a) in self.tape.active for s in inner for a in (*reads(s), *writes(s))):
            return self._unroll(loop)
        self._keep(loop, inner)
        return None

    def _keep(self, loop: ir.Loop, inner: Sequence[ir.Stmt]) -> None:
        """A loop that nothing differentiated enters runs as it is, on variables of its own."""
        if _holds(loop, ir.Return):
            raise _early(loop.span, "return")
        self.tape.require_pure((loop,))
        for var in dict.fromkeys(v for s in inner for v in writes(s)):
            before = self.env.get(var)
            own = self.fresh(var)
            if before is not None:
                self.tape.add(ir.Assign(own, before, loop.span))
        own_names = dict(self.env)
        self.tape.add(substitute(loop, self.read, lambda v: _own(own_names, v)))

    def _unroll(self, loop: ir.Loop) -> Leave | None:
        self.loops += 1
        try:
            for _ in range(MAX_TURNS + 1):
                self.run(loop.head)
                cond = self.read(loop.cond)
                if not isinstance(cond, ir.Lit):
                    raise Fault(
                        "E0701",
                        loop.span,
                        "the number of turns of this loop is known only when it runs, and a "
                        "differentiated value goes through it",
                        "loop over a range of constants, or take the gradient of one turn",
                    )
                if not cond.value:
                    return None
                leave = self.run(loop.body)
                if leave is not None and leave.by is not ir.Continue:
                    return leave if leave.by is ir.Return else None
                self.run(loop.step)
        finally:
            self.loops -= 1
        raise Fault(
            "E0701",
            loop.span,
            f"a gradient through this loop needs more than {MAX_TURNS} turns",
            "loop less often, or take the gradient of one turn",
        )


def _own(names: dict[ir.Var, ir.Atom], var: ir.Var) -> ir.Var:
    own = names[var]
    assert isinstance(own, ir.Var)
    return own


def _holds(stmt: ir.Stmt, what: type[ir.Break] | type[ir.Continue] | type[ir.Return]) -> bool:
    """Whether leaving statements of this kind stand in `stmt`; a loop keeps its own breaks."""
    if isinstance(stmt, what):
        return True
    if isinstance(stmt, ir.Loop) and what is not ir.Return:
        return False
    parts = {ir.If: ("then", "orelse"), ir.Loop: ("head", "body", "step")}.get(type(stmt), ())
    return any(_holds(s, what) for part in parts for s in getattr(stmt, part))


def _early(span: ir.Span, word: str) -> Fault:
    return Fault(
        "E0701",
        span,
        f"a '{word}' inside a loop of a differentiated function depends on what is known only "
        "when it runs",
        "compute a condition and use it after the loop, or take the gradient of one turn",
    )
