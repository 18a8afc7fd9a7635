"""The HTTP API, asked over a real socket for the real report."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path
from typing import Any, get_args, get_type_hints

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from servers import in_thread
from starlette.datastructures import Headers

from rag.answering import Assistant
from rag.embedding import Embedder, MultilingualEncoder
from rag.errors import CorpusError
from rag.library import Library
from rag.records import Abstention, Answer, Violation
from rag.rendering import to_line
from rag.service import mount, schemas
from rag.service.calls import places
from rag.service.guard import LARGEST, Guard
from tests.conftest import make_assistant, write_corpus

README = Path(__file__).parent.parent / "rag" / "service" / "README.md"
QUESTION = "When was Tocorón prison taken over?"
UNANSWERABLE = "What is the boiling point of mercury?"


@contextmanager
def serving(opening: Callable[[], Any], **options: Any) -> Iterator[str]:
    """A server on a free port, as the page's; yields its address."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    mount(app, opening, **options)
    with socket.create_server(("127.0.0.1", 0)) as listener, in_thread(app, listener) as address:
        yield address


@pytest.fixture(scope="module")
def address(assistant: Assistant, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Of a service whose files may be changed, with nobody watching them: nothing is indexed anew."""
    folder = tmp_path_factory.mktemp("files")
    write_corpus(folder, {"report.pdf": "Not read here."})
    with serving(lambda: assistant, files=Library(folder, folder / "index"), writable=True) as address:
        yield f"{address}/api/v1"


@pytest.fixture(scope="module")
def client(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, timeout=60) as client:
        yield client


def events(text: str) -> list[tuple[str, dict[str, Any]]]:
    found = [block.split("\n") for block in text.strip().split("\n\n")]
    return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in found]


# --- replies ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("question", [QUESTION, UNANSWERABLE, "Hello!"], ids=["answer", "abstention", "greeting"])
def test_an_outcome_is_the_batch_line(client: httpx.Client, assistant: Assistant, question: str) -> None:
    reply = client.post("/ask", json={"question": question})
    expected = to_line(assistant.ask(question))
    assert reply.status_code == 200
    line = reply.json()
    assert list(line) == [key for key in schemas.Outcome.model_fields if key in expected]
    del line["seconds"], expected["seconds"]
    assert line == json.loads(json.dumps(expected))


def test_both_outcomes_occur_and_every_quotation_is_the_documents(client: httpx.Client) -> None:
    answer = client.post("/ask", json={"question": QUESTION}).json()
    abstention = client.post("/ask", json={"question": UNANSWERABLE}).json()
    assert not answer["abstained"]
    assert abstention["abstained"]
    for citation in answer["citations"] + abstention["nearest"]:
        text = client.get(f"/documents/{citation['document']}").json()["text"]
        assert text[citation["start"] : citation["end"]] == citation["quote"]


def test_every_key_of_a_reply_is_in_its_schema(client: httpx.Client) -> None:
    line = client.post("/ask", json={"question": QUESTION}).json()
    for values, shape in (
        (line, schemas.Outcome),
        (line["citations"][0], schemas.Citation),
        (line["hits"][0], schemas.Hit),
        (client.get("/ready").json(), schemas.Readiness),
    ):
        assert set(values) <= set(shape.model_fields), shape


def test_a_follow_up_is_completed_from_the_turns_before(client: httpx.Client, assistant: Assistant) -> None:
    first = client.post("/ask", json={"question": "How many cells of Tren de Aragua are there in Peru?"}).json()
    second = client.post("/ask", json={"question": "And in Chile?", "history": [first]}).json()
    assert second["standalone"] == assistant.ask("And in Chile?", [first]).standalone
    assert "Chile" in second["standalone"]
    assert "cells" in second["standalone"]


def test_a_stream_gives_statements_and_then_the_outcome(client: httpx.Client, assistant: Assistant) -> None:
    reply = client.post("/ask/stream", json={"question": QUESTION})
    assert reply.headers["content-type"].startswith("text/event-stream")
    *before, (name, outcome) = events(reply.text)
    expected = assistant.ask(QUESTION)
    assert isinstance(expected, Answer)
    assert before == [("statement", {"text": s.text, "citations": list(s.citations)}) for s in expected.statements]
    assert name == "outcome"
    assert outcome["answer"] == expected.text


def test_a_stream_about_nothing_is_one_abstention(client: httpx.Client) -> None:
    [(name, outcome)] = events(client.post("/ask/stream", json={"question": UNANSWERABLE}).text)
    assert name == "outcome"
    assert outcome["abstained"]


def test_search_says_why_a_passage_was_found(client: httpx.Client, assistant: Assistant) -> None:
    hits = client.post("/search", json={"question": QUESTION, "k": 3}).json()["hits"]
    expected = assistant.retrieve(QUESTION, 3)
    assert [(h["chunk"], h["rank"], h["lexical_rank"], h["dense_score"]) for h in hits] == [
        (hit.chunk.id, hit.rank, hit.lexical_rank, hit.dense_score) for hit in expected
    ]


def test_a_statement_is_verified(client: httpx.Client) -> None:
    quote = "11,000 police and soldiers surrounded and then took control of Tocorón prison"
    good = client.post("/verify", json={"statement": quote, "quotes": [quote]}).json()
    bad = client.post("/verify", json={"statement": quote, "quotes": [quote.replace("11", "12")]}).json()
    assert good == {"supported": True, "violations": []}
    assert [v["kind"] for v in bad["violations"]] == ["quote-altered"]


def test_violations_in_the_schema_are_those_of_the_records(client: httpx.Client) -> None:
    shapes = client.get("/openapi.json").json()["components"]["schemas"]
    assert shapes["Violation"]["properties"]["kind"]["enum"] == list(get_args(get_type_hints(Violation)["kind"]))


def test_a_quotation_is_found_with_its_speaker(client: httpx.Client, assistant: Assistant) -> None:
    [document] = assistant.documents.values()
    spoken = next(s for s in document.sentences if s.speaker and s.kind == "body")
    quote = document.text[spoken.start : spoken.end]
    reply = client.post("/verify-quote", json={"quote": quote, "document": document.id}).json()
    assert reply["exact"]
    [place] = reply["places"]
    assert (place["start"], place["end"], place["speaker"]) == (spoken.start, spoken.end, spoken.speaker)
    assert str(spoken.speaker) in place["place"]
    changed = quote.replace(quote.split()[1], quote.split()[1] + "s", 1)
    assert client.post("/verify-quote", json={"quote": changed}).json() == {"exact": False, "places": []}


@pytest.mark.parametrize(
    "cut",
    [
        "1,000 police",
        "000 police",
        "olice and soldiers surrounded",
        "11,000 police and soldier",
        "20, 202",
        "police and soldiers surrounded and then took control of Tocor",
    ],
)
def test_a_quotation_cut_within_a_word_or_figure_does_not_stand(
    client: httpx.Client, assistant: Assistant, cut: str
) -> None:
    [document] = assistant.documents.values()
    assert cut in document.text
    assert client.post("/verify-quote", json={"quote": cut}).json() == {"exact": False, "places": []}


@given(st.data())
def test_whole_sentences_always_stand_where_they_are(assistant: Assistant, data: st.DataObject) -> None:
    [document] = assistant.documents.values()
    sentence = data.draw(st.sampled_from(document.sentences))
    quote = document.text[sentence.start : sentence.end]
    found = places(quote, [document])
    assert (sentence.start, sentence.end) in [(c.start, c.end) for c in found] or len(found) == 50
    assert all(document.text[c.start : c.end] == c.quote == quote for c in found)


def test_documents_are_listed_and_read(client: httpx.Client, assistant: Assistant) -> None:
    listed = client.get("/documents").json()["documents"]
    assert [one["id"] for one in listed] == list(assistant.documents)
    read = client.get(f"/documents/{listed[0]['id']}").json()
    document = assistant.documents[listed[0]["id"]]
    assert read["text"] == document.text
    assert [tuple(s["path"]) for s in read["sections"]] == [s.path for s in document.sections]
    assert {key: read[key] for key in listed[0]} == listed[0]


def test_some_of_several_documents_are_asked(tiny: Path, embedder: Embedder, encoder: MultilingualEncoder) -> None:
    assistant = make_assistant(tiny / "index", tiny / "corpus", embedder, encoder)
    alpha, beta = assistant.documents
    with serving(lambda: assistant) as address, httpx.Client(base_url=f"{address}/api/v1", timeout=60) as client:
        asked = {"question": "Where did the river gang move in 2019?"}
        assert client.post("/ask", json=asked | {"documents": [alpha]}).json()["citations"][0]["document"] == alpha
        assert client.post("/ask", json=asked | {"documents": [beta]}).json()["abstained"]
        found = client.post("/search", json=asked | {"documents": [beta]}).json()["hits"]
        assert {hit["document"] for hit in found} == {beta}


# --- errors -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "body", "status", "line"),
    [
        ("/ask", {"question": "  "}, 422, "the question is empty; type a question"),
        ("/ask/stream", {"question": "?!"}, 422, "the question holds no word; type a question in words"),
        ("/ask", {"question": "x" * 2001}, 422, "2001 characters, 2000 are allowed"),
        ("/search", {"question": "a\0b"}, 422, r"control character U\+0000"),
        ("/ask", {"question": 5}, 422, "question: input should be a valid string"),
        ("/ask", {"qestion": "When?"}, 422, "question: field required; see /api/v1/docs"),
        ("/ask", {"question": "When?", "histroy": []}, 422, "histroy: extra inputs are not permitted"),
        ("/ask", {"question": "When?", "history": [{"answer": "x"}]}, 422, r"history\.0\.question: field required"),
        ("/ask", {"question": "When?", "documents": ["beef"]}, 404, "no document has the id 'beef'"),
        ("/ask/stream", {"question": "When?", "documents": ["beef"]}, 404, "no document has the id 'beef'"),
        ("/search", {"question": "When?", "k": 0}, 422, "k: input should be greater than or equal to 1"),
        ("/search", {"question": "When?", "documents": ["beef"]}, 404, "no document has the id 'beef'"),
        ("/verify", {"statement": "x" * 5001, "quotes": ["x"]}, 422, "statement: .* at most 5000 characters"),
        ("/verify-quote", {"quote": " \n"}, 422, "the quotation is empty; give its words"),
        ("/verify-quote", {"quote": "x", "document": "beef"}, 404, "no document has the id 'beef'"),
    ],
)
def test_an_error_is_one_line(client: httpx.Client, path: str, body: dict[str, Any], status: int, line: str) -> None:
    reply = client.post(path, json=body)
    assert reply.status_code == status
    assert list(reply.json()) == ["error"]
    assert re.search(line, reply.json()["error"])


@pytest.mark.parametrize(
    ("content", "status", "line"),
    [
        (b'{"question": "x"', 422, "the body is not JSON .* at character 16"),
        (b"", 422, "the body: field required"),
        (b"[" * 100_000, 400, "parsing the body"),
        (b'{"question": "\xff\xff"}', 400, "parsing the body"),
        (b'{"question": "\\ud800"}', 422, "question"),
    ],
)
def test_what_is_not_json_is_said(client: httpx.Client, content: bytes, status: int, line: str) -> None:
    reply = client.post("/ask", content=content, headers={"Content-Type": "application/json"})
    assert reply.status_code == status
    assert re.search(line, reply.json()["error"])


@pytest.mark.parametrize("path", ["/nowhere", "/ask", "/documents/beef", "/documents/..%2f..%2fpyproject.toml"])
def test_what_is_not_there_is_said(client: httpx.Client, path: str) -> None:
    reply = client.get(path)
    assert reply.status_code in (404, 405)
    assert list(reply.json()) == ["error"]


def test_what_goes_wrong_inside_is_not_told(assistant: Assistant) -> None:
    class Broken(Around):
        def ask(self, *asked: Any, **only: Any) -> Answer | Abstention:
            raise KeyError("a secret")

    with serving(lambda: Broken(assistant)) as address:
        reply = httpx.post(f"{address}/api/v1/ask", json={"question": "When?"})
    assert reply.status_code == 500
    assert reply.json() == {"error": "something went wrong; the server's log says what"}


# --- what keeps other pages out ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 421),
        ({"Host": "evil.example:80", "Origin": "http://evil.example:80"}, 421),
        ({"Host": "127.0.0.1.evil.example"}, 421),
        ({"Host": "localhost.evil.example"}, 421),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Host": "localhost"}, 200),
        ({"Host": "[::1]:7860"}, 200),
        ({"Host": "192.168.0.7:7860", "Origin": "https://192.168.0.7:7860"}, 200),
    ],
)
def test_only_its_own_pages_and_programs_are_answered(
    client: httpx.Client, headers: dict[str, str], status: int
) -> None:
    for method, path, body in (("GET", "/documents", None), ("POST", "/verify-quote", {"quote": "police"})):
        reply = client.request(method, path, json=body, headers=headers)
        assert reply.status_code == status, reply.text
        assert not [name for name in reply.headers if name.startswith("access-control")]


def test_a_preflight_allows_nothing(client: httpx.Client) -> None:
    asked = {"Origin": "http://evil.example", "Access-Control-Request-Method": "POST"}
    reply = client.options("/ask", headers=asked | {"Access-Control-Request-Headers": "content-type"})
    assert reply.status_code == 403
    assert not [name for name in reply.headers if name.startswith("access-control")]


@pytest.mark.parametrize(
    "sent", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/jsonp", ""]
)
def test_what_a_form_can_send_is_refused(client: httpx.Client, sent: str) -> None:
    reply = client.post("/ask", content=json.dumps({"question": QUESTION}), headers={"Content-Type": sent})
    assert reply.status_code == 415
    assert "send Content-Type: application/json" in reply.json()["error"]


def test_a_name_that_is_configured_is_known() -> None:
    guard = Guard(FastAPI(), hosts=["Desk.Newsroom.example"])
    assert guard.refusal("GET", Headers({"host": "desk.newsroom.example:8080"})) is None
    assert guard.refusal("GET", Headers({"host": "newsroom.example"})) is not None
    assert guard.refusal("GET", Headers({})) is not None
    assert guard.refusal("GET", Headers({"host": "[::1"})) is not None


def test_a_large_body_is_refused_whatever_length_it_declares(client: httpx.Client) -> None:
    body = json.dumps({"quote": "x" * LARGEST}).encode()
    kind = {"Content-Type": "application/json"}
    declared = client.post("/verify-quote", content=body, headers=kind)
    chunked = client.post("/verify-quote", content=iter([body[:1000], body[1000:]]), headers=kind)
    assert declared.status_code == chunked.status_code == 413
    assert "262,144" in declared.json()["error"]
    fits = json.dumps({"quote": "x" * (LARGEST - 13)}).encode()
    assert client.post("/verify-quote", content=fits, headers=kind).json() == {"exact": False, "places": []}


def test_replies_are_not_kept_by_caches(client: httpx.Client) -> None:
    for reply in (client.get("/documents"), client.get("/nowhere"), client.post("/ask", json={"question": ""})):
        assert reply.headers["cache-control"] == "no-store"
        assert reply.headers["x-content-type-options"] == "nosniff"


# --- the reference ------------------------------------------------------------------------------------------------


def test_the_reference_names_every_call_and_loads_nothing(client: httpx.Client) -> None:
    reply = client.get("/docs")
    openapi = client.get("/openapi.json").json()
    assert openapi["servers"] == [{"url": "/api/v1"}]
    for path, name in [(p, n) for p in openapi["paths"] for n in openapi["paths"][p]]:
        assert f"{name.upper()} {path}" in reply.text
    for name in openapi["components"]["schemas"]:
        assert f"id='shape-{name}'" in reply.text
    assert not re.search(r"(?i)<script|<link|<img|@import|url\(|https?:|//", reply.text)
    assert reply.headers["content-security-policy"].startswith("default-src 'none'")
    links = re.findall(r"href='(.*?)'", reply.text)
    assert all(f"id='{link[1:]}'" in reply.text for link in links if link.startswith("#"))


def test_every_reply_and_error_has_a_schema(client: httpx.Client) -> None:
    for path, methods in client.get("/openapi.json").json()["paths"].items():
        for method, call in methods.items():
            assert call["description"], path
            assert {"403", "421", "422", "429", "503"} <= set(call["responses"]), (method, path)
            for status, reply in call["responses"].items():
                schema = reply["content"].get("application/json", {}).get("schema", {})
                assert status == "200" or schema == {"$ref": "#/components/schemas/Error"}, (path, status)
                assert schema or "text/event-stream" in reply["content"], (path, status)


# --- readiness and the queue ---------------------------------------------------------------------------------------


class Around:
    """The real assistant, to be changed in one thing."""

    def __init__(self, inner: Assistant) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


class Gated(Around):
    """Does not ask before the gate is open."""

    def __init__(self, inner: Assistant) -> None:
        super().__init__(inner)
        self.gate, self.asked = threading.Event(), threading.Semaphore(0)
        self.questions: list[str] = []

    def ask(self, question: str, history: Sequence[Any] = (), **only: Any) -> Answer | Abstention:
        self.questions.append(question)
        self.asked.release()
        assert self.gate.wait(60)
        return self._inner.ask(question, history, **only)


def test_it_is_alive_before_it_is_ready(assistant: Assistant) -> None:
    gate = threading.Event()

    def opening() -> Assistant:
        assert gate.wait(60)
        return assistant

    with serving(opening) as address, httpx.Client(base_url=f"{address}/api/v1", timeout=60) as client:
        assert client.get("/health").json()["alive"] is True
        for early in (client.get("/ready"), client.post("/ask", json={"question": QUESTION}), client.get("/documents")):
            assert early.status_code == 503
            assert int(early.headers["retry-after"]) > 0
            assert "being loaded" in early.json()["error"]
        gate.set()
        reply = client.get("/ready")
        assert reply.json()["ready"] is True
        assert reply.json()["fingerprint"] == assistant.manifest.fingerprint


def test_why_it_cannot_be_opened_is_told_and_then_tried_again(assistant: Assistant) -> None:
    failures = [CorpusError("corpus is empty; put a document into it")]

    def opening() -> Assistant:
        if failures:
            raise failures.pop()
        return assistant

    with serving(opening) as address, httpx.Client(base_url=f"{address}/api/v1", timeout=60) as client:
        first, second = client.get("/ready"), client.get("/ready")
    assert (first.status_code, first.json()) == (503, {"error": "corpus is empty; put a document into it"})
    assert second.json()["ready"] is True


def test_a_newer_index_is_taken_up(tiny: Path, embedder: Embedder, encoder: MultilingualEncoder) -> None:
    from rag.index import build_index

    assistant = make_assistant(tiny / "index", tiny / "corpus", embedder, encoder)
    with serving(lambda: assistant) as address, httpx.Client(base_url=f"{address}/api/v1", timeout=60) as client:
        before = client.get("/documents").json()["documents"]
        write_corpus(
            tiny / "corpus", {"gamma.md": "# Gamma report\n\nThe bridge of Iquitos was closed in June 2021.\n"}
        )
        build_index(tiny / "index", tiny / "corpus", embedder, encoder)
        after = client.get("/documents").json()["documents"]
        found = client.post("/verify-quote", json={"quote": "The bridge of Iquitos was closed in June 2021."}).json()
    assert [one["path"] for one in before] == ["alpha.md", "beta.md"]
    assert [one["path"] for one in after] == ["gamma.md"]
    assert found["exact"]


def test_ten_calls_are_taken_and_the_eleventh_is_told_to_come_back(assistant: Assistant) -> None:
    gated = Gated(assistant)
    with serving(lambda: gated) as address, ThreadPoolExecutor(11) as pool:
        client = httpx.Client(base_url=f"{address}/api/v1", timeout=60)
        client.get("/ready")
        running = [pool.submit(client.post, "/ask", json={"question": QUESTION}) for _ in range(2)]
        assert gated.asked.acquire(timeout=30)
        assert gated.asked.acquire(timeout=30)
        late = [pool.submit(client.post, "/ask", json={"question": QUESTION}) for _ in range(9)]
        [refused] = wait(late, timeout=30, return_when=FIRST_COMPLETED).done
        assert refused.result().status_code == 429
        assert int(refused.result().headers["retry-after"]) > 0
        assert len(gated.questions) == 2
        assert client.get("/health").json()["alive"] is True
        assert client.get("/documents").status_code == 200
        gated.gate.set()
        statuses = [future.result().status_code for future in running + late]
        assert sorted(statuses) == [200] * 10 + [429]
        assert len(gated.questions) == 10
        client.close()


def test_a_caller_that_gave_up_is_not_worked_for(assistant: Assistant) -> None:
    gated = Gated(assistant)
    with serving(lambda: gated) as address, ThreadPoolExecutor(2) as pool:
        client = httpx.Client(base_url=f"{address}/api/v1", timeout=60)
        client.get("/ready")
        running = [pool.submit(client.post, "/ask", json={"question": QUESTION}) for _ in range(2)]
        assert gated.asked.acquire(timeout=30)
        assert gated.asked.acquire(timeout=30)
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(f"{address}/api/v1/ask", json={"question": "Who gave up waiting?"}, timeout=0.5)
        gated.gate.set()
        assert {future.result().status_code for future in running} == {200}
        assert client.post("/ask", json={"question": QUESTION}).status_code == 200
        client.close()
    assert "Who gave up waiting?" not in gated.questions


def test_a_stream_holds_its_turn_to_the_end_and_frees_it(assistant: Assistant) -> None:
    class Slow(Around):
        gate = threading.Event()

        def stream(self, question: str, history: Sequence[Any] = (), **only: Any) -> Iterator[Any]:
            yield from (outcome := list(self._inner.stream(question, history, **only)))[:1]
            assert self.gate.wait(60)
            yield from outcome[1:]

    slow = Slow(assistant)
    with serving(lambda: slow) as address, httpx.Client(base_url=f"{address}/api/v1", timeout=60) as client:
        client.get("/ready")
        with (
            client.stream("POST", "/ask/stream", json={"question": QUESTION}) as one,
            client.stream("POST", "/ask/stream", json={"question": QUESTION}) as two,
        ):
            first = [next(one.iter_text()), next(two.iter_text())]
            assert [text.split("\n")[0] for text in first] == ["event: statement"] * 2  # sent before the rest is there
            with pytest.raises(httpx.ReadTimeout):
                client.post("/verify-quote", json={"quote": "police"}, timeout=0.5)
            slow.gate.set()
        assert client.post("/verify-quote", json={"quote": "police"}).status_code == 200


def test_a_stream_that_fails_says_so(assistant: Assistant) -> None:
    class Failing(Around):
        def stream(self, question: str, history: Sequence[Any] = (), **only: Any) -> Iterator[Any]:
            yield next(iter(self._inner.stream(question, history, **only)))
            raise CorpusError("the disk is gone; mount it")

    with serving(lambda: Failing(assistant)) as address:
        reply = httpx.post(f"{address}/api/v1/ask/stream", json={"question": QUESTION}, timeout=60)
    assert events(reply.text)[-1] == ("error", {"error": "the disk is gone; mount it"})


# --- the README -----------------------------------------------------------------------------------------------------


def examples() -> list[tuple[str, str | None]]:
    blocks = re.findall(r"```sh\n(.*?)```\n(?:```json\n(.*?)```)?", README.read_text(encoding="utf-8"), re.DOTALL)
    return [(line, shown or None) for commands, shown in blocks for line in commands.strip().split("\n")]


def holds(real: Any, shown: Any) -> bool:
    """Whether a reply has everything that is shown of it; lists are as long as shown."""
    if isinstance(shown, dict):
        return all(key in real and holds(real[key], value) for key, value in shown.items())
    if isinstance(shown, list):
        return len(real) == len(shown) and all(map(holds, real, shown))
    return bool(real == shown)


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize(("command", "shown"), examples())
def test_the_examples_of_the_readme_do_what_they_show(
    address: str, command: str, shown: str | None, tmp_path: Path
) -> None:
    (tmp_path / "report.pdf").write_bytes(b"%PDF another")
    here = command.replace("http://127.0.0.1:7860/api/v1", address)
    assert here != command
    done = subprocess.run(["bash", "-c", here], capture_output=True, text=True, timeout=60, check=True, cwd=tmp_path)
    if "/ask/stream" in command:
        assert [name for name, _ in events(done.stdout)] == ["statement", "outcome"]
        return
    assert not json.loads(done.stdout).get("error")
    assert holds(json.loads(done.stdout), json.loads(shown or "{}")), done.stdout


def test_the_readme_is_short_and_names_every_call(client: httpx.Client) -> None:
    text = README.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 66
    for path in client.get("/openapi.json").json()["paths"]:
        assert path.replace("{document_id}", "ID").replace("{name}", "report.pdf") in text
