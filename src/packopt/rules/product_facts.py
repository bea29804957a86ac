"""SKUs and packages as tables of facts: for rules on products, and on packages as bought."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from packopt.catalogue import KINDS
from packopt.rules.known_facts import declared_facts, schema_of
from packopt.rules.stated import with_stated

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from packopt.catalogue import Catalogue
    from packopt.orders import Orders
    from packopt.rules.packs import RulePack


def sku_facts(
    orders: Orders,
    extra: pa.Table | Sequence[pa.Table] | None = None,
    packs: Sequence[RulePack] = (),
) -> pa.Table:
    """What the orders say of each SKU, and what the user adds.

    Parameters
    ----------
    orders
        The first line of each SKU is taken for all.
    extra
        Further facts by ``sku``, or one row for all; see `packopt.rules.stated`.
    packs
        Rule packs that the facts are for.

    Returns
    -------
    A row for each SKU in order of appearance: `packopt.rules.known_facts.SKU_FACTS`, then the
    further facts.

    Raises
    ------
    RulesError
        If the further facts do not fit.
    """
    skus = orders.encoded_skus
    code = skus.indices.to_numpy()
    line = np.unique(code, return_index=True)[1]
    size = -np.sort(-orders.size_mm[line].astype(np.int64), axis=1)
    weight = orders.weight_g[line]
    columns = {
        "sku": pa.DictionaryArray.from_arrays(
            pa.array(np.arange(len(line), dtype=np.int32)), skus.dictionary
        ),
        "length_mm": size[:, 0],
        "width_mm": size[:, 1],
        "height_mm": size[:, 2],
        "unit_mm3": size.prod(axis=1),
        "weight_g": pa.array(weight, mask=np.full(len(line), not orders.weights_known)),
        "fragile": orders.fragile[line],
        "own_container": orders.own_container[line],
    }
    return with_stated(_table("sku", columns), "sku", extra, declared_facts(packs, "sku"))


def package_facts(
    catalogue: Catalogue,
    extra: pa.Table | Sequence[pa.Table] | None = None,
    packs: Sequence[RulePack] = (),
) -> pa.Table:
    """What the catalogue says of each package, and what the user adds, such as lab reports.

    Parameters
    ----------
    catalogue
        The packages.
    extra
        Further facts by ``package_id``, or one row for all; see `packopt.rules.stated`.
    packs
        Rule packs that the facts are for.

    Returns
    -------
    A row for each package: `packopt.rules.known_facts.PACKAGE_FACTS`, then the further facts.

    Raises
    ------
    RulesError
        If the further facts do not fit.
    """
    columns = {
        "package_id": pa.array(catalogue.package_ids, pa.string()),
        "kind": pa.array([KINDS[kind] for kind in catalogue.kind.tolist()], pa.string()),
        "material": pa.array([word or None for word in catalogue.material], pa.string()),
        "plastic": catalogue.plastic,
        "reusable": catalogue.reusable,
        "tare_g": catalogue.tare_g,
        **{
            name: catalogue.attributes[name]
            for name in ("degradable", "recyclable", "recycled_share")
        },
    }
    facts = _table("package", columns)
    return with_stated(facts, "package", extra, declared_facts(packs, "package"))


def _table(subject: str, columns: Mapping[str, Any]) -> pa.Table:
    schema = schema_of(subject)
    arrays = []
    for field in schema:
        values = columns[field.name]
        values = pa.array(values) if isinstance(values, np.ndarray) else values
        if isinstance(values, pa.ChunkedArray):
            values = values.combine_chunks()
        arrays.append(values.cast(field.type))
    return pa.Table.from_arrays(arrays, schema=schema)
