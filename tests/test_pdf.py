"""PDF: what the page shows becomes paragraphs with page numbers; what recurs is left out; a bad file is one line."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pypdfium2
import pytest
from conftest import make_assistant
from fpdf import FPDF
from pdf_files import HEADER, Report, harbour_report

from rag.answering import Assistant
from rag.citations import cite
from rag.documents import read_corpus, read_document
from rag.documents.pdf import MAX_PAGES
from rag.embedding import Embedder, MultilingualEncoder
from rag.errors import CitationInvalid, CorpusError
from rag.index import build_index, current_build, read_documents
from rag.records import Answer, Document
from rag.rendering import from_line, place, to_line


def read(folder: Path, data: bytes, name: str = "report.pdf") -> Document:
    (folder / name).write_bytes(data)
    return read_document(folder / name, name)


def paragraphs(document: Document) -> list[str]:
    """Text of each paragraph that can be quoted."""
    found: dict[int, list[str]] = {}
    for s in document.sentences:
        if s.kind == "body":
            found.setdefault(s.paragraph, []).append(document.text[s.start : s.end])
    return [" ".join(sentences) for sentences in found.values()]


@pytest.fixture(scope="module")
def harbour() -> Report:
    return harbour_report()


@pytest.fixture(scope="module")
def document(harbour: Report, tmp_path_factory: pytest.TempPathFactory) -> Document:
    return read(tmp_path_factory.mktemp("pdf"), harbour.data())


def test_every_paragraph_of_thirty_pages_comes_back_whole_and_nothing_else(harbour: Report, document: Document) -> None:
    assert len(document.pages) >= 30
    assert paragraphs(document) == list(harbour.placed)
    assert sum(first < last for first, last in harbour.placed.values()) >= 15, "too few paragraphs cross a page"
    assert HEADER not in document.text
    assert not re.search(r"- \d+ -", document.text)


def test_every_paragraph_knows_the_pages_that_it_was_printed_on(harbour: Report, document: Document) -> None:
    for text, pages in harbour.placed.items():
        start = document.text.index(text)
        assert (document.page_at(start), document.page_at(start + len(text) - 1)) == pages
    assert document.pages == tuple(sorted(document.pages))
    assert document.page_at(0) == 1


def test_a_sentence_that_crosses_a_page_is_one_sentence(document: Document) -> None:
    across = [s for s in document.sentences if document.page_at(s.start) != document.page_at(s.end - 1)]
    assert len(across) >= 8
    for sentence in across:
        text = document.text[sentence.start : sentence.end]
        assert text.startswith(("In ", "The ", '"We '))
        assert text.endswith(".")
        citation = cite(document, [sentence], 1)
        assert citation.page == document.page_at(sentence.start)
        assert f" · pp. {citation.page}–{citation.page + 1} · " in place(citation, {document.id: document})


def test_title_and_sections_come_from_larger_type(document: Document) -> None:
    assert document.title == "Who watches the harbours"
    assert [section.path for section in document.sections][:2] == [
        ("Chapter A: what the inspectors saw",),
        ("Chapter B: what the inspectors saw",),
    ]
    assert document.section_at(document.text.index("In month 12 of")) == ("Chapter B: what the inspectors saw",)


def test_a_question_gets_a_citation_with_its_page(
    harbour: Report, tmp_path: Path, embedder: Embedder, encoder: MultilingualEncoder
) -> None:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "harbour.pdf").write_bytes(harbour.data())
    build_index(tmp_path / "index", tmp_path / "corpus", embedder, encoder)
    assistant: Assistant = make_assistant(tmp_path / "index", tmp_path / "corpus", embedder, encoder)
    answer = assistant.ask("How many containers without papers did the inspector count in month 12 of the inquiry?")
    assert isinstance(answer, Answer)
    citation = answer.citations[0]
    assert "In month 12 of the inquiry" in citation.quote
    assert "88 containers" in citation.quote
    paragraph = next(text for text in harbour.placed if citation.quote in text)
    first, last = harbour.placed[paragraph]
    assert citation.page is not None
    assert first <= citation.page <= last
    [stored] = read_documents(current_build(tmp_path / "index") or Path())
    assert citation.page == stored.page_at(citation.start)
    line = to_line(answer)
    assert line["citations"][0]["page"] == citation.page
    assert from_line(line).citations == answer.citations  # type: ignore[union-attr]
    assert assistant.load(line)
    line["citations"][0]["page"] += 1
    with pytest.raises(CitationInvalid, match="its page is"):
        assistant.load(line)


# --- words


def test_a_hyphen_is_undone_only_where_the_file_has_the_whole_word(tmp_path: Path) -> None:
    report = Report()
    once = [f"macro\u00adqua{chr(97 + n % 26) * 3}{chr(97 + n // 26) * 2}" for n in range(60)]
    report.paragraph("They lived on extortion alone, as everybody in the town knew.")
    report.paragraph(" ".join(["and extor\u00adtion"] * 60) + " with " + " or ".join(once) + " in a well-known town.")
    text = read(tmp_path, report.data()).text
    assert "extor-tion" not in text
    assert text.count("extortion") == 61
    divided = [word for word in once if word.replace("\u00ad", "-") in text]
    assert len(divided) >= 5, "no word was divided at the end of a line"
    assert all(word.replace("\u00ad", "") in text for word in once if word not in divided)
    assert "well-known" in text


def raised(text: str, figure: str, rest: str) -> bytes:
    pdf = FPDF()
    pdf.add_page()
    pdf.set_font("helvetica", "", 12)
    pdf.write(8, text)
    pdf.char_vpos = "SUP"
    pdf.write(8, figure)
    pdf.char_vpos = "LINE"
    pdf.write(8, rest)
    return bytes(pdf.output())


@pytest.mark.parametrize(
    ("before", "figure", "after", "expected"),
    [
        ("The prison fell in 2023.", "12", " Nobody was hurt.", "The prison fell in 2023. Nobody was hurt."),
        ("They spoke of violence", "3", " and of money.", "They spoke of violence and of money."),
        ("It held 10", "2", " people.", "It held 10² people."),
        ("A field of 40 m", "2", " was sold.", "A field of 40 m² was sold."),
    ],
    ids=["reference after a sentence", "reference after a word", "power of a figure", "power of a unit"],
)
def test_a_raised_figure_never_becomes_part_of_another(
    tmp_path: Path, before: str, figure: str, after: str, expected: str
) -> None:
    assert " ".join(paragraphs(read(tmp_path, raised(before, figure, after)))) == expected


def test_a_spanish_file_is_read_as_spanish(tmp_path: Path) -> None:
    report = Report(header=None)
    report.paragraph(
        "La policía de Lima detuvo a los jefes de la banda en el puerto del Callao, según el informe de la fiscalía."
    )
    assert read(tmp_path, report.data()).language == "es"


# --- what recurs


def test_printed_numbers_that_start_elsewhere_are_left_out_and_the_page_is_counted(tmp_path: Path) -> None:
    report = Report(first_number=217)
    for number in range(12):
        report.paragraph(f"Statement {number} was made before the judge of the port on a rainy day. " * 9)
    document = read(tmp_path, report.data())
    assert len(document.pages) >= 4
    assert not re.search(r"- 2\d\d -", document.text)
    assert document.page_at(0) == 1


def test_lines_of_the_text_at_the_edge_of_a_page_stay(tmp_path: Path) -> None:
    pdf = FPDF()
    pdf.set_font("helvetica", "", 12)
    for page in range(1, 5):
        pdf.add_page()
        for line in [f"Killed on this day were {page}", "Lima 45", "Quito 30", f"Wounded were {page}"]:
            pdf.cell(0, 6, line, new_x="LMARGIN", new_y="NEXT")
    text = read(tmp_path, bytes(pdf.output())).text
    assert text.count("Killed on this day were") == text.count("Wounded were") == text.count("Lima 45") == 4


def test_two_columns_are_read_one_after_the_other(tmp_path: Path) -> None:
    pdf = FPDF()
    pdf.add_page()
    pdf.set_font("times", "", 11)
    one = "The left column tells how the boats left Callao at night, and it ends in the middle of a long sentence that only"
    two = "the right column brings to its end. Then the right column goes on about the harbour of Arica."
    with pdf.text_columns(ncols=2, gutter=12, text_align="L") as columns:
        columns.write(f"{one} {two} " + "After that there is more to say about every one of the boats. " * 70)
    found = paragraphs(read(tmp_path, bytes(pdf.output())))
    assert len(found) == 1
    assert found[0].startswith(f"{one} {two}")
    assert found[0].count("After that there is more to say about every one of the boats.") == 70


# --- bad files


def picture_only() -> bytes:
    pdf = FPDF()
    for _ in range(3):
        pdf.add_page()
        pdf.rect(20, 20, 100, 100, style="F")
    return bytes(pdf.output())


def encrypted() -> bytes:
    pdf = FPDF()
    pdf.add_page()
    pdf.set_font("helvetica", "", 12)
    pdf.cell(0, 8, "Secret.")
    pdf.set_encryption(owner_password="o", user_password="u")
    return bytes(pdf.output())


def many_pages() -> bytes:
    document = pypdfium2.PdfDocument.new()
    for _ in range(5000):
        document.new_page(100, 100)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


WHOLE = raised("A whole sentence stands here.", "", "")
BAD = [
    ("encrypted", encrypted, "is encrypted; save a copy without a password"),
    ("scan", picture_only, r"3 pages but no text, so it is a scan.*ocrmypdf"),
    ("too long", many_pages, rf"5,000 pages, 1 to {MAX_PAGES:,} can be read; split it"),
    ("cut in the middle", lambda: WHOLE[: len(WHOLE) // 2], "cut off"),
    ("cut at the end", lambda: WHOLE[:-7], "cut off"),
    ("only a header", lambda: b"%PDF-1.7\n", "damaged or cut off"),
    ("noise inside", lambda: b"%PDF-1.7\n" + bytes(range(256)) * 20 + b"\n%%EOF", "damaged or cut off"),
    ("text with a wrong name", lambda: b"Hello there, this is text.", "is not a PDF file"),
    ("empty", lambda: b"", "is empty"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "message"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_a_bad_file_is_one_line_and_the_others_are_read(tmp_path: Path, data: object, message: str) -> None:
    (tmp_path / "bad.pdf").write_bytes(data())  # type: ignore[operator]
    (tmp_path / "good.pdf").write_bytes(WHOLE)
    corpus = read_corpus(tmp_path)
    assert [d.path for d in corpus.documents] == ["good.pdf"]
    [problem] = corpus.problems
    assert re.search(message, problem.message)
    assert problem.message.startswith("bad.pdf ")
    assert "\n" not in problem.message


def test_a_pdf_under_the_name_of_a_text_is_told_apart(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"notes.txt is binary, by its first bytes a .pdf file; give it that suffix"):
        read(tmp_path, WHOLE, "notes.txt")


def test_a_page_without_text_keeps_its_number(tmp_path: Path) -> None:
    pdf = FPDF()
    pdf.set_font("helvetica", "", 12)
    for text in ("", "Second page speaks here.", "", "Fourth page speaks too.", ""):
        pdf.add_page()
        pdf.cell(0, 8, text)
    document = read(tmp_path, bytes(pdf.output()))
    assert len(document.pages) == 5
    assert document.page_at(document.text.index("Second")) == 2
    assert document.page_at(document.text.index("Fourth")) == 4


def test_the_same_words_as_pdf_and_as_text_are_duplicates(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(WHOLE)
    (tmp_path / "b.txt").write_text("A whole sentence stands here.", encoding="utf-8")
    corpus = read_corpus(tmp_path)
    assert [d.path for d in corpus.documents] == ["a.pdf"]
    assert corpus.problems[0].message == "b.txt has the same text as a.pdf; remove one of them"


def test_text_documents_have_no_pages(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Hello there.", encoding="utf-8")
    document = read_document(tmp_path / "a.txt", "a.txt")
    assert (document.pages, document.page_at(0)) == ((), None)
    citation = cite(document, document.sentences, 1)
    assert citation.page is None
    assert "p." not in place(citation, {document.id: document})
