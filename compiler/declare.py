"""Declarations: the names of a module and of its contract, before any function body is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from anhvm.compiler import entities
from anhvm.compiler import syntax as s
from anhvm.compiler import types as ty
from anhvm.compiler.constants import evaluate
from anhvm.compiler.diagnostics import Diagnostic, Fault, an, did_you_mean
from anhvm.compiler.modules import Modules
from anhvm.compiler.resolve import resolve
from anhvm.compiler.scope import (
    ConstSymbol,
    Env,
    EventSymbol,
    FunctionSymbol,
    InterfaceSymbol,
    ModuleSymbol,
    Silent,
    StructSymbol,
    Symbol,
)  # fmt: skip
from anhvm.compiler.signatures import signature
from anhvm.program.abi import MAX_NESTING

MAX_LEAVES = 1024
GAS = "gas"
"""The argument of a call of another contract that is not the callee's."""
RESERVED = {*ty.PRIMS, *ty.ELEMENTS, "map", "self", "msg", "block"}


class Declarations:
    """Builds the Env of each module once; what is wrong is collected in `faults`."""

    def __init__(self, modules: Modules) -> None:
        self.modules = modules
        self.faults: list[Diagnostic] = []
        self.envs: dict[str, Env] = {}
        self.open: list[str] = []

    def module(self, module: s.Module, name: str) -> Env:
        """The names of a module; `name` is that of the import, "" for the main file."""
        if module.file in self.envs:
            return self.envs[module.file]
        env = Env(module.file, f"{name}." if name else "")
        self.envs[module.file] = env
        self.open.append(module.file)
        for each in module.imports:
            names = [n.name for n in each.names] or [each.alias]
            self._try(env, names, lambda each=each: self._import(env, each))  # type: ignore[misc]
        for const in module.consts:
            self._try(env, (const.name,), lambda const=const: self._const(env, const))  # type: ignore[misc]
        self._structs(env, module.structs)
        for face in module.interfaces:
            self._try(env, (face.name,), lambda face=face: self._interface(env, face))  # type: ignore[misc]
        self._functions(env, module.functions, False)
        self.open.pop()
        return env

    def contract(self, contract: s.Contract, parent: Env) -> Env:
        """The names of a contract: constants, fields, events, functions."""
        env = Env(parent.file, "", parent, {}, {})
        for const in contract.consts:
            self._try(env, (const.name,), lambda const=const: self._const(env, const))  # type: ignore[misc]
        for field in contract.fields:
            self._try(env, (), lambda field=field: self._field(env, field))  # type: ignore[misc]
        for event in contract.events:
            self._try(env, (event.name,), lambda event=event: self._event(env, event))  # type: ignore[misc]
        self._functions(env, contract.functions, True)
        return env

    def _try(self, env: Env, names: Iterable[str], action: Callable[[], None]) -> None:
        try:
            action()
        except Fault as fault:
            self.faults.append(fault.diagnostic)
            env.broken.update(n for n in names if n not in env.symbols)
        except Silent:
            env.broken.update(names)

    def _add(self, env: Env, name: str, symbol: Symbol) -> None:
        if name in RESERVED:
            hint = f"choose another name, such as '{name}_'"
            raise Fault("E0202", symbol.span, f"'{name}' is a word of the language", hint)
        known = env.symbols.get(name)
        if known is not None:
            hint = f"rename one of them; the other is at line {known.span.line}"
            raise Fault("E0202", symbol.span, f"'{name}' is declared twice", hint)
        env.symbols[name] = symbol

    def _import(self, env: Env, wanted: s.Import) -> None:
        found = self.modules.find(wanted)
        if found is None:
            env.broken.update([wanted.alias, *(n.name for n in wanted.names)])
            return
        if found.file in self.open:
            hint = "move what both modules need into a third one"
            raise Fault("E0207", wanted.span, f"'{wanted.module}' imports this module", hint)
        if len(self.open) > MAX_NESTING:
            hint = "import modules side by side"
            raise Fault("E0610", wanted.span, "modules import each other too deeply", hint)
        inner = self.module(found, wanted.module)
        if not wanted.names:
            self._add(env, wanted.alias, ModuleSymbol(inner, wanted.span))
        for name in wanted.names:
            symbol = inner.symbols.get(name.name)
            if symbol is None and name.name not in inner.broken:
                hint = did_you_mean(name.name, inner.symbols, f"it has {', '.join(inner.symbols)}")
                message = f"'{wanted.module}' has no '{name.name}'"
                self.faults.append(Diagnostic("E0204", name.span, message, hint))
            if symbol is None:
                env.broken.add(name.name)
            else:
                self._add(env, name.name, symbol)

    def _const(self, env: Env, const: s.Const) -> None:
        wanted = resolve(const.type, env) if const.type else None
        value = evaluate(const.value, env, wanted)
        self._add(env, const.name, ConstSymbol(value, const.span))

    def _structs(self, env: Env, structs: Sequence[s.Struct]) -> None:
        waiting = {struct.name: struct for struct in reversed(structs)}
        open_: list[str] = []

        def declare(struct: s.Struct) -> None:
            open_.append(struct.name)
            for name in _type_names(struct):
                if name.name in open_:
                    path = " -> ".join([*open_[open_.index(name.name) :], name.name])
                    hint = "a struct is a value of fixed size; use a map field for links"
                    env.broken.update(open_)
                    raise Fault("E0607", name.span, f"a struct cannot contain itself: {path}", hint)
                if len(open_) > MAX_NESTING:
                    raise _too_large(struct, f"structs nest more than {MAX_NESTING} deep")
                if name.name in waiting:
                    declare(waiting.pop(name.name))
            members = self._members(struct.fields, env)
            made = StructSymbol(ty.Struct(env.prefix + struct.name, members), struct.span,
                                struct.doc)  # fmt: skip
            open_.pop()
            if ty.width(made.type) > MAX_LEAVES:
                raise _too_large(struct, f"this struct has more than {MAX_LEAVES} parts")
            if _depth(made.type) > MAX_NESTING:
                raise _too_large(struct, f"structs nest more than {MAX_NESTING} deep")
            self._add(env, struct.name, made)

        for struct in structs:
            if waiting.pop(struct.name, None) is struct or struct.name in env.symbols:
                self._try(env, (struct.name,), lambda struct=struct: declare(struct))  # type: ignore[misc]
                open_.clear()

    def _members(self, fields: Sequence[s.Field], env: Env) -> tuple[tuple[str, ty.Type], ...]:
        members: dict[str, ty.Type] = {}
        count = len(self.faults)

        def declare(field: s.Field) -> None:
            if field.name in members:
                raise Fault(
                    "E0202", field.span, f"member '{field.name}' appears twice", "rename one"
                )
            type_ = resolve(field.type, env)
            if isinstance(type_, ty.Map):
                hint = "make the map a field of the contract, with the struct as its value"
                raise Fault("E0603", field.type.span, "a struct cannot hold a map", hint)
            members[field.name] = type_

        for field in fields:
            self._try(env, (), lambda field=field: declare(field))  # type: ignore[misc]
        if len(self.faults) > count or len(members) < len(fields):
            raise Silent
        return tuple(members.items())

    def _field(self, env: Env, field: s.Field) -> None:
        assert env.fields is not None
        if field.name in env.fields:
            hint = f"rename one of them; the other is at line {env.fields[field.name].span.line}"
            raise Fault("E0202", field.span, f"field '{field.name}' is declared twice", hint)
        if field.name == "address":
            hint = "choose another name: 'self.address' is the address of the contract"
            raise Fault("E0202", field.span, "'address' is a word of the language", hint)
        try:
            type_ = resolve(field.type, env)
        except (Fault, Silent):
            env.fields[field.name] = entities.Field(field.name, ty.Unknown(), field.span)
            raise
        initial = None
        if field.initial is not None:
            if not isinstance(type_, ty.Prim):
                hint = "it starts with zeros; set it in @init"
                raise Fault("E0605", field.span, f"{an(type_)} has no initial value", hint)
            initial = evaluate(field.initial, env, type_)
        env.fields[field.name] = entities.Field(field.name, type_, field.span, initial)

    def _event(self, env: Env, event: s.Event) -> None:
        params: list[tuple[str, ty.Leaf]] = []
        for param in event.params:
            type_ = resolve(param.type, env)
            if not isinstance(type_, ty.Prim | ty.Tensor):
                hint = "give an event scalars, bytes and tensors"
                raise Fault("E0603", param.type.span, f"an event cannot hold {an(type_)}", hint)
            params.append((param.name, type_))
        made = entities.Event(event.name, tuple(params), event.span)
        self._add(env, event.name, EventSymbol(made, event.span))

    def _interface(self, env: Env, interface: s.Interface) -> None:
        promised: dict[str, entities.Signature] = {}
        count = len(self.faults)

        def promise(function: s.Function) -> None:
            for param in function.params:
                if param.name == GAS:
                    hint = f"'{GAS}=' says how much gas a call gives; rename the parameter"
                    raise Fault("E0202", param.span, f"'{GAS}' is a word of calls", hint)
            if function.name in promised:
                message = f"'{function.name}' is declared twice"
                raise Fault("E0202", function.span, message, "rename one of them")
            promised[function.name] = signature(function, env, True, interface.name)

        for function in interface.functions:
            self._try(env, (), lambda function=function: promise(function))  # type: ignore[misc]
        if len(self.faults) > count:
            raise Silent
        made = InterfaceSymbol(interface.name, promised, interface.span)
        self._add(env, interface.name, made)

    def _functions(self, env: Env, functions: Sequence[s.Function], exported: bool) -> None:
        for function in functions:

            def declare(function: s.Function = function) -> None:
                made = signature(function, env, exported)
                self._add(env, function.name, FunctionSymbol(made, function, env, function.span))

            self._try(env, (function.name,), declare)


def _too_large(struct: s.Struct, message: str) -> Fault:
    return Fault("E0610", struct.span, message, "use tensors for many values of one kind")


def _depth(type_: ty.Type) -> int:
    inner = type_.members if isinstance(type_, ty.Struct) else ()
    return 1 + max((_depth(member) for _, member in inner), default=0)


def _type_names(struct: s.Struct) -> list[s.Name]:
    return [f.type for f in struct.fields if isinstance(f.type, s.Name)]
