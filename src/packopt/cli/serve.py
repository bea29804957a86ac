"""`packopt serve` and `packopt keys`: the batch API, and the keys that open it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from packopt.cli.console import answer, say, show_rows

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from packopt_service import Settings

_LONGEST_ACCOUNT: Final = 16

keys = typer.Typer(no_args_is_help=True, help="Make, list and revoke API keys of the service.")

DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        metavar="DIR",
        help="Directory of uploads, results and the SQLite database [packopt-data].",
        show_default=False,
    ),
]
DatabaseUrl = Annotated[
    str | None,
    typer.Option(
        "--database-url",
        metavar="URL",
        envvar="PACKOPT_DATABASE_URL",
        help="postgresql://..., to share jobs among several services; SQLite if absent.",
        show_default=False,
        show_envvar=True,
    ),
]


def serve(
    host: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS", help="Address to listen on [127.0.0.1].", show_default=False
        ),
    ] = None,
    port: Annotated[
        int | None, typer.Option(metavar="N", help="Port to listen on [8000].", show_default=False)
    ] = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    open_: Annotated[
        bool, typer.Option("--open", help="Answer without API keys; on a loopback address only.")
    ] = False,
) -> None:
    """Serve recommendations, jobs and the page over HTTP, until Ctrl-C.

    ```
    packopt serve --open
    packopt keys create line-1 --scope recommend --scope bench && packopt serve --host 0.0.0.0
    packopt serve --database-url postgresql://packopt@db/packopt --data-dir /srv/packopt
    ```

    Every other setting is a PACKOPT_... variable: see docs/service.md. Ctrl-C finishes requests
    and parks jobs, which go on at the next start.
    """
    settings = _settings(
        host=host, port=port, data_dir=data_dir, database_url=database_url, open=open_ or None
    )
    from packopt_service.server import serve as run

    place = f"http://{settings.host}:{settings.port}"
    say(f"serving {place}, data in {settings.data_dir}; Ctrl-C stops")
    if not settings.open:
        say("requests need an API key: packopt keys create NAME")
    run(settings)


@keys.command()
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the key is for.")],
    scope: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SCOPE",
            help="recommend, jobs, bench, manage or metrics; again for more; all if absent.",
            show_default=False,
        ),
    ] = None,
    rate: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Requests a minute.", show_default=False),
    ] = None,
    account: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="Whom it belongs to: keys of one account share evidence and packing records.",
        ),
    ] = "main",
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Make a key and print it, once: only its hash is kept.

    ```
    packopt keys create line-1 --scope recommend --scope bench --rate 600
    ```
    """
    engine = _engine(data_dir, database_url)
    from packopt_service.access import SCOPES, create_key

    if not 1 <= len(account) <= _LONGEST_ACCOUNT:
        raise typer.BadParameter(
            f"expected 1..{_LONGEST_ACCOUNT} characters", param_hint="--account"
        )
    try:
        answer(create_key(engine, name, scope or SCOPES, rate, account))
    except ValueError as fault:
        raise typer.BadParameter(str(fault)) from fault


@keys.command("list")
def list_(data_dir: DataDir = None, database_url: DatabaseUrl = None) -> None:
    """List keys by id, with scopes and dates; never the keys.

    ```
    packopt keys list
    ```
    """
    engine = _engine(data_dir, database_url)
    from packopt_service.access import list_keys

    rows = [[_plain(value) for value in row.values()] for row in list_keys(engine)]
    show_rows(["id", "name", "account", "scopes", "requests/min", "created", "revoked"], rows)


@keys.command()
def revoke(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="Id of the key, of keys list.")],
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Take a key out of use; running services notice within seconds.

    ```
    packopt keys revoke 3f9a0c41d2be
    ```
    """
    engine = _engine(data_dir, database_url)
    from packopt_service.access import revoke_key

    if not revoke_key(engine, key_id):
        raise typer.BadParameter(f"there is no key {key_id} in use; see packopt keys list")
    say(f"revoked {key_id}")


def _engine(data_dir: Path | None, database_url: str | None) -> Engine:
    settings = _settings(data_dir=data_dir, database_url=database_url)
    from packopt_service.database import connect

    settings.data_dir.mkdir(parents=True, exist_ok=True)
    return connect(settings.database)


def _settings(**stated: Any) -> Settings:
    """Return the settings; what the command line states wins over variables.

    Raises
    ------
    typer.BadParameter
        If a value is out of range, or the parts of the service are not installed.
    """
    try:
        from packopt_service import Settings
    except ModuleNotFoundError as fault:
        raise typer.BadParameter(
            f"the service needs {fault.name}: pip install 'packopt[service]'"
        ) from fault
    try:
        return Settings(**{name: value for name, value in stated.items() if value is not None})
    except ValueError as fault:
        raise typer.BadParameter(_words(fault)) from fault


def _words(fault: ValueError) -> str:
    from pydantic import ValidationError

    if not isinstance(fault, ValidationError):
        return str(fault)
    faults = fault.errors(include_url=False, include_input=False)
    return "; ".join(f"{'.'.join(map(str, one['loc']))} {one['msg']}".strip() for one in faults)


def _plain(value: Any) -> Any:
    from datetime import datetime

    return f"{value:%Y-%m-%d %H:%M}" if isinstance(value, datetime) else value or ""
