"""Programmes on pages: for everyone, with their sources, side by side."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from playwright.sync_api import Page, expect
from tests.web.looks import looked_at

from headstart.reviews.work import SHIPPED, programmes

pytestmark = pytest.mark.django_db
NAMES = [each.id for each in programmes()]


def words(client: Client, address: str, status: int = 200) -> str:
    """A page's text, without its tags."""
    answer = client.get(address)
    assert answer.status_code == status
    text = re.sub(r"<[^>]*>", " ", answer.content.decode())
    for entity, shown in (("&#x27;", "'"), ("&amp;", "&"), ("&quot;", '"')):
        text = text.replace(entity, shown)
    return " ".join(text.split())


def test_the_list_is_everyones_and_says_which_lengths_are_assumed(client: Client) -> None:
    said = words(client, "/programmes/")
    for each in programmes():
        assert each.name in said
    assert said.count("(assumed: no public page says how long)") == 3
    assert (
        said.count("It binds nobody now."),
        said.count("Its law binds the developer; nothing here does."),
    ) == (1, 1)
    assert "no file can hold a release back" in said


@pytest.mark.parametrize("name", NAMES)
def test_a_page_shows_terms_sources_and_what_is_weak(client: Client, name: str) -> None:
    said = words(client, f"/programmes/{name}/")
    (found,) = (each for each in programmes() if each.id == name)
    for each in (found.name, found.legal_basis, found.authority, *found.terms, *found.firm, *found.weak):
        assert each in said
    assert "The developer may release its model on any of them." in said
    assert "Nothing of that is public." in said
    assert "How it is marked: the day on which its release is planned TLP:AMBER+STRICT" in said


def test_two_are_shown_side_by_side_where_they_part_ways(client: Client) -> None:
    said = words(client, "/programmes/compare?a=eo14409&b=eo14409-draft")
    assert "Longest window, in days 30 90" in said
    assert "Status in force draft" in said
    assert "Director of the National Security Agency" not in said  # both have the same
    assert "caisi and caisi have the same rules" in words(client, "/programmes/compare?a=caisi&b=caisi")


@pytest.mark.parametrize("name", ["nope", "EO14409", "eo14409.toml", "x" * 500, "<script>alert(1)</script>"])
def test_what_does_not_ship_is_not_there(client: Client, name: str) -> None:
    for address in (f"/programmes/{quote(name, safe='')}/", f"/programmes/compare?a=caisi&b={quote(name)}"):
        answer = client.get(address)
        assert answer.status_code == 404
        assert b"<script>alert" not in answer.content


@pytest.mark.parametrize(
    "address", ["/programmes/compare", "/programmes/compare?a=caisi", "/programmes/compare?b=%00"]
)
def test_half_a_comparison_is_refused_in_a_line(client: Client, address: str) -> None:
    assert "no such programme; shipped are" in words(client, address, status=404)


def test_a_form_opens_no_file_of_the_machine(
    cast: Any, seat: Callable[[str], Client], tmp_path: Path
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text((SHIPPED / "eo14409.toml").read_text())
    for name in (str(path), f"{path}.toml", "../programmes/eo14409.toml.toml"):
        answer = seat("developer").post("/reviews/new", {"model_name": "Model 1", "programme": name})
        assert answer.status_code == 404


def test_every_page_leads_to_them(client: Client) -> None:
    assert b'href="/programmes/"' in client.get("/programmes/").content


@pytest.mark.browser
@pytest.mark.enable_socket
@pytest.mark.parametrize(("width", "script"), [(1280, True), (360, False)])
def test_somebody_without_a_seat_compares_two_by_keyboard(
    look: Callable[..., Page], width: int, script: bool
) -> None:
    page = look(None, "/programmes/", width=width, script=script)
    page.get_by_role("link", name="Executive Order 14409: voluntary framework").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("voluntary framework")
    expect(page.get_by_label("The first")).to_have_value("eo14409")
    page.get_by_label("The second").select_option("eo14409-draft")
    page.get_by_role("button", name="Compare").focus()
    page.keyboard.press("Enter")
    row = page.get_by_role("row", name="Longest window, in days")
    expect(row.get_by_role("cell")).to_have_text(["30", "90"])
    if script:
        for address in ("/programmes/", "/programmes/eo14409/", "/programmes/compare?a=eo14409&b=eu-ai-act"):
            page.goto(page.url.split("/programmes")[0] + address)
            looked_at(page, f"programmes-{len(address)}")
