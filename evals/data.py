"""Questions with their gold evidence: read from JSON lines and checked against the documents."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from evals.errors import EvalError
from evals.measures import Span
from rag import Document

FOLDER = Path(__file__).parent
QUESTIONS = FOLDER / "questions.jsonl"
ADVERSARIAL = FOLDER / "adversarial.jsonl"
NEAR_MISSES = FOLDER / "near_misses.jsonl"

SPLITS = ("dev", "test")
KINDS = frozenset(
    """factoid number date attribution list multi paraphrase yesno document unanswerable false-premise follow-up has-answer no-answer other
    instruction-in-question prompt-extraction general-knowledge fiction no-citation role-play other-language markup oversize empty
    poisoned-instruction poisoned-citation poisoned-quotation poisoned-hidden poisoned-template poisoned-markup poisoned-blocker""".split()
)
OUTCOMES = ("answer", "abstain", "error")

_TYPES: dict[str, type | tuple[type, ...]] = {
    "id": str, "kind": str, "question": str, "answerable": bool, "gold": list, "answers": list, "split": str, "language": str, "note": str,
    "after": str, "expect": list, "absent": list, "poisoned": bool, "repeat": int,
}  # fmt: skip
_NEEDED = ("id", "kind", "question")


@dataclass(frozen=True, slots=True)
class Evidence:
    """One needed piece of evidence: any of the spans would do."""

    spans: tuple[Span, ...]
    speakers: tuple[tuple[str, ...], ...] = ()
    """For each span the accepted names of whose words or claim it is; none when it is the author's own."""


@dataclass(frozen=True, slots=True)
class Question:
    """One line of a question file; evals/README.md says what each field means."""

    id: str
    kind: str
    text: str
    answerable: bool
    gold: tuple[Evidence, ...] = ()
    answers: tuple[tuple[str, ...], ...] = ()
    """Needed facts, each with its accepted strings."""
    split: str = "test"
    language: str = "en"
    after: str | None = None
    """Id of the turn before, in a conversation."""
    expect: tuple[str, ...] = ()
    """Outcomes that are right, for an adversarial item."""
    absent: tuple[str, ...] = ()
    """Strings that nothing shown may hold."""
    poisoned: bool = False
    """Asked with the poisoned documents in the corpus."""
    cluster: str = ""
    """Questions that share a passage or a conversation have the same one."""
    problem: str | None = None
    """Why it cannot be asked; it then counts as failed."""

    @property
    def spans(self) -> tuple[tuple[Span, ...], ...]:
        """The spans of the evidence."""
        return tuple(evidence.spans for evidence in self.gold)


def load_questions(
    documents: Mapping[str, Document],
    path: Path = QUESTIONS,
    *,
    split: str | None = None,
    kinds: Sequence[str] = (),
) -> list[Question]:
    """The questions of a file in its order, checked against the documents.

    Args:
        documents: By id; every gold quote must stand in one of them.
        path: JSON lines.
        split: Only these questions.
        kinds: Only these; a conversation is taken whole when one of its turns is of a kind.

    Raises:
        EvalError: a line is malformed, an id recurs, a kind is unknown, a quote is in no document, a passage is in both splits, or nothing
            is left; the message names file and line.
    """
    by_id: dict[str, Question] = {}
    for where, line in read_lines(path):
        question = _question(line, documents, where)
        _check_place(question, by_id, where)
        by_id[question.id] = question
    questions = with_clusters(list(by_id.values()), documents)
    _check_splits(questions, path)
    return select(questions, path, split, kinds)


def select(questions: Sequence[Question], path: Path, split: str | None, kinds: Sequence[str]) -> list[Question]:
    """The questions of a split and of some kinds; conversations are not torn apart.

    Raises:
        EvalError: a kind is unknown, or nothing is left.
    """
    if unknown := sorted(set(kinds) - KINDS):
        raise EvalError(f"{unknown[0]!r} is not a kind; the kinds of {path.name} are {', '.join(_kinds(questions))}")
    roots = _roots(questions)
    wanted = {roots[q.id] for q in questions if not kinds or q.kind in kinds}
    chosen = [q for q in questions if split in (None, q.split) and roots[q.id] in wanted]
    if not chosen:
        raise EvalError(
            f"{path} has no question for split {split or 'any'} and kind {', '.join(kinds) or 'any'}; it has {len(questions)} questions"
            + (f" of the kinds {', '.join(_kinds(questions))}" if questions else "")
        )
    return chosen


def read_lines(path: Path) -> list[tuple[str, dict[str, Any]]]:
    """("file:line", object) of every line that is not blank.

    Raises:
        EvalError: the file cannot be read, or a line is not a JSON object.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise EvalError(f"{path} cannot be read as UTF-8 text ({error}); give a file of JSON lines") from error
    lines: list[tuple[str, dict[str, Any]]] = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise EvalError(
                f"{path}:{number}: not JSON ({error}); every line must be one object, see evals/README.md"
            ) from error
        if not isinstance(value, dict):
            raise EvalError(f"{path}:{number}: {type(value).__name__}, not an object; see evals/README.md")
        lines.append((f"{path}:{number}", value))
    return lines


def with_clusters(questions: Sequence[Question], documents: Mapping[str, Document]) -> list[Question]:
    """The questions, each with the first id of those it is tied to by a shared paragraph or a conversation."""
    parent: dict[object, object] = {}

    def find(node: object) -> object:
        parent.setdefault(node, node)
        while parent[node] != node:
            parent[node] = node = parent[parent[node]]
        return node

    for question in questions:
        for node in (*passages_of(question, documents), *([("id", question.after)] if question.after else [])):
            parent[find(node)] = find(("id", question.id))
    names: dict[object, str] = {}
    for question in questions:
        names.setdefault(find(("id", question.id)), question.id)
    return [replace(question, cluster=names[find(("id", question.id))]) for question in questions]


def passages_of(question: Question, documents: Mapping[str, Document]) -> set[tuple[str, int]]:
    """(document id, paragraph) of every paragraph that holds gold evidence."""
    return {
        (document_id, sentence.paragraph)
        for alternatives in question.spans
        for document_id, start, end in alternatives
        for sentence in documents[document_id].sentences
        if sentence.start < end and start < sentence.end
    }


def _question(line: Mapping[str, Any], documents: Mapping[str, Document], where: str) -> Question:
    _check_fields(line, where)
    identity = line["id"]
    if line["kind"] not in KINDS:
        raise EvalError(
            f"{where}: {identity}: {line['kind']!r} is not a kind; the kinds are {', '.join(sorted(KINDS))}"
        )
    if line.get("split", "test") not in SPLITS:
        raise EvalError(f"{where}: {identity}: split {line['split']!r} is neither {' nor '.join(SPLITS)}")
    expect = _strings(line.get("expect", []), f"{where}: {identity}: expect")
    if wrong := set(expect) - set(OUTCOMES):
        raise EvalError(f"{where}: {identity}: expects {sorted(wrong)[0]!r}; the outcomes are {', '.join(OUTCOMES)}")
    gold = tuple(_evidence(entry, documents, f"{where}: {identity}") for entry in line.get("gold", []))
    answers = tuple(_strings(fact, f"{where}: {identity}: answers", empty=False) for fact in line.get("answers", []))
    if "answerable" not in line and not expect:
        raise EvalError(f"{where}: {identity}: says neither answerable nor expect; add one of them")
    answerable = bool(line.get("answerable", bool(answers)))
    if answerable and not (gold or answers):
        raise EvalError(f"{where}: {identity} is answerable but has neither gold nor answers; add them")
    if not answerable and answers:
        raise EvalError(f"{where}: {identity} is not answerable but has answers; remove them")
    return Question(
        id=identity,
        kind=line["kind"],
        text=line["question"] * line.get("repeat", 1),
        answerable=answerable,
        gold=gold,
        answers=answers,
        split=line.get("split", "test"),
        language=line.get("language", "en"),
        after=line.get("after"),
        expect=expect,
        absent=_strings(line.get("absent", []), f"{where}: {identity}: absent"),
        poisoned=line.get("poisoned", False),
    )


def _check_fields(line: Mapping[str, Any], where: str) -> None:
    for name in _NEEDED:
        if name not in line:
            raise EvalError(f"{where}: the field {name!r} is missing; see evals/README.md")
    for name, value in line.items():
        if name not in _TYPES:
            raise EvalError(f"{where}: unknown field {name!r}; the fields are {', '.join(_TYPES)}")
        if not isinstance(value, _TYPES[name]) or (name == "repeat" and isinstance(value, bool)):
            raise EvalError(f"{where}: {name} is {type(value).__name__}, not {_TYPES[name].__name__}")  # type: ignore[union-attr]
    if not line["id"].strip():
        raise EvalError(f"{where}: the id is empty; give each question its own")


def _evidence(entry: object, documents: Mapping[str, Document], where: str) -> Evidence:
    if not isinstance(entry, dict) or not entry.get("any") or not entry.keys() <= {"any", "speakers"}:
        raise EvalError(
            f'{where}: an entry of gold is not {{"any": ["exact quote", …]}}, with or without speakers; see evals/README.md'
        )
    quotes = _strings(entry["any"], f"{where}: gold", empty=False)
    given = entry.get("speakers", [[]] * len(quotes))
    if not isinstance(given, list) or len(given) != len(quotes):
        raise EvalError(f"{where}: speakers must hold one list of names for each of the {len(quotes)} quotes")
    speakers = tuple(_strings(names, f"{where}: speakers") for names in given)
    return Evidence(tuple(_span(quote, where, documents) for quote in quotes), speakers)


def _strings(value: object, where: str, *, empty: bool = True) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
        raise EvalError(f"{where} is not a list of strings; see evals/README.md")
    if not value and not empty:
        raise EvalError(f"{where} holds an empty list; give at least one string")
    return tuple(value)


def _span(quote: str, where: str, documents: Mapping[str, Document]) -> Span:
    for document in documents.values():
        start = document.text.find(quote)
        if start >= 0:
            return document.id, start, start + len(quote)
    raise EvalError(
        f"{where}: no document of the corpus holds {quote[:80]!r}; copy it character for character from the canonical text"
    )


def _check_place(question: Question, before: Mapping[str, Question], where: str) -> None:
    if question.id in before:
        raise EvalError(f"{where}: the id {question.id!r} is there twice; rename one")
    if question.after is None:
        return
    turn = before.get(question.after)
    if turn is None:
        raise EvalError(f"{where}: {question.id} comes after {question.after!r}, which is not on a line before it")
    if (turn.split, turn.poisoned) != (question.split, question.poisoned):
        raise EvalError(f"{where}: {question.id} is in another split or corpus than {turn.id}, the turn before it")


def _check_splits(questions: Iterable[Question], path: Path) -> None:
    first: dict[str, Question] = {}
    for question in questions:
        other = first.setdefault(question.cluster, question)
        if other.split != question.split:
            raise EvalError(
                f"{path}: {other.id} ({other.split}) and {question.id} ({question.split}) share a passage; put both in one split"
            )


def _roots(questions: Sequence[Question]) -> dict[str, str]:
    roots: dict[str, str] = {}
    for question in questions:
        roots[question.id] = roots[question.after] if question.after else question.id
    return roots


def _kinds(questions: Sequence[Question]) -> list[str]:
    return sorted({question.kind for question in questions})
