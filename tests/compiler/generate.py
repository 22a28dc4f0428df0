"""Random programs over integers, bools, control flow, calls, fields and maps; always valid.

A literal never stands alone beside another literal, so that Python's integers stay out of the way.
"""

from __future__ import annotations

from random import Random

TYPES = ("u64", "i64", "bool")


class Writer:
    """Writes one function.  `scopes` hold the variables of each open block with their types."""

    def __init__(self, random: Random, functions: list[str], fields: bool) -> None:
        self.random, self.functions, self.fields = random, functions, fields
        self.lines: list[str] = []
        self.scopes: list[dict[str, str]] = [{}]
        self.made = 0
        self.loops = 0

    def known(self, type_: str) -> list[str]:
        return [n for scope in self.scopes for n, t in scope.items() if t == type_]

    def integer(self, type_: str, depth: int) -> str:
        r = self.random
        names = self.known(type_)
        choice = r.randrange(10) if depth else r.randrange(3)
        if choice < 2 and names:
            return r.choice(names)
        if choice < 4 or not depth:
            return f"{type_}({r.choice(['0', '1', '2', '3', '10', '255', '4294967296'])})"
        if choice == 4:
            other = "i64" if type_ == "u64" else "u64"
            return f"{type_}({self.integer(other, depth - 1)})"
        if choice == 6 and self.fields:
            if type_ == "i64":
                return "self.field_b"
            return r.choice(["self.field_a", f"self.field_m[{self.integer('u64', 0)}]"])
        if choice == 7 and type_ == "i64":
            return f"(-{self.integer(type_, depth - 1)})"
        left, right = self.integer(type_, depth - 1), self.integer(type_, depth - 1)
        if r.randrange(4) == 0:
            right = r.choice(["1", "2", "3"])
        if r.randrange(8) == 0:
            left, right = r.choice(["7", "100"]), self.integer(type_, depth - 1)
            return f"({left} {r.choice('+-*')} {right})"
        if r.randrange(5):  # most programs should live long enough to say something
            return f"({left} {r.choice('+++*')} {right})" if r.randrange(3) else f"({left} / 3)"
        return f"({left} {r.choice('++-*/%')} {right})"

    def bool_(self, depth: int) -> str:
        r = self.random
        names = self.known("bool")
        choice = r.randrange(6) if depth else 0
        if choice == 0 and names:
            return r.choice(names)
        if choice == 1 and depth:
            return f"({self.bool_(depth - 1)} {r.choice(['and', 'or'])} {self.bool_(depth - 1)})"
        if choice == 2 and depth:
            return f"(not {self.bool_(depth - 1)})"
        if choice == 3 and depth:
            return f"({self.bool_(depth - 1)} {r.choice(['==', '!='])} {self.bool_(depth - 1)})"
        type_ = r.choice(TYPES[:2])
        left, right = self.integer(type_, max(0, depth - 1)), self.integer(type_, 0)
        return f"({left} {r.choice(['<', '<=', '>', '>=', '==', '!='])} {right})"

    def value(self, type_: str, depth: int = 2) -> str:
        return self.bool_(depth) if type_ == "bool" else self.integer(type_, depth)

    def new(self) -> str:
        self.made += 1
        return f"v{self.made}"

    def block(self, indent: str, size: int) -> None:
        self.scopes.append({})
        for _ in range(self.random.randint(1, size)):
            self.statement(indent, size)
        self.scopes.pop()

    def statement(self, indent: str, size: int) -> None:
        r = self.random
        variables = [*self.known("u64"), *self.known("i64")]
        kinds = [self.declare, self.assign, self.assign, self.check]
        kinds += [self.store] * self.fields
        kinds += [self.jump] if self.loops else [self.call] * bool(self.functions)
        kinds += [self.branch, self.branch, self.loop] * (size > 1)
        kind = r.choice(kinds) if variables else self.declare
        kind(indent, size)

    def add(self, line: str) -> None:
        self.lines.append(line)

    def declare(self, indent: str, size: int) -> None:
        type_ = self.random.choice(TYPES)
        name = self.new()
        old = self.known(type_)
        value = self.random.choice(old) if old and self.random.randrange(3) == 0 else ""
        self.add(f"{indent}{name} = {value or self.value(type_)}")
        self.scopes[-1][name] = type_

    def assign(self, indent: str, size: int) -> None:
        r = self.random
        variables = [*self.known("u64"), *self.known("i64")]
        if r.randrange(2):
            name = r.choice(variables)
            value = self.value(self.type_of(name)) if r.randrange(3) == 0 else r.choice("123")
            self.add(f"{indent}{name} {r.choice('+*/%-')}= {value}")
            return
        names = list(dict.fromkeys(r.choice(variables) for _ in range(r.randint(1, 3))))
        right = []
        for name in names:  # variables on the right are what makes this hard
            like = [n for n in variables if self.type_of(n) == self.type_of(name)]
            right.append(r.choice(like) if r.randrange(3) else self.value(self.type_of(name), 1))
        self.add(f"{indent}{', '.join(names)} = {', '.join(right)}")

    def check(self, indent: str, size: int) -> None:
        tests = " or ".join(self.bool_(1) for _ in range(4))
        self.add(f'{indent}assert {tests}, "no"')

    def store(self, indent: str, size: int) -> None:
        key = self.integer("u64", 1)
        fields = [("self.field_a", "u64"), ("self.field_b", "i64"), (f"self.field_m[{key}]", "u64")]
        target, type_ = self.random.choice(fields)
        self.add(f"{indent}{target} {self.random.choice(['', '+', '-'])}= {self.value(type_)}")

    def call(self, indent: str, size: int) -> None:
        names = self.new(), self.new()
        args = f"{self.integer('u64', 1)}, {self.integer('i64', 1)}"
        self.add(f"{indent}{', '.join(names)} = {self.random.choice(self.functions)}({args})")
        self.scopes[-1].update(zip(names, TYPES, strict=False))

    def jump(self, indent: str, size: int) -> None:
        self.add(f"{indent}if {self.bool_(1)}:")
        self.add(f"{indent}    {self.random.choice(['break', 'continue'])}")

    def branch(self, indent: str, size: int) -> None:
        self.add(f"{indent}if {self.bool_(2)}:")
        self.block(indent + "    ", size - 1)
        if self.random.randrange(2):
            self.add(f"{indent}else:")
            self.block(indent + "    ", size - 1)

    def type_of(self, name: str) -> str:
        return next(scope[name] for scope in self.scopes if name in scope)

    def loop(self, indent: str, size: int) -> None:
        counter = self.new()
        stop = self.random.randint(0, 4)
        self.lines.append(f"{indent}for {counter} in range(u64({stop})):")
        self.scopes.append({counter: "u64"} if self.random.randrange(2) else {})
        self.loops += 1
        self.lines.append(f"{indent}    {counter} = u64({counter})")
        self.block(indent + "    ", size - 1)
        self.loops -= 1
        self.scopes.pop()

    def function(self, name: str, indent: str, size: int) -> list[str]:
        self.scopes = [{"a": "u64", "b": "i64"}]
        self.lines = [f"{indent}def {name}(a: u64, b: i64) -> (u64, i64):"]
        for _ in range(size):
            self.statement(indent + "    ", size)
        # Every variable that is left counts, so that a wrong one is seen.
        results = [
            " + ".join(f"{name} % {1009 + i}" for i, name in enumerate(self.known(type_)))
            for type_ in TYPES[:2]
        ]
        self.add(f"{indent}    return {', '.join(results)}")
        return self.lines


def program(random: Random) -> str:
    """A contract `C` with a function `main`, and two functions that it may call."""
    lines: list[str] = []
    for i in range(2):
        callable_ = [f"helper{j}" for j in range(i)]
        lines += [*Writer(random, callable_, False).function(f"helper{i}", "", 3), ""]
    lines += ["contract C:", "    field_a: u64", "    field_b: i64", "    field_m: map[u64, u64]"]
    lines += [
        "    @call",
        *Writer(random, ["helper0", "helper1"], True).function("main", "    ", 5),
    ]
    return "\n".join(lines) + "\n"
