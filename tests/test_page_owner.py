"""Each browser has a secret of its own, which it keeps."""

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from rag.page.owner import NAME, Owned, owner_of


def page(request: object) -> PlainTextResponse:
    return PlainTextResponse("page")


@pytest.fixture
def app() -> Owned:
    return Owned(Starlette(routes=[Route("/", page), Route("/other", page)]))


def test_the_page_brings_a_secret_that_scripts_cannot_read(app: Owned) -> None:
    one, other = (TestClient(app).get("/") for _ in range(2))

    assert owner_of(one.cookies)
    assert one.cookies[NAME] != other.cookies[NAME]
    assert "HttpOnly; SameSite=Lax" in one.headers["set-cookie"]
    assert one.headers["cache-control"] == "no-store"


def test_a_secret_stays_the_same(app: Owned) -> None:
    browser = TestClient(app)

    first = browser.get("/").cookies[NAME]

    assert browser.get("/").cookies[NAME] == first
    assert "set-cookie" not in browser.get("/other").headers


@pytest.mark.parametrize("guess", ["", "me", "x" * 42, "x" * 44, "é" * 43], ids=repr)
def test_a_secret_that_is_not_ours_is_none(guess: str) -> None:
    assert owner_of({NAME: guess}) == ""
