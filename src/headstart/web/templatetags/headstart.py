"""Filters: times with their zone, packages in words, rungs as badges, output bounded."""

from datetime import UTC, datetime, timedelta
from datetime import date as day_of
from zoneinfo import ZoneInfo

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from headstart.packages.errors import PurlInvalid
from headstart.packages.rules.purl import parse
from headstart.reviews.rules import Marking
from headstart.web import drawings, wording
from headstart.web import harmless as looking
from headstart.web.strips import SAYS

register = template.Library()


@register.filter
def moment(at: datetime | None) -> str:
    """A time with its zone: `12 January 2027, 09:00 UTC`."""
    if at is None:
        return ""
    return format_html('<time datetime="{}">{}</time>', at.isoformat(), f"{at.day} {at:%B %Y, %H:%M} UTC")


@register.filter
def date(at: datetime | None) -> str:
    """A date without its weekday: `15 January 2027`."""
    if at is None:
        return ""
    return format_html('<time datetime="{}">{}</time>', at.date().isoformat(), f"{at.day} {at:%B %Y}")


@register.filter
def on(at: day_of | None) -> str:
    """A day that is no moment: `15 January 2027`."""
    if at is None:
        return ""
    return format_html('<time datetime="{}">{}</time>', at.isoformat(), f"{at.day} {at:%B %Y}")


@register.filter
def day(at: datetime | None) -> str:
    """A date: `Friday 15 January 2027`."""
    if at is None:
        return ""
    return format_html('<time datetime="{}">{}</time>', at.date().isoformat(), f"{at:%A} {at.day} {at:%B %Y}")


@register.filter
def zoned(at: datetime | None, zone: str) -> str:
    """A time on the clocks of a zone, with what that is in UTC: `12 January 2027, 04:00 EST (09:00 UTC)`."""
    if at is None:
        return ""
    there, utc = at.astimezone(ZoneInfo(zone)), at.astimezone(UTC)
    beside = f"{utc:%H:%M}" if there.date() == utc.date() else f"{utc.day} {utc:%B, %H:%M}"
    said = f"{there.day} {there:%B %Y, %H:%M %Z}" + ("" if zone == "UTC" else f" ({beside} UTC)")
    return format_html('<time datetime="{}">{}</time>', at.isoformat(), said)


@register.filter
def tlp(marking: Marking) -> SafeString:
    """The label of a marking as TLP 2.0 has it, and whether it is a trade secret."""
    kind = marking.tlp.removeprefix("TLP:").lower().replace("+", "-")
    label = format_html('<span class="hs-tlp hs-tlp--{}">{}</span>', kind, str(marking.tlp))
    if not marking.trade_secret:
        return label
    return format_html('{} <span class="hs-rung">trade secret</span>', label)


@register.filter
def package(text: str) -> str:
    """A purl in words: `jinja2 2.4 (PyPI)`; as it stands where it is none."""
    try:
        purl = parse(text)
    except PurlInvalid:
        return text
    name = f"{purl.namespace}/{purl.name}" if purl.namespace else purl.name
    version = f" {purl.version}" if purl.version else ""
    return f"{name}{version} ({purl.ecosystem})"


@register.filter
def rung(word: str) -> SafeString:
    """A rung, or any other one-word state, as a badge."""
    return format_html('<span class="hs-rung hs-rung--{}">{}</span>', str(word).replace(" ", "-"), word)


@register.filter
def rung_means(word: str) -> str:
    """What a rung means."""
    return wording.RUNGS.get(word, "")


@register.filter
def affected(word: str) -> str:
    """A three-valued answer in words: affected, not affected, unknown."""
    return SAYS.get(word, word)


@register.filter
def stopped(word: str) -> str:
    """Why a search for a smaller trigger ended."""
    return wording.STOPPED.get(word, word)


@register.filter
def consent(word: str) -> str:
    """Where a party stands on the embargo."""
    return wording.CONSENTS.get(word, word)


@register.filter
def effect(word: str) -> str:
    """What the report says the package does."""
    return wording.EXPECTS.get(word, word)


@register.filter
def signed(value: float) -> str:
    """A number on a scale around zero, with its sign, a true minus: `+0.42`."""
    return f"{value:+.2f}".replace("-", "\N{MINUS SIGN}")


@register.filter
def percent(share: float | None) -> str:
    """A share of one as per cent: `35%`; one that has no denominator is not known."""
    return "not known" if share is None else f"{100 * share:.0f}%"


@register.filter
def check(name: str) -> str:
    """What a check of an evaluation looks for."""
    return wording.CHECKS.get(name, name)


@register.filter
def harmless(text: object, most: int = looking.LONGEST) -> str:
    """Text from outside: bounded, and nothing in it hidden, moved or reordered."""
    return looking.harmless(str(text), most)


@register.filter
def size(count: int) -> str:
    """A size in bytes: `812 bytes`, `14.2 KiB`, `3.0 MiB`."""
    if count < 1024:
        return f"{count} byte{'s' * (count != 1)}"
    return f"{count / 1024:.1f} KiB" if count < 1 << 20 else f"{count / (1 << 20):.1f} MiB"


@register.filter
def seconds(count: float) -> str:
    """A time: `6 hours`, `12 minutes`, `40 s`."""
    return wording.left(timedelta(seconds=count)) if count >= 60 else f"{count:g} s"


@register.filter
def of(n: int, total: int) -> SafeString:
    """A count as a bar of its denominator."""
    return drawings.bar(n, total)
