"""Where a result came from, so that check and explain need not be told again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

import typer

from packopt.cli.inputs import load_catalogue, load_orders, names_built_in
from packopt.errors import ResultError

if TYPE_CHECKING:
    from packopt.catalogue import Catalogue
    from packopt.orders import Orders
    from packopt.recommendations import Recommendations

_FILE: Final = "inputs.json"


def keep_origins(result_dir: Path, orders: Path, skus: Path | None, catalogue: str) -> None:
    """Note in a result directory which files it was made from."""
    origins = {
        "orders": str(orders.absolute()),
        "skus": str(skus.absolute()) if skus else None,
        "catalogue": catalogue if names_built_in(catalogue) else str(Path(catalogue).absolute()),
    }
    text = json.dumps(origins, indent=2) + "\n"
    (result_dir / _FILE).write_text(text, encoding="utf-8")


def load_case(
    result: Path, orders: Path | None, skus: Path | None, catalogue: str | None
) -> tuple[Recommendations, Orders, Catalogue]:
    """Read a result with what it was made from: a result directory, or an evidence file.

    Raises
    ------
    InputError
        If a file is unusable.
    typer.BadParameter
        If an input is neither stated nor noted.
    """
    from packopt.recommendations import Recommendations

    if result.is_file():
        from packopt.evidence import Evidence

        evidence = Evidence.read(result)
        return evidence.result, evidence.orders, evidence.catalogue
    return Recommendations.read(result), *load_origins(result, orders, skus, catalogue)


def load_origins(
    result_dir: Path, orders: Path | None, skus: Path | None, catalogue: str | None
) -> tuple[Orders, Catalogue]:
    """Read the orders and the catalogue of a result; what is stated wins over what was noted.

    Raises
    ------
    InputError
        If the files are unusable.
    typer.BadParameter
        If an input is neither stated nor noted.
    """
    noted = _read_origins(result_dir)
    if orders is None:
        orders, skus = Path(_need(noted, "orders")), skus or _path(noted["skus"])
    catalogue = catalogue or _need(noted, "catalogue")
    return load_orders(orders, skus), load_catalogue(catalogue)


def _read_origins(result_dir: Path) -> dict[str, str | None]:
    path = result_dir / _FILE
    if not path.exists():
        return {}
    try:
        noted: dict[str, str | None] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        problem = f"found {error}, expected JSON; delete the file and state --orders, --catalogue"
        raise ResultError(str(path), problem) from error
    return noted


def _need(noted: dict[str, str | None], name: str) -> str:
    if (value := noted.get(name)) is None:
        problem = f"the result does not say where its {name} came from; state --{name}"
        raise typer.BadParameter(problem)
    return value


def _path(value: str | None) -> Path | None:
    return None if value is None else Path(value)


def origin_catalogue(result_dir: Path) -> Catalogue:
    """Read the catalogue that a result was made from, as it was noted.

    Raises
    ------
    CatalogueError
        If the file is unusable.
    typer.BadParameter
        If it is not noted.
    """
    return load_catalogue(_need(_read_origins(result_dir), "catalogue"))
