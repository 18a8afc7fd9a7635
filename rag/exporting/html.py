"""A conversation as one HTML file that asks nothing of any other."""

from __future__ import annotations

from rag.exporting.attributed import quoted
from rag.exporting.conversation import Block, Conversation, Note, blocks, described, notes
from rag.exporting.escaping import in_html
from rag.records import Document

_SHAPES = {
    "question": "<h2>{}</h2>",
    "quotation": "<blockquote><p>{}</p></blockquote>",
    "verdict": "<p><strong>{}</strong></p>",
    "label": '<p class="label">{}</p>',
    "withheld": '<p class="withheld">{}</p>',
    "remark": '<p class="remark">{}</p>',
    "writer": '<p class="label">{}</p>',
}
_STYLE = """
:root { color-scheme: light dark; }
body { max-width: 42rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.6 Georgia, serif; background: Canvas; color: CanvasText; }
h2 { margin-top: 2.5rem; font-size: 1.2rem; }
h1, h2, p, li { overflow-wrap: anywhere; }
blockquote { margin: 1rem 0; padding-left: 1rem; border-left: 3px solid; }
blockquote p { white-space: pre-wrap; }
sup { line-height: 0; }
a { color: LinkText; }
:target { outline: 2px solid Highlight; outline-offset: 3px; }
.label, .facts { font-style: italic; }
.withheld { padding-left: 1rem; }
section, .facts { font-size: .9rem; }
"""
_PAGE = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main>
<h1><bdi>{title}</bdi></h1>
<p class="facts">{facts}</p>
{blocks}
<section>
{sources}
</section>
<section role="doc-endnotes">
{notes}
</section>
</main>
</body>
</html>
"""


def to_html(conversation: Conversation) -> str:
    """The conversation as a page for light and dark, with a link from each mark to its footnote and back."""
    languages = [turn.language for turn in conversation.turns]
    return _PAGE.format(
        language=in_html(languages[0]) if languages else "en",
        title=in_html(conversation.title.strip()),
        style=_STYLE,
        facts=in_html(conversation.facts),
        blocks="\n".join(map(_block, blocks(conversation))),
        notes="\n".join(map(_note, notes(conversation))),
        sources="\n".join(map(_source, conversation.cited)),
    )


def _block(block: Block) -> str:
    quotation = block.kind == "quotation"
    text = quoted(block.text) if quotation else block.text
    marks = "".join(_mark(number, own=quotation) for number in block.notes)
    return _SHAPES.get(block.kind, "<p>{}</p>").format(f"<bdi>{in_html(text)}</bdi>{marks}")


def _mark(number: int, *, own: bool) -> str:
    """The number behind a quotation, which its footnote leads back to, or behind a sentence that rests on one."""
    key = f' id="quotation-{number}"' if own else ""
    return f'<sup><a{key} role="doc-noteref" href="#note-{number}">[{number}]</a></sup>'


def _note(note: Note) -> str:
    back = f'<a role="doc-backlink" href="#quotation-{note.number}">[{note.number}]</a>'
    return f'<p id="note-{note.number}">{back} <bdi>{in_html(note.attribution)}</bdi> · <code>{in_html(note.reference)}</code></p>'


def _source(document: Document) -> str:
    return f"<p><bdi>{in_html(described(document))}</bdi> · SHA-256 <code>{document.sha256}</code></p>"
