"""The books know of each request whether it reached the endpoint: what did not is not charged."""

import pytest
from tests.gateway.conftest import KEY, Gateway, eventually

from headstart.access.rules import Ending

pytestmark = pytest.mark.enable_socket


def reached(gateway: Gateway) -> list[bool]:
    """Of each request in the books."""
    eventually(lambda: gateway.books.lines and all(each.ended for each in gateway.books.lines))
    return [each.ended.reached for each in gateway.books.lines if each.ended]


def test_an_answer_has_reached_it(gateway: Gateway) -> None:
    assert gateway.ask().status == 200
    assert reached(gateway) == [True]


def test_where_nobody_listens_nothing_arrives(gateway: Gateway) -> None:
    gateway.books.give(KEY, "http://127.0.0.1:1")
    assert gateway.ask().status == 502
    assert reached(gateway) == [False]
    assert gateway.books.endings() == [Ending.UPSTREAM]


@pytest.mark.parametrize("status", [400, 401, 429, 500, 529])
def test_what_the_endpoint_refuses_has_not(gateway: Gateway, status: int) -> None:
    gateway.books.give(KEY, gateway.upstream.at(f"with-status-{status}"))
    assert gateway.ask().status in (status, 502)
    assert reached(gateway) == [False]
