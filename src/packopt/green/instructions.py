"""Packing instructions in words, worked out from the policy and the packages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packopt.catalogue import MAILER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from packopt.catalogue import Catalogue
    from packopt.policy import Policy


def instructions(catalogue: Catalogue, policy: Policy) -> list[dict[str, str]]:
    """What packers are to do.

    Parameters
    ----------
    catalogue, policy
        The packages and the rules.

    Returns
    -------
    For each instruction, the sentence in English (``en``) and in Chinese (``zh``).
    """
    pairs = [*_choice(policy), *_handling(policy), *_closing(catalogue, policy)]
    return [{"en": english, "zh": chinese} for english, chinese in pairs]


def _choice(policy: Policy) -> Iterator[tuple[str, str]]:
    goal = {
        "material": ("least mass of packaging", "包装材料质量最小"),
        "volume": ("least outer volume", "外部体积最小"),
        "cost": ("least cost", "成本最低"),
        "co2e": ("least greenhouse gas of packaging", "包装温室气体排放最少"),
    }[policy.objective]
    yield (
        f"Take the package that packopt names: of those that hold the goods, the one of {goal[0]}.",
        f"使用系统推荐的包装：在能容纳商品的包装中{goal[1]}者。",
    )
    if policy.own_container == "always":
        yield (
            "Goods that may ship in their own container get no second package.",
            "可原包装直发的商品不再二次包装。",
        )
    yield (
        "Fewest parcels first: split an order only where the plan says so."
        if policy.parcel_price is None
        else f"A further parcel counts {policy.parcel_price:g} in the objective's unit.",
        "优先合并发货，仅按方案拆分包裹。"
        if policy.parcel_price is None
        else f"每增加一个包裹按 {policy.parcel_price:g}（目标单位）计算。",
    )
    for first, second in policy.incompatible:
        yield (
            f"Never pack {first} and {second} together.",
            f"{first} 与 {second} 不得同包裹。",
        )


def _handling(policy: Policy) -> Iterator[tuple[str, str]]:
    if policy.handling == "default":
        yield (
            "Every unit rests on the floor or on others, nothing on fragile ones; keep the loads.",
            "每件商品应有支撑；易碎品上不得放置物品，不得超过允许承重。",
        )
    if policy.min_support > 0:
        yield (
            f"At least {policy.min_support:.0%} of the base of each unit rests on something.",
            f"每件商品底面至少 {policy.min_support:.0%} 有支撑。",
        )
    if policy.wall_clearance_mm:
        yield (
            f"Keep {policy.wall_clearance_mm} mm free along every wall.",
            f"四周内壁留出 {policy.wall_clearance_mm} 毫米。",
        )
    yield (
        "Fragile goods, and goods marked so, do not travel in mailers.",
        "易碎品及标注不可用袋的商品不得使用快递袋。",
    )


def _closing(catalogue: Catalogue, policy: Policy) -> Iterator[tuple[str, str]]:
    strips, leg = f"{policy.materials.tape_strips:g}", f"{policy.materials.tape_leg_mm:g}"
    if "tape" in catalogue.closure:
        yield (
            f"Tape: {strips} strips along the main seam, {leg} mm down each side, and no more.",
            f"胶带封箱：沿主封口 {strips} 条，两端各下垂 {leg} 毫米，不得加贴。",
        )
    if any(closure != "tape" for closure in catalogue.closure):
        yield (
            "Self-locking and adhesive closures get no tape.",
            "自锁及自粘封口不使用胶带。",
        )
    if (catalogue.kind != MAILER).any():
        yield (
            "Fill only the empty space of cartons, and only as far as goods would move.",
            "仅填充纸箱空隙，以商品不晃动为限。",
        )
    if (catalogue.max_content_g >= 0).any():
        yield (
            "Never exceed the heaviest content of a package.",
            "不得超过包装的最大承重。",
        )
