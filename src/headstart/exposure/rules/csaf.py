"""What a CSAF document asks about (CSAF 2.0): its affected products that have a purl."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from headstart.exposure.rules.hits import Interest
from headstart.packages.errors import PurlInvalid, RangeInvalid
from headstart.packages.rules.purl import Purl, parse
from headstart.packages.rules.ranges import Interval, Range, parse_vers

DEPTH = 64
AFFECTED = ("known_affected", "first_affected", "last_affected")  # section 3.2.3.9


@dataclass(frozen=True, slots=True, kw_only=True)
class _Product:
    purl: Purl
    range: Range | None


def tracking_id(document: Mapping[str, Any]) -> str:
    """The document's own name (section 3.2.1.12.4); empty where it has none."""
    head = document.get("document")
    tracking = head.get("tracking") if isinstance(head, Mapping) else None
    return str(tracking.get("id") or "") if isinstance(tracking, Mapping) else ""


def interests(document: Mapping[str, Any]) -> tuple[list[Interest], str]:
    """The interests of a document, and why it has fewer than it names affected products (empty: it has not).

    A product's releases are its branch's `vers` range (section 3.1.2.2, `product_version_range`), or else the version
    in its purl; with neither they are unknown.
    """
    name = tracking_id(document)
    if not name:
        return [], "has no tracking id: it is no CSAF document"
    products = dict(_products(document.get("product_tree") or {}))
    asked: dict[str, None] = {}
    for vulnerability in document.get("vulnerabilities") or ():
        status = vulnerability.get("product_status") or {}
        for word in AFFECTED:
            asked.update(dict.fromkeys(status.get(word) or ()))
    found = [
        Interest(id=name, purl=products[each].purl, range=products[each].range)
        for each in asked
        if each in products
    ]
    if len(found) < len(asked):
        return found, f"names {len(asked) - len(found)} affected products that have no purl"
    return found, "" if found else "names no affected product"


def _products(tree: Mapping[str, Any]) -> Iterator[tuple[str, _Product]]:
    for each in tree.get("full_product_names") or ():
        yield from _product(each, None)
    layer: list[Mapping[str, Any]] = [*(tree.get("branches") or ())]
    for _ in range(DEPTH):
        below: list[Mapping[str, Any]] = []
        for branch in layer:
            if isinstance(branch.get("product"), Mapping):
                yield from _product(branch["product"], branch)
            below += branch.get("branches") or ()
        if not below:
            return
        layer = below
    raise ValueError(f"branches are nested more than {DEPTH} deep")


def _product(product: Mapping[str, Any], branch: Mapping[str, Any] | None) -> Iterator[tuple[str, _Product]]:
    helper = product.get("product_identification_helper") or {}
    try:
        purl = parse(str(helper.get("purl") or ""))
    except PurlInvalid:
        return
    yield str(product.get("product_id")), _Product(purl=purl.without_version, range=_range(purl, branch))


def _range(purl: Purl, branch: Mapping[str, Any] | None) -> Range | None:
    said = str(branch.get("name") or "") if branch else ""
    if said.startswith("vers:"):
        try:
            return parse_vers(said)
        except RangeInvalid:
            return None
    if purl.version is None:
        return None
    only = Interval(introduced=purl.version, last_affected=purl.version)
    return Range(ecosystem=purl.ecosystem, intervals=(only,))
