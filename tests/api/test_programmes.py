"""Programmes through the API: for everyone, with or without a token, and no file but those that ship."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client

from headstart.people import services as people
from headstart.reviews.models import Review
from headstart.reviews.work import SHIPPED, programmes

pytestmark = pytest.mark.django_db
NAMES = [each.id for each in programmes()]


@pytest.mark.parametrize("who", [None, "hub", "developer", "operator"])
def test_everyone_reads_the_programmes(cast: Any, client: Client, who: str | None) -> None:
    headers = {}
    if who:
        token = people.give_token(cast.organisation(who), "test", actor=getattr(cast, who))
        headers = {"HTTP_AUTHORIZATION": f"Bearer {token}"}
    told = client.get("/api/programmes", **headers).json()
    assert [each["id"] for each in told] == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_one_is_told_with_every_field_of_its_file(client: Client, name: str) -> None:
    told = client.get(f"/api/programmes/{name}").json()
    (found,) = (each for each in programmes() if each.id == name)
    assert set(told) == set(found.__struct_fields__)
    assert (told["longest_window_days"], told["length_is"]) == (found.longest_window_days, found.length_is)
    assert told["sources"] == list(found.sources)
    assert told["tiers"] == [{"tier": each.tier, "from_day": each.from_day} for each in found.tiers]


def test_two_are_compared_field_by_field(client: Client) -> None:
    told = client.get("/api/programmes/eo14409/differences/eo14409-proposal").json()
    assert {"field": "longest_window_days", "a": 30, "b": 14} in told
    assert {"field": "tiers.defender", "a": 8, "b": 4} in told
    assert client.get("/api/programmes/caisi/differences/caisi").json() == []


@pytest.mark.parametrize("address", ["{}", "{}/differences/caisi", "caisi/differences/{}"])
@pytest.mark.parametrize("name", ["nope", "EO14409", "..", "eo14409.toml", "\x00", "x" * 500])
def test_what_does_not_ship_is_not_there(client: Client, address: str, name: str) -> None:
    answer = client.get(f"/api/programmes/{address.format(quote(name))}")
    assert answer.status_code == 404
    if name not in ("..", "\x00"):
        assert "no such programme; shipped are caisi" in answer.json()["message"]


def test_no_file_of_the_machine_is_opened_for_an_enquiry(cast: Any, client: Client, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text((SHIPPED / "eo14409.toml").read_text())
    token = people.give_token(cast.organisation("developer"), "test", actor=cast.developer)
    for name in (str(path), f"{path}.toml", "../programmes/eo14409.toml"):
        answer = client.post(
            "/api/reviews", {"model_name": "Model 1", "programme": name}, content_type="application/json",
            HTTP_AUTHORIZATION=f"Bearer {token}",
        )  # fmt: skip
        assert answer.json()["code"] in ("programme-not-found", "invalid")
    assert not Review.objects.exists()


def test_nothing_but_reading_is_offered(client: Client) -> None:
    for method in (client.post, client.put, client.patch, client.delete):
        assert method("/api/programmes").status_code == 405
        assert method("/api/programmes/eo14409").status_code == 405
