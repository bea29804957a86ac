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
    from packopt.lake.case import FilesCase
    from packopt.orders import Orders
    from packopt.recommendations import Recommendations

_FILE: Final = "inputs.json"
_FILE_OF_FILES: Final = "_packopt/inputs.json"


def keep_origins(result_dir: Path, orders: Path, skus: Path | None, catalogue: str) -> None:
    """Note in a result directory which files it was made from."""
    origins = {
        "orders": str(orders.absolute()),
        "skus": str(skus.absolute()) if skus else None,
        "catalogue": catalogue if names_built_in(catalogue) else str(Path(catalogue).absolute()),
    }
    text = json.dumps(origins, indent=2) + "\n"
    (result_dir / _FILE).write_text(text, encoding="utf-8")


def keep_origins_of_files(out: str, orders: str, skus: Path | None, catalogue: str) -> None:
    """Note in a result of many files what it was made from; folders by path or URL."""
    from packopt.lake.places import Place

    origins = {
        "orders": orders if "://" in orders else str(Path(orders).absolute()),
        "skus": str(skus.absolute()) if skus else None,
        "catalogue": catalogue if names_built_in(catalogue) else str(Path(catalogue).absolute()),
    }
    text = json.dumps(origins, indent=2) + "\n"
    Place(out).below(_FILE_OF_FILES).write(text.encode())


def load_files_case(
    out: str, orders: str | None, skus: Path | None, catalogue: str | None
) -> tuple[FilesCase, Catalogue] | None:
    """The result of many files with what it was made from; None where it is of one file.

    Raises
    ------
    InputError
        If a file is unusable.
    typer.BadParameter
        If an input is neither stated nor noted.
    """
    from packopt.lake.places import Place

    if not _is_of_files(out):
        return None
    from packopt.lake.case import FilesCase
    from packopt.orders import read_skus

    place = Place(out).below(_FILE_OF_FILES)
    noted = _noted(place.read(), place.url) if place.is_file() else {}
    if orders is None:
        orders, skus = _need(noted, "orders"), skus or _path(noted["skus"])
    packages = load_catalogue(catalogue or _need(noted, "catalogue"))
    return FilesCase(out, orders, packages, None if skus is None else read_skus(skus)), packages


def load_result(result: str) -> Recommendations:
    """Read a result directory, of one file or of a folder.

    Raises
    ------
    InputError
        If it is not complete, or cannot be read.
    """
    from packopt.lake.run import read_files
    from packopt.recommendations import Recommendations

    return read_files(result) if _is_of_files(result) else Recommendations.read(result)


def _is_of_files(result: str) -> bool:
    """Whether a result is of many files; at a URL there is no other."""
    from packopt.lake.places import Place
    from packopt.lake.results import is_of_files
    from packopt.result_writer import RUN_FILE

    if "://" not in result:
        return not Path(result).is_file() and is_of_files(Place(result))
    if is_of_files(Place(result)):
        return True
    if Place(result).below(RUN_FILE).is_file():
        problem = "found the result of one file, expected at a URL that of many; copy it to a place"
        raise ResultError(result, f"{problem} on this machine")
    raise ResultError(
        result,
        f"found no {RUN_FILE}, expected a complete result of many files; check the name, or run "
        "packopt recommend again, it does what is missing",
    )


def load_case_of(
    result: str, order_id: str, orders: str | None, skus: Path | None, catalogue: str | None
) -> tuple[Recommendations, Orders, Catalogue]:
    """As of `load_case`; of many files only what is of one order.

    Raises
    ------
    ResultError
        If many files have no such order.
    """
    found = load_files_case(result, orders, skus, catalogue)
    if found is None:
        return load_case(result, orders, skus, catalogue)
    case, packages = found
    return *case.of_order(order_id), packages


def load_case(
    result: str, orders: str | None, skus: Path | None, catalogue: str | None
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

    path = Path(result)
    if path.is_file():
        from packopt.evidence import Evidence

        evidence = Evidence.read(path)
        return evidence.result, evidence.orders, evidence.catalogue
    return Recommendations.read(path), *load_origins(path, orders, skus, catalogue)


def load_origins(
    result_dir: Path, orders: str | None, skus: Path | None, catalogue: str | None
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
        orders, skus = _need(noted, "orders"), skus or _path(noted["skus"])
    catalogue = catalogue or _need(noted, "catalogue")
    return load_orders(Path(orders), skus), load_catalogue(catalogue)


def _read_origins(result_dir: Path) -> dict[str, str | None]:
    path = result_dir / _FILE
    if not path.exists():
        return {}
    return _noted(path.read_bytes(), str(path))


def _noted(content: bytes, source: str) -> dict[str, str | None]:
    try:
        noted: dict[str, str | None] = json.loads(content)
    except ValueError as error:
        problem = f"found {error}, expected JSON; delete the file and state --orders, --catalogue"
        raise ResultError(source, problem) from error
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
