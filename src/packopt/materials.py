"""Blanks, board, film, tape and filler: the physical formulas of packages, each in one place.

Cartons are FEFCO styles `0201` (slotted carton) and `0427` (roll-over mailer box); mailers are
flat bags `poly`, `bubble` and `paper`. Sides are millimetres in the catalogue's order: length,
width, height for cartons; flat length, flat width, thickness limit for mailers.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import ArrayLike, NDArray

from packopt.errors import PolicyError

CARTON_STYLES = ("0201", "0427")
MAILER_STYLES = ("poly", "bubble", "paper")
FLUTES = ("F", "E", "B", "C", "A", "EB", "BC")
DEFAULT_FLUTE = "B"

_UPPER_LIMIT = 100_000.0
# What is multiplied by empty cubic millimetres is held tighter: costs must stay inside int64.
_UPPER_LIMITS = {"filler_kg_m3": 1000.0, "filler_price_per_litre": 1000.0}
_ABOVE_ZERO = ("flute_", "board_", "poly_film_", "bubble_gsm", "paper_gsm")


def _is_usable(name: str, value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    above_lowest = value > 0 if name.startswith(_ABOVE_ZERO) else value >= 0
    return above_lowest and value <= _UPPER_LIMITS.get(name, _UPPER_LIMIT)


@dataclass(frozen=True, slots=True)
class MaterialSettings:
    """Material constants behind derived tares, tape and filler; every one may be overridden.

    "verified" means that two independent public sources agree, "single" that one was read,
    "derived" that the value was computed from others, "unverified" that no source was reached:
    replace unverified values by your own before reporting mass.

    Attributes
    ----------
    flute_f_mm, flute_e_mm, flute_b_mm, flute_c_mm, flute_a_mm, flute_eb_mm, flute_bc_mm
        Board thickness in mm. A and BC verified, F single (packcalc.com); E, B and C lie inside
        the published ranges 1.2-1.8, 2.5-3.2 and 3.6-4.0 mm (packcalc.com, packnetltd.com,
        ukugi.com); EB unverified.
    board_b_gsm
        515 g/m2, the average of all corrugated board made in Europe; verified (FEFCO Annual
        Statistics 2015). Ten cartons with a stated tare imply 389-603, median 586 g/m2, so the
        default is on the light side for e-commerce: state `grammage_gsm` or `tare_g` where known.
    board_f_gsm, board_e_gsm, board_c_gsm, board_a_gsm, board_eb_gsm, board_bc_gsm
        g/m2, derived. C and A: the papers of the 515 g/m2 B board (153 g/m2 liners and medium,
        8 g/m2 glue) with the take-up of the flute; EB and BC: the same papers with three liners
        and two mediums; E and F: lighter papers (129 g/m2). The take-up factors 1.27 (E), 1.32
        (B), 1.42 (C), 1.54 (A) are unverified.
    joint_mm
        Manufacturer's joint and trim in the blank of a 0201, mm along the blank; verified
        (drumpulper.com; 25 mm is the least, pkgsolutions.co.uk).
    poly_film_um, poly_film_kg_m3
        Film thickness in micrometres, single (customlogothing.com: 2.5 mil); density of LDPE in
        kg/m3, verified.
    bubble_gsm
        g/m2 of one face of a padded mailer: kraft 80 and bubble 50, derived, bubble unverified.
    paper_gsm
        g/m2 of one face of a kraft paper mailer; single (procurapack.co.uk: 90-100 standard).
    poly_flap_mm, bubble_flap_mm, paper_flap_mm
        Closing flap beyond the flat length, mm; derived from trade sizes of 1.5 to 2 inches.
    tape_strips, tape_leg_mm
        Strips along the main seam (top and bottom) and how far each end of a strip runs down
        the side, mm: 2 strips and 70 mm legs give `2 L + 0.28` m; single (ipcinc.com).
    tape_g_per_m
        g per metre of tape 48 mm wide and 48 um thick at 920 kg/m3; derived.
    tape_price_per_m, filler_price_per_litre
        Money in the catalogue's currency; 0 by default because prices are the user's own.
    filler_kg_m3
        Mass of void fill per volume filled, kg/m3: crumpled paper 8 (plausible range 5-15),
        unverified. Air pillows are about 1.8 and loose EPS 4, unverified.
    """

    flute_f_mm: float = 0.8
    flute_e_mm: float = 1.6
    flute_b_mm: float = 3.0
    flute_c_mm: float = 4.0
    flute_a_mm: float = 4.8
    flute_eb_mm: float = 4.5
    flute_bc_mm: float = 7.0
    board_f_gsm: float = 430.0
    board_e_gsm: float = 430.0
    board_b_gsm: float = 515.0
    board_c_gsm: float = 530.0
    board_a_gsm: float = 550.0
    board_eb_gsm: float = 870.0
    board_bc_gsm: float = 890.0
    joint_mm: float = 50.0
    poly_film_um: float = 63.5
    poly_film_kg_m3: float = 920.0
    bubble_gsm: float = 130.0
    paper_gsm: float = 90.0
    poly_flap_mm: float = 40.0
    bubble_flap_mm: float = 38.0
    paper_flap_mm: float = 50.0
    tape_strips: float = 2.0
    tape_leg_mm: float = 70.0
    tape_g_per_m: float = 2.1
    tape_price_per_m: float = 0.0
    filler_kg_m3: float = 8.0
    filler_price_per_litre: float = 0.0

    def __post_init__(self) -> None:
        """Check every setting.

        Raises
        ------
        PolicyError
            Where a setting is not a finite number in its range; all bad ones are listed.
        """
        problems = [
            f"field {field.name}: found {getattr(self, field.name)!r}, expected a number "
            f"{'above' if field.name.startswith(_ABOVE_ZERO) else 'from'} 0 and at most "
            f"{_UPPER_LIMITS.get(field.name, _UPPER_LIMIT):,.0f}; correct it or leave it out "
            f"for the default {field.default}"
            for field in fields(self)
            if not _is_usable(field.name, getattr(self, field.name))
        ]
        if problems:
            raise PolicyError("materials", problems)

    def flute_mm(self, flute: str) -> float:
        """Board thickness of a flute in mm; an empty flute counts as B."""
        return float(getattr(self, f"flute_{_known_flute(flute)}_mm"))

    def face_gsm(self, style: str, flute: str) -> float:
        """Default g/m2 of a package's board (cartons, by flute) or of one face (mailers)."""
        if style == "poly":
            return self.poly_film_um * self.poly_film_kg_m3 / 1000.0
        if style in MAILER_STYLES:
            return float(getattr(self, f"{style}_gsm"))
        return float(getattr(self, f"board_{_known_flute(flute)}_gsm"))


DEFAULTS = MaterialSettings()


def _known_flute(flute: str) -> str:
    name = flute or DEFAULT_FLUTE
    if name not in FLUTES:
        raise ValueError(
            f"flute: found {flute!r}, expected one of {', '.join(FLUTES)} or empty; "
            "correct it, or state tare and outer sizes and leave the flute empty"
        )
    return name.lower()


def _sides(inner_mm: ArrayLike) -> NDArray[np.float64]:
    return np.asarray(inner_mm, dtype=np.float64).reshape(-1, 3)


def blank_area_m2(
    style: Sequence[str], inner_mm: ArrayLike, settings: MaterialSettings = DEFAULTS
) -> NDArray[np.float64]:
    """Area of the flat material of each package.

    0201: `(2 (L + W) + joint) (W + H)` with W the shorter side of the opening, since the flaps
    that meet are half of it (drumpulper.com). 0427: net area of all panels, roll-over sides,
    corner flaps and lid ears, `2 L W + 3 L H + 4 H W + 4 H^2 + 1.8 W H` (own derivation from
    the style). Mailers: two faces, `2 W (L + flap)`.

    Parameters
    ----------
    style
        Style per package, n of them.
    inner_mm
        Inner sides in mm, shape `(n, 3)`: length, width, height; mailers: flat length, flat
        width, thickness limit.
    settings
        Material settings.

    Returns
    -------
    Area in m2, shape `(n,)`.

    Raises
    ------
    ValueError
        Where a style is unknown.
    """
    rows = _sides(inner_mm).tolist()
    areas = [_area_mm2(name, row, settings) for name, row in zip(style, rows, strict=True)]
    return np.array(areas, dtype=np.float64) / 1e6


def _area_mm2(style: str, sides_mm: list[float], settings: MaterialSettings) -> float:
    length, width, height = sides_mm
    if style == "0201":
        return (2 * (length + width) + settings.joint_mm) * (min(length, width) + height)
    if style == "0427":
        panels = 2 * length * width + 3 * length * height + 4 * height * width
        return panels + 4 * height**2 + 1.8 * width * height
    if style in MAILER_STYLES:
        return 2 * width * (length + float(getattr(settings, f"{style}_flap_mm")))
    raise ValueError(
        f"style: found {style!r}, expected one of "
        f"{', '.join(CARTON_STYLES + MAILER_STYLES)}; correct it, or state tare and outer sizes"
    )


def derived_tare_g(
    kind: ArrayLike,
    style: Sequence[str],
    inner_mm: ArrayLike,
    flute: Sequence[str],
    grammage_gsm: ArrayLike,
    settings: MaterialSettings = DEFAULTS,
) -> NDArray[np.float64]:
    """Mass of each empty package without tape: area times grammage.

    Parameters
    ----------
    kind
        0 for cartons, 1 for mailers, shape `(n,)`; must agree with `style`.
    style
        Style per package.
    inner_mm
        Inner or flat sides in mm, shape `(n, 3)`.
    flute
        Flute per package; empty counts as B, ignored for mailers.
    grammage_gsm
        Stated g/m2 of the board, or of one face of a mailer; NaN takes the default.
    settings
        Material settings.

    Returns
    -------
    Tare in g, shape `(n,)`.

    Raises
    ------
    ValueError
        Where a style or flute is unknown, or a carton style is given to a mailer.
    """
    is_mailer = np.asarray(kind).reshape(-1) == 1
    for name, mailer in zip(style, is_mailer.tolist(), strict=True):
        if (name in MAILER_STYLES) != mailer:
            raise ValueError(
                f"style: found {name!r} on a {'mailer' if mailer else 'carton'}, expected one of "
                f"{', '.join(MAILER_STYLES if mailer else CARTON_STYLES)}; correct kind or style"
            )
    stated = np.asarray(grammage_gsm, dtype=np.float64).reshape(-1)
    default = np.array([settings.face_gsm(s, f) for s, f in zip(style, flute, strict=True)])
    gsm = np.where(np.isnan(stated), default.reshape(-1), stated)
    return np.asarray(blank_area_m2(style, inner_mm, settings) * gsm, dtype=np.float64)


def derived_outer_mm(
    style: Sequence[str],
    inner_mm: ArrayLike,
    flute: Sequence[str],
    settings: MaterialSettings = DEFAULTS,
) -> NDArray[np.int32]:
    """Outer sides of each package, rounded up to whole mm.

    With board thickness t: 0201 adds `2t, 2t, 4t` to length, width, height (homesteady.com,
    pack-design.com); 0427 adds `4t, 2t, 2t`, its roll-over sides being double. A mailer keeps
    its flat sides and thickness limit.

    Parameters
    ----------
    style
        Style per package.
    inner_mm
        Inner or flat sides in mm, shape `(n, 3)`.
    flute
        Flute per package; empty counts as B.
    settings
        Material settings.

    Returns
    -------
    Outer sides in mm, shape `(n, 3)`.

    Raises
    ------
    ValueError
        Where a flute is unknown.
    """
    walls = {"0201": (2.0, 2.0, 4.0), "0427": (4.0, 2.0, 2.0)}
    added = np.array(
        [
            [count * settings.flute_mm(f) for count in walls[s]] if s in walls else [0.0] * 3
            for s, f in zip(style, flute, strict=True)
        ]
    ).reshape(-1, 3)
    # 1e-6 mm absorbs binary fractions: 100 + 4 * 3.2 must not become 113.000000001 and then 114.
    outer: NDArray[np.int32] = np.ceil(_sides(inner_mm) + added - 1e-6).astype(np.int32)
    return outer


def tape_m(
    closure: Sequence[str], inner_mm: ArrayLike, settings: MaterialSettings = DEFAULTS
) -> NDArray[np.float64]:
    """Metres of tape on each package: only closure `tape` takes any.

    Each strip follows the seam along the longer side of the opening and runs down both ends:
    `strips (L + 2 leg)` (ipcinc.com: top and bottom strip, four legs of 2.75 inches).

    Parameters
    ----------
    closure
        Closure per package.
    inner_mm
        Inner sides in mm, shape `(n, 3)`.
    settings
        Material settings.

    Returns
    -------
    Tape in m, shape `(n,)`.
    """
    seam_mm = _sides(inner_mm)[:, :2].max(axis=1)
    strips = np.array([settings.tape_strips if name == "tape" else 0.0 for name in closure])
    return np.asarray(strips * (seam_mm + 2.0 * settings.tape_leg_mm) / 1000.0, dtype=np.float64)


def fill_g(
    empty_mm3: ArrayLike, kind: ArrayLike, settings: MaterialSettings = DEFAULTS
) -> NDArray[np.float64]:
    """Mass of the void fill in parcels: density times empty space, nothing in mailers.

    Parameters
    ----------
    empty_mm3
        Inner volume minus content in mm3, any shape.
    kind
        0 for cartons, 1 for mailers, of a shape that broadcasts.
    settings
        Material settings.

    Returns
    -------
    Fill in g, never negative.
    """
    grams = np.maximum(np.asarray(empty_mm3, dtype=np.float64), 0.0) * settings.filler_kg_m3 * 1e-6
    return np.where(np.asarray(kind) == 1, 0.0, grams)
