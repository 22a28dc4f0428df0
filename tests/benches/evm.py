"""An EVM of a page: enough for the bench's programs, and nothing about gas."""

from __future__ import annotations

from anhvm.benches.evm import CODE, FIRST, argument

WORD = 1 << 256


class Reverted(Exception):
    """The code ended with REVERT."""


def run(code: bytes, storage: dict[int, int], *args: int) -> tuple[bytes, list[bytes]]:
    """What the code returns, and the data of its events; `storage` is changed in place."""
    data, memory, pc = argument(*args), bytearray(1 << 14), 0
    stack: list[int] = []
    logs: list[bytes] = []

    def pop() -> int:
        return stack.pop()

    while True:
        op = code[pc]
        pc += 1
        if 0x5F <= op <= 0x7F:
            size = op - 0x5F
            stack.append(int.from_bytes(code[pc : pc + size], "big"))
            pc += size
        elif 0x80 <= op <= 0x8F:
            stack.append(stack[-(op - 0x7F)])
        elif 0x90 <= op <= 0x9F:
            other = -(op - 0x8F) - 1
            stack[-1], stack[other] = stack[other], stack[-1]
        elif op in (0x01, 0x02, 0x03, 0x06, 0x10, 0x11):
            a, b = pop(), pop()
            rest = a % b if op == 0x06 and b else 0
            found = {0x01: a + b, 0x02: a * b, 0x03: a - b, 0x06: rest, 0x10: a < b, 0x11: a > b}
            stack.append(int(found[op]) % WORD)
        elif op == 0x15:
            stack.append(int(pop() == 0))
        elif op == 0x35:
            at = pop()
            stack.append(int.from_bytes(data[at : at + 32].ljust(32, b"\0"), "big"))
        elif op == 0x50:
            pop()
        elif op == 0x52:
            at, value = pop(), pop()
            memory[at : at + 32] = value.to_bytes(32, "big")
        elif op == 0x51:
            at = pop()
            stack.append(int.from_bytes(memory[at : at + 32], "big"))
        elif op == 0x53:
            at, value = pop(), pop()
            memory[at] = value % 256
        elif op == 0x1A:
            at, value = pop(), pop()
            stack.append(value.to_bytes(32, "big")[at])
        elif op == 0x54:
            stack.append(storage.get(pop(), 0))
        elif op == 0x55:
            at, value = pop(), pop()
            storage[at] = value
        elif op in (0x56, 0x57):
            to = pop()
            if op == 0x56 or pop():
                assert code[to] == 0x5B, "a jump to no JUMPDEST"
                pc = to
        elif op == 0x5A:
            stack.append(1 << 40)
        elif op == 0xF1:
            _, address, _, at, size, to, room = (pop() for _ in range(7))
            called = list(CODE.values())[address - FIRST]
            given = int.from_bytes(memory[at : at + size], "big")
            memory[to : to + room] = run(called, {}, given)[0][:room]
            stack.append(1)
        elif op == 0xA1:
            at, size = pop(), pop()
            pop()
            logs.append(bytes(memory[at : at + size]))
        elif op == 0xF3:
            at, size = pop(), pop()
            return bytes(memory[at : at + size]), logs
        elif op == 0xFD:
            raise Reverted
        else:
            assert op == 0x5B, f"opcode {op:#x}"
