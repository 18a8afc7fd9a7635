"""Canonical text: what is removed, what is joined, what each part is, and that every character can be traced to its file."""

import hashlib
import re
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.documents import read_corpus, read_document
from rag.errors import CorpusError
from rag.records import Document

FILE = Path(__file__).parent.parent / "corpus" / "tren-de-aragua-2023-10.txt"
THREE = "Three Stages in the Construction of Tren de Aragua's Transnational Empire"
PORTFOLIO = "Tren de Aragua's Criminal Portfolio: Adapt or Die"
HOME = "Venezuela's Tren de Aragua Loses its Home"


@pytest.fixture(scope="module")
def report() -> Document:
    return read_document(FILE, FILE.name)


def written(folder: Path, name: str, content: str | bytes, sidecar: str | None = None) -> Document:
    """The document of a file with this content."""
    (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    if sidecar is not None:
        (folder / f"{name}.toml").write_text(sidecar, encoding="utf-8")
    return read_document(folder / name, name)


def parts(document: Document) -> list[tuple[str, str]]:
    """(kind, text) of each sentence."""
    return [(s.kind, document.text[s.start : s.end]) for s in document.sentences]


def assert_traceable(document: Document, source: str) -> None:
    """Every run is in order, in range, and the file's own characters, white space aside."""
    canonical_end = source_end = 0
    for start, place, length in document.source_runs:
        assert canonical_end <= start < start + length <= len(document.text)
        assert source_end <= place < place + length <= len(source)
        canonical_end, source_end = start + length, place + length
        for here, there in zip(document.text[start:canonical_end], source[place:source_end], strict=True):
            assert here == there or (here.isspace() and there.isspace())


def assert_sentences_cover(document: Document) -> None:
    """Sentences are stripped, in order, apart, and leave out nothing but white space."""
    end = 0
    for sentence in document.sentences:
        assert end <= sentence.start < sentence.end <= len(document.text)
        assert document.text[end : sentence.start].strip() == ""
        assert not {document.text[sentence.start], document.text[sentence.end - 1]} & set(" \t\n\r")
        end = sentence.end
    assert document.text[end:].strip() == ""


def cases(rows: list[tuple[Any, ...]]) -> list[Any]:
    """Rows of (id, values…) as parameters."""
    return [pytest.param(*row[1:], id=row[0]) for row in rows]


def unmapped(document: Document) -> str:
    """Characters other than white space that no run holds."""
    mapped = {i for start, _, length in document.source_runs for i in range(start, start + length)}
    return "".join(c for i, c in enumerate(document.text) if not c.isspace() and i not in mapped)


# --- the real report


def test_report_loses_its_markup_and_nothing_else_that_was_written(report: Document) -> None:
    assert "charging them between US$1-2 per day" in report.text
    assert "controls the pagadiarios, low-cost" in report.text
    assert not {"*", "\\", "\t"} & set(report.text)
    kept = [c for c in FILE.read_text(encoding="utf-8") if not c.isspace() and c not in "*\\"]
    assert [c for c in report.text if not c.isspace()] == kept


def test_report_identity_comes_from_file_and_sidecar(report: Document) -> None:
    assert report.title == "Tren de Aragua: From Prison Gang to Transnational Criminal Enterprise"
    assert (report.publisher, report.published, report.language) == ("InSight Crime", "October 2023", "en")
    assert report.authors == ("Venezuela Investigative Unit",)
    assert report.sha256 == hashlib.sha256(report.text.encode()).hexdigest()
    assert report.id == report.sha256[:16]
    assert report.file_sha256 == hashlib.sha256(FILE.read_bytes()).hexdigest()


def test_sentence_cut_by_a_page_break_is_joined_and_a_truncated_one_stays(report: Document) -> None:
    joined = "This geographical spread was accompanied by an expansion into a broad range of criminal economies."
    truncated = "Peru's gota a gota markets were traditionally controlled by Colombian gangs or loose networks, "
    truncated += "but Tren de Aragua has suc retail drug sales."
    assert {("body", joined), ("body", truncated)} <= set(parts(report))


SOURCES, SITE = "Sources: InSight Crime investigations and open sources", "insightcrime.org"
NOT_BODY = [
    ("contents", "contents", ["Contents", "Venezuela's Tren de Aragua Loses its Home 4\nThe Prison Break 5", "·\n26\nVenezuela's"]),
    ("captions", "caption", ["Phases of Tren de Aragua's International Expansion", SITE, "August 2023", SOURCES,
                             "Santiago 🖸", "Concepción 🔮", SITE, "July 2023", SOURCES,
                             "How Venezuelan Women Are Exploited by Tren de Aragua", "August 2023", SOURCES, SITE,
                             "For more information, visit insightcrime.org"]),
    ("credits", "credits", ["October 2023", "Authors:\n\nVenezuela Investigative Unit", "Layout and Design:\n\nAna Isabel Rico",
                            "Editing:\n\nJeremy McDermott - Director Peter Appleby, Mike LaSusa – Editors"]),
    ("title", "title", ["Tren de Aragua: From Prison Gang to Transnational Criminal Enterprise"] * 2),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "expected"), cases(NOT_BODY))
def test_what_is_not_body_has_its_kind(report: Document, kind: str, expected: list[str]) -> None:
    found = [text for other, text in parts(report) if other == kind]
    assert len(found) == len(expected)
    assert all(text.startswith(start) for text, start in zip(found, expected, strict=True))


PATHS = [
    ("chapter", "On September 20, 2023, 11,000 police", (HOME,)),
    ("section", '"The government decided to essentially do nothing', (HOME, "The Prison Break")),
    ("question-heading", "Several experts have suggested", (HOME, "The End of Tocorón: Decline or Evolution?")),
    ("bold-heading", '"Tour operators" offering trips', (THREE,)),
    (
        "before-figure",
        "And they allegedly dumped dismembered bodies",
        (THREE, "Penetration: Wielding Violence and Fear"),
    ),
    ("after-figure", '"There are no more Peruvian pimps', (THREE, "Penetration: Wielding Violence and Fear")),
    ("third-chapter", "Yet that is exactly how Venezuelan migrants", (PORTFOLIO,)),
    (
        "long-heading",
        "For the moment, though",
        (PORTFOLIO, "Could Tren de Aragua Become a Drug Trafficking Organization?"),
    ),
    ("front", "October 2023\n\nAuthors", ()),
]


@pytest.mark.parametrize(("sentence", "path"), cases(PATHS))
def test_section_path_of_a_sentence(report: Document, sentence: str, path: tuple[str, ...]) -> None:
    assert report.section_at(report.text.index(sentence)) == path
    assert [s.end for s in report.sections] == [*(s.start for s in report.sections[1:]), len(report.text)]


def test_every_character_of_the_report_is_traced_to_the_file(report: Document) -> None:
    source = FILE.read_text(encoding="utf-8")
    assert_traceable(report, source)
    assert unmapped(report) == ""
    offset = report.text.index("US$1-2")
    assert source[report.source_offset(offset) :].startswith("US\\$1-2")
    with pytest.raises(ValueError, match="no counterpart"):
        report.source_offset(report.text.index("\n\n"))


def test_sentences_of_the_report_cover_it(report: Document) -> None:
    assert_sentences_cover(report)
    assert [s.paragraph for s in report.sentences] == sorted(s.paragraph for s in report.sentences)


# --- Markdown and plain text

MARKDOWN = [
    ("atx", "# T\n\n## Sub *x*\n\nBody.", ["T", "Sub x", "Body."]),
    ("setext", "Sub\n---\n\nBody.", ["Sub", "Body."]),
    ("list", "- one\n- two\n  goes on\n  - nested\n\n1. first", ["one", "two goes on", "nested", "first"]),
    ("table", "| a | b |\n|---|---|\n| one | two |", ["a | b", "one | two"]),
    ("link", 'A [link (x)](http://x.org/a_(b) "t") here.', ["A link (x) here."]),
    ("image", "An ![alt](b.png) image.", ["An image."]),
    ("escape", "Costs US\\$1-2, 5\\*6.", ["Costs US$1-2, 5*6."]),
    ("code", "Run `a *b*` now.\n\n```py\nx = 1\n```", ["Run a *b* now.", "x = 1"]),
    ("comment", "One.\n\n<!-- hidden -->\n\nTwo <!-- too --> three.", ["One.", "Two three."]),
    ("entity", "A &amp; B.", ["A & B."]),
    ("quote", "> Said so.", ["Said so."]),
    ("tags", "One <b>bold</b> word.", ["One bold word."]),
    ("html-block", "One.\n\n<p>Text in a tag.</p>\n\nTwo.", ["One.", "Text in a tag.", "Two."]),
    ("crlf", "# H\r\n\r\nOne **line**\r\ngoes on.\r\n", ["H", "One line goes on."]),
    ("bom", "\ufeff# Heading\n\nBody.", ["Heading", "Body."]),
    ("invisible", "A\u00a0b so\u00adft ze\u200bro con\x07trol.", ["A b soft zero control."]),
]


@pytest.mark.parametrize(("source", "expected"), cases(MARKDOWN))
def test_markdown_marks_are_removed_and_words_kept(tmp_path: Path, source: str, expected: list[str]) -> None:
    document = written(tmp_path, "a.md", source)
    assert [text for _, text in parts(document)] == expected
    assert_traceable(document, source)
    assert_sentences_cover(document)


TRACED = [
    ("crlf-lines", "a.txt", "First line\r\ngoes on.\r\n\r\nSecond one."),
    ("old-mac-lines", "a.txt", "First line\rgoes on."),
    ("reference-link", "a.md", "[ref][r] and more. (A note) then text.\n\n[r]: http://e.org"),
    ("autolink", "a.md", "See <http://e.org> for this (x) and that."),
]


@pytest.mark.parametrize(("name", "source"), cases(TRACED))
def test_every_character_that_stands_in_the_file_is_mapped(tmp_path: Path, name: str, source: str) -> None:
    document = written(tmp_path, name, source)
    assert_traceable(document, source)
    assert unmapped(document) == ""


TWINS = [
    ("image-text", "![on the cat](x.png) the cat", "the cat"),
    ("link-title", '[a](http://e.org "t) z") z', "z"),
]


@pytest.mark.parametrize(("source", "words"), cases(TWINS))
def test_words_are_not_mapped_to_their_twin_in_markup(tmp_path: Path, source: str, words: str) -> None:
    document = written(tmp_path, "a.md", source)
    assert document.source_offset(document.text.rindex(words)) == source.rindex(words)


PLAIN = [
    ("no-headings", "One here. Two there.\n\nThree.", [("body", "One here."), ("body", "Two there."), ("body", "Three.")]),
    ("one-line", "Just this.", [("body", "Just this.")]),
    ("one-line-without-end", "Just this", [("body", "Just this")]),
    ("marks-of-markdown", "# not marked.\n\n1. not a list.\n\n    not code.",
     [("body", "# not marked."), ("body", "1. not a list."), ("body", "not code.")]),
    ("white-space", "A\u00a0b so\u00adft ze\u200bro con\x07trol\tx.", [("body", "A b soft zero control x.")]),
    ("bom", "\ufeffA line.", [("body", "A line.")]),
    ("wrapped-lines-ending-in-years", "Arrests were made in Bogotá in 2018\nand went on in Lima until 2022\nwhen they ended.",
     [("body", "Arrests were made in Bogotá in 2018 and went on in Lima until 2022 when they ended.")]),
    ("figures-by-line-after-text", "Arrests by country follow here.\n\nPeru 53\nChile 40\nColombia 30\n\nThat is all.",
     [("body", "Arrests by country follow here."), ("body", "Peru 53 Chile 40 Colombia 30"), ("body", "That is all.")]),
    ("byline", "By Ana Ruiz\n\nIt rained here.", [("credits", "By Ana Ruiz"), ("body", "It rained here.")]),
    ("year-at-the-start", "2018 was the worst year.\n\nIt rained.", [("body", "2018 was the worst year."), ("body", "It rained.")]),
    ("multiplication", "It is 2*3*4 metres.", [("body", "It is 2*3*4 metres.")]),
]  # fmt: skip


@pytest.mark.parametrize(("source", "expected"), cases(PLAIN))
def test_plain_text(tmp_path: Path, source: str, expected: list[tuple[str, str]]) -> None:
    assert parts(written(tmp_path, "a.txt", source)) == expected


def test_markdown_sections_follow_the_heading_levels(tmp_path: Path) -> None:
    document = written(tmp_path, "a.md", "# T\n\n## A\n\nOne.\n\n### B\n\nTwo.\n\n## C\n\nThree.")
    assert [document.section_at(document.text.index(word)) for word in ("One", "Two", "Three")] == [
        ("A",),
        ("A", "B"),
        ("C",),
    ]


# --- files that cannot be read

BAD = [
    ("empty", "x.txt", b"", None, "empty"),
    ("blank", "x.txt", b" \n\t\n", None, "empty"),
    ("binary", "x.txt", b"ab\0cd", None, "binary"),
    ("utf-16", "x.txt", "héllo.".encode("utf-16"), None, "binary or not UTF-8"),
    ("latin-1", "x.txt", "héllo.".encode("latin-1"), None, r"not UTF-8 \(byte 1 is 0xe9\)"),
    ("suffix", "x.pdf", b"%PDF-1.7", None, "convert it"),
    ("invisible", "x.txt", "\u200b\u00ad".encode(), None, "no text"),
    ("only-a-heading", "x.md", b"# Title", None, "no text"),
    ("sidecar-not-toml", "x.txt", b"Hello there.", "title = ", "x.txt.toml is not readable TOML"),
    ("sidecar-checksum", "x.txt", b"Hello there.", 'sha256 = "abc"', "sha256 23ea498e82f4"),
    ("duplicate", "x.txt", b"A good file.", None, "same text as good.txt"),
]


@pytest.mark.parametrize(("name", "data", "sidecar", "message"), cases(BAD))
def test_bad_file_is_named_and_the_rest_is_read(
    tmp_path: Path, name: str, data: bytes, sidecar: str | None, message: str
) -> None:
    (tmp_path / "good.txt").write_text("A good file.\n", encoding="utf-8")
    (tmp_path / name).write_bytes(data)
    if sidecar is not None:
        (tmp_path / f"{name}.toml").write_text(sidecar, encoding="utf-8")
    corpus = read_corpus(tmp_path)
    assert [document.path for document in corpus.documents] == ["good.txt"]
    assert [problem.path for problem in corpus.problems] == [name]
    assert corpus.problems[0].message.startswith(name)
    assert re.search(message, corpus.problems[0].message)


def test_one_author_as_a_string_is_one_author(tmp_path: Path) -> None:
    assert written(tmp_path, "a.txt", "Hello there.", 'authors = "Ana Ruiz"').authors == ("Ana Ruiz",)


def test_hidden_files_and_readme_are_no_documents_and_a_missing_folder_is_refused(tmp_path: Path) -> None:
    for name in (".hidden.txt", "README.md", "sub/b.txt", ".git/c.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"Text of {name}.", encoding="utf-8")
    corpus = read_corpus(tmp_path)
    assert ([document.path for document in corpus.documents], corpus.problems) == (["sub/b.txt"], ())
    with pytest.raises(CorpusError, match="does not exist"):
        read_corpus(tmp_path / "none")


MARKS = ["**", "\n\n", "\r\n", "[a](b)", "```\n", "<!--", "-->", "<b>", "&amp;", "Hello world.", "2018"]
PIECES = st.sampled_from([*'*_\\`|#->[]()"“”: .\n\r\ta1é\u00a0\u00ad\u200b\ufeff\x07', *MARKS])
CONTENT = st.lists(PIECES | st.text(max_size=3), max_size=30).map(lambda pieces: "".join(pieces).encode())


@settings(max_examples=200, deadline=None)
@given(content=CONTENT | st.binary(max_size=60), suffix=st.sampled_from([".txt", ".md"]))
def test_any_file_is_read_exactly_or_refused(content: bytes, suffix: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        try:
            document = written(Path(folder), f"a{suffix}", content)
        except CorpusError:
            return
    assert_traceable(document, content.decode())
    assert_sentences_cover(document)
    assert document.text == document.text.strip()
