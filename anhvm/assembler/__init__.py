"""Programs as text, and back.

    program "Counter"
    const one: u64 = 1
    field total: u64
    field seen[bytes]: u64 = one
    event Added(u64)

    function add call (u64) -> (u64)
      reads total
      writes total
      writes seen[sender]
      reg n: u64 = arg 0
      reg who: bytes = sender
      reg sum: u64
    start:
      s.load sum, total
      u64.add sum, sum, n
      s.store sum, total
      s.store sum, seen[who]
      emit Added(sum)
      ret (sum)

One instruction a line; ``#`` begins a comment.  Constants, fields, events, functions, files and
registers are named where they are declared; a name that is no word is quoted, and ``%3`` is number
3 of its kind whatever its name.  Operands stand in the order of the opcode table; a site is written
where it is used: ``call f(a, b) -> (c)``, ``kernel sum(x; 1, 0) -> (y)``, ``s.load a, field[key]``,
``emit Event(a)``, and for the other kinds the registers in parentheses.  A function whose sites are
shared or out of order declares them first (``site kernel …``) and its instructions name ``%n``.
``line 12:5 "file"`` gives the source of what follows.
"""

from anhvm.assembler.assemble import assemble
from anhvm.assembler.disassemble import disassemble
from anhvm.assembler.words import AssemblyError

__all__ = ["AssemblyError", "assemble", "disassemble"]
