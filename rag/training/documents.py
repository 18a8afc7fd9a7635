"""Report-like documents of many paragraphs on one subject, with questions that they answer and questions that they do not.

A public question comes with the one paragraph that answers it, but a reader of a report must find the sentence among all of a long text, or
see that it is not there. So paragraphs of neighbouring subjects are put together; of some, only the questions are kept.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.retrieval.lexical import analyse, fold
from rag.training.changes import Change
from rag.training.examples import Example
from rag.training.files import read_lines
from rag.training.groups import GroupMaker, encoder

KINDS = ("answerable", "unanswerable", "near-miss")
_LEFT_OUT = 3
"""One family of paragraphs in so many is left out."""
_QUESTIONS, _DOCUMENTS = "questions.jsonl", "documents"


@dataclass(frozen=True, slots=True)
class DocumentQuestion:
    """A question to one of the documents."""

    id: str
    kind: str
    """One of KINDS. Of an unanswerable question the paragraph was left out; a near miss is changed, so that its paragraph does not answer."""
    question: str
    language: str
    document: str
    """Name of the file."""
    gold: str | None
    """The sentence that answers, None where nothing does."""
    answer: str | None
    paragraph: str
    """What the question was asked about, in the document or not."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph with all that is asked about it."""

    examples: tuple[Example, ...]
    kept: bool
    """Whether it stands in its document."""

    @property
    def title(self) -> str:
        """Of its article."""
        return self.examples[0].title

    @property
    def text(self) -> str:
        """As one line."""
        return " ".join(self.examples[0].sentences)


def write_documents(examples: Sequence[Example], folder: Path, *, paragraphs: int = 60) -> list[DocumentQuestion]:
    """The questions to documents of about so many paragraphs, which are written into `folder/documents`, they into `questions.jsonl`.

    Which paragraphs are left out depends on their text alone. Earlier documents in the folder are removed.
    """
    found = paragraphs_of(examples)
    kept = sum(paragraph.kept for paragraph in found)
    vectors = encoder().embed([f"{p.title}. {p.text}" for p in found])
    clusters = clusters_of(vectors, max(1, round(kept / paragraphs)))
    target = folder / _DOCUMENTS
    target.mkdir(parents=True, exist_ok=True)
    for old in target.glob("report-*.md"):
        old.unlink()
    questions = []
    for number, cluster in enumerate(clusters, start=1):
        name, members = f"report-{number:02}.md", [found[n] for n in cluster]
        (target / name).write_text(_markdown(f"Report {number}", members), encoding="utf-8")
        questions += _questions(name, members)
    lines = [json.dumps(asdict(question), ensure_ascii=False) + "\n" for question in questions]
    (folder / _QUESTIONS).write_text("".join(lines), encoding="utf-8")
    return questions


def read_document_questions(folder: Path) -> list[DocumentQuestion]:
    """What `write_documents` returned when it wrote the folder.

    Raises:
        TrainingError: there are no questions in the folder, or a line is not as expected.
    """
    questions = []
    for row in read_lines(folder / _QUESTIONS, "documents"):
        fields = {name: row.get(name, str) for name in ("id", "kind", "question", "language", "document", "paragraph")}
        answered = fields["kind"] == "answerable"
        gold, answer = (row.get(name, str) if answered else None for name in ("gold", "answer"))
        questions.append(DocumentQuestion(gold=gold, answer=answer, **fields))
    return questions


def paragraphs_of(examples: Iterable[Example]) -> list[Paragraph]:
    """The different paragraphs, in order of article and text; those of an article that share a sentence are kept or left out together."""
    asked: dict[tuple[str, tuple[str, ...]], list[Example]] = {}
    for example in examples:
        asked.setdefault((example.title, example.sentences), []).append(example)
    family: dict[tuple[str, str], str] = {}  # of a sentence of an article: the text that decides
    for title, sentences in sorted(asked):
        known = {family[title, s] for s in sentences if (title, s) in family}
        head = min(known, default=" ".join(sentences))
        family.update({key: head for key, old in family.items() if key[0] == title and old in known})
        family.update({(title, s): head for s in sentences})
    return [
        Paragraph(tuple(asked[title, sentences]), _is_kept(family[title, sentences[0]]))
        for title, sentences in sorted(asked)
    ]


def clusters_of(vectors: NDArray[np.float32], parts: int) -> list[list[int]]:
    """Rows in `parts` clusters of nearly equal size, by halving along the first principal component; each in ascending order."""

    def halved(numbers: NDArray[np.int64], parts: int) -> list[list[int]]:
        if parts == 1:
            return [sorted(int(n) for n in numbers)]
        rows = vectors[numbers].astype(np.float64)
        axis = np.linalg.svd(rows - rows.mean(axis=0), full_matrices=False)[2][0]
        axis = axis * np.sign(axis[np.argmax(np.abs(axis))])  # the decomposition leaves the direction open
        order = numbers[np.argsort(rows @ axis, kind="stable")]
        left = parts // 2
        cut = round(len(order) * left / parts)
        return halved(order[:cut], left) + halved(order[cut:], parts - left)

    return halved(np.arange(len(vectors)), max(1, min(parts, len(vectors))))


def _is_kept(text: str) -> bool:
    return int(hashlib.sha256(text.encode()).hexdigest(), 16) % _LEFT_OUT != 0


def _markdown(title: str, members: Sequence[Paragraph]) -> str:
    """The document: a heading for each article, its paragraphs below."""
    parts, heading = [f"# {title}"], ""
    for paragraph in members:
        if paragraph.kept and paragraph.title != heading:
            heading = paragraph.title
            parts.append(f"## {_escaped(heading)}")
        if paragraph.kept:
            parts.append(_escaped(paragraph.text))
    return "\n\n".join(parts) + "\n"


def _escaped(text: str) -> str:
    """Plain text as Markdown that reads as the same text."""
    text = re.sub(r"([\\`*_\[\]<>&|~$#])", r"\\\1", text)
    return re.sub(r"^(\d+)([.)])", r"\1\\\2", re.sub(r"^([-+=])", r"\\\1", text))  # else a paragraph may start a list


def _questions(document: str, members: Sequence[Paragraph]) -> list[DocumentQuestion]:
    """The questions to one document, in the order of its paragraphs."""
    kept = [paragraph for paragraph in members if paragraph.kept]
    maker = GroupMaker([example for paragraph in kept for example in paragraph.examples])
    found = []
    for paragraph in members:
        for example in paragraph.examples:
            if not paragraph.kept:
                if not _still_there(example, kept):
                    found.append(_question("unanswerable", document, example))
                continue
            found.append(_question("answerable", document, example))
            change = maker.near_miss(example)
            if change and not _covered(changed := _changed(example, change), kept):
                found.append(_question("near-miss", document, changed))
    return found


def _question(kind: str, document: str, example: Example) -> DocumentQuestion:
    paragraph, answered = " ".join(example.sentences), kind == "answerable"
    return DocumentQuestion(
        hashlib.sha256("\n".join((kind, example.question, paragraph)).encode()).hexdigest()[:12],
        kind,
        example.question,
        example.language,
        document,
        example.sentences[example.gold] if answered else None,
        example.answer if answered else None,
        paragraph,
    )


def _changed(example: Example, change: Change) -> Example:
    return replace(example, question=change.applied(example.question))


def _still_there(example: Example, kept: Iterable[Paragraph]) -> bool:
    """Whether another paragraph of the article holds the answer, so that it may be found after all."""
    return any(p.title == example.title and fold(example.answer) in fold(p.text) for p in kept)


def _covered(example: Example, kept: Iterable[Paragraph]) -> bool:
    """Whether one paragraph has all words of the changed question, so that it may be answered after all."""
    asked = set(analyse(example.question, example.language))
    return any(asked <= set(analyse(f"{p.title} {p.text}")) for p in kept)
