"""Who may have the hub run something for a finding."""

from headstart.people.rules import Kind, Viewer


def may_ask(viewer: Viewer, *, finder_id: str) -> bool:
    """Whether a viewer who may see a finding may also ask the hub to run something for it.

    The hub may, the finder for its own, and a maintainer whom the finding was shared with: it is their software.
    Every other reader looks on.
    """
    return viewer.is_hub or viewer.organisation_id == finder_id or viewer.kind is Kind.MAINTAINER
