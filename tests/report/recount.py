"""Every figure of a report by another way: DuckDB over the Parquet files beside the page.

Sums come from the orders wherever orders hold what they are made of. Ends of intervals, and what
is shared out among SKUs, stand in their own tables and are read there.
"""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path
from statistics import NormalDist
from typing import Any

import duckdb

#: Measure, its unit and how many of the column's units make one: written anew on purpose.
UNITS = {
    "packaging_g": 1e3, "board_g": 1e3, "paper_g": 1e3, "plastic_g": 1e3, "other_g": 1e3,
    "tape_g": 1e3, "fill_g": 1e3, "board_m2": 1, "tape_m": 1, "fill_l": 1, "outer_mm3": 1e9,
    "billable_g": 1e3, "freight": 1, "money": 1, "co2e_g": 1e3, "parcels": 1,
}  # fmt: skip
SIDES = ("baseline", "plan")
PLAN = ("orders", "parcels")
RECORDS = ("counted", "replaced", "unknown_order", "unknown_parcel")
MAIN = "packaging_g"
PARTS = {"tape_g": "tape_g", "fill_g": "fill_g", "body": None}
MATERIALS = ("board_g", "paper_g", "plastic_g", "other_g")
GROUPS = (
    "case when units <= 3 then units::varchar when units <= 6 then '4-6' "
    "when units <= 12 then '7-12' else '13+' end"
)


def key(*parts: str) -> str:
    return json.dumps(list(parts), separators=(",", ":"), ensure_ascii=False)


class Recount:
    """Answers what any figure of a report should be.

    Parameters
    ----------
    folder
        The data beside the page.
    """

    def __init__(self, folder: Path) -> None:
        self._db = duckdb.connect()
        self._about = json.loads((folder / "figures.json").read_text(encoding="utf-8"))["about"]
        for path in sorted(folder.glob("*.parquet")):
            self._db.execute(f"create view \"{path.stem}\" as select * from read_parquet('{path}')")
        for side in ("", "_before"):
            if self._has(f"rules_cases{side}"):
                self._db.execute(
                    f"create view rules_outcomes{side} as select c.* exclude rows "
                    f"from rules_parcels{side} join rules_cases{side} c using (case_number)"
                )
        self._db.execute(
            "create view counted as select * from savings_orders where status = 'counted'"
        )
        self.values: dict[str, dict[str, Any]] = {}
        self._totals()
        self._parts()
        self._empty()
        self._packages()
        self._groups()
        self._skus()
        self._orders()
        self._quality(folder)
        self._rules()
        self._bench(folder)
        self._green(folder)
        self._rest()

    def _ask(self, query: str) -> list[tuple[Any, ...]]:
        return self._db.execute(query).fetchall()

    def _one(self, query: str) -> Any:
        return self._ask(query)[0][0]

    def _put(self, measure: str, key: str, value: Any) -> None:
        self.values.setdefault(measure, {})[key] = value

    def _known(self) -> list[str]:
        """Measures that are known for every counted order on both sides."""
        whole = self._one("select count(*) from counted")
        return [
            name
            for name in UNITS
            if whole
            and self._one(f"select count(baseline_{name} + plan_{name}) from counted") == whole
        ]

    def _totals(self) -> None:
        ends = ["saved_low", "saved_high", "share_low", "share_high", "per_order_low"]
        for name, per in UNITS.items():
            if name not in self._known():
                continue
            b, p = f"baseline_{name}", f"plan_{name}"
            base, plan, saved, each, less, more = self._ask(
                f"select sum({b}), sum({p}), sum({b} - {p}), avg({b} - {p}), "
                f"count(*) filter ({b} - {p} > 1e-9), count(*) filter ({p} - {b} > 1e-9) "
                "from counted"
            )[0]
            self._put("total.baseline", name, base / per)
            self._put("total.plan", name, plan / per)
            self._put("total.saved", name, saved / per)
            self._put("total.saved_share", name, saved / base if base else None)
            self._put("total.per_order", name, each)
            self._put("total.orders_saving", name, less)
            self._put("total.orders_losing", name, more)
            for end in [*ends, "per_order_high"]:
                value = self._one(f"select {end} from savings_total where measure = '{name}'")
                self._put(f"total.{end}", name, value)

    def _parts(self) -> None:
        if MAIN not in self._known():
            return
        whole = self._one(f"select sum(baseline_{MAIN} - plan_{MAIN}) / 1e3 from counted")
        for name in ("tape_g", "fill_g", "body", *MATERIALS):
            column = (
                f"{{0}}_{MAIN} - {{0}}_tape_g - {{0}}_fill_g" if name == "body" else f"{{0}}_{name}"
            )
            base, plan = (
                self._one(f"select sum({column.format(side)}) / 1e3 from counted") for side in SIDES
            )
            if base is None or plan is None:
                continue
            self._put("part.baseline", name, base)
            self._put("part.plan", name, plan)
            self._put("part.saved", name, base - plan)
            group = "materials" if name in MATERIALS else "parts"
            self._put("part.share", key(group, name), (base - plan) / whole if whole else None)

    def _empty(self) -> None:
        both = "baseline_empty_space is not null and plan_empty_space is not null"
        known = self._one(f"select count(*) from counted where {both}")
        self._put("empty.orders", "", known)
        for side in SIDES:
            column = f"{side}_empty_space"
            for at in range(20):
                low, high = at / 20, (at + 1) / 20
                inside = f"{column} > {low}" if at else "true"
                upper = f"{column} <= {high}" if at < 19 else "true"
                query = f"select count(*) from counted where {both} and {inside} and {upper}"
                self._put(f"empty.{side}", str(at), self._one(query))
            over = self._one(f"select count(*) from counted where {both} and {column} > 0.5")
            self._put("empty.over", side, over / known if known else None)
            median = self._one(f"select median({column}) from counted where {both}")
            self._put("empty.median", side, median)

    def _packages(self) -> None:
        rows = self._ask(
            "select package_id, measure, baseline_parcels, plan_parcels, baseline, plan, "
            "baseline - plan from savings_by_package"
        )
        for package, measure, before, after, base, plan, saved in rows:
            self._put("package.baseline_parcels", package, before)
            self._put("package.plan_parcels", package, after)
            self._put("package.change", package, after - before)
            for name, value in (("baseline", base), ("plan", plan), ("saved", saved)):
                self._put(f"package.{name}", key(package, measure), value)
        for side in SIDES:
            used = f"count(distinct package_id) filter ({side}_parcels > 0)"
            self._put("packages.used", side, self._one(f"select {used} from savings_by_package"))
        swaps = self._ask(
            f"select baseline_package, plan_package, count(*), "
            f"sum(baseline_{MAIN} - plan_{MAIN}) from counted "
            f"where baseline_package <> plan_package and baseline_{MAIN} - plan_{MAIN} is not null "
            "group by all"
        )
        for before, after, orders, saved in swaps:
            self._put("swap.orders", key(before, after), orders)
            self._put("swap.saved", key(before, after), saved / 1e3)
            self._put("swap.each", key(before, after), saved / orders)

    def _groups(self) -> None:
        """Order sizes and months, from the orders."""
        for name, group in (("size", GROUPS), ("period", "strftime(date, '%Y-%m')")):
            for measure in self._known():
                per, b, p = UNITS[measure], f"baseline_{measure}", f"plan_{measure}"
                rows = self._ask(
                    f"select {group} as of, count(*), sum({b}), sum({p}), sum({b} - {p}) "
                    "from counted group by 1 having of is not null"
                )
                for one, orders, base, plan, saved in rows:
                    whole = key(one, measure) if name == "size" else one
                    if name == "period" and measure != MAIN:
                        continue
                    self._put(f"{name}.orders", one, orders)
                    self._put(f"{name}.baseline", whole, base / per)
                    self._put(f"{name}.plan", whole, plan / per)
                    self._put(f"{name}.saved", whole, saved / per)
                    self._put(f"{name}.saved_share", whole, saved / base if base else None)
                    if measure == MAIN:
                        self._put(f"{name}.each", whole, saved / orders)

    def _skus(self) -> None:
        rows = self._ask(
            "select sku, measure, orders, baseline, plan, baseline - plan from savings_by_sku"
        )
        for sku, measure, orders, base, plan, saved in rows:
            self._put("sku.orders", sku, orders)
            self._put("sku.baseline", key(sku, measure), base)
            self._put("sku.plan", key(sku, measure), plan)
            self._put("sku.saved", key(sku, measure), saved)
            self._put("sku.saved_share", key(sku, measure), saved / base if base else None)
            if measure == MAIN:
                self._put("sku.each", key(sku, measure), saved * 1e3 / orders)
        ranked = self._ask(
            f"select baseline - plan from savings_by_sku where measure = '{MAIN}' order by 1 desc"
        )
        best = max(1, min(25, len(ranked) // 5))
        whole = self.values.get("total.saved", {}).get(MAIN)
        self._put("sku.best", "", best)
        self._put("sku.all", "", len(ranked))
        if whole:
            self._put("sku.best_share", str(best), sum(row[0] for row in ranked[:best]) / whole)

    def _orders(self) -> None:
        rows = self._ask(
            f"select order_id, units, baseline_{MAIN}, plan_{MAIN}, baseline_{MAIN} - plan_{MAIN}, "
            "baseline_empty_space, plan_empty_space from counted"
        )
        names = ["units", "baseline_g", "plan_g", "saved_g", "baseline_empty", "plan_empty"]
        for order, *values in rows:
            for name, value in zip(names, values, strict=True):
                self._put(f"order.{name}", order, value)

    def _quality(self, folder: Path) -> None:
        rejects = f"read_parquet('{folder / 'plan' / 'rejects.parquet'}')"
        query = f"select coalesce(field, ''), count(*) from {rejects} group by all"
        for column, faults in self._ask(query):
            self._put("faults", column, faults)
        counted = self._one("select count(*) from counted")
        dropped = self._ask("select status, sum(orders) from dropped group by all")
        whole = counted + sum(orders for _, orders in dropped)
        self._put("orders.all", "", whole)
        for status, orders in [("counted", counted), *dropped]:
            self._put("orders.by_status", status, orders)
            self._put("orders.share", status, orders / whole if whole else None)
        reasons = self._ask("select status, reason, sum(orders) from dropped group by all")
        for status, reason, orders in reasons:
            self._put("dropped", key(status, reason), orders)
        # What the replay set aside must be what the orders say.
        told = {row for row in dropped if row[0] != "rejected"}
        query = "select status, count(*) from savings_orders where status <> 'counted' group by all"
        assert told == set(self._ask(query))

    def _rules(self) -> None:
        if not self._has("rules_outcomes"):
            return
        of = "rule_id, {0}, count(*), count(*) / sum(count(*)) over (partition by rule_id)"
        for column, side in product(("outcome", "would_be"), ("", "_before")):
            if not self._has(f"rules_outcomes{side}"):
                continue
            measure, table = f"rule.{column}{side}", f"rules_outcomes{side}"
            query = f"select {of.format(column)} from {table} group by rule_id, {column}"
            for rule, word, rows, share in self._ask(query):
                if word is not None:
                    self._put(measure, key(rule, word), rows)
                    self._put(f"{measure}_share", key(rule, word), share)
        query = (
            "select rule_id, outcome, reason, count(*) from rules_outcomes "
            "where reason is not null group by all"
        )
        for rule, outcome, reason, rows in self._ask(query):
            self._put("rule.reason", key(rule, outcome, reason), rows)
        judged = "select count(distinct rule_id) from rules_outcomes where outcome {}"
        self._put("rules.said", "", self._one(judged.format("in ('PASS', 'FAIL')")))
        self._put("rules.broken", "", self._one(judged.format("= 'FAIL'")))

    def _bench(self, folder: Path) -> None:
        if not self._has("overrides"):
            return
        plan = {one: f"read_parquet('{folder / 'plan' / one}.parquet')" for one in PLAN}
        # What became of each record, worked out anew from the plan and the times of the records.
        self._db.execute(
            "create table record as select o.*, case "
            f"when order_id not in (select order_id from {plan['orders']}) then 'unknown_order' "
            "when package_id is null then 'unknown_parcel' "
            "when row_number() over (partition by order_id, parcel order by packed desc, row desc) "
            "> 1 then 'replaced' else 'counted' end as fate, used_package <> recommended_package "
            f"as changed, package_id from overrides o left join {plan['parcels']} p "
            "using (order_id, parcel)"
        )
        assert self._one("select count(*) from record") == self._one(
            "select count(*) from overrides"
        )
        wrong = (
            "status <> fate or overridden <> changed or plan_package is distinct from package_id "
            "or (extra_unknown is not null or extra_g is not null) <> "
            "(changed and fate = 'counted') or (changed and fate = 'counted' and "
            "(coalesce(extra_unknown, '') = 'plan_differs') <> "
            "(package_id <> recommended_package))"
        )
        assert self._one(f"select count(*) from record where {wrong}") == 0
        for fate in RECORDS:
            rows = self._one(f"select count(*) from record where fate = '{fate}'")
            self._put("bench.rows", fate, rows)
        rejected = self._one("select count(distinct row) from overrides_rejects")
        self._put("bench.rows", "rejected", rejected)
        recorded, changed = self._ask(
            "select count(*), count(*) filter (changed) from record where fate = 'counted'"
        )[0]
        parcels = self._one(f"select count(*) from {plan['parcels']}")
        self._put("bench.parcels", "", parcels)
        self._put("bench.recorded", "", recorded)
        self._put("bench.recorded_share", "", recorded / parcels if parcels else None)
        self._put("bench.overridden", "", changed)
        if recorded:
            self._rate(changed, recorded)
        self._replaced(changed)

    def _rate(self, changed: int, recorded: int) -> None:
        """The rate, and between which rates it lies no further off than z of their errors."""
        rate, z = (
            changed / recorded,
            NormalDist().inv_cdf((1 + self._about["bootstrap"]["confidence"]) / 2),
        )
        # (rate - p)^2 = z^2 p (1 - p) / n, solved for p.
        a, b, c = 1 + z * z / recorded, -2 * rate - z * z / recorded, rate * rate
        root = max(b * b - 4 * a * c, 0.0) ** 0.5
        self._put("bench.rate", "", rate)
        self._put("bench.rate_low", "", (-b - root) / (2 * a))
        self._put("bench.rate_high", "", (-b + root) / (2 * a))

    def _replaced(self, changed: int) -> None:
        overridden = "from record where fate = 'counted' and changed group by all"
        query = f"select coalesce(reason, 'not_stated'), count(*) {overridden}"
        for reason, parcels in self._ask(query):
            self._put("bench.reason", reason, parcels)
            self._put("bench.reason_share", reason, parcels / changed)
        query = (
            "select recommended_package, count(*), count(*) filter (changed) from record "
            "where fate = 'counted' group by all having count(*) filter (changed) > 0"
        )
        packages = self._ask(query)
        self._put("rows.all", "bench.packages", len(packages))
        for package, parcels, others in packages:
            self._put("bench.package_recorded", package, parcels)
            self._put("bench.package_overridden", package, others)
            self._put("bench.package_rate", package, others / parcels)
        query = "select recommended_package, used_package, count(*), count(extra_g), avg(extra_g)"
        pairs = self._ask(f"{query} {overridden}")
        self._put("rows.all", "bench.swaps", len(pairs))
        for before, after, parcels, compared, each in pairs:
            self._put("bench.swap", key(before, after), parcels)
            self._put("bench.swap_compared", key(before, after), compared)
            self._put("bench.swap_each", key(before, after), each)
        query = f"select coalesce(extra_unknown, 'compared'), count(*), sum(extra_g) {overridden}"
        self._put("bench.extra_parcels", "compared", 0)
        for why, parcels, extra in self._ask(query):
            self._put("bench.extra_parcels", why, parcels)
            if extra is not None:
                self._put("bench.extra", "", extra)

    def _green(self, folder: Path) -> None:
        for path in sorted((folder / "green").glob("*.parquet")):
            name = path.stem
            rows = self._db.execute(f"select * from read_parquet('{path}')")
            names = [column[0] for column in rows.description]
            values = rows.fetchall()
            self._put("rows.all", f"green/{name}", len(values))
            for at, row in enumerate(values):
                for column, value in zip(names, row, strict=True):
                    self._put(f"green.{name}", key(str(at), column), value)
            if name == "scorecard":
                self._scorecard([dict(zip(names, row, strict=True)) for row in values])

    def _scorecard(self, rows: list[dict[str, Any]]) -> None:
        for row in rows:
            for measure, column in (("", "value"), ("_low", "low"), ("_high", "high")):
                self._put(f"green.value{measure}", row["metric"], row[column])
            self._put("green.target", row["metric"], row["target"])
        for status in ("met", "missed", "unknown"):
            self._put("green.status", status, sum(row["status"] == status for row in rows))

    def _has(self, view: str) -> bool:
        return bool(self._ask(f"select 1 from duckdb_views() where view_name = '{view}'"))

    def _rest(self) -> None:
        bootstrap = self._about["bootstrap"]
        for name in ("confidence", "resamples", "clusters", "seed"):
            self._put(f"about.{name}", "", bootstrap[name])
        self._put("orders.counted", "", self._one("select count(*) from counted"))
        self._put("orders.dropped", "", self._one("select coalesce(sum(orders), 0) from dropped"))
        # Regulation (EU) 2025/40, Article 24(1): at most 50 %, three years after the method act.
        self._put("law.limit", "EU-2025/40-24.outer", 0.5)
        self._put("law.years", "EU-2025/40-24.outer", 3)
        packages = self._one("select count(distinct package_id) from savings_by_package")
        self._put("rows.all", "packages", packages)
