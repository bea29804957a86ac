"""The limit of a policy on the empty space of parcels, and packages that it rules out."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from packopt.check.book import sums
from packopt.check.ragged import expand
from packopt.check.sharing import labels_apart
from packopt.check.simple_proofs import Question
from packopt.check.values import empty_share, volumes_mm3
from packopt.size_costs import offered_mm
from packopt.spaces import allowances_mm, is_mailer, packed_size_mm, things

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from packopt.check.book import Book, Index
    from packopt.check.contents import Contents
    from packopt.check.findings import Findings
    from packopt.check.parcels import Parcels
    from packopt.check.simple_proofs import SimpleProofs

    Mask = NDArray[np.bool_]
    Keeps = Literal["yes", "no", "perhaps"]
    #: Whether mailers of some rows may be so thick, in mm.
    MayBe = Callable[[Index, int], Mask]

_TOLERANCE: Final = 1e-9  # only the order of operations may differ
_MOST_SIZES: Final = 24


def check_empty_space(book: Book, parcels: Parcels, contents: Contents, findings: Findings) -> None:
    """No parcel has more empty space than the policy allows."""
    if not book.policy.limits_empty_space:
        return
    limit = float(book.policy.max_empty_space or 0.0)
    inner, outer = volumes_mm3(book, parcels)
    outside = book.policy.max_empty_space_basis == "outer"
    empty = empty_share(contents.lying_mm3, outer if outside else inner)
    findings.add(
        "empty_space",
        contents.known & ~parcels.own & (empty > limit + _TOLERANCE),
        parcels.order,
        lambda row: (
            f"found {empty[row]:.1%} of the {'outer' if outside else 'inner'} volume empty, "
            f"expected at most {limit:.1%}"
        ),
        parcels.number,
    )


def refuses(book: Book, order: Index, package: Index) -> Mask:
    """``(r,)`` whether the limit keeps whole orders from packages.

    Of a mailer, or a package whose size is chosen, this is taken on trust where it breaks the
    limit at its largest: at which size it holds the units, only a plan could tell.
    """
    if not book.policy.limits_empty_space:
        return np.zeros(len(order), np.bool_)
    lines, n = np.arange(book.orders.n_lines), book.orders.n_orders
    count, nested = things(book.orders, lines, book.orders.qty)
    pressed = _pressed(book, lines, nested)
    soft = sums(pressed.prod(axis=1) * count, book.order_of_line, n)
    thin = np.zeros(n, np.int64)
    np.maximum.at(thin, book.order_of_line, _thinnest_mm(book, lines, pressed))
    rigid = book.content_mm3[order]
    sure = _too_empty(book, rigid, soft[order], package, lambda rows, h: thin[order[rows]] <= h)
    # At its largest it breaks the limit: so it may at every size that holds the units.
    catalogue = book.catalogue
    largest = _volume_mm3(book, package, catalogue.inner_mm[package, 2], largest=True)
    content = np.where(is_mailer(catalogue)[package], soft[order], rigid)
    several = is_mailer(catalogue)[package] | book.flexible[package]
    return np.asarray(sure | (several & _is_too_much(book, content, largest)))


def keeps_limit(book: Book, lines: Index, qty: Index, package: int) -> Keeps:
    """Whether a package keeps the limit with some units of lines: in any plan, some or none.

    Parameters
    ----------
    book
        Orders, catalogue and policy.
    lines, qty
        ``(l,)`` order lines, and how many units of each.
    package
        Index of the package.
    """
    if not book.policy.limits_empty_space:
        return "yes"
    count, nested = things(book.orders, lines, qty)
    soft = bool(is_mailer(book.catalogue)[package])
    size = _pressed(book, lines, nested) if soft else _declared(book, lines, nested)
    content = int((size.prod(axis=1) * count).sum())
    thick = np.arange(1, int(book.catalogue.inner_mm[package, 2]) + 1) if soft else np.zeros(1)
    thick = thick.astype(np.int64)
    one = np.full(len(thick), package)
    volumes = np.append(_volume_mm3(book, one, thick), _volume_mm3(book, one, thick, largest=True))
    volumes = volumes[volumes > 0]
    broken = _is_too_much(book, np.full(len(volumes), content), volumes)
    return "no" if broken.all() else "perhaps" if broken.any() else "yes"


def refuses_unit(book: Book, proofs: SimpleProofs, asked: Question, most: Index) -> Mask:
    """``(r,)`` whether the limit keeps units from packages, whatever else is in the parcel.

    Parameters
    ----------
    book, proofs
        Orders, catalogue and policy, and short arguments about the units.
    asked
        Units, or units that are kept together, and packages.
    most
        ``(r, 2)`` volume that a parcel with each of them has at most, as declared and as pressed.
    """

    def may_be(rows: Index, thickness: int) -> Mask:
        each = asked[rows]
        thick = np.full(len(rows), thickness, np.int64)
        return ~proofs.side(Question(each.subject, each.package, thick))

    broken = _too_empty(book, most[:, 0], most[:, 1], asked.package, may_be)
    for package in np.flatnonzero(book.flexible).tolist():
        rows = np.flatnonzero((asked.package == package) & ~broken)
        broken[rows] = _no_size_keeps(book, proofs, asked[rows], most[rows, 0], package)
    return broken


def _no_size_keeps(
    book: Book, proofs: SimpleProofs, asked: Question, most_mm3: Index, package: int
) -> Mask:
    """Whether each size of a package breaks the limit, or is too small; of few sizes only."""
    offered = offered_mm(book.catalogue, package)
    if np.prod([len(sides) for sides in offered]) > _MOST_SIZES:
        return np.zeros(len(most_mm3), np.bool_)
    wall = (book.catalogue.outer_mm[package] - book.catalogue.inner_mm[package]).astype(np.int64)
    outside = book.policy.max_empty_space_basis == "outer"
    none_keeps = np.ones(len(most_mm3), np.bool_)
    for size in itertools.product(*offered):
        inner = np.tile(np.array(size, np.int64), (len(most_mm3), 1))
        volume = (inner + wall if outside else inner).prod(axis=1)
        each = Question(asked.subject, asked.package, asked.thickness_mm, inner)
        none_keeps &= _is_too_much(book, most_mm3, volume) | proofs.side(each)
    return none_keeps


def content_beside_mm3(book: Book, lines: Index) -> Index:
    """``(l, 2)`` volume of all that may share a parcel with units of lines, declared and pressed.

    Units of one order that no rule keeps from each other, nests counted as single units.
    """
    orders = book.orders
    order = book.order_of_line[lines]
    row, other = expand(orders.line_start[order], orders.line_start[order + 1])
    mine = lines[row]
    apart = book.ships_alone[other]
    for _, label, _, counts in labels_apart(book):
        apart |= counts[mine] & counts[other] & (label[mine] != label[other])
    goods = orders.goods_class
    words = np.array([*goods.words, ""])
    for first, second in book.policy.incompatible:
        one, two = words[goods.code[mine]], words[goods.code[other]]
        clash = ((one == first) & (two == second)) | ((one == second) & (two == first))
        apart |= clash & (mine != other)
    near = ~apart | (mine == other)
    size = orders.size_mm[other].astype(np.int64).prod(axis=1)
    pressed = _pressed(book, other).prod(axis=1)
    volume = np.column_stack([size, pressed]) * orders.qty[other, None]
    return sums(volume * near[:, None], row, len(lines))


def content_alone_mm3(book: Book, lines: Index) -> Index:
    """``(l, 2)`` volume of one unit of each line, as declared and pressed."""
    size = book.orders.size_mm[lines].astype(np.int64).prod(axis=1)
    return np.column_stack([size, _pressed(book, lines).prod(axis=1)])


def _too_empty(
    book: Book, rigid_mm3: Index, soft_mm3: Index, package: Index, may_be: MayBe
) -> Mask:
    """Whether packages break the limit: mailers, at every thickness that they may have."""
    soft = is_mailer(book.catalogue)[package]
    nothing = np.zeros_like(package)
    broken = _is_too_much(book, rigid_mm3, _volume_mm3(book, package, nothing))
    broken[soft] = True
    most = book.catalogue.inner_mm[package, 2]
    for thickness in range(1, int(most[soft].max(initial=0)) + 1):
        rows = np.flatnonzero(soft & broken & (most >= thickness))
        volume = _volume_mm3(book, package[rows], np.full(len(rows), thickness, np.int64))
        rows = rows[(volume > 0) & ~_is_too_much(book, soft_mm3[rows], volume)]
        broken[rows[may_be(rows, thickness)]] = False
    return broken


def _is_too_much(book: Book, content_mm3: Index, volume_mm3: Index) -> Mask:
    limit = float(book.policy.max_empty_space or 0.0)
    return np.asarray(empty_share(content_mm3, volume_mm3) > limit, np.bool_)


def _volume_mm3(
    book: Book, package: Index, thickness_mm: NDArray[np.integer], *, largest: bool = False
) -> Index:
    """Volume of packages: of mailers so thick; at the least, or the largest, size there is."""
    catalogue, policy = book.catalogue, book.policy
    outside = policy.max_empty_space_basis == "outer"
    least = book.flexible[package, None] & (not largest)
    inner = np.where(least, catalogue.least_mm[package], catalogue.inner_mm[package])
    inner = inner.astype(np.int64)
    wall = (catalogue.outer_mm - catalogue.inner_mm).astype(np.int64)[package]
    box = inner + wall if outside else inner
    thick = thickness_mm.astype(np.int64)
    lost = allowances_mm(catalogue, policy)[package] + thick[:, None]
    lost = lost if outside else lost + 2 * policy.wall_clearance_mm
    bag = np.column_stack([np.maximum(inner[:, :2] - lost, 0), thick])
    soft = is_mailer(catalogue)[package]
    return np.asarray(np.where(soft[:, None], bag, box).prod(axis=1), np.int64)


def _pressed(book: Book, lines: Index, nested: Index | None = None) -> Index:
    """``(l, 3)`` sides of units, or of nests, as a mailer presses them."""
    soft = np.ones(len(lines), np.bool_)
    return packed_size_mm(book.orders, lines, soft, nested).astype(np.int64)


def _declared(book: Book, lines: Index, nested: Index) -> Index:
    """``(l, 3)`` sides of units, or of nests, as they are."""
    rigid = np.zeros(len(lines), np.bool_)
    return packed_size_mm(book.orders, lines, rigid, nested).astype(np.int64)


def _thinnest_mm(book: Book, lines: Index, pressed_mm: Index) -> Index:
    """Padded thickness of things that lie as flat as can be."""
    return np.asarray(pressed_mm.min(axis=1) + 2 * book.orders.padding_mm[lines], np.int64)
