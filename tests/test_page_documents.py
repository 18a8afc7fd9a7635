"""Documents on the page: a long PDF is added, cited by page, asked alone, removed; and what cannot be is told."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from page_helpers import ENTER, Window, browsing
from pdf_files import Report, harbour_report
from servers import served

pytestmark = browsing

ACCEPT = "window.confirm = () => true"


@pytest.fixture(scope="module")
def harbour() -> Report:
    return harbour_report()


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "ferry.md").write_text(
        "# Ferry report\n\nA ferry sank near Iquique in 2021. Nine sailors were rescued by the navy.\n"
    )
    return folder


@pytest.fixture
def window(tmp_path: Path, corpus: Path) -> Iterator[Window]:
    with served(tmp_path, RAG_CORPUS=str(corpus)) as url:
        window = Window(url, tmp_path / "profile")
        window.all("#documents summary")[0].click()
        window.wait(lambda: window.all("#documents .files li"))
        yield window
        window.driver.quit()


def add(window: Window, *paths: Path) -> None:
    window.all("#documents [type=file]")[0].send_keys("\n".join(map(str, paths)))


def test_a_pdf_of_thirty_pages_is_added_cited_by_page_asked_alone_and_removed(
    window: Window, corpus: Path, tmp_path: Path, harbour: Report
) -> None:
    pdf = tmp_path / "harbour.pdf"
    pdf.write_bytes(harbour.data())
    notes = tmp_path / "notes.xlsx"
    notes.write_bytes(b"PK")
    same = tmp_path / "again.md"
    same.write_bytes((corpus / "ferry.md").read_bytes())

    add(window, pdf, notes, same)
    window.wait(lambda: len(window.texts("#documents .news li")) >= 3)
    added, refused, double = window.texts("#documents .news li")[:3]
    assert "harbour.pdf" in added
    assert "notes.xlsx" in refused
    assert ".docx" in refused
    assert "again.md is the same file as ferry.md" in double
    window.wait(lambda: any(re.search(r"\d of \d", text) for text in window.texts("#documents .build span")))
    window.ask("Who rescued the sailors?")  # from the documents as they were
    assert "rescued by the navy" in window.texts("#chat .quote")[0]
    window.wait(
        lambda: any(
            "Who watches the harbours" in row and "30 pages" in row for row in window.texts("#documents .files li")
        )
    )
    window.wait(lambda: any("up to date" in line for line in window.texts("#documents .news li")))
    assert window.texts("#viewer select option") == ["Ferry report (1 cited)", "Who watches the harbours"]
    assert (corpus / "harbour.pdf").read_bytes() == pdf.read_bytes()

    paragraph, (page, _) = next((p, placed) for p, placed in harbour.placed.items() if "In month 41 of" in p)
    window.ask("How many containers did inspector Ana Ruiz count in month 41?")
    assert window.texts("#chat .turn:last-child .quote")[0] in paragraph
    assert window.texts("#chat .turn:last-child .place")[0].endswith(f"page {page}")
    window.all("#chat .turn:last-child a.cite")[0].click()
    window.wait(lambda: window.texts("mark.hit"))
    assert "".join(window.texts("mark.hit")) in paragraph

    window.all("#documents summary")[0].click()
    window.all("#documents [data-name='ferry.md']")[0].click()
    window.wait(lambda: window.texts("#documents summary") == ["Documents: 1 of 2"])
    window.ask("Who rescued the sailors?")
    assert "Asked of these documents only: “Who watches the harbours”" in window.texts(
        "#chat .turn:last-child .understood"
    )
    assert not any("navy" in quote for quote in window.texts("#chat .turn:last-child .quote"))

    window.all("#documents summary")[0].click()  # asking has closed it
    window.all("#documents [data-key='only ferry.md']")[0].click()
    window.wait(lambda: not window.all("#documents [data-name='harbour.pdf']")[0].is_selected())
    window.all("#documents [data-key='only null']")[0].click()
    window.wait(lambda: window.texts("#documents summary") == ["Documents"])

    window.driver.execute_script(ACCEPT)
    window.all("#documents [data-key='remove harbour.pdf']")[0].click()
    window.wait(lambda: len(window.texts("#documents .files li")) == 1 and len(window.texts("#viewer select")) == 0)
    assert not (corpus / "harbour.pdf").exists()
    window.all("#documents [data-key='remove ferry.md']")[0].click()
    window.wait(lambda: any("is the only document" in line for line in window.texts("#documents .news li")))
    assert (corpus / "ferry.md").exists()


def test_indexing_is_stopped_and_taken_up_again_by_keyboard(window: Window, corpus: Path, tmp_path: Path) -> None:
    pdf = tmp_path / "harbour.pdf"
    pdf.write_bytes(harbour_report(3).data())
    add(window, pdf)
    stop = "#documents .build button"
    window.wait(lambda: window.all("#documents .build .facts") and window.texts(stop) == ["Stop"])
    window.driver.execute_script("document.querySelector('#documents .build button').focus()")
    window.press(ENTER)
    window.wait(lambda: any("was stopped" in line for line in window.texts("#documents .build .problem")))
    assert window.texts(stop) == ["Index now"]
    assert any("waiting to be indexed" in row for row in window.texts("#documents .files li"))
    assert window.violations() == []
    window.size(360, 700)
    assert window.violations() == []
    window.driver.execute_script("document.querySelector('#documents .build button').focus()")
    window.press(ENTER)
    window.wait(lambda: any("3 pages" in row for row in window.texts("#documents .files li")))


def test_where_documents_are_only_read_nothing_can_be_added(tmp_path: Path, corpus: Path) -> None:
    with served(tmp_path, RAG_CORPUS=str(corpus), RAG_UPLOADS="false") as url:
        window = Window(url, tmp_path / "profile", language="es-ES")
        try:
            window.all("#documents summary")[0].click()
            window.wait(lambda: window.all("#documents .files li"))
            window.wait(lambda: window.texts("#documents summary") == ["Documentos"])
            assert not window.all("#documents [type=file]")[0].is_displayed()
            assert window.all("#documents .only")[0].is_displayed()
            assert window.texts("#documents .files button") == []
            assert window.violations() == []
        finally:
            window.driver.quit()
