"""Materials by which mass is told and emissions are known, and words of catalogues for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from packopt.spelling import small_letters

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

#: Keys of materials; "board" is corrugated board, "other" is whatever else there is.
MATERIALS: Final = ("board", "paper", "ldpe", "hdpe", "pp", "ps", "pet", "pvc", "eps", "other")
PLASTICS: Final = ("ldpe", "hdpe", "pp", "ps", "pet", "pvc", "eps")

_KEY_OF: Final = {
    **{key: key for key in MATERIALS},
    "corrugated board": "board",
    "corrugated cardboard": "board",
    "corrugated fiberboard": "board",
    "corrugated fibreboard": "board",
    "corrugated": "board",
    "cardboard": "board",
    "kraft paper": "paper",
    "kraft": "paper",
    "recycled paper": "paper",
    "ldpe film": "ldpe",
    "lldpe": "ldpe",
    "lldpe film": "ldpe",
    "polyethylene film": "ldpe",
    "pe film": "ldpe",
    "hdpe film": "hdpe",
    "polypropylene": "pp",
    "polystyrene": "ps",
    "expanded polystyrene": "eps",
}
#: Kraft of 80 g/m2 on bubble film of 50 g/m2, as in `packopt.materials.MaterialSettings`.
_BUBBLE: Final = {"paper": 80 / 130, "ldpe": 50 / 130}
_OF_STYLE: Final[Mapping[str, Mapping[str, float]]] = {
    "0201": {"board": 1.0},
    "0427": {"board": 1.0},
    "poly": {"ldpe": 1.0},
    "bubble": _BUBBLE,
    "paper": {"paper": 1.0},
}


def material_key(word: str) -> str:
    """The key of a material that a catalogue names; "other" for words that are not known.

    Parameters
    ----------
    word
        Such as "corrugated board", in any case.
    """
    return _KEY_OF.get(small_letters(word), "other")


def material_shares(
    words: Sequence[str], styles: Sequence[str], plastic: ArrayLike
) -> NDArray[np.float64]:
    """Shares of each package's mass by material.

    A package is of the material that it states, and of its style's where it states none: cartons
    of corrugated board, poly mailers of LDPE, paper mailers of paper. A bubble mailer of paper
    and plastic is of both, 80 to 50.

    Parameters
    ----------
    words
        ``k`` materials as stated; "" where not.
    styles
        ``k`` styles as in `packopt.materials`.
    plastic
        ``(k,)`` whether each package contains plastic.

    Returns
    -------
    Shares, shape ``(k, len(MATERIALS))``; each row adds up to 1.
    """
    shares = np.zeros((len(styles), len(MATERIALS)))
    has_plastic = np.asarray(plastic, dtype=np.bool_).tolist()
    for row, (word, style, mixed) in enumerate(zip(words, styles, has_plastic, strict=True)):
        for key, share in _shares(word, style, mixed=mixed).items():
            shares[row, MATERIALS.index(key)] = share
    return shares


def _shares(word: str, style: str, *, mixed: bool) -> Mapping[str, float]:
    if not word.strip():
        return _OF_STYLE[style]
    key = material_key(word)
    if style == "bubble" and mixed and key in _BUBBLE:
        return _BUBBLE
    return {key: 1.0}


def is_of_its_style(words: Sequence[str], styles: Sequence[str]) -> NDArray[np.bool_]:
    """Whether each package is of the material by which its style's mass is derived, ``(k,)``.

    The mass of a carton is derived as that of corrugated board: of a crate of polypropylene it
    must be stated.

    Parameters
    ----------
    words, styles
        As in `material_shares`.
    """
    return np.array(
        [
            not word.strip() or material_key(word) in _OF_STYLE[style]
            for word, style in zip(words, styles, strict=True)
        ],
        dtype=np.bool_,
    )
