"""Rule packs: law, standards and vendors' limits as dated data, held against parcels and products.

::

    datasets/rules/*.toml    the packs, and docs/rules.md how to write one's own
    pack_files.py            TOML to packs, every fault named
    packs.py                 what a pack and a rule are
    expressions.py           conditions and formulas over columns with missing facts
    known_facts.py           what packopt knows by itself
    parcel_facts.py          parcels of a result as a table of facts, with smaller.py
    product_facts.py         SKUs and packages as tables of facts
    stated.py                facts that the user states, by order, SKU or package
    judging.py               facts and days to outcomes, equal cases once
    evaluating.py            one rule held against facts, with fact_columns.py and texts.py
    outcomes.py              the table of outcomes
"""

from __future__ import annotations

from packopt.rules.judging import Judge, Judgement, evaluate, judge
from packopt.rules.outcomes import CASES, OUTCOMES, RESULTS, SUBJECTS, SUMMARY, summarise
from packopt.rules.pack_files import read_pack, rule_pack, rule_packs
from packopt.rules.packs import Rule, RulePack
from packopt.rules.parcel_facts import parcel_facts
from packopt.rules.product_facts import package_facts, sku_facts

__all__ = [
    "CASES",
    "OUTCOMES",
    "RESULTS",
    "SUBJECTS",
    "SUMMARY",
    "Judge",
    "Judgement",
    "Rule",
    "RulePack",
    "evaluate",
    "judge",
    "package_facts",
    "parcel_facts",
    "read_pack",
    "rule_pack",
    "rule_packs",
    "sku_facts",
    "summarise",
]
