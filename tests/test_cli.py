"""Command line: public formats, exit statuses, and errors that are one line."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from subprocess import CompletedProcess, run
from typing import Any

import pytest
from conftest import CORPUS, TINY, write_corpus

from rag.cli import _document
from rag.embedding import Embedder, MultilingualEncoder
from rag.errors import DocumentUnknown
from rag.index import Index, build_index, current_build, read_documents
from rag.records import Document

RAG = Path(sys.executable).parent / "rag"
HEAVY = ("torch", "gradio", "chromadb", "langchain_core", "transformers", "sentence_transformers")
FORCE = "How many police and soldiers took control of Tocorón prison?"
NOWHERE = "What is the boiling point of tungsten?"
LINE_KEYS = ["id", "question", "answer", "abstained", "reason", "mode", "statements", "citations"]
CITATION_KEYS = {"number", "document", "title", "section", "start", "end", "quote", "speaker"}
HIT_KEYS = {"chunk", "document", "section", "start", "end", "text", "score"}
HOW_MANY = "How many active cells were identified in Peru?"

Rag = Callable[..., CompletedProcess[str]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, report_folder: Path) -> Path:
    """Holds a copy of the report's index."""
    made = tmp_path_factory.mktemp("cli")
    shutil.copytree(report_folder, made / "index")
    return made


@pytest.fixture
def rag(folder: Path) -> Rag:
    """Runs the installed command over the report; the result, which never shows a traceback."""

    def call(*arguments: object, stdin: str | bytes = "", **variables: str) -> CompletedProcess[str]:
        environment = {
            **os.environ,
            "RAG_INDEX": str(folder / "index"),
            "RAG_CORPUS": str(CORPUS),
            "PYTHONUTF8": "1",
            **variables,
        }
        data = stdin.encode() if isinstance(stdin, str) else stdin
        done = run(
            [RAG, *map(str, arguments)],
            input=data,
            capture_output=True,
            env=environment,
            cwd=folder,
            timeout=300,
            check=False,
        )
        found = CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())
        assert "Traceback" not in found.stderr, found.stderr[-2000:]
        return found

    return call


def assert_error(found: CompletedProcess[str], *parts: str) -> None:
    """Exit status 1 with one line on standard error that holds the parts, and nothing else."""
    assert (found.returncode, found.stdout) == (1, "")
    assert found.stderr.startswith("rag: ")
    assert found.stderr.count("\n") == 1
    assert all(part in found.stderr for part in parts), found.stderr


def json_lines(text: str) -> list[dict[str, Any]]:
    """The lines of a batch."""
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.parametrize("module", ["rag", "rag.cli"])
def test_importing_loads_no_heavy_library(module: str) -> None:
    code = f"import sys, {module}; print([name for name in {HEAVY} if name in sys.modules])"
    assert run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["ask", "--help"],
        ["index", "--help"],
        ["verify", "--help"],
        ["status", "--help"],
        ["serve", "--help"],
    ],
)
def test_help_loads_no_heavy_library_and_names_every_option(arguments: list[str]) -> None:
    code = f"""
import sys
from rag.cli import main
try:
    main({arguments})
except SystemExit as stop:
    print(stop.code, [name for name in {HEAVY} if name in sys.modules])
"""
    found = run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert found.endswith("0 []\n")
    assert all(
        command in found
        for command in (
            ("index", "ask", "verify", "serve", "status") if len(arguments) == 1 else ("--corpus", "--index")
        )
    )


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nonsense"],
        ["ask"],
        ["ask", "Who?", "--batch", "-"],
        ["verify"],
        ["serve", "--port", "high"],
        ["ask", "--nonsense"],
    ],
    ids=" ".join,
)
def test_bad_usage_is_status_2_without_traceback(arguments: list[str], rag: Rag) -> None:
    found = rag(*arguments)
    assert (found.returncode, found.stdout) == (2, "")
    assert "rag" in found.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("RAG_PORT", "0"), ("RAG_PORT", "99999"), ("RAG_PORT", "high"), ("RAG_PORT", ""), ("RAG_HITS", "0"), ("RAG_HITS", "101"), ("RAG_HITS", "ten"),
        ("RAG_MAX_QUOTES", "0"), ("RAG_MAX_QUOTES", "1.5"), ("RAG_MAX_QUESTION_CHARS", "9"), ("RAG_EMBEDDING_MODEL", ""), ("RAG_HOST", ""),
        ("RAG_CORPUS", ""), ("RAG_INDEX", ""), ("RAG_CROPUS", "corpus"), ("RAG_", "x"), ("RAG_CHAT_MODLE", "gpt"),
    ],
)  # fmt: skip
def test_a_wrong_or_unknown_setting_is_named(name: str, value: str, rag: Rag) -> None:
    assert_error(rag("status", **{name: value}), name)


def test_a_missing_corpus_folder_is_named(rag: Rag, tmp_path: Path) -> None:
    assert_error(
        rag("ask", "Who?", "--corpus", tmp_path / "none"), str(tmp_path / "none"), "does not exist", "RAG_CORPUS"
    )


def test_an_unknown_embedding_model_is_named(rag: Rag) -> None:
    assert_error(rag("index", RAG_EMBEDDING_MODEL="nobody/nothing"), "'nobody/nothing'", "RAG_EMBEDDING_MODEL")


def test_a_question_gets_its_quotation_with_its_place(rag: Rag, folder: Path) -> None:
    before = (folder / "index" / "CURRENT").read_text()
    found = rag("ask", FORCE)
    assert (found.returncode, found.stderr) == (0, "")
    assert found.stdout.startswith("[1] “On September 20, 2023, 11,000 police and soldiers")
    assert "InSight Crime" in found.stdout
    assert "characters" in found.stdout
    assert (folder / "index" / "CURRENT").read_text() == before, "an index that was up to date was built again"


def test_a_question_from_standard_input_as_json_is_the_public_format(rag: Rag) -> None:
    found = rag("ask", "-", "--json", stdin=f"{NOWHERE}\n")
    assert (found.returncode, found.stderr, found.stdout.count("\n")) == (0, "", 1)
    line = json.loads(found.stdout)
    assert list(line)[: len(LINE_KEYS)] == LINE_KEYS
    assert (line["id"], line["question"], line["abstained"], line["answer"], line["statements"]) == (
        None,
        NOWHERE,
        True,
        "",
        [],
    )
    assert line["reason"]
    assert {key for citation in line["nearest"] for key in citation} == CITATION_KEYS


def test_an_empty_question_is_one_line_and_status_1(rag: Rag) -> None:
    assert_error(rag("ask", "  "), "the question is empty")


def test_a_batch_answers_what_it_can_and_names_what_it_cannot(rag: Rag, tmp_path: Path) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    lines: list[object] = [
        {"id": "a", "question": FORCE},
        {"id": 2, "question": NOWHERE},
        {"id": "follow-up", "question": "And in Chile?", "history": [{"question": HOW_MANY, "answer": "Four."}]},
        {"id": "empty", "question": " "},
        {"id": "long", "question": "x" * 2001},
        {"id": "type", "question": 7},
        {"id": "none"},
        {"id": "history", "question": FORCE, "history": "before"},
        ["not", "an object"],
        {"id": {"any": "id"}, "question": "¿Quién dirige Tren de Aragua?"},
    ]
    text = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines)
    deep = '{"id": "deep", "question": ' + "[" * 100_000
    source.write_bytes(
        f"{text}\n\nnot JSON\n{deep}\n".encode()
        + b'\xff{"id": 1}\n'
        + json.dumps({"id": "last", "question": FORCE}).encode()
    )
    found = rag("ask", "--batch", source, "--out", target)
    assert (found.returncode, found.stdout, found.stderr) == (0, "", "")
    out = json_lines(target.read_text(encoding="utf-8"))
    assert [line["id"] for line in out] == [
        "a",
        2,
        "follow-up",
        "empty",
        "long",
        "type",
        "none",
        "history",
        None,
        {"any": "id"},
        None,
        None,
        None,
        "last",
    ]
    assert [line["id"] for line in out if "error" in line] == [
        "empty",
        "long",
        "type",
        "none",
        "history",
        None,
        None,
        None,
        None,
    ]
    assert all(set(line) == {"id", "error"} and "\n" not in line["error"] for line in out if "error" in line)
    first, second, third = out[:3]
    assert (first["abstained"], first["mode"], first["reason"], first["question"]) == (False, "quotes", None, FORCE)
    assert list(first)[: len(LINE_KEYS)] == LINE_KEYS
    assert "nearest" not in first
    assert first["statements"][0]["citations"] == [1]
    assert first["statements"][0]["text"] == first["citations"][0]["quote"]
    assert {key for citation in first["citations"] for key in citation} - {"marks"} == CITATION_KEYS
    assert {key for hit in first["hits"] for key in hit} == HIT_KEYS
    assert second["abstained"] is True
    assert third["standalone"] == "How many active cells were identified in Chile?"
    assert all(len(line["hits"]) >= 10 and line["seconds"] > 0 for line in out if "error" not in line)


def test_a_batch_goes_on_after_characters_that_cannot_be_written(rag: Rag) -> None:
    lines = [
        '{"id": "\\ud800", "question": "Who?"}',
        '{"id": 2, "question": "And there?", "history": [{"question": "Peru \\ud800"}]}',
        '{"id": 3, "question": "Who leads the gang?"}',
    ]
    found = rag("ask", "--batch", "-", stdin="\n".join(lines))
    assert found.returncode == 0
    out = json_lines(found.stdout)
    assert len(out) == 3
    assert (out[2]["id"], out[2].get("error")) == (3, None)


def test_a_batch_goes_on_after_bytes_that_are_no_text(rag: Rag) -> None:
    found = rag("ask", "--batch", "-", stdin=b'\xff\n{"id": 1, "question": ""}\n', PYTHONIOENCODING="utf-8:strict")
    assert [line["id"] for line in json_lines(found.stdout)] == [None, 1]


def test_an_answer_can_be_printed_where_unicode_cannot(rag: Rag) -> None:
    assert "11,000 police and soldiers" in rag("ask", FORCE, PYTHONUTF8="0", PYTHONIOENCODING="ascii").stdout


def test_verify_checks_a_batch_from_standard_input(rag: Rag) -> None:
    quote = "Tren de Aragua started as a prison gang confined within the walls of Tocorón."
    lines: list[object] = [
        {"id": 1, "statement": quote, "quotes": [quote]},
        {"id": 2, "statement": quote.replace("Tocorón", "Sabaneta"), "quotes": [quote]},
        {"id": 3, "statement": "They came.", "quotes": []},
        {"id": 4, "statement": "They came on behalf of the tren.", "quotes": ["They came on behalf of the tren."]},
        {"id": 5, "statement": 7, "quotes": ["x"]},
        {"id": 6, "statement": "x", "quotes": "x"},
        "not an object",
    ]
    found = rag("verify", "--batch", "-", stdin="\n".join(map(json.dumps, lines)))
    assert (found.returncode, found.stderr) == (0, "")
    out = json_lines(found.stdout)
    assert [line["id"] for line in out] == [1, 2, 3, 4, 5, 6, None]
    assert [line.get("supported") for line in out] == [True, False, False, False, None, None, None]
    assert out[0] == {"id": 1, "supported": True, "violations": []}
    assert [[v["kind"] for v in line["violations"]] for line in out[1:4]] == [
        ["name"],
        ["uncited"],
        ["quote-altered"],
    ]
    assert all(set(line) == {"id", "error"} for line in out[4:])


@pytest.mark.parametrize("option", ["--batch", "--out"])
def test_a_file_that_cannot_be_opened_is_named(option: str, rag: Rag, tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text("{}\n")
    files = {"--batch": source, "--out": tmp_path / "out.jsonl", option: tmp_path / "none" / "file.jsonl"}
    assert_error(rag("ask", "--batch", files["--batch"], "--out", files["--out"]), str(files[option]))


def test_a_batch_is_not_overwritten_by_its_own_answers(rag: Rag, tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text('{"id": 1, "question": ""}\n')
    found = rag("verify", "--batch", source, "--out", source)
    assert source.read_text() == '{"id": 1, "question": ""}\n'
    assert_error(found, str(source))


def test_an_index_is_reported_before_and_after_it_is_built_and_after_the_corpus_changed(
    rag: Rag, tmp_path: Path
) -> None:
    corpus = write_corpus(tmp_path / "corpus", {**TINY, "empty.txt": "", "beta-copy.md": TINY["beta.md"]})
    (corpus / "scan.pdf").write_bytes(b"%PDF")
    places = {"RAG_INDEX": str(tmp_path / "index"), "RAG_CORPUS": str(corpus)}
    before = rag("status", **places)
    assert (before.returncode, before.stderr) == (0, "")
    assert "not built yet; run: rag index" in before.stdout
    assert str(corpus) in before.stdout
    built = rag("index", **places)
    assert built.returncode == 0
    assert built.stdout.startswith("2 documents, 4 chunks in ")
    left_out = sorted(line.split()[3].rstrip(":") for line in built.stderr.splitlines())
    assert left_out == ["beta.md", "empty.txt", "scan.pdf"]
    after = rag("status", **places).stdout
    assert "up to date" in after
    assert "Beta report" in after
    assert "left out scan.pdf" in after
    (corpus / "gamma.md").write_text("# Gamma\n\nA ferry sank.\n")
    assert "the corpus has changed since; run: rag index" in rag("status", **places).stdout


def test_status_does_not_call_an_index_of_another_model_up_to_date(rag: Rag) -> None:
    assert "up to date" not in rag("status", RAG_EMBEDDING_MODEL="other-model").stdout


@pytest.mark.parametrize("name", ["documents.jsonl", "manifest.json"])
def test_status_of_a_damaged_index_is_one_line(name: str, rag: Rag, folder: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(folder / "index", tmp_path / "index"))
    (copy / "builds" / (copy / "CURRENT").read_text() / name).write_text("garbage")
    found = rag("status", "--index", copy)
    assert (found.returncode, found.stderr.count("\n")) == (1, 1)
    assert "run: rag index --rebuild" in found.stderr


@pytest.mark.parametrize("files", [{}, {"notes.pdf": "%PDF"}], ids=["empty", "only a PDF"])
def test_a_corpus_without_documents_is_one_line(files: dict[str, str], rag: Rag, tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "corpus", files)
    assert_error(
        rag("index", "--corpus", corpus, "--index", tmp_path / "index"), str(corpus), "no readable document", *files
    )


def test_an_index_folder_of_somebody_else_is_left_alone(rag: Rag, tmp_path: Path) -> None:
    (tmp_path / "beach.jpg").write_bytes(b"precious")
    assert_error(rag("index", "--index", tmp_path), "beach.jpg", "RAG_INDEX")
    assert [path.name for path in tmp_path.iterdir()] == ["beach.jpg"]


# --- some of the documents ---------------------------------------------------------------------------------------

QUITO = "Who resigned in Quito?"


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder, encoder: MultilingualEncoder) -> dict[str, str]:
    """Settings for the tiny corpus and another file, in a folder, of the same title as one of it."""
    folder = tmp_path_factory.mktemp("three")
    corpus = write_corpus(folder / "corpus", TINY)
    (corpus / "old").mkdir()
    (corpus / "old" / "beta.md").write_text("# Beta report\n\nThe mayor of Lima resigned in June 2011.\n", "utf-8")
    build_index(folder / "index", corpus, embedder, encoder)
    return {"RAG_INDEX": str(folder / "index"), "RAG_CORPUS": str(corpus)}


def asked_documents(found: CompletedProcess[str]) -> set[str]:
    """The documents of a line's hits, by id."""
    assert (found.returncode, found.stderr) == (0, "")
    return {hit["document"] for hit in json.loads(found.stdout)["hits"]}


@pytest.fixture(scope="module")
def documents(three: dict[str, str]) -> dict[str, Document]:
    """The three by path."""
    build = current_build(Path(three["RAG_INDEX"]))
    assert build is not None
    return {document.path: document for document in read_documents(build)}


def test_a_document_is_named_by_id_path_or_title(documents: dict[str, Document]) -> None:
    ids = {path: document.id for path, document in documents.items()}
    for name, path in (("Alpha report", "alpha.md"), ("old/beta.md", "old/beta.md"), (ids["beta.md"], "beta.md")):
        assert _document(name, list(documents.values())) == ids[path]


def test_only_the_named_documents_are_asked(rag: Rag, three: dict[str, str], documents: dict[str, Document]) -> None:
    both = rag("ask", QUITO, "--json", "--document", "alpha.md", "--document", "Alpha report", "--document", "beta.md", **three)  # fmt: skip
    assert asked_documents(both) == {documents["alpha.md"].id, documents["beta.md"].id}
    alone = rag("ask", QUITO, "--document", "alpha.md", **three)
    assert "May 2020" not in alone.stdout
    assert "Quito" in alone.stdout, "what the named document does not mention"
    assert "“Alpha report”" in alone.stdout, "that only it was asked"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Beta report", ["names 2 documents", "old/beta.md", "beta.md (“Beta report”", "give the id or the path"]),
        ("gamma.md", ["'gamma.md' names no document", "alpha.md", "old/beta.md", "Alpha report"]),
        ("beta report", ["names no document"]),
        ("", ["'' names no document"]),
    ],
    ids=["ambiguous", "unknown", "other case", "empty"],
)
def test_a_name_that_is_not_one_documents_is_told_with_what_is_there(
    name: str, said: list[str], documents: dict[str, Document]
) -> None:
    with pytest.raises(DocumentUnknown) as caught:
        _document(name, list(documents.values()))
    assert all(part in str(caught.value) for part in said)


def test_a_batch_that_cannot_begin_leaves_an_earlier_result(rag: Rag, three: dict[str, str], tmp_path: Path) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text(json.dumps({"id": 1, "question": QUITO}), encoding="utf-8")
    target.write_text("of yesterday", encoding="utf-8")
    found = rag("ask", "--batch", source, "--out", target, "--document", "gamma.md", **three)
    assert_error(found, "'gamma.md' names no document")
    assert target.read_text(encoding="utf-8") == "of yesterday", "an earlier result was emptied for nothing"


def test_the_message_names_ten_documents_at_most(tiny_index: Index) -> None:
    (document,) = [one for one in tiny_index.documents.values() if one.path == "alpha.md"]
    many = [replace(document, id=f"{n:016}", path=f"{n}.md") for n in range(12)]
    with pytest.raises(DocumentUnknown, match=r"9\.md \(“Alpha report”, 0+9\), 2 more, which rag status lists$"):
        _document("none", many)


def test_a_batch_asks_only_the_named_documents(rag: Rag, three: dict[str, str], documents: dict[str, Document]) -> None:
    lines = [{"id": 1, "question": QUITO}, {"id": 2, "question": ""}, {"id": 3, "question": "Who resigned in Lima?"}]
    found = rag("ask", "--batch", "-", "--document", "old/beta.md", stdin="\n".join(map(json.dumps, lines)), **three)
    first, second, third = json_lines(found.stdout)
    assert {hit["document"] for line in (first, third) for hit in line["hits"]} == {documents["old/beta.md"].id}
    assert set(second) == {"id", "error"}
    assert "June 2011" in third["answer"]
