"""All commands in one table: where they stand in the help, and an example of each.

Only what the help needs is imported here; each command imports what it works with when it runs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Annotated, Any, NamedTuple

import typer
import typer.main
from typer.core import TyperCommand, TyperGroup

from anhvm.cli import exits, output
from anhvm.cli.commands import (
    about,
    ask,
    bench,
    chain,
    kernels,
    keys,
    new,
    profile,
    run,
    send,
    snapshot,
    sources,
    test,
    trace,
)
from anhvm.cli.options import is_option
from anhvm.errors import UsageError


class Row(NamedTuple):
    """A command: its words, what it does, and an example to type."""

    words: str
    function: Callable[..., int | None]
    example: str


ANH = "anh1…"
TX = "5f0c…"

SECTIONS: dict[str, tuple[Row, ...]] = {
    "Contracts": (
        Row("new", new.new, "anhvm new line"),
        Row("check", sources.check, "anhvm check line.anh"),
        Row("compile", sources.compile, "anhvm compile line.anh -o line.anhp"),
        Row("disasm", sources.disasm, "anhvm disasm line.anh"),
        Row("run", run.run, "anhvm run line.anh at 3 --state line.state"),
        Row("test", test.test, "anhvm test --gas"),
        Row("snapshot", snapshot.snapshot, "anhvm snapshot --check --tolerance 1"),
        Row("profile", profile.profile, "anhvm profile line.anh at 3 --speedscope at.json"),
    ),
    "Keys": (
        Row("keys new", keys.new, "anhvm keys new alice"),
        Row("keys import", keys.import_, "anhvm keys import seed.txt bob"),
        Row("keys list", keys.list_, "anhvm keys list"),
        Row("keys show", keys.show, "anhvm keys show alice"),
    ),
    "Chain": (
        Row("chain init", chain.init, "anhvm chain init --key alice"),
        Row("chain produce", chain.produce, "anhvm chain produce --key alice"),
        Row("chain status", chain.status, "anhvm chain status --json"),
        Row("chain verify", chain.verify, "anhvm chain verify"),
        Row("chain rebuild", chain.rebuild, "anhvm chain rebuild"),
    ),
    "Sending": (
        Row("deploy", send.deploy, "anhvm deploy line.anh --key alice"),
        Row("call", send.call, f"anhvm call {ANH} fit '[0, 1]' '[1, 3]' 500 0.1"),
        Row("transfer", send.transfer, "anhvm transfer bob 1000 --key alice"),
        Row("publish", send.publish, "anhvm publish images.npy"),
    ),
    "Asking": (
        Row("query", ask.query, f"anhvm query {ANH} at 10 --budget 1000000"),
        Row("cost", ask.cost, f"anhvm cost {ANH} at 10 --here"),
        Row("receipt", ask.receipt, f"anhvm receipt {TX}"),
        Row("trace", trace.trace, f"anhvm trace {TX}"),
    ),
    "Measuring": (
        Row("bench kernels", bench.kernels, "anhvm bench kernels --only matmul"),
        Row("bench vm", bench.vm, "anhvm bench vm --quick --json"),
        Row("bench gas", bench.gas, "anhvm bench gas --propose next.toml --plot gas.png"),
        Row("bench worst", bench.worst, "anhvm bench worst --keep benches/worst"),
    ),
    "About": (
        Row("version", about.version, "anhvm version --json"),
        Row("doctor", kernels.doctor, "anhvm doctor"),
        Row("warm", kernels.warm, "anhvm warm"),
    ),
}

GROUPS = {
    "keys": "Make and show the keys that sign.",
    "bench": "Measure this computer, beside peers.",
    "chain": "Make a chain, produce its blocks, look after its folder.",
}
SUMMARY = """Train and run deep networks inside smart contracts.

A block carries nothing but signed transactions; nothing is executed until somebody needs a result;
and every float is the same bit on every machine.
"""
ENVIRONMENT = {
    "ANHVM_CHAIN": "the chain's folder, for --chain",
    "ANHVM_KEY": "the key, for --key",
    "ANHVM_PASSPHRASE": "the passphrase of a key",
    "ANHVM_HOME": "where keys are kept; by default ~/.anhvm",
    "NO_COLOR": "no colours",
}
EPILOG = f"""\b
Exit codes:
{output.table(exits.MEANING)}

\b
Environment:
{output.table(ENVIRONMENT)}
"""


class Sections(TyperGroup):
    """The front page: commands under the headings of the table above."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        names = [row.words.partition(" ")[0] for rows in SECTIONS.values() for row in rows]
        width = max(map(len, names))
        for heading, rows in SECTIONS.items():
            with formatter.section(heading):
                shown = dict.fromkeys(row.words.partition(" ")[0] for row in rows)
                helps = ((name, self.commands[name].get_short_help_str(90)) for name in shown)
                formatter.write_dl([(name.ljust(width), text) for name, text in helps])


class TakesValues(TyperCommand):
    """A command whose last arguments are values, so that ``-3`` is a number and no option.

    An option that does not exist is still refused, unless ``--`` says that values follow.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        options = args[: args.index("--")] if "--" in args else list(args)
        rest: list[str] = super().parse_args(ctx, args)
        taken = [ctx.params[p.name] for p in self.params if p.param_type_name == "argument"]
        for word in (str(w) for t in taken for w in (t if isinstance(t, list) else [t])):
            if word in options and is_option(word):
                known = [name for param in self.params for name in param.opts]
                raise UsageError(
                    "usage",
                    f"no such option: {word}",
                    close_or(word.partition("=")[0], known, f"see: {ctx.command_path} --help"),
                )
        return rest


def close_or(word: str, known: Sequence[str], otherwise: str) -> str:
    from difflib import get_close_matches

    close = get_close_matches(word, known, 1)
    return f"did you mean {close[0]}? {otherwise}" if close else otherwise


@cache
def command() -> Any:
    """The tree of commands, as typer builds it from the signatures."""
    settings = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
    plain: dict[str, Any] = {"add_completion": False, "rich_markup_mode": None}
    front = typer.Typer(
        cls=Sections, help=SUMMARY, epilog=EPILOG, context_settings=settings, **plain
    )
    front.callback(invoke_without_command=True)(_front)
    groups: dict[str, typer.Typer] = {}
    for row in (row for rows in SECTIONS.values() for row in rows):
        group, _, name = row.words.rpartition(" ")
        home = front
        if group:
            if group not in groups:
                groups[group] = typer.Typer(help=GROUPS[group], **plain)
                front.add_typer(groups[group], name=group)
            home = groups[group]
        values = "args" in row.function.__annotations__
        home.command(
            name,
            cls=TakesValues if values else TyperCommand,
            epilog=f"\b\nExample:\n  {row.example}",
            context_settings={"ignore_unknown_options": True} if values else None,
        )(row.function)
    return typer.main.get_command(front)


def invoke(args: Sequence[str]) -> int:
    """Runs one command line; raises what the command raises."""
    tree = command()
    try:
        with tree.make_context("anhvm", list(args)) as context:
            return int(tree.invoke(context) or 0)
    except typer.Exit as done:  # --help has printed its page
        return int(done.exit_code)


def _front(
    version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
) -> None:
    if version:
        from anhvm import __version__

        print(f"anhvm {__version__}")
        raise typer.Exit
