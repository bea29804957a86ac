"""How the figures came about: sides, intervals, factors, billing; and what they do not say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from markupsafe import Markup

from packopt.report.answer import baseline_kind
from packopt.report.blocks import Block, Bullets, Heading, Section, Terms
from packopt.report.sentences import sentence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from packopt.report.blocks import Text
    from packopt.report.material import Material

_DEPENDS: Final = ("baseline", "sizes", "masses", "filler", "prices", "factors", "weights")
_LIMITS: Final = ("rigid", "handling", "packers", "law", "interval", "sku")
_CODE: Final = Markup("<code>{}</code>")


def method(material: Material) -> Section:
    """The section on method."""
    words = material.words
    blocks: list[Block] = [
        Terms(list(_terms(material))),
        Heading(words("method.depends_heading")),
        Bullets([words(f"depends.{one}") for one in _DEPENDS]),
    ]
    return Section("method", words("method.name"), words("method.heading"), blocks)


def limits(material: Material) -> Section:
    """The section on what the figures do not say."""
    words = material.words
    items = [words(f"limits.{one}") for one in _LIMITS]
    return Section("limits", words("limits.name"), words("limits.heading"), [Bullets(items)])


def _terms(material: Material) -> Iterator[tuple[Text, Text]]:
    words, about = material.words, material.about
    kind, argument = baseline_kind(material)
    yield words("method.before"), words(f"baseline_how.{kind}", name=argument)
    yield words("method.verified"), words("method.verified_how")
    objective = words.name("objective", about["policy"]["objective"])
    yield words("method.after"), words("method.after_how", objective=objective)
    yield words("method.interval"), _interval(material)
    yield words("method.factors"), _factors(material, about["terms"].get("factors"))
    yield words("method.billing"), _billing(material, about["terms"].get("billing_rule"))
    currency = about.get("currency")
    yield words("method.currency"), currency or words("page.unknown")
    yield (
        words("method.materials"),
        words(
            "method.materials_how",
            tape=words.name("material", about["terms"]["tape_material"]),
            filler=words.name("material", about["terms"]["filler_material"]),
        ),
    )
    yield words("method.catalogue"), _CODE.format(about["catalogues"]["plan"])
    if about["catalogues"]["baseline"] != about["catalogues"]["plan"]:
        yield words("method.baseline_catalogue"), _CODE.format(about["catalogues"]["baseline"])
    yield words("method.version"), words("method.version_how", version=about["packopt_version"])


def _interval(material: Material) -> Markup:
    words, shown, about = material.words, material.shown, material.about["bootstrap"]
    by = about.get("cluster_by")
    return words(
        f"method.interval_{'date' if by == 'date' else 'order'}",
        confidence=shown.share("about.confidence", "", about["confidence"], places=0),
        resamples=shown.counted("about.resamples", "", about["resamples"], "resample"),
        clusters=shown.counted("about.clusters", "", about["clusters"], "cluster"),
        method=words.name("interval_method", about["method"]),
        seed=shown.count("about.seed", "", about["seed"]),
    )


def _factors(material: Material, factors: dict[str, Any] | None) -> Markup:
    words = material.words
    if not factors:
        return words("method.no_factors")
    told = words(
        "method.factors_how",
        name=factors["name"],
        source=sentence(words, factors["source"]),
        year=factors["year"],
        boundary=sentence(words, factors["boundary"]),
    )
    if not factors.get("covered_only"):
        return told
    covered = [words.name("material", one) for one in factors["covers"]]
    return told + words("method.covered_only", covered=words.listed(covered))


def _billing(material: Material, rule: dict[str, Any] | None) -> Markup:
    words = material.words
    if not rule:
        return words("method.no_billing")
    return words(
        "method.billing_how",
        name=rule["name"],
        version=rule["version"],
        start=words.day(rule["valid_from"]),
    )
