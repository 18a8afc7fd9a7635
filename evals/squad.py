"""A file in SQuAD's format as a corpus of its paragraphs and a set of questions.

Source: Rajpurkar et al., SQuAD, 2016; with `is_impossible`: SQuAD 2.0, 2018. XQuAD and many others share the format.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals.data import Evidence, Question
from evals.errors import EvalError
from evals.measures import Span
from rag import Document


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One context with its questions, and the file that it becomes."""

    name: str
    title: str
    text: str
    questions: tuple[Mapping[str, Any], ...]

    @property
    def key(self) -> str:
        """The same for texts that differ in white space only."""
        return " ".join(self.text.split())


def load_squad(path: Path) -> list[Paragraph]:
    """The paragraphs of a file in their order.

    Raises:
        EvalError: the file cannot be read or is not of the format; the message names the place in it.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise EvalError(f"{path} cannot be read as JSON ({error}); give a file in SQuAD's format") from error
    paragraphs: list[Paragraph] = []
    seen: set[str] = set()
    for article, where in _members(content, "data", str(path)):
        title = str(article.get("title") or "untitled").replace("_", " ")
        for paragraph, inside in _members(article, "paragraphs", where):
            context = _text(paragraph, "context", inside)
            questions = tuple(_checked(q, context, place, seen) for q, place in _members(paragraph, "qas", inside))
            paragraphs.append(Paragraph(f"{len(paragraphs):05d}.txt", title, context, questions))
    if not seen:
        raise EvalError(f"{path} holds no question; give a file in SQuAD's format with data, paragraphs and qas")
    return paragraphs


def write_corpus(paragraphs: Sequence[Paragraph], folder: Path, language: str) -> None:
    """Each paragraph as a text file with a sidecar; a text that stands twice, white space aside, becomes one file."""
    folder.mkdir(parents=True, exist_ok=True)
    written: set[str] = set()
    for paragraph in paragraphs:
        if paragraph.key in written:
            continue
        written.add(paragraph.key)
        (folder / paragraph.name).write_text(paragraph.text, encoding="utf-8", newline="")
        sidecar = f"title = {_toml(paragraph.title)}\nlanguage = {_toml(language)}\n"
        (folder / f"{paragraph.name}.toml").write_text(sidecar, encoding="utf-8")


def squad_questions(
    paragraphs: Sequence[Paragraph], documents: Mapping[str, Document], language: str
) -> list[Question]:
    """The questions with their gold spans in the canonical text; those of one paragraph are one cluster.

    A question whose paragraph is not in the corpus, or whose answers are not in its canonical text, has a `problem` and counts as failed.
    """
    by_name = {document.path: document for document in documents.values()}
    name_of: dict[str, str] = {}
    questions: list[Question] = []
    for paragraph in paragraphs:
        name = name_of.setdefault(paragraph.key, paragraph.name)
        document = by_name.get(name)
        for entry in paragraph.questions:
            answers = [] if entry.get("is_impossible") else entry["answers"]
            spans = tuple(dict.fromkeys(_spans(answers, document))) if document else ()
            problem = None
            if document is None:
                problem = f"its paragraph ({name}) could not be read into the corpus"
            elif answers and not spans:
                problem = f"none of its answers stands in the canonical text of {name}"
            questions.append(
                Question(
                    id=str(entry["id"]),
                    kind="has-answer" if answers else "no-answer",
                    text=entry["question"],
                    answerable=bool(answers),
                    gold=(Evidence(spans, ((),) * len(spans)),) if answers else (),
                    answers=(tuple(dict.fromkeys(a["text"] for a in answers)),) if answers else (),
                    language=language,
                    cluster=name,
                    problem=problem,
                )
            )
    return questions


def _spans(answers: Sequence[Mapping[str, Any]], document: Document) -> Iterator[Span]:
    for answer in answers:
        start = _canonical(document, int(answer["answer_start"]))
        text = str(answer["text"]).strip()
        if start is not None and document.text.startswith(text, start):
            yield document.id, start, start + len(text)
        elif found := re.search(r"\s+".join(map(re.escape, text.split())), document.text):  # markup or white space went
            yield document.id, *found.span()


def _canonical(document: Document, offset: int) -> int | None:
    for start, source, length in document.source_runs:
        if source <= offset < source + length:
            return start + offset - source
    return None


def _toml(text: str) -> str:
    """A TOML string; JSON's escapes are TOML's, apart from surrogate pairs and the delete character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _members(value: object, name: str, where: str) -> Iterator[tuple[dict[str, Any], str]]:
    members = value.get(name) if isinstance(value, dict) else None
    if not isinstance(members, list):
        raise EvalError(f"{where}: {name} is missing or not a list; give a file in SQuAD's format")
    for number, member in enumerate(members):
        if not isinstance(member, dict):
            raise EvalError(f"{where}: {name}[{number}] is not an object; give a file in SQuAD's format")
        yield member, f"{where}: {name}[{number}]"


def _text(value: Mapping[str, Any], name: str, where: str) -> str:
    if not isinstance(value.get(name), str) or not value[name].strip():
        raise EvalError(f"{where}: {name} is missing or empty; give a file in SQuAD's format")
    if any("\ud800" <= character <= "\udfff" for character in value[name]):
        raise EvalError(f"{where}: {name} holds half of a surrogate pair, which is no character; correct it")
    return str(value[name])


def _checked(question: dict[str, Any], context: str, where: str, seen: set[str]) -> dict[str, Any]:
    _text(question, "question", where)
    identity = "" if question.get("id") is None else str(question["id"]).strip()
    if not identity or identity in seen:
        raise EvalError(f"{where}: the id {identity!r} is empty or there twice; give each question its own")
    seen.add(identity)
    answers = question.setdefault("answers", [])
    if not isinstance(question.get("is_impossible", False), bool):
        raise EvalError(f"{where}: is_impossible is {question['is_impossible']!r}, not true or false")
    if question.get("is_impossible"):
        return question
    if not isinstance(answers, list) or not answers:
        raise EvalError(f"{where}: no answers, and not marked is_impossible")
    for answer in answers:
        if not isinstance(answer, dict) or not isinstance(answer.get("text"), str) or not answer["text"].strip():
            raise EvalError(f"{where}: an answer has no text; give a file in SQuAD's format")
        start = answer.get("answer_start")
        if (
            not isinstance(start, int)
            or isinstance(start, bool)
            or start < 0
            or not context.startswith(answer["text"], start)
        ):
            raise EvalError(f"{where}: the context does not hold {answer['text'][:60]!r} at answer_start {start}")
    return question
