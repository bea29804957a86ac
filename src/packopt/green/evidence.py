"""Row 20 of the demands: evidence on every parcel, found by a hash, and complaints about them."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl
import pyarrow as pa

from packopt import __version__
from packopt.green.findings import Findings, Metric
from packopt.green.frames import frame, looked_up
from packopt.green.sheet import Sheet, count, day, flag, number, text
from packopt.green.specification import content, version_of
from packopt.labels import places

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.green.facts import Facts

_DIGITS: Final = 16
#: Texts that are Python objects at one time: few enough to stay in the cache.
_TEXTS: Final = 4_096

PARCEL_EVIDENCE: Final = Sheet(
    "parcel_evidence",
    "1.0",
    pa.schema(
        [
            text(
                "parcel_hash",
                "hash of order and parcel, see packopt.green.parcel_hash",
                nullable=False,
            ),
            text(
                "items_hash", "hash of its articles and their numbers; null where plans are missing"
            ),
            text("package_id", "the package", nullable=False),
            count("units", "units in it"),
            number("empty_space_inner", "empty share of the inner volume, 0..1"),
            number("empty_space_outer", "empty share of the outer volume, 0..1"),
            text("verdict", "optimal, feasible or partial", nullable=False),
            text("next_package", "the dearest of the cheaper packages; null where there is none"),
            text(
                "reason",
                "why that one does not do: the code of packopt; none without a cheaper one",
                nullable=False,
            ),
            text("rule_version", "version of the packing specification", nullable=False),
            text("engine_version", "version of packopt", nullable=False),
            *(
                number(name, f"mass of {what}; of reusables one trip")
                for name, what in (
                    ("packaging_g", "packages, tape and filler"),
                    ("board_g", "corrugated board"),
                    ("paper_g", "paper"),
                    ("plastic_g", "plastic"),
                    ("other_g", "other materials"),
                )
            ),
            number("tape_m", "length of tape, modelled"),
            number("billable_g", "weight that the carrier bills; null without a rule"),
        ]
    ),
)
COMPLAINTS: Final = Sheet(
    "complaints",
    "1.0",
    pa.schema(
        [
            text("complaint_id", "number of the complaint", nullable=False),
            text("parcel_hash", "hash of the parcel", nullable=False),
            flag("found", "whether the parcel is among these", nullable=False),
            text("package_id", "its package"),
            number("empty_space_outer", "empty share of its outer volume, 0..1"),
            text("reason", "why the next cheaper package does not do"),
            text("rule_version", "version of the packing specification"),
            day("received_on", "day of the complaint", nullable=False),
            day("answered_on", "day of the answer"),
            count("answer_days", "days until the answer; null while there is none", nullable=True),
            flag("substantiated", "whether it proved right"),
        ]
    ),
)


def parcel_hash(order_id: str, parcel: int, key: str = "") -> str:
    """The hash under which a parcel is found.

    Parameters
    ----------
    order_id, parcel
        The order and the number of the parcel in it.
    key
        ``hash_key`` of the settings: without it, ids that can be guessed can be found again.

    Returns
    -------
    The first 16 hexadecimal digits of the keyed BLAKE2b hash.
    """
    return _hash(f"{order_id}\x1f{parcel}", key.encode())


def evidence(facts: Facts) -> Findings:
    """What stands for each parcel, without its order's id, and what became of complaints."""
    findings = Findings()
    rows = _evidence(facts)
    findings.put(PARCEL_EVIDENCE, rows)
    told = _complaints(facts, rows)
    findings.put(COMPLAINTS, told)
    answered = told["answer_days"].drop_nulls()
    missing = facts.inputs.needs("complaints")
    undecided = told["substantiated"].null_count()
    waiting = told.height - len(answered)
    nothing = "" if len(answered) else "an answered complaint"
    if waiting:
        nothing = f"an answer to {waiting:,} complaints"
    proved = None if missing else int(told["substantiated"].sum())
    findings.metrics += [
        Metric.of("answer_days_median", _median(answered), missing or nothing),
        Metric.ratio(
            "substantiated_per_million",
            proved,
            facts.parcels.height,
            per=1e6,
            missing=missing or (f"the outcome of {undecided:,} complaints" if undecided else ""),
        ),
    ]
    return findings


def _median(values: pl.Series) -> float | None:
    return float(values.median()) if len(values) else None  # type: ignore[arg-type]


def _evidence(facts: Facts) -> pl.DataFrame:
    key = facts.inputs.settings.hash_key
    version, _ = version_of(content(facts.catalogue, facts.result.policy))
    read = [name for name in PARCEL_EVIDENCE.schema.names if name in facts.parcels.columns]
    parcels = facts.parcels.select("order", "order_id", "parcel", *read)
    named = pl.select(
        pl.concat_str([parcels["order_id"], parcels["parcel"].cast(pl.String)], separator="\x1f")
    ).to_series()
    return parcels.hstack(_next(facts)).with_columns(
        pl.col("reason").fill_null("none"),
        parcel_hash=_hashes(named, key),
        items_hash=_items(facts),
        rule_version=pl.lit(version),
        engine_version=pl.lit(__version__),
    )


def _items(facts: Facts) -> pl.Series:
    """Hash of what is in each parcel: articles in alphabetical order, with their numbers."""
    names = facts.skus["sku"]
    contents = facts.contents
    row = contents["row"].to_numpy()
    alone = pl.Series(np.bincount(row)[row] == 1)
    # Contents repeat, above all those of one article: each is hashed once.
    one = contents.filter(alone)
    kind, single = _kinds(one["article"], one["units"])
    several = (
        contents.filter(~alone)
        .with_columns(_item(names))
        .group_by("row", maintain_order=True)
        .agg(pl.col("item").sort().str.join("\x1e"))
    )
    texts = several["item"].to_arrow().dictionary_encode()
    hashed = [single.select(_item(names)).to_series(), pl.Series("item", texts.dictionary)]
    hashes = _hashes(pl.concat(hashed), "")
    place = np.full(facts.parcels.height, -1)
    place[one["row"].to_numpy()] = kind
    # Those of several articles stand behind those of one.
    place[several["row"].to_numpy()] = len(single) + texts.indices.to_numpy()
    return hashes.gather(_or_null(place))


def _kinds(article: pl.Series, units: pl.Series) -> tuple[NDArray[np.int64], pl.DataFrame]:
    """Number of each pair of an article and its units among those that differ; and these."""
    stride = int(units.max() or 0) + 1  # type: ignore[arg-type]
    pairs = (article * stride + units).to_arrow().dictionary_encode()
    of_kind = np.divmod(pairs.dictionary.to_numpy(), stride)
    return pairs.indices.to_numpy(), pl.DataFrame(
        dict(zip(("article", "units"), of_kind, strict=True))
    )


def _or_null(place: NDArray[np.int64]) -> pl.Series:
    """Places as `polars.Series.gather` takes them: null for -1."""
    return pl.Series(pa.array(place, mask=place < 0))


def _item(names: pl.Series) -> pl.Expr:
    """An article and its number."""
    sku = pl.col("article").map_batches(names.gather, pl.String)
    return pl.format("{}\x1f{}", sku, "units").alias("item")


def _next(facts: Facts) -> pl.DataFrame:
    """By parcel the last cheaper package of orders of one parcel, and why it does not do."""
    of_order = facts.parcels["order"].to_numpy()
    last = _last_of_orders(facts.result.ruled_out)
    place = np.full(facts.orders.n_orders, -1)
    # Of an order that a batch parts, the last row stays.
    place[places(last["order_id"], facts.orders.order_ids)] = np.arange(last.num_rows)
    place[np.bincount(of_order, minlength=facts.orders.n_orders) != 1] = -1
    told = frame(last.select(["reason", "package_id"])).rename({"package_id": "next_package"})
    return told.select(pl.all().gather(_or_null(place[of_order])))


def _last_of_orders(rows: pa.Table) -> pa.Table:
    """The last row of each order, whose rows stand together; more where a batch parts them."""
    batches = []
    for batch in rows.to_batches():
        order = batch.column("order_id").indices.to_numpy()
        last = np.ones(len(order), np.bool_)
        last[:-1] = order[1:] != order[:-1]
        batches.append(batch.filter(pa.array(last)))
    return pa.Table.from_batches(batches, rows.schema)


def _hashes(texts: pl.Series, key: str) -> pl.Series:
    # Copying a state that knows the key takes half the time of making one: a million in 0.5 s.
    empty = _state(key.encode())
    hashes = [pl.Series([], dtype=pl.String)]
    for first in range(0, len(texts), _TEXTS):
        some = texts.slice(first, _TEXTS).to_list()
        hashes.append(pl.Series([_digest(empty.copy(), text) for text in some]))
    return pl.concat(hashes)


def _hash(text: str, key: bytes) -> str:
    return _digest(_state(key), text)


def _state(key: bytes) -> hashlib.blake2b:
    # BLAKE2b takes keys of 64 bytes at most; a longer one is hashed first.
    short = key if len(key) <= hashlib.blake2b.MAX_KEY_SIZE else hashlib.sha256(key).digest()
    return hashlib.blake2b(key=short, digest_size=_DIGITS // 2)


def _digest(state: hashlib.blake2b, text: str) -> str:
    state.update(text.encode())
    return state.hexdigest()


def _complaints(facts: Facts, rows: pl.DataFrame) -> pl.DataFrame:
    known = rows.select(
        "parcel_hash",
        "package_id",
        "empty_space_outer",
        "reason",
        "rule_version",
        found=pl.lit(value=True),
    )
    return looked_up(facts.inputs.frame("complaints"), known, "parcel_hash").with_columns(
        pl.col("found").fill_null(value=False),
        answer_days=(pl.col("answered_on") - pl.col("received_on")).dt.total_days(),
    )
