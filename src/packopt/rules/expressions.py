"""Conditions and formulas of rules, over columns of facts of which some are missing.

A rule's text is turned into columns of numbers or of truth values, and every row that cannot be
worked out names the facts that it lacks. Truth has three values (Kleene's strong logic): what is
false whatever the missing facts are, is false; only what hangs on them is unknown.

The language is a small part of Python's: names of facts, numbers, words in quotes, ``true`` and
``false``, ``+ - * /``, comparisons, ``in [...]``, ``and or not``, ``a if b else c``, and the
functions ``min``, ``max``, ``abs`` and ``sqrt``. Words can only be compared with words that are
written out.
"""

from __future__ import annotations

import ast
import difflib
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Bits = NDArray[np.uint64]

NUMBER: Final = "number"
FLAG: Final = "flag"
WORD: Final = "word"
KINDS: Final = (NUMBER, FLAG, WORD)
#: Facts that expressions of one pack may name: one bit each.
MOST_FACTS: Final = 63

_NONE: Final = np.zeros((), np.uint64)
_LONGEST: Final = 2_000  # characters; the parser would take a nest of any depth
_LITERALS: Final = {"true": True, "false": False}


@dataclass(frozen=True, eq=False, slots=True)
class Values:
    """A column that was worked out, of ``n`` rows; or one value for all of them, of shape ``()``.

    Attributes
    ----------
    data
        Numbers, truth values, or codes of words; of no meaning where something is missing.
    missing
        A bit for each fact that was needed and is not there; 0 where the value is known.
    words
        What the codes mean.
    """

    data: NDArray[Any]
    missing: Bits
    words: tuple[str, ...] = ()

    @property
    def known(self) -> NDArray[np.bool_]:
        """True where the value is known."""
        return np.asarray(self.missing == 0)


Columns = Mapping[str, Values]
_Run = Callable[[Columns], Values]


@dataclass(frozen=True, slots=True)
class Expression:
    """A condition or a formula.

    Attributes
    ----------
    text
        As it is written.
    kind
        `NUMBER` or `FLAG`.
    facts
        The facts that it names.
    """

    text: str
    kind: str
    facts: frozenset[str]
    _run: _Run = field(compare=False, repr=False)

    def __call__(self, columns: Columns) -> Values:
        """Work it out.

        Parameters
        ----------
        columns
            The facts by name.
        """
        values = self._run(columns)
        if self.kind == NUMBER and not np.isfinite(values.data).all():
            # Too large for a float: as good as unknown.
            lost = ~np.isfinite(values.data) & values.known
            return Values(values.data, values.missing | _where(lost, _bits(columns, self.facts)))
        return values


class ExpressionError(ValueError):
    """An expression cannot be understood; the message says where and why."""


def parse(text: object, kinds: Mapping[str, str], expected: str) -> Expression:
    """Read an expression.

    Parameters
    ----------
    text
        What stands in the pack.
    kinds
        Kind of each fact that may be named.
    expected
        `NUMBER` or `FLAG`: what has to come out.

    Returns
    -------
    Expression

    Raises
    ------
    ExpressionError
        If it is no text, not in the language, names something unknown, or mixes kinds.
    """
    if not isinstance(text, str) or not text.strip() or len(text) > _LONGEST:
        what = f"{str(text)[:40]!r}"
        raise ExpressionError(f"found {what}, expected a text such as {_EXAMPLES[expected]!r}")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ExpressionError(
            f"found {text!r}, which cannot be read ({error}); write it like {_EXAMPLES[expected]!r}"
        ) from error
    reader = _Reader(text, kinds)
    kind, run = reader.read(tree)
    if kind != expected:
        raise ExpressionError(
            f"found {text!r}, which is a {kind}, expected a {expected} such as "
            f"{_EXAMPLES[expected]!r}"
        )
    return Expression(text, kind, frozenset(reader.facts), run)


_EXAMPLES: Final = {
    NUMBER: "1 - content_mm3 / outer_mm3",
    FLAG: 'fragile and kind == "carton"',
}
_ARITHMETIC: Final[dict[type[ast.operator], Callable[[Any, Any], Any]]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
}
_COMPARISONS: Final[dict[type[ast.cmpop], Callable[[Any, Any], Any]]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_OF_ONE: Final[dict[str, Callable[[Any], Any]]] = {"abs": np.abs, "sqrt": np.sqrt}
_FUNCTIONS: Final[dict[str, Callable[[Any, Any], Any]]] = {"min": np.minimum, "max": np.maximum}


class _Reader:
    """Turns a syntax tree into a function of columns, and checks kinds on the way."""

    def __init__(self, text: str, kinds: Mapping[str, str]) -> None:
        self._text = text
        self._kinds = kinds
        self.facts: set[str] = set()

    def read(self, node: ast.expr) -> tuple[str, _Run]:
        way = getattr(self, f"_{type(node).__name__.lower()}", None)
        if way is None:
            raise self._error(node, "which is not in the language of rules")
        kind, run = way(node)
        return kind, run

    def _error(self, node: ast.AST, why: str) -> ExpressionError:
        part = ast.get_source_segment(self._text.strip(), node) or self._text
        inside = "" if part == self._text.strip() else f" in {self._text!r}"
        return ExpressionError(f"found {part!r}{inside}, {why}")

    def _of_kind(self, node: ast.expr, kind: str) -> _Run:
        found, run = self.read(node)
        if found != kind:
            raise self._error(node, f"which is a {found}; expected a {kind}")
        return run

    def _constant(self, node: ast.Constant) -> tuple[str, _Run]:
        value = node.value
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._error(node, "expected a number, or a word beside == or in")
        number = Values(np.asarray(float(value)), _NONE)
        return NUMBER, lambda _: number

    def _name(self, node: ast.Name) -> tuple[str, _Run]:
        name = node.id
        if name in _LITERALS:
            truth = Values(np.asarray(_LITERALS[name]), _NONE)
            return FLAG, lambda _: truth
        if name not in self._kinds:
            near = difflib.get_close_matches(name, self._kinds, n=1)
            advice = f"did you mean {near[0]}?" if near else f"declare it under [facts.{name}]"
            raise self._error(node, f"which is no fact; {advice}")
        self.facts.add(name)
        return self._kinds[name], lambda columns: columns[name]

    def _binop(self, node: ast.BinOp) -> tuple[str, _Run]:
        left, right = self._of_kind(node.left, NUMBER), self._of_kind(node.right, NUMBER)
        if isinstance(node.op, ast.Div):
            return NUMBER, self._divided(left, right, node.right)
        if type(node.op) not in _ARITHMETIC:
            raise self._error(node, "expected + - * or / between two numbers")
        return NUMBER, _combined(_ARITHMETIC[type(node.op)], left, right)

    def _divided(self, left: _Run, right: _Run, divisor: ast.expr) -> _Run:
        names = {one.id for one in ast.walk(divisor) if isinstance(one, ast.Name)}
        names &= set(self._kinds)
        if not names and float(right({}).data) == 0:
            raise self._error(divisor, "which is 0, and nothing can be divided by that")

        def run(columns: Columns) -> Values:
            a, b = left(columns), right(columns)
            zero = (b.data == 0) & b.known
            data = np.divide(a.data, np.where(b.data == 0, 1.0, b.data))
            # What is 0 and should not be is as good as missing.
            return Values(data, a.missing | b.missing | _where(zero, _bits(columns, names)))

        return run

    def _unaryop(self, node: ast.UnaryOp) -> tuple[str, _Run]:
        if isinstance(node.op, ast.Not):
            of = self._of_kind(node.operand, FLAG)
            return FLAG, lambda columns: _changed(np.logical_not, of(columns))
        if isinstance(node.op, ast.USub):
            of = self._of_kind(node.operand, NUMBER)
            return NUMBER, lambda columns: _changed(np.negative, of(columns))
        raise self._error(node, "expected not, or - before a number")

    def _boolop(self, node: ast.BoolOp) -> tuple[str, _Run]:
        runs = [self._of_kind(one, FLAG) for one in node.values]
        decisive = isinstance(node.op, ast.Or)
        return FLAG, lambda columns: _kleene([run(columns) for run in runs], decisive)

    def _ifexp(self, node: ast.IfExp) -> tuple[str, _Run]:
        test = self._of_kind(node.test, FLAG)
        kind, yes = self.read(node.body)
        if kind == WORD:
            raise self._error(node, "expected numbers or truth values on both sides of if")
        no = self._of_kind(node.orelse, kind)

        def run(columns: Columns) -> Values:
            chosen, a, b = test(columns), yes(columns), no(columns)
            missing = np.where(chosen.data, a.missing, b.missing)
            missing = np.where(chosen.missing != 0, chosen.missing, missing)
            return Values(np.where(chosen.data, a.data, b.data), missing.astype(np.uint64))

        return kind, run

    def _compare(self, node: ast.Compare) -> tuple[str, _Run]:
        sides = [node.left, *node.comparators]
        links = [
            self._link(node, first, test, second)
            for first, test, second in zip(sides[:-1], node.ops, sides[1:], strict=True)
        ]
        return FLAG, lambda columns: _kleene([link(columns) for link in links], decisive=False)

    def _link(self, node: ast.Compare, first: ast.expr, test: ast.cmpop, second: ast.expr) -> _Run:
        if isinstance(test, ast.In | ast.NotIn):
            inside = self._inside(node, first, second)
            if isinstance(test, ast.In):
                return inside
            return lambda columns: _changed(np.logical_not, inside(columns))
        if type(test) not in _COMPARISONS:
            raise self._error(node, "expected < <= > >= == != or in")
        if _word(second) is not None:
            if not isinstance(test, ast.Eq | ast.NotEq):
                raise self._error(node, "words can only be compared by == != and in")
            one_of = self._among(first, [_word(second)])
            if isinstance(test, ast.Eq):
                return one_of
            return lambda columns: _changed(np.logical_not, one_of(columns))
        left, right = self._of_kind(first, NUMBER), self._of_kind(second, NUMBER)
        return _combined(_COMPARISONS[type(test)], left, right)

    def _inside(self, node: ast.Compare, first: ast.expr, second: ast.expr) -> _Run:
        items = second.elts if isinstance(second, ast.List | ast.Tuple) else []
        words = [_word(one) for one in items]
        if not words or None in words:
            raise self._error(node, 'expected a list of words after in, such as ["box", "bag"]')
        return self._among(first, words)

    def _among(self, node: ast.expr, words: Sequence[str | None]) -> _Run:
        """Whether a word is one of some."""
        of = self._of_kind(node, WORD)

        def run(columns: Columns) -> Values:
            found = of(columns)
            listed = np.array([word in words for word in found.words] + [False], np.bool_)
            return Values(listed[found.data], found.missing)

        return run

    def _call(self, node: ast.Call) -> tuple[str, _Run]:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        runs = [self._of_kind(one, NUMBER) for one in node.args]
        if name in _OF_ONE and len(runs) == 1 and not node.keywords:
            return NUMBER, lambda columns: _changed(_OF_ONE[name], runs[0](columns))
        if name not in _FUNCTIONS or len(runs) < 2 or node.keywords:
            raise self._error(node, "expected min(a, b), max(a, b), abs(a) or sqrt(a)")
        whole = runs[0]
        for run in runs[1:]:
            whole = _combined(_FUNCTIONS[name], whole, run)
        return NUMBER, whole


def _word(node: ast.expr) -> str | None:
    value = node.value if isinstance(node, ast.Constant) else None
    return value if isinstance(value, str) else None


def _combined(operation: Callable[[Any, Any], Any], left: _Run, right: _Run) -> _Run:
    def run(columns: Columns) -> Values:
        a, b = left(columns), right(columns)
        with np.errstate(over="ignore", invalid="ignore"):
            return Values(np.asarray(operation(a.data, b.data)), a.missing | b.missing)

    return run


def _changed(operation: Callable[[Any], Any], values: Values) -> Values:
    with np.errstate(invalid="ignore"):
        return Values(np.asarray(operation(values.data)), values.missing)


def _kleene(values: Sequence[Values], decisive: bool) -> Values:
    """``or`` where True decides, ``and`` where False does: no missing fact matters beside it."""
    decided = np.zeros((), np.bool_)
    missing = _NONE
    for one in values:
        decided = decided | ((one.data == decisive) & one.known)
        missing = missing | one.missing
    data = decided if decisive else ~decided
    return Values(np.asarray(data), np.asarray(np.where(decided, _NONE, missing), np.uint64))


def _bits(columns: Columns, names: frozenset[str] | set[str]) -> Bits:
    """The bits of some facts: each has that of its place among the columns."""
    place = {name: bit for bit, name in enumerate(columns)}
    return np.asarray(sum(1 << place[name] for name in names), np.uint64)


def _where(mask: NDArray[np.bool_], bits: Bits) -> Bits:
    return np.asarray(np.where(mask, bits, _NONE), np.uint64)
