"""Which component is affected by what: the rule itself, one pair at a time.

`headstart.exposure.work.matching` gives the same answers for millions of pairs; a property test holds it to this page.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from headstart.exposure.rules.components import Component
from headstart.packages.rules import versions
from headstart.packages.rules.purl import Purl
from headstart.packages.rules.ranges import Affected, Range


@dataclass(frozen=True, slots=True, kw_only=True)
class Interest:
    """What an advisory says of one package. `range` None: it does not say which releases are affected."""

    id: str
    purl: Purl
    range: Range | None

    @property
    def package(self) -> str:
        """The canonical purl without version, as `Component.package` has it."""
        return str(self.purl.without_version)

    @property
    def bare_names(self) -> frozenset[str]:
        """The names by which a document that states no ecosystem may call the package, in lower case."""
        space, name = self.purl.namespace, self.purl.name
        forms = (name,) if space is None else (f"{space}/{name}", f"{space}:{name}")
        return frozenset(each.lower() for each in forms)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """An inventory holds a component that an advisory affects, or may affect."""

    advisory: str
    inventory: str
    component: Component
    affected: Affected
    fixed: str | None
    """The next release that is not affected, where the advisory names one."""


def judge(interest: Interest, component: Component) -> Affected:
    """Whether a component is affected; never "no" for want of knowledge.

    A component whose document states no ecosystem may be the package if it has its name: then what would be a "yes"
    is "unknown". A version that the range excludes is a "no" whatever the component is.
    """
    if component.package is not None:
        return _by_version(interest, component) if component.package == interest.package else Affected.NO
    if component.name.lower() not in interest.bare_names:
        return Affected.NO
    return Affected.NO if _by_version(interest, component) is Affected.NO else Affected.UNKNOWN


def _by_version(interest: Interest, component: Component) -> Affected:
    if component.version is None or interest.range is None:
        return Affected.UNKNOWN
    return interest.range.contains(component.version)


def fix_for(affected: Range | None, version: str | None) -> str | None:
    """The release to update to: the end of the interval that holds `version`, or else the newest fix that is named.

    None: the advisory names no release that mends it.
    """
    if affected is None:
        return None
    fixes = [each.fixed for each in affected.intervals if each.fixed is not None]
    here = versions.key(affected.ecosystem, version) if version is not None else None
    if here is None:
        return versions.order(affected.ecosystem, fixes)[-1] if fixes else None
    for fix in versions.order(affected.ecosystem, fixes):
        there = versions.key(affected.ecosystem, fix)
        if there is not None and there > here:
            return fix
    return None


def plain(
    inventories: Iterable[tuple[str, Iterable[Component]]], interests: Iterable[Interest]
) -> Iterator[Hit]:
    """Every hit, by judging every pair: the plain loop that anything faster must agree with."""
    asked = tuple(interests)
    for inventory, components in inventories:
        for component in components:
            for interest in asked:
                affected = judge(interest, component)
                if affected is not Affected.NO:
                    fixed = fix_for(interest.range, component.version)
                    yield Hit(
                        advisory=interest.id,
                        inventory=inventory,
                        component=component,
                        affected=affected,
                        fixed=fixed,
                    )
