"""Parse tree to syntax tree: declarations and statements."""

from __future__ import annotations

from collections.abc import Callable

from lark import Token, Tree

from anhvm.compiler import syntax as s
from anhvm.compiler.build_expr import Build, Node, is_doc, text_of
from anhvm.compiler.diagnostics import Fault
from anhvm.compiler.ir import Span


def build(tree: Node, file: str) -> s.Module:
    """The syntax tree of one file; raises Fault (E01xx) for forms that a grammar cannot refuse."""
    return _Module(file).module(tree)


class _Module(Build):
    def module(self, tree: Node) -> s.Module:
        parts: dict[str, list[Node]] = {}
        for child in trees(tree):
            parts.setdefault(child.data, []).append(child)
        imports = [*parts.get("import_module", []), *parts.get("import_names", [])]
        return s.Module(
            self.file,
            tuple(self.imported(t) for t in imports),
            tuple(self.const(t) for t in parts.get("const", [])),
            tuple(self.struct(t) for t in parts.get("struct", [])),
            tuple(self.function(t) for t in parts.get("function", [])),
            tuple(self.contract(t) for t in parts.get("contract", [])),
            tuple(self.interface(t) for t in parts.get("interface", [])),
        )

    def imported(self, tree: Node) -> s.Import:
        dotted, *names = tree.children
        assert isinstance(dotted, Tree)
        module = ".".join(str(t) for t in dotted.children)
        if tree.data == "import_names":
            picked = tuple(self.word(n) for n in names)
            return s.Import(module, "", picked, self.span(dotted))
        alias = str(names[0]) if names[0] is not None else module.rsplit(".", 1)[-1]
        return s.Import(module, alias, (), self.span(dotted))

    def const(self, tree: Node) -> s.Const:
        name, kind, value = tree.children
        type_ = self.expr(kind) if kind is not None else None
        return s.Const(str(name), type_, self.expr(value), self.token_span(name))

    def struct(self, tree: Node) -> s.Struct:
        name, *rest = tree.children
        doc, members = self._doc(rest)
        fields = tuple(self.field(t) for t in members)
        for field in fields:
            if field.initial is not None:
                hint = "give the value where the struct is made"
                raise Fault("E0110", field.span, "a member of a struct has no value", hint)
        return s.Struct(str(name), fields, doc, self.token_span(name))

    def field(self, tree: Node) -> s.Field:
        name, kind, initial = tree.children
        value = self.expr(initial) if initial is not None else None
        return s.Field(str(name), self.expr(kind), value, self.token_span(name))

    def event(self, tree: Node) -> s.Event:
        name, params = tree.children
        return s.Event(str(name), self.params(params), self.token_span(name))

    def interface(self, tree: Node) -> s.Interface:
        name, *rest = tree.children
        doc, promises = self._doc(rest)
        functions = tuple(self.function(t) for t in promises)
        return s.Interface(str(name), functions, doc, self.token_span(name))

    def contract(self, tree: Node) -> s.Contract:
        name, implements, *rest = tree.children
        kept = implements.children if isinstance(implements, Tree) else []
        doc, members = self._doc(rest)
        parts: dict[str, list[Node]] = {}
        for child in members:
            parts.setdefault(child.data, []).append(child)
        return s.Contract(
            str(name),
            tuple(self.field(t) for t in parts.get("field", [])),
            tuple(self.event(t) for t in parts.get("event", [])),
            tuple(self.const(t) for t in parts.get("const", [])),
            tuple(self.function(t) for t in parts.get("function", [])),
            doc,
            self.token_span(name),
            tuple(self.word(n) for n in kept),
        )

    def function(self, tree: Node) -> s.Function:
        children = list(tree.children)
        decorators = []
        while isinstance(children[0], Tree) and children[0].data == "decorator":
            decorators.append(self.decorator(children.pop(0)))  # type: ignore[arg-type]
        name, params, returns, *body = children
        statements = [t for block in body if isinstance(block, Tree) for t in trees(block)]
        doc = ""
        if statements and is_doc(statements[0]):
            doc = text_of(statements.pop(0))
        types: tuple[s.Expr, ...] = ()
        if isinstance(returns, Tree):
            listed = tuple(self.expr(t) for t in returns.children)
            only = listed[0]
            types = only.items if len(listed) == 1 and isinstance(only, s.Tuple) else listed
        return s.Function(
            str(name),
            tuple(decorators),
            self.params(params),
            types,
            tuple(self.statement(t) for t in statements),
            doc,
            self.token_span(name),
        )

    def decorator(self, tree: Node) -> s.Decorator:
        name, value = tree.children
        word = self.word(name)
        return s.Decorator(word.name, word.span, None if value is None else self.expr(value))

    def params(self, tree: object) -> tuple[s.Param, ...]:
        if not isinstance(tree, Tree):
            return ()
        found = []
        for child in tree.children:
            if isinstance(child, Tree):
                name, kind = child.children
                found.append(s.Param(str(name), self.expr(kind), self.token_span(name)))
        return tuple(found)

    def _doc(self, rest: list[Token | Node]) -> tuple[str, list[Node]]:
        members = [t for t in rest if isinstance(t, Tree)]
        if members and members[0].data == "docstring":
            return text_of(members.pop(0)), members
        return "", members

    def statement(self, tree: Node) -> s.Stmt:
        return _STATEMENTS[tree.data](self, tree)

    def block(self, tree: object) -> tuple[s.Stmt, ...]:
        assert isinstance(tree, Tree)
        self.deeper(self.span(tree))
        found = tuple(self.statement(t) for t in trees(tree))
        self.depth -= 1
        return found

    def evaluate(self, tree: Node) -> s.Stmt:
        return s.Evaluate(self.expr(tree.children[0]), self.span(tree))

    def assign(self, tree: Node) -> s.Stmt:
        left, right = tree.children
        return s.Assign(self.targets(left), self.expr(right), self.span(tree))

    def declare(self, tree: Node) -> s.Stmt:
        target, kind, value = tree.children
        typed = self.expr(kind)
        return s.Assign(self.targets(target), self.expr(value), self.span(tree), typed)

    def augment(self, tree: Node) -> s.Stmt:
        target, op, value = tree.children
        (place,) = self.targets(target)
        return s.Augment(place, str(op)[:-1], self.expr(value), self.span(tree))

    def grad(self, tree: Node) -> s.Stmt:
        left, call, *names = tree.children
        called = self.expr(call)
        if not isinstance(called, s.Call):
            hint = "write 'value, d = grad loss(net, x, y) wrt net'"
            raise Fault("E0110", called.span, "grad differentiates a call", hint)
        wrt = tuple(self.word(n) for n in names)
        return s.Grad(self.targets(left), called, wrt, self.span(tree))

    def returned(self, tree: Node) -> s.Stmt:
        (value,) = tree.children
        if value is None:
            return s.Return((), self.span(tree))
        expr = self.expr(value)
        values = expr.items if isinstance(expr, s.Tuple) else (expr,)
        return s.Return(values, self.span(tree))

    def asserted(self, tree: Node) -> s.Stmt:
        condition, message = tree.children
        text = self.expr(message) if message is not None else None
        return s.Assert(self.expr(condition), text, self.span(tree))

    def emitted(self, tree: Node) -> s.Stmt:
        event = self.expr(tree.children[0])
        if not isinstance(event, s.Call):
            hint = "write 'emit Name(values)'"
            raise Fault("E0110", event.span, "emit needs an event with its values", hint)
        return s.Emit(event, self.span(tree))

    def branch(self, tree: Node) -> s.Stmt:
        *pairs, last = tree.children
        orelse = self.block(last) if last is not None else ()
        depth = self.depth
        for i in range(len(pairs) - 2, -1, -2):
            condition = self.expr(pairs[i])
            self.deeper(condition.span)
            chosen = s.If(condition, self.block(pairs[i + 1]), orelse, condition.span)
            orelse = (chosen,)
        self.depth = depth
        return chosen

    def loop(self, tree: Node) -> s.Stmt:
        condition, body = tree.children
        test = self.expr(condition)
        return s.While(test, self.block(body), test.span)

    def iterate(self, tree: Node) -> s.Stmt:
        variable, iterable, body = tree.children
        over = self.expr(iterable)
        word = self.word(variable)
        span = Span(self.file, word.span.line, word.span.column, over.span.end_line,
                    over.span.end_column)  # fmt: skip
        return s.For(word, over, self.block(body), span)

    def tried(self, tree: Node) -> s.Stmt:
        body, handler, last = tree.children
        orelse = self.block(last) if last is not None else ()
        first = self.block(body)
        return s.Try(first, self.block(handler), orelse, first[0].span)


_STATEMENTS: dict[str, Callable[[_Module, Node], s.Stmt]] = {
    "evaluate": _Module.evaluate,
    "assign": _Module.assign,
    "declare": _Module.declare,
    "augment": _Module.augment,
    "grad": _Module.grad,
    "return": _Module.returned,
    "assert": _Module.asserted,
    "emit": _Module.emitted,
    "break": lambda m, t: s.Break(m.span(t)),
    "continue": lambda m, t: s.Continue(m.span(t)),
    "pass": lambda m, t: s.Pass(m.span(t)),
    "if": _Module.branch,
    "while": _Module.loop,
    "for": _Module.iterate,
    "try": _Module.tried,
}


def trees(tree: Node) -> list[Node]:
    return [t for t in tree.children if isinstance(t, Tree)]
