"""Library: files are added whole, indexed in the background, and whatever goes wrong leaves the old index answering."""

from __future__ import annotations

import shutil
import stat
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import make_assistant
from fpdf import FPDF
from pdf_files import harbour_report

from rag.documents import MAX_BYTES
from rag.embedding import Embedder, MultilingualEncoder
from rag.errors import CorpusError
from rag.index import current_build
from rag.library import FileOutcome, Library, State
from rag.library.files import Stat, look, put, safe_name
from rag.records import Answer

GAMMA = b"# Gamma report\n\nA ferry sank near Iquique in 2021. Nine sailors were rescued.\n"
PATIENCE = 240.0
"""Seconds; a builder needs some ten on an idle machine, mostly to import its libraries."""


def until(condition: Callable[[], object]) -> None:
    """Wait; fail when it does not come."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def states(library: Library) -> dict[str, str]:
    return {outcome.name: outcome.state for outcome in library.outcomes()}


@pytest.fixture
def library(tiny: Path) -> Iterator[Library]:
    """Over the tiny corpus, watching it."""
    with Library(tiny / "corpus", tiny / "index", poll=0.1) as library:
        until(lambda: library.state().stage is None and library._done is not None)
        yield library


# --- files


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Users\\ana\\Informe Ñandú.DOCX", "Informe Ñandú.docx"),
        (".hidden.md", "hidden.md"),
        ("a\u202etxt.\u0000pdf", "atxt.pdf"),
        ('what? "why" <b>.html', "what why b.html"),
        (".txt", "document.txt"),
        ("é" * 300 + ".txt", "é" * 75 + ".txt"),
        ("e\u0301.txt", "é.txt"),
    ],
)
def test_a_name_is_made_safe(name: str, clean: str) -> None:
    assert safe_name(name) == clean


@pytest.mark.parametrize("name", ["report.exe", "report", "report.md.toml", "", "..", "pdf"])
def test_a_file_of_another_kind_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"is not a \.md, .*; convert it to one of these"):
        put(tmp_path, name, b"text")
    assert list(tmp_path.iterdir()) == []


def test_a_taken_name_is_numbered_and_nothing_is_overwritten(tmp_path: Path) -> None:
    paths = [put(tmp_path, name, name.encode()) for name in ("a.txt", "x/a.txt", "y/a.txt", "README.md")]
    assert [path.name for path in paths] == ["a.txt", "a (2).txt", "a (3).txt", "README (2).md"]
    assert [path.read_bytes() for path in paths] == [b"a.txt", b"x/a.txt", b"y/a.txt", b"README.md"]


def test_a_file_that_is_too_large_or_cannot_be_copied_leaves_nothing_behind(tmp_path: Path) -> None:
    large = tmp_path / "large.pdf"
    with large.open("wb") as handle:
        handle.truncate(MAX_BYTES + 1)
    with pytest.raises(CorpusError, match=r"large.pdf has 200 MB, 200 are allowed"):
        put(tmp_path / "corpus", "large.pdf", large)
    with pytest.raises(CorpusError, match=r"gone.pdf cannot be added"):
        put(tmp_path / "corpus", "gone.pdf", tmp_path / "gone.pdf")
    (tmp_path / "corpus").mkdir(exist_ok=True)
    with pytest.raises(CorpusError, match=r"cannot be added"):
        put(tmp_path / "corpus", "folder.pdf", tmp_path)
    assert list((tmp_path / "corpus").iterdir()) == []


def test_the_same_bytes_under_another_name_are_not_added(library: Library, tiny: Path) -> None:
    outcome = library.add("copy.md", (tiny / "corpus" / "alpha.md").read_bytes())
    assert outcome == FileOutcome("copy.md", "duplicate", "copy.md is the same file as alpha.md; it was not added")
    assert sorted(states(library)) == ["alpha.md", "beta.md"]


def test_only_documents_of_the_folder_can_be_removed(library: Library, tiny: Path) -> None:
    (tiny / "secret.txt").write_text("Not in the corpus.", encoding="utf-8")
    for name in ("../secret.txt", str(tiny / "secret.txt"), "none.txt", ".", ""):
        with pytest.raises(CorpusError, match="is no document of"):
            library.remove(name)
    assert (tiny / "secret.txt").exists()


# --- index


def test_files_are_listed_with_what_the_index_has_of_them(library: Library) -> None:
    ids = sorted(outcome.document_id or "" for outcome in library.outcomes())
    assert library.state() == State(None, 0, 0, None, None, library.outcomes(), tuple(ids))
    [alpha, beta] = library.outcomes()
    assert (alpha.name, alpha.state, alpha.title, alpha.pages, alpha.message) == ("alpha.md", "indexed", "Alpha report", None, "")  # fmt: skip
    assert alpha.size > 50
    assert alpha.document_id != beta.document_id


def test_an_added_file_is_indexed_in_the_background_and_swapped_in_whole(
    tiny: Path, embedder: Embedder, encoder: MultilingualEncoder
) -> None:
    assistant = make_assistant(tiny / "index", tiny / "corpus", embedder, encoder)
    seen: list[State] = []
    swapped = threading.Event()
    library = Library(tiny / "corpus", tiny / "index", poll=0.1, swapped=lambda: (assistant.refresh(), swapped.set()))
    with library:
        until(swapped.is_set)
        swapped.clear()
        first = current_build(tiny / "index")
        picture = FPDF()
        picture.set_font("helvetica", "", 12)
        for text in ("A truck was found in Tacna.", ""):
            picture.add_page()
            picture.cell(0, 8, text)
        (tiny / "upload.tmp").write_bytes(GAMMA)
        outcomes = [
            library.add("gamma.md", tiny / "upload.tmp"),
            library.add("broken.pdf", b"%PDF-1.7 broken"),
            library.add("scan.pdf", bytes(picture.output())),
        ]
        assert {outcome.state for outcome in outcomes} == {"waiting"}
        while not swapped.wait(0.02):
            seen.append(library.state())
            if len(seen) % 25 == 1:  # more often would only take the processor from the builder
                assert isinstance(assistant.ask("Who resigned in Quito?"), Answer)
        until(lambda: library.state().stage is None and "waiting" not in states(library).values())
        stages = list(dict.fromkeys(state.stage for state in seen if state.stage))
        assert stages[0] == "starting"
        assert any(stage.startswith("embedding") for stage in stages)
        assert all(state.done <= state.total for state in seen)
        assert states(library) == {
            "alpha.md": "indexed", "beta.md": "indexed", "broken.pdf": "left out", "gamma.md": "indexed", "scan.pdf": "indexed",
        }  # fmt: skip
        by_name = {outcome.name: outcome for outcome in library.outcomes()}
        assert by_name["broken.pdf"].message.startswith("broken.pdf is damaged or cut off")
        assert by_name["scan.pdf"].pages == 2
        assert by_name["scan.pdf"].message == "no text on page 2: empty, or a picture of text that cannot be searched"
        assert current_build(tiny / "index") != first
        answer = assistant.ask("Where did a ferry sink?")
        assert isinstance(answer, Answer)
        assert answer.citations[0].document_id == by_name["gamma.md"].document_id

        swapped.clear()
        library.remove("gamma.md")
        until(swapped.is_set)
        assert "gamma.md" not in states(library)
        assert by_name["gamma.md"].document_id not in assistant.documents
        assert not (tiny / "corpus" / "gamma.md").exists()


def test_a_file_dropped_into_the_folder_is_taken_up(library: Library, tiny: Path) -> None:
    shutil.copy(tiny / "corpus" / "alpha.md", tiny / "corpus" / "copy.md")
    (tiny / "corpus" / "gamma.md").write_bytes(GAMMA)
    until(lambda: states(library)["gamma.md"] == "indexed" and states(library)["copy.md"] == "left out")
    by_name = {outcome.name: outcome for outcome in library.outcomes()}
    assert by_name["gamma.md"].title == "Gamma report"
    assert by_name["copy.md"].message == "copy.md has the same text as alpha.md; remove one of them"


def test_a_file_that_is_added_while_the_folder_is_looked_at_is_built_once(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library, built, to_add = Library(tiny / "corpus", tiny / "index"), list[Stat](), ["gamma.md"]
    monkeypatch.setattr(library, "_run", lambda seen: (built.append(seen), library._finish(seen, "stopped")))

    def meanwhile(folder: Path) -> Stat:
        seen = look(folder)
        if to_add:
            library.add(to_add.pop(), GAMMA)
        return seen

    library._look()
    monkeypatch.setattr("rag.library.library.look", meanwhile)
    for _ in range(4):
        library._look()

    assert built == [look(tiny / "corpus")]


def test_a_cancelled_build_leaves_the_old_index_and_the_files_wait(library: Library, tiny: Path) -> None:
    before = current_build(tiny / "index")
    library.add("harbour.pdf", harbour_report(30).data())
    until(lambda: (library.state().stage or "").startswith("embedding"))
    until(lambda: library.state().seconds_left is not None or library.state().stage is None)
    left = library.state().seconds_left
    library.cancel()
    until(lambda: library.state().stage is None)
    assert left is not None
    assert left > 0
    assert library.state().error == "the build was stopped; the index before it goes on"
    assert states(library) == {"alpha.md": "indexed", "beta.md": "indexed", "harbour.pdf": "waiting"}
    assert current_build(tiny / "index") == before
    assert list((tiny / "index" / "builds").iterdir()) == [before], "what was written of the new one is gone"
    time.sleep(0.5)
    assert library.state().stage is None, "it does not start again by itself"
    library.remove("harbour.pdf")
    until(lambda: library.state().error is None and library.state().stage is None)
    assert current_build(tiny / "index") == before, "the folder is what the index was made from"


def test_the_only_document_stays(library: Library, tiny: Path) -> None:
    library.remove("beta.md")
    until(lambda: library.state().stage is None and set(states(library).values()) == {"indexed"} and library._done is not None)  # fmt: skip
    with pytest.raises(CorpusError, match=r"alpha.md is the only document; add another one before you remove it"):
        library.remove("alpha.md")
    assert (tiny / "corpus" / "alpha.md").exists()


def test_a_folder_without_readable_documents_says_so_and_the_old_index_goes_on(library: Library, tiny: Path) -> None:
    before = current_build(tiny / "index")
    for name in ("alpha.md", "beta.md"):
        (tiny / "corpus" / name).unlink()
    until(lambda: library.state().error)
    assert "has no readable document" in (library.state().error or "")
    assert current_build(tiny / "index") == before
    shutil.rmtree(tiny / "corpus")
    (tiny / "corpus").mkdir()
    (tiny / "corpus" / "gamma.md").write_bytes(GAMMA)
    until(lambda: states(library).get("gamma.md") == "indexed")


def test_a_build_by_another_process_is_waited_for(library: Library, tiny: Path, tmp_path: Path) -> None:
    from filelock import FileLock

    lock = FileLock(tiny / "index" / "build.lock")
    with lock:
        library.add("gamma.md", GAMMA)
        until(lambda: library.state().error)
        assert "is being built by" in (library.state().error or "")
    until(lambda: states(library)["gamma.md"] == "indexed")
    assert library.state().error is None


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "corpus").write_text("a file")
    with pytest.raises(CorpusError, match=r"gamma.md cannot be added to .*corpus") as caught:
        Library(tmp_path / "corpus", tmp_path / "index").add("gamma.md", GAMMA)
    assert "\n" not in str(caught.value)


def test_a_read_only_document_can_be_removed_and_its_sidecar_goes_too(library: Library, tiny: Path) -> None:
    (tiny / "corpus" / "beta.md").chmod(stat.S_IRUSR)
    (tiny / "corpus" / "beta.md.toml").write_text('title = "B"', encoding="utf-8")
    library.remove("beta.md")
    assert sorted(path.name for path in (tiny / "corpus").iterdir()) == ["alpha.md"]


def test_watching_ends_with_the_library(tiny: Path) -> None:
    def watchers() -> int:
        return sum(thread.name.startswith("watching ") for thread in threading.enumerate())

    before = watchers()
    library = Library(tiny / "corpus", tiny / "index", poll=0.05).start()
    assert watchers() == before + 1
    del library
    until(lambda: watchers() == before)
    with Library(tiny / "corpus", tiny / "index", poll=60):
        assert watchers() == before + 1
    until(lambda: watchers() == before)
