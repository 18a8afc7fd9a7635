"""The documents' files over HTTP: added as they come, refused before their bytes are kept, removed, and never by another web page."""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from test_service import serving

from rag.embedding import Embedder, MultilingualEncoder
from rag.library import Library
from rag.service import library as files
from rag.service.library import LibraryState
from tests.conftest import make_assistant

GAMMA = "# Gamma report\n\nA ferry sank near Iquique in 2021. Nine sailors were rescued.\n"
OPEN_SECONDS = 240.0


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + OPEN_SECONDS
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


@pytest.fixture
def client(tiny: Path, embedder: Embedder, encoder: MultilingualEncoder) -> Iterator[httpx.Client]:
    """Of a service over the tiny corpus, whose files may be changed."""
    assistant = make_assistant(tiny / "index", tiny / "corpus", embedder, encoder)
    with (
        Library(tiny / "corpus", tiny / "index", poll=0.1, swapped=assistant.refresh) as library,
        serving(lambda: assistant, files=library, writable=True) as address,
        httpx.Client(base_url=f"{address}/api/v1", timeout=60) as client,
    ):
        yield client


@pytest.fixture
def idle(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[httpx.Client, Path]]:
    """A service whose library watches nothing, so that nothing is ever built."""
    monkeypatch.setattr(files, "MAX_BYTES", 1 << 20)
    library = Library(tiny / "corpus", tiny / "index")
    with (
        serving(lambda: pytest.fail("no assistant is needed"), files=library, writable=True) as address,
        httpx.Client(base_url=f"{address}/api/v1", timeout=60) as client,
    ):
        yield client, tiny / "corpus"


def test_a_file_is_added_answered_from_and_removed(client: httpx.Client, tiny: Path) -> None:
    added = client.put("/library/gamma%20report.md", content=GAMMA)
    assert added.status_code == 200
    assert added.json()["state"] == "waiting"
    assert added.json()["name"] == "gamma report.md"

    def state() -> LibraryState:
        return LibraryState.model_validate(client.get("/library").json())

    stages: list[str] = []

    def indexed() -> bool:
        now = state()
        stages.extend([now.stage] if now.stage else [])
        return all(file.state == "indexed" for file in now.files) and now.stage is None

    until(indexed)
    assert "starting" in stages
    assert sorted(file.document or "" for file in state().files) == state().documents
    answer = client.post("/ask", json={"question": "Where did a ferry sink?"}).json()
    assert "Iquique" in answer["answer"]

    assert client.delete("/library/gamma report.md").status_code == 200
    assert not (tiny / "corpus" / "gamma report.md").exists()
    until(lambda: len(state().documents) == 2)
    assert client.post("/ask", json={"question": "Where did a ferry sink?"}).json()["abstained"]


def test_only_some_documents_are_asked_and_the_reply_says_so(client: httpx.Client) -> None:
    every = client.get("/documents").json()["documents"]
    one = next(document for document in every if document["path"] == "alpha.md")
    reply = client.post("/ask", json={"question": "Who resigned in Quito?", "documents": [one["id"]]}).json()
    assert reply["asked_of"] == [one["title"]]
    assert "asked_of" not in client.post("/ask", json={"question": "Who resigned in Quito?"}).json()


@pytest.mark.parametrize(
    ("name", "content", "status", "told"),
    [
        ("notes.xlsx", b"PK", 422, "'notes.xlsx' is not a"),
        ("large.txt", b"a" * (1 << 20) + b"a", 413, "the file has more than 1 MB"),
    ],
)
def test_what_cannot_be_a_document_leaves_nothing(
    idle: tuple[httpx.Client, Path], name: str, content: bytes, status: int, told: str
) -> None:
    client, corpus = idle
    before = sorted(corpus.iterdir())
    reply = client.put(f"/library/{name}", content=content)
    assert reply.status_code == status
    assert reply.json()["error"].startswith(told)
    assert sorted(corpus.iterdir()) == before


def test_the_same_file_is_told_apart_and_a_taken_name_numbered(idle: tuple[httpx.Client, Path]) -> None:
    client, corpus = idle
    again = client.put("/library/copy.md", content=(corpus / "alpha.md").read_bytes()).json()
    assert (again["state"], again["message"]) == ("duplicate", "copy.md is the same file as alpha.md; it was not added")
    assert client.put("/library/alpha.md", content="Other words.").json()["name"] == "alpha (2).md"


def test_an_upload_that_breaks_off_leaves_nothing(idle: tuple[httpx.Client, Path]) -> None:
    client, corpus = idle
    before = sorted(corpus.iterdir())
    connection = http.client.HTTPConnection(urlsplit(str(client.base_url)).netloc, timeout=10)
    connection.putrequest("PUT", "/api/v1/library/half.txt")
    connection.putheader("Content-Length", "1000")
    connection.endheaders()
    connection.send(b"Half of a sentence")
    connection.close()
    assert client.get("/library").status_code == 200
    assert sorted(corpus.iterdir()) == before


@pytest.mark.parametrize("name", ["nothing.md", "../index/CURRENT", "%2e%2e/index/CURRENT"])
def test_only_documents_are_removed(idle: tuple[httpx.Client, Path], name: str) -> None:
    client, corpus = idle
    assert client.delete(f"/library/{name}").status_code in (404, 405, 422)
    assert (corpus.parent / "index" / "CURRENT").exists()


@pytest.mark.parametrize("headers", [{"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}])
def test_another_web_page_changes_nothing(idle: tuple[httpx.Client, Path], headers: dict[str, str]) -> None:
    client, corpus = idle
    before = sorted(corpus.iterdir())
    assert client.put("/library/evil.txt", content=b"Evil.", headers=headers).status_code == 403
    assert client.delete("/library/alpha.md", headers=headers).status_code == 403
    assert client.post("/library/cancel", json={}, headers=headers).status_code == 403
    assert sorted(corpus.iterdir()) == before


def test_where_files_are_only_read_they_are_listed_and_stay(tiny: Path) -> None:
    library = Library(tiny / "corpus", tiny / "index")
    with (
        serving(lambda: pytest.fail("no assistant is needed"), files=library) as address,
        httpx.Client(base_url=f"{address}/api/v1", timeout=60) as client,
    ):
        state = client.get("/library").json()
        assert not state["writable"]
        assert [file["name"] for file in state["files"]] == ["alpha.md", "beta.md"]
        for reply in (
            client.put("/library/a.txt", content=b"A."),
            client.delete("/library/alpha.md"),
            client.post("/library/build", json={}),
        ):
            assert reply.status_code == 403
            assert "RAG_UPLOADS" in reply.json()["error"]
    assert (tiny / "corpus" / "alpha.md").exists()
