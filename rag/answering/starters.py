"""Questions to start with, made from the documents' own headings."""

from __future__ import annotations

from rag.index import Index

MOST = 4


def starter_questions(index: Index) -> tuple[str, ...]:
    """Up to four, from sections spread over the documents, the deepest headings first; fewer where there are few headings."""
    titles: list[str] = []
    for document in index.documents.values():
        deepest = max((len(section.path) for section in document.sections), default=0)
        titles += [section.path[-1] for section in document.sections if len(section.path) == deepest]
    titles = list(dict.fromkeys(titles))
    step = max(1, len(titles) // MOST)
    return tuple(_as_question(title) for title in titles[::step][:MOST])


def _as_question(title: str) -> str:
    """A heading that is a question as it is, any other asked about."""
    return title if title.endswith("?") else f"What does the report say about “{title}”?"
