"""Public question-answering files to examples: a question, its paragraph as sentences, and which of them answers.

Trained on are QED (Natural Questions with answer spans), NQ-open with gold passages, and XQuAD in English and Spanish; QED's dev questions
are a test part that is never trained on. QED's text is tokenised; that is undone, since documents are not.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rag.documents.sentences import sentence_spans
from rag.retrieval.lexical import fold
from rag.training.files import Row, TrainingError, read_rows

QED, NQ, XQUAD, TEST = "qed-train.jsonl.gz", "nq-oracle.jsonl.gz", "xquad-en-es-half.jsonl.gz", "qed-dev.jsonl.gz"
_MAX_PARAGRAPH = 3000
_UNTITLED = "XQuAD article "


@dataclass(frozen=True, slots=True)
class Example:
    """A question with its paragraph, as sentences."""

    question: str
    title: str
    sentences: tuple[str, ...]
    gold: int
    """Which sentence holds the answer."""
    answer: str
    language: str
    """Of the question; the paragraph is English."""
    source: str
    """Name of the file that it comes from."""

    @property
    def heading(self) -> str:
        """The article's title as a reader sees it, nothing for XQuAD's articles: the file only numbers them."""
        return "" if self.title.startswith(_UNTITLED) else self.title


@dataclass(frozen=True, slots=True)
class Asked:
    """A row as it stands in a file; whether it makes an example is not known yet."""

    question: str
    title: str
    text: str
    answer: str
    """Nothing where the paragraph does not answer."""
    start: int
    """Where in the text the answer is said to be."""
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Translated:
    """A row of XQuAD."""

    article: int
    paragraph: int
    context: str
    questions: dict[str, str]
    """By language."""
    answer: str
    start: int


def read_training(folder: Path) -> list[Example]:
    """Answerable examples of the files that are trained on, held-out ones too; questions that recur left out.

    Raises:
        TrainingError: a file is missing or not as expected.
    """
    examples, seen = [], set()
    for source, asked in _training_rows(folder):
        key = question_key(asked.question)
        if key not in seen and (example := _example(asked, source)):
            seen.add(key)
            examples.append(example)
    return examples


def read_test(folder: Path) -> list[Example]:
    """Answerable examples of QED's dev file whose question and article are in no file that is trained on.

    Raises:
        TrainingError: a file is missing or not as expected.
    """
    trained = [asked for _, asked in _training_rows(folder)]
    seen = {question_key(asked.question) for asked in trained}
    titles = {fold(asked.title).strip() for asked in trained}
    examples = []
    for row in read_rows(folder / TEST):
        asked = _qed_dev(row)
        key = question_key(asked.question)
        if key in seen or fold(asked.title).strip() in titles:
            continue
        seen.add(key)
        if example := _example(asked, TEST):
            examples.append(example)
    return examples


def question_key(question: str) -> str:
    """What two questions share that ask the same in the same words."""
    return fold(question).strip(" ?¿\n\t")


def is_held_out(example: Example, share: int = 12) -> bool:
    """Whether an example is for validation: one in `share`, by article title, so that no article is on both sides."""
    return int(hashlib.sha256(example.title.encode()).hexdigest(), 16) % share == 0


def split(examples: list[Example]) -> tuple[list[Example], list[Example]]:
    """Those to train on, and those held out.

    Raises:
        TrainingError: one side is empty.
    """
    parts = [e for e in examples if not is_held_out(e)], [e for e in examples if is_held_out(e)]
    if not all(parts):
        raise TrainingError(
            f"{len(parts[0])} examples to train on and {len(parts[1])} held out of {len(examples)}; expected some of each"
        )
    return parts


def xquad_rows(folder: Path) -> Iterator[Translated]:
    """The rows of XQuAD's file."""
    for row in read_rows(folder / XQUAD):
        yield Translated(
            row.get("article", int),
            row.get("paragraph", int),
            row.get("context", str),
            {language: row.get(f"question_{language}", str) for language in ("en", "es")},
            row.get("answers.0.text", str),
            row.get("answers.0.answer_start", int),
        )


def untokenise(text: str) -> str:
    """Text as people write it, from Penn Treebank tokens.

    >>> untokenise("`` No , '' he said ( twice ) .")
    '"No," he said (twice).'
    """
    text = (
        text.replace("`` ", '"')
        .replace(" ''", '"')
        .replace("``", '"')
        .replace("''", '"')
        .replace("-LRB-", "(")
        .replace("-RRB-", ")")
    )
    text = re.sub(r" ([.,;:!?%)\]])", r"\1", text)
    text = re.sub(r"([(\[$£€]) ", r"\1", text)
    text = re.sub(r" ('s|n't|'re|'ve|'d|'ll|'m|')\b", r"\1", text)
    text = re.sub(r"(\w) - (\w)", r"\1-\2", text)
    return re.sub(r"\s+", " ", text).strip()


def _training_rows(folder: Path) -> Iterator[tuple[str, Asked]]:
    for row in read_rows(folder / QED):
        yield QED, _qed(row)
    for row in read_rows(folder / NQ):
        yield NQ, _nq(row)
    for found in xquad_rows(folder):
        title = f"{_UNTITLED}{found.article}"
        for language, question in found.questions.items():
            yield XQUAD, Asked(question, title, found.context, found.answer, found.start, language)


def _qed(row: Row) -> Asked:
    answered = bool(row.get("answer_spans", list)) and bool(row.get("answer_text", list))
    start = row.get("answer_spans.0.0", int) if answered else 0
    return _tokenised(row, row.get("answer_text.0", str) if answered else "", start)


def _qed_dev(row: Row) -> Asked:
    """Asked for the first answer within the sentence that the annotators selected, else for the first one."""
    answers = range(len(row.get("original_nq_answers", list)))
    if not answers:
        return _tokenised(row, "", 0)
    starts = [row.get(f"original_nq_answers.{i}.0.start", int) for i in answers]
    chosen = 0
    if row.get("annotation", dict).get("selected_sentence"):
        first, end = (row.get(f"annotation.selected_sentence.{name}", int) for name in ("start", "end"))
        chosen = next((i for i in answers if first <= starts[i] < end), 0)
    return _tokenised(row, row.get(f"original_nq_answers.{chosen}.0.string", str), starts[chosen])


def _tokenised(row: Row, answer: str, start: int) -> Asked:
    text = row.get("paragraph_text", str)
    readable = len(text) <= _MAX_PARAGRAPH
    return Asked(
        row.get("question_text", str),
        row.get("title_text", str),
        untokenise(text),
        untokenise(answer) if readable else "",
        len(untokenise(text[:start])),
    )


def _nq(row: Row) -> Asked:
    text, answer = row.get("ctxs.0.text", str), row.get("answers.0", str)
    return Asked(row.get("question", str), row.get("ctxs.0.title", str), text, answer, text.find(answer))


def _example(asked: Asked, source: str) -> Example | None:
    """The example whose answer stands nearest to where it is said to be; None where it does not stand in the text."""
    question, text, answer = (_plain(part) for part in (asked.question, asked.text, asked.answer))
    places = [match.start() for match in re.finditer(re.escape(answer), text)] if answer else []
    if not places or not question:
        return None
    place = min(places, key=lambda p: abs(p - asked.start))
    spans = sentence_spans(text)
    gold = next((i for i, (a, b) in enumerate(spans) if a <= place < b), None)
    if gold is None or len(spans) < 2:
        return None
    question = question[0].upper() + question[1:] + ("" if question.endswith("?") else "?")
    return Example(question, asked.title, tuple(text[a:b] for a, b in spans), gold, answer, asked.language, source)


def _plain(text: str) -> str:
    """Text as the canonical text of a document would have it: composed, on one line, without marks of direction."""
    composed = unicodedata.normalize("NFC", text)
    return re.sub(r"\s+", " ", "".join(c for c in composed if unicodedata.category(c) != "Cf")).strip()
