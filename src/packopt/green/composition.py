"""What packages are made of, and the categories that materials are reported in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from packopt.factors import MATERIALS as TOLD_APART
from packopt.factors import PLASTICS, material_shares
from packopt.green.inputs.vocabulary import CATEGORIES

if TYPE_CHECKING:
    from packopt.catalogue import Catalogue

#: Words of catalogues, in lower case, for what masses elsewhere call "other".
_OTHERS: Final = {
    "glass": "glass",
    "wood": "wood",
    "plywood": "wood",
    "steel": "steel",
    "iron": "steel",
    "aluminium": "aluminium",
    "aluminum": "aluminium",
    "pla": "pla",
    "plastic": "plastic",
}
#: Category of EU 2025/40 Annex IX of each material.
CATEGORY: Final = {
    "board": "paper_cardboard",
    "paper": "paper_cardboard",
    **dict.fromkeys((*PLASTICS, "pla", "plastic"), "plastic"),
    "glass": "glass",
    "wood": "wood",
    "steel": "ferrous_metal",
    "aluminium": "aluminium",
    "other": "other",
}
#: Code of UK pEPR of each category.
UK_CODE: Final = dict(zip(CATEGORIES, ("GL", "PL", "PC", "ST", "AL", "WD", "OT"), strict=True))


def package_materials(catalogue: Catalogue) -> list[dict[str, float]]:
    """The materials of each package, by share of its mass.

    As `packopt.factors.material_shares` has them; what is "other" there is told apart by the
    catalogue's word.

    Parameters
    ----------
    catalogue
        The packages.

    Returns
    -------
    For each package, share by material; the shares of a package are 1 together.
    """
    shares = material_shares(catalogue.material, catalogue.style, catalogue.plastic)
    return [
        {
            _OTHERS.get(word.strip().lower(), key) if key == "other" else key: float(share)
            for key, share in zip(TOLD_APART, row, strict=True)
            if share > 0
        }
        for word, row in zip(catalogue.material, shares, strict=True)
    ]
