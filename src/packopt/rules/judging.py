"""Rules held against facts: rows of equal facts are one case, which is judged once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from packopt.errors import RulesError
from packopt.rules.evaluating import RuleOutcomes
from packopt.rules.fact_columns import check_keys, days_of, fact_columns, plain
from packopt.rules.known_facts import KNOWN_FACTS
from packopt.rules.outcomes import CASES, OUTCOMES, SUBJECTS, WORD
from packopt.rules.packs import RulePack

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from packopt.rules.expressions import Columns

    Ints = NDArray[np.int64]
    Mask = NDArray[np.bool_]

_ROW: Final = "row of the facts"
_PERIOD: Final = "period of the rules"
_DAY: Final = "day"
_DATED: Final = "whether there is one"
#: Parcels, SKUs and packages have keys of their own; the day and the case stand behind these.
_KEYS: Final = SUBJECTS.names[:4]
_NUMBER: Final = SUBJECTS.names[-1]
_ORDER_ID: Final = SUBJECTS.names[0]


@dataclass(frozen=True, eq=False)
class Judgement:
    """Outcomes of rules, those of equal cases once.

    Attributes
    ----------
    subjects
        In the schema `packopt.rules.SUBJECTS`: what was judged, and which case each is; no rows
        where only counts were kept.
    cases
        In the schema `packopt.rules.CASES`: the rows of each rule together, cases by number.
    """

    subjects: pa.Table
    cases: pa.Table

    @classmethod
    def of_counts(cls, counts: pa.Table) -> Judgement:
        """A judgement of which only counts were kept.

        Parameters
        ----------
        counts
            ``rows`` and the words of `packopt.rules.CASES`; its figures may be left out.
        """
        n = counts.num_rows
        number = pa.array(np.arange(n, dtype=np.int32))
        columns = [
            number
            if field.name == CASES.names[0]
            else counts[field.name].cast(field.type)
            if field.name in counts.column_names
            else pa.nulls(n, field.type)
            for field in CASES
        ]
        return cls(SUBJECTS.empty_table(), pa.Table.from_arrays(columns, schema=CASES))

    @property
    def rows(self) -> int:
        """How many outcomes there are."""
        return int(self.cases["rows"].to_numpy().sum())

    def spread(self, keys: pa.Table, days: pa.Array, of: Ints) -> Judgement:
        """The same of more subjects, each of which is like one of these to every rule.

        Parameters
        ----------
        keys
            What is judged: some columns of `packopt.rules.SUBJECTS` before the day.
        days
            The day by which each is judged, in the period of that which it is like; null for none.
        of
            ``(n,)`` row of the subject here that each is like.
        """
        case = self.subjects[_NUMBER].to_numpy()[of]
        columns = [*_keys(keys), days, pa.array(case.astype(np.int32))]
        numbers = self.cases[CASES.names[0]].to_numpy()
        times = np.bincount(case, minlength=int(numbers.max(initial=-1)) + 1)
        at = CASES.get_field_index("rows")
        cases = self.cases.set_column(at, CASES.field(at), pa.array(times[numbers]))
        return Judgement(pa.Table.from_arrays(columns, schema=SUBJECTS), cases)

    def table(self) -> pa.Table:
        """The outcomes one by one, in the schema `packopt.rules.OUTCOMES`."""
        case = self.subjects["case_number"]
        shared = dict(zip(SUBJECTS.names[:5], self.subjects.columns, strict=False))
        n_cases = len(self.cases["case_number"].unique())
        tables = []
        for first in range(0, self.cases.num_rows, max(n_cases, 1)):
            of_rule = self.cases.slice(first, n_cases).take(case)
            columns = [shared[name] if name in shared else of_rule[name] for name in OUTCOMES.names]
            tables.append(pa.Table.from_arrays(columns, schema=OUTCOMES))
        return pa.concat_tables(tables) if tables else OUTCOMES.empty_table()


class Judge:
    """Holds rules against facts that come batch after batch, and keeps no more than their cases.

    Parameters
    ----------
    packs
        Rule packs about one subject, or one of them.

    Raises
    ------
    RulesError
        If there is none.
    """

    def __init__(self, packs: RulePack | Sequence[RulePack]) -> None:
        self.packs = [packs] if isinstance(packs, RulePack) else list(packs)
        if not self.packs:
            raise RulesError("rules", "found no rule pack, expected at least one; name it")
        #: Names of the facts that the packs ask for.
        self.asked: frozenset[str] = frozenset().union(*(pack.named_facts for pack in self.packs))
        self._subjects: list[pa.Table] = []
        self._cases: list[pa.Table] = []
        self._n_cases = 0

    def add(self, facts: pa.Table, on: dt.date | str | pa.Array | pa.ChunkedArray = "date") -> None:
        """Take a batch of facts.

        Parameters
        ----------
        facts, on
            As of `judge`; the same columns in every batch.

        Raises
        ------
        RulesError
            If the facts are about something else, or there is no day to judge by.
        """
        for pack in self.packs:
            check_keys(facts, pack.subject, pack.id)
        days, dated = days_of(facts, on)
        period = pa.array(_periods(self.packs, days, dated))
        names = [name for name in facts.column_names if name in self.asked]
        columns = [_once(facts.column(name)) for name in names]
        mine = pa.table([*columns, period], [*names, _PERIOD])
        case, stands = _equal(mine)
        mine = mine.append_column(_DAY, pa.array(days)).append_column(_DATED, pa.array(dated))
        some = mine.take(pa.array(stands))
        day = pa.array(days.astype(np.int32), mask=~dated).cast(pa.date32())
        number = pa.array((case + self._n_cases).astype(np.int32))
        self._subjects.append(pa.Table.from_arrays([*_keys(facts), day, number], schema=SUBJECTS))
        self._cases.append(some)
        self._n_cases += some.num_rows

    def periods(self, days: pa.Array) -> Ints:
        """``(n,)`` number of the period that each day is in: within one, no rule begins or ends."""
        return _periods(self.packs, *days_of(pa.table([days], [_DAY]), _DAY))

    def judgement(self) -> Judgement:
        """What the rules say of all that was added, at least one batch; it is told once.

        Raises
        ------
        RulesError
            If a column does not hold what its fact is.
        """
        subjects = _in_one_piece(self._subjects)
        cases = pa.concat_tables(self._cases).unify_dictionaries().combine_chunks()
        self._subjects, self._cases = [], []  # they are large
        again, stands = _equal(cases.drop([_DAY, _DATED]))
        case = again[subjects[_NUMBER].to_numpy()]
        some = cases.take(pa.array(stands))
        days, dated = (some[name].to_numpy() for name in (_DAY, _DATED))
        rows = pa.array(np.bincount(case, minlength=len(stands)))
        # What all rules share stands in memory once, however many rules there are.
        zeros = pa.array(np.zeros(len(stands), np.int32))
        number = pa.array(np.arange(len(stands), dtype=np.int32))
        tables = []
        for pack in self.packs:
            columns = _columns(pack, some)
            for rule in pack.rules:
                outcomes = RuleOutcomes(pack, rule, columns, days, dated)
                tables.append(
                    pa.Table.from_arrays([number, rows, *outcomes.columns(zeros)], schema=CASES)
                )
        numbered = [*subjects.columns[:-1], pa.array(case.astype(np.int32))]
        subjects = pa.Table.from_arrays(numbered, schema=SUBJECTS)
        return Judgement(subjects, pa.concat_tables(tables))


def judge(
    packs: RulePack | Sequence[RulePack],
    facts: pa.Table,
    on: dt.date | str | pa.Array | pa.ChunkedArray = "date",
) -> Judgement:
    """Hold rules against facts.

    A rule passes only where everything that it asks is known; what an exemption, a wider limit or
    the rule's scope hangs on, counts as asked. Where the facts at hand decide whatever the others
    may be, the others are not missing.

    Parameters
    ----------
    packs
        Rule packs about one subject, or one of them.
    facts
        A row for each parcel, SKU or package: as `packopt.rules.parcel_facts`, `sku_facts` or
        `package_facts` build it, or any table with the same keys. A fact without a column is
        missing in every row.
    on
        The day to judge by: one for all, the name of a column, or a column.

    Returns
    -------
    Judgement

    Raises
    ------
    RulesError
        If the facts are about something else, or a column does not hold what its fact is.
    """
    judging = Judge(packs)
    judging.add(facts, on)
    try:
        return judging.judgement()
    except RulesError:
        # The same fault, told by the row in which the reader finds it.
        for pack in judging.packs:
            _columns(pack, facts)
        raise


def evaluate(
    packs: RulePack | Sequence[RulePack],
    facts: pa.Table,
    on: dt.date | str | pa.Array | pa.ChunkedArray = "date",
) -> pa.Table:
    """Hold rules against facts, and tell the outcomes one by one.

    Parameters
    ----------
    packs, facts, on
        As of `judge`.

    Returns
    -------
    In the schema `packopt.rules.OUTCOMES`: the rows of each rule together, in the order of
    ``facts``.

    Raises
    ------
    RulesError
        As of `judge`.
    """
    return judge(packs, facts, on).table()


def _columns(pack: RulePack, facts: pa.Table) -> Columns:
    """The facts that a pack names."""
    known = {fact.name: fact for fact in (*KNOWN_FACTS[pack.subject], *pack.facts)}
    named = [known[name] for name in sorted(pack.named_facts)]
    return fact_columns(facts, named)


def _equal(facts: pa.Table) -> tuple[Ints, Ints]:
    """``(n,)`` number of the case of each row, and for each case the first row with it."""
    n = facts.num_rows
    if any(pa.types.is_nested(kind) for kind in facts.schema.types):
        every = np.arange(n)  # no fact is of such a type: it is refused when it is read
        return every, every
    # Of words their numbers, which are compared in less time.
    columns = [plain(column) for column in facts.columns]
    codes = [one.indices if pa.types.is_dictionary(one.type) else one for one in columns]
    frame = pl.DataFrame(pa.table([*codes, pa.array(np.arange(n))], [*facts.column_names, _ROW]))
    first = frame.select(pl.col(_ROW).min().over(facts.column_names)).to_series().to_numpy()
    stands = first == np.arange(n)
    return (np.cumsum(stands) - 1)[first], np.flatnonzero(stands)


def _once(column: pa.ChunkedArray) -> pa.Array:
    """A column; if it is one of words, each of them is there once, however they came encoded."""
    values = plain(column)
    if values.type == WORD:
        words = values.dictionary
        if not words.null_count and len(words.unique()) == len(words):
            return values
    if pa.types.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    return values.dictionary_encode() if pa.types.is_string(values.type) else values


def _in_one_piece(tables: list[pa.Table]) -> pa.Table:
    """Batches of subjects as one table."""
    if len(tables) == 1:
        return tables[0]
    table = pa.concat_tables(tables)
    # Hardly an order is in two batches: to look all of them up for one would take the longest.
    chunks = table[_ORDER_ID].chunks
    before = np.cumsum([0, *(len(chunk.dictionary) for chunk in chunks)]).tolist()
    index = [pc.add(chunk.indices, first) for chunk, first in zip(chunks, before, strict=False)]
    words = pa.concat_arrays([chunk.dictionary for chunk in chunks])
    ids = pa.DictionaryArray.from_arrays(pa.concat_arrays(index).cast(pa.int32()), words)
    whole = table.drop(_ORDER_ID).unify_dictionaries().combine_chunks()
    return whole.add_column(0, SUBJECTS.field(0), ids)


def _periods(packs: Sequence[RulePack], days: Ints, dated: Mask) -> Ints:
    """Number of the period of each day: within one, no rule begins or ends; -1 without a day."""
    one = np.timedelta64(1, "D")
    edges = set()
    for rule in (rule for pack in packs for rule in pack.rules):
        if rule.first_day is not None:
            edges.add(np.datetime64(rule.first_day, "D"))
        edges |= {
            np.datetime64(last, "D") + one
            for last in (rule.valid_to, rule.grace_until)
            if last is not None
        }
    begins = np.array(sorted(edges), "datetime64[D]").astype(np.int64)
    return np.where(dated, np.searchsorted(begins, days, side="right"), -1)


def _keys(facts: pa.Table) -> list[pa.Array]:
    """Columns that say what a row of outcomes is about."""
    keys = []
    for name in _KEYS:
        kind = SUBJECTS.field(name).type
        if name not in facts.column_names:
            keys.append(pa.nulls(facts.num_rows, kind))
            continue
        values = plain(facts.column(name))
        if kind != WORD:
            keys.append(values.cast(kind))
        elif pa.types.is_dictionary(values.type):
            keys.append(values.cast(WORD))
        else:
            keys.append(values.cast(pa.string()).dictionary_encode().cast(WORD))
    return keys
