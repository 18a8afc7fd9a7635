"""DOCX and HTML: what a reader sees becomes paragraphs and sections; what is not text of the document is left out."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from rag.documents import read_corpus, read_document
from rag.documents.word import MAX_UNPACKED
from rag.records import Document


def read(folder: Path, name: str, data: bytes) -> Document:
    (folder / name).write_bytes(data)
    return read_document(folder / name, name)


def parts(document: Document) -> list[tuple[str, str]]:
    return [(s.kind, document.text[s.start : s.end]) for s in document.sentences]


def saved(document: docx.document.Document) -> bytes:
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def with_part(data: bytes, name: str, content: bytes) -> bytes:
    """The archive with one part added or replaced."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new,
    ):
        for part in old.namelist():
            if part != name:
                new.writestr(part, old.read(part))
        new.writestr(name, content)
    return out.getvalue()


# --- DOCX


def written_in_word() -> bytes:
    document = docx.Document()
    document.add_heading("The harbour", 0)
    document.add_heading("What was seen", 1)
    paragraph = document.add_paragraph("Ana Ruiz saw ")
    paragraph.add_run("seven").bold = True
    paragraph.add_run(" boats.\tThey left at night.")
    document.add_heading("At the pier", 2)
    document.add_paragraph("The lamps were out.", style="List Bullet")
    table = document.add_table(rows=2, cols=2)
    for row, cells in zip(table.rows, [("Port", "Boats"), ("Callao", "45")], strict=True):
        for cell, text in zip(row.cells, cells, strict=True):
            cell.text = text
    document.sections[0].header.paragraphs[0].text = "Confidential header"
    changed = document.add_paragraph("It ")
    for xml in (
        '<w:del {} w:id="1" w:author="x"><w:r><w:delText>never </w:delText></w:r></w:del>',
        '<w:ins {} w:id="2" w:author="x"><w:r><w:t xml:space="preserve">always </w:t></w:r></w:ins>',
        "<w:r {}><w:t>sank.</w:t></w:r>",
    ):
        changed._p.append(parse_xml(xml.format(nsdecls("w"))))
    return saved(document)


def test_a_word_file_gives_headings_paragraphs_lists_and_rows(tmp_path: Path) -> None:
    document = read(tmp_path, "a.docx", written_in_word())
    assert parts(document) == [
        ("title", "The harbour"), ("heading", "What was seen"), ("body", "Ana Ruiz saw seven boats."), ("body", "They left at night."),
        ("heading", "At the pier"), ("body", "The lamps were out."), ("body", "Port | Boats"), ("body", "Callao | 45"),
        ("body", "It always sank."),
    ]  # fmt: skip
    assert document.title == "The harbour"
    assert document.section_at(document.text.index("lamps")) == ("What was seen", "At the pier")
    assert document.pages == ()


def test_a_text_box_stands_once_and_a_content_control_is_read(tmp_path: Path) -> None:
    document = docx.Document()
    box = "<w:txbxContent><w:p><w:r><w:t>Said in a box.</w:t></w:r></w:p></w:txbxContent>"
    mc = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    document.element.body.insert(0, parse_xml(
        f"<w:p {nsdecls('w')} {mc}><w:r><w:t>Before it.</w:t><mc:AlternateContent><mc:Choice Requires=\"wps\">{box}</mc:Choice>"
        f"<mc:Fallback>{box}</mc:Fallback></mc:AlternateContent></w:r></w:p>"
    ))  # fmt: skip
    document.element.body.insert(1, parse_xml(
        f"<w:sdt {nsdecls('w')}><w:sdtContent><w:p><w:r><w:t>In a control.</w:t></w:r></w:p></w:sdtContent></w:sdt>"
    ))  # fmt: skip
    assert parts(read(tmp_path, "a.docx", saved(document))) == [
        ("body", "Before it."),
        ("body", "Said in a box."),
        ("body", "In a control."),
    ]


def zip_bomb() -> bytes:
    return with_part(written_in_word(), "word/media/image1.bin", b"\0" * (MAX_UNPACKED + 1))


def entity_bomb() -> bytes:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    xml = f'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY e0 "lol">{entities}]><w:document {nsdecls("w")}><w:body><w:p><w:r><w:t>&e9;</w:t></w:r></w:p></w:body></w:document>'
    return with_part(written_in_word(), "word/document.xml", xml.encode())


BAD_WORD: list[tuple[str, Callable[[], bytes], str]] = [
    ("zip bomb", zip_bomb, r"unpacks to \d+ MB in \d+ parts, 300 MB in 10,000 are allowed"),
    ("entity bomb", entity_bomb, "damaged|no text"),
    ("cut off", lambda: written_in_word()[:-3000], "damaged, cut off or no Word document"),
    ("another zip", lambda: with_part(b"PK\x05\x06" + bytes(18), "a.txt", b"text"), "damaged or no Word document"),
    ("broken XML", lambda: with_part(written_in_word(), "word/document.xml", b"<w:document"), "damaged or no Word document"),
    ("old or encrypted", lambda: b"\xd0\xcf\x11\xe0" + bytes(600), "encrypted or an old .doc"),
    ("text", lambda: b"Hello there.", "no Word document"),
    ("without words", lambda: saved(docx.Document()), "holds no text that could be quoted"),
    ("empty", lambda: b"", "is empty"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "message"), [row[1:] for row in BAD_WORD], ids=[row[0] for row in BAD_WORD])
def test_a_bad_word_file_is_one_line_and_the_others_are_read(
    tmp_path: Path, data: Callable[[], bytes], message: str
) -> None:
    (tmp_path / "bad.docx").write_bytes(data())
    (tmp_path / "good.docx").write_bytes(written_in_word())
    corpus = read_corpus(tmp_path)
    assert [d.path for d in corpus.documents] == ["good.docx"]
    [problem] = corpus.problems
    assert problem.message.startswith("bad.docx ")
    assert re.search(message, problem.message)
    assert "\n" not in problem.message


# --- HTML

PAGE = """<!doctype html><html><head><meta charset="utf-8"><title>Site – The harbour</title><style>p {color: red}</style>
<script>var secret = "<p>Not text.</p>";</script></head><body>
<header>Our newspaper</header><nav><a href="/">Home</a></nav>
<main><article><header><h1>The <em>harbour</em></h1><p>By Ana Ruiz</p></header>
<p>Seven boats left &amp; nobody
   saw them.<br>They came back.</p>
<h2>At the pier</h2><div>Loose text <b>in a div</b>.<ul><li>The lamps were out.</li></ul></div>
<table><tr><th>Port</th><th>Boats</th></tr><tr><td>Callao</td><td>45</td></tr></table>
<blockquote><p>“It was dark,” said Luis Mora.</p></blockquote>
<p hidden>Hidden one.</p><p style="display: none">Hidden two.</p><div aria-hidden="true">Hidden three.</div>
<img src="http://example.org/track.png" alt="A picture"><iframe src="http://example.org/"></iframe></article></main>
<aside>Read more here.</aside><div role="navigation">More links.</div><footer>All rights reserved.</footer></body></html>"""


def test_a_page_gives_its_headings_and_text_and_nothing_around_it(tmp_path: Path) -> None:
    document = read(tmp_path, "a.html", PAGE.encode())
    assert parts(document) == [
        ("title", "The harbour"), ("body", "By Ana Ruiz"), ("body", "Seven boats left & nobody saw them."), ("body", "They came back."),
        ("heading", "At the pier"), ("body", "Loose text in a div."), ("body", "The lamps were out."), ("body", "Port | Boats"),
        ("body", "Callao | 45"), ("body", "“It was dark,” said Luis Mora."),
    ]  # fmt: skip
    assert document.title == "The harbour"
    assert document.section_at(document.text.index("lamps")) == ("At the pier",)
    assert document.sentences[-1].speaker == "Luis Mora"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("<p>Señal.</p>".encode(), "Señal."),
        ("\ufeff<p>Señal.</p>".encode(), "Señal."),
        ("<meta charset='iso-8859-1'><p>Señal “hoy”.</p>".encode("cp1252"), "Señal “hoy”."),
        ("<p>Señal.</p>".encode("utf-16"), "Señal."),
        (b'<?xml version="1.0" encoding="utf-8"?><html><body><p>Signal.</p></body></html>', "Signal."),
        (b"<div>" * 2000 + b"Deep down." + b"</div>" * 2000, "Deep down."),
        (b"<p>Never closed <b>at all.", "Never closed at all."),
        (b"<html><head><title>Only a title</title></head><body><p>Words.</p></body></html>", "Words."),
    ],
    ids=["utf-8", "byte-order mark", "declared", "utf-16", "xhtml", "deep", "unclosed", "title"],
)
def test_any_page_is_decoded_and_mended(tmp_path: Path, data: bytes, expected: str) -> None:
    document = read(tmp_path, "a.htm", data)
    assert document.text == expected
    assert document.title == ("Only a title" if b"Only a title" in data else "a")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("<p>Señal.</p>".encode("latin-1"), "is not in the encoding utf-8"),
        (b"<meta charset='klingon'><p>x</p>", "is not in the encoding klingon"),
        (b"<script>x()</script>", "holds no text that could be quoted"),
        (b"<!-- -->", "holds no"),
        (b"<p>Above.</p>" + b"<div>" * 5000 + b"Too deep.", "nests it too deep"),
        (b" \n", "is empty"),
    ],
    ids=["latin-1", "unknown encoding", "only a script", "only a comment", "too deep", "blank"],
)
def test_a_bad_page_is_one_line_and_the_others_are_read(tmp_path: Path, data: bytes, message: str) -> None:
    (tmp_path / "bad.html").write_bytes(data)
    (tmp_path / "good.html").write_text(PAGE, encoding="utf-8")
    corpus = read_corpus(tmp_path)
    assert [d.path for d in corpus.documents] == ["good.html"]
    [problem] = corpus.problems
    assert re.match(rf"bad\.html .*{message}", problem.message)
    assert "\n" not in problem.message
