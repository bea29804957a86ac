"""The command line. Each command is a file; heavy imports wait until a command needs them.

Exit codes: 0 all good, 1 done but something needs a look, 2 wrong usage, 3 unusable input, 141 the
reader of stdout went away.
"""

from __future__ import annotations

import atexit
import gc
import sys
from collections.abc import Sequence
from typing import Annotated, Final

import typer

from packopt.cli.catalogues import catalogues
from packopt.cli.check import check
from packopt.cli.console import answer, complain
from packopt.cli.demo import demo
from packopt.cli.draw import draw
from packopt.cli.explain import explain
from packopt.cli.generate import generate
from packopt.cli.green import green
from packopt.cli.inspect import inspect
from packopt.cli.labels import labels, sheets
from packopt.cli.memory import reusing_memory
from packopt.cli.recommend import recommend
from packopt.cli.rules import rules
from packopt.cli.savings import savings
from packopt.cli.serve import keys, serve
from packopt.cli.startup import without_pandas
from packopt.cli.suite import suite
from packopt.cli.warm import warm
from packopt.errors import InputError

UNUSABLE_INPUT: Final = 3
#: Objects made between two searches for cycles that nobody uses. Imports make many that stay, and
#: tables are freed without: by Python's default of 700 a command would search for nothing, often.
_BETWEEN_COLLECTIONS: Final = 100_000

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    add_completion=False,
    # Errors of the input are told in words; any other traceback is a bug, and best shown plainly.
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        answer(version("packopt"))
        raise typer.Exit


@app.callback()
def packopt(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """The smallest standard carton or mailer for every order, with proof.

    Start with `packopt demo`. For your own orders: `packopt recommend orders.csv --out answers/`,
    then `packopt explain answers/ ORDER_ID`.

    Exit codes: 0 all good; 1 done, but something needs a look (rejected orders, violations);
    2 wrong usage; 3 input unusable as a whole; 141 the reader of stdout went away.
    """


for _command in (
    demo,
    recommend,
    check,
    explain,
    inspect,
    savings,
    suite,
    draw,
    labels,
    sheets,
    rules,
    green,
    serve,
    catalogues,
    warm,
):
    _started = without_pandas(_command)
    app.command()(reusing_memory(_started) if _command is savings else _started)
app.add_typer(generate, name="generate")
app.add_typer(keys, name="keys")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run packopt.

    Parameters
    ----------
    arguments
        Words of the command line; those of this process if None.

    Raises
    ------
    SystemExit
        Always, with the exit code.
    """
    if arguments is None:
        gc.set_threshold(_BETWEEN_COLLECTIONS)
        # Before it ends, Python searches all there is for cycles once more, for nothing.
        atexit.register(gc.freeze)
    try:
        app(args=arguments, prog_name="packopt")
    except InputError as error:
        complain(str(error))
        sys.exit(UNUSABLE_INPUT)
    except OSError as error:
        if error.filename is None:  # not about a path that the user could mend
            raise
        complain(f"{error.filename}: {error.strerror}; check the path and who may write there")
        sys.exit(UNUSABLE_INPUT)
