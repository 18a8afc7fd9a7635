"""Yes-or-no questions with what the document says: how many answers open with the right word, with the wrong one, with none?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals.data import FOLDER, SPLITS, read_lines
from evals.errors import EvalError
from evals.figures import percent
from evals.uncertainty import mean
from rag import Answer, Assistant, Document

OPENINGS = FOLDER / "openings.jsonl"
SAYS = ("yes", "no", None)


@dataclass(frozen=True, slots=True)
class Case:
    """One line of the file."""

    id: str
    split: str
    language: str
    question: str
    says: str | None
    """What the document says; None where it leaves that open."""
    quote: str
    """The sentence that says so, or that comes nearest to saying it."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A case and what the answer opened with."""

    case: Case
    answered: bool
    quoted: bool
    """Whether the first quotation is, holds or is held by the sentence that settles it."""
    opening: str | None


def load_openings(documents: Mapping[str, Document], path: Path = OPENINGS, split: str | None = None) -> list[Case]:
    """The cases of a split, or all.

    Raises:
        EvalError: a line is not as expected, a quote is in no document or in both splits, an id is given twice, or nothing is left.
    """
    cases: dict[str, Case] = {}
    splits: dict[str, str] = {}
    for where, line in read_lines(path):
        case = _case(line, where, documents)
        if case.id in cases:
            raise EvalError(f"{where}: the id {case.id} is given twice")
        if splits.setdefault(case.quote, case.split) != case.split:
            raise EvalError(f"{where}: its quote is in both splits; questions about one sentence belong in one")
        cases[case.id] = case
    chosen = [case for case in cases.values() if split in (None, case.split)]
    if not chosen:
        raise EvalError(f"{path} has no question for split {split or 'any'}; it has {len(cases)}")
    return chosen


def ask(assistant: Assistant, cases: Sequence[Case]) -> list[Opened]:
    """Every case asked."""
    return [_opened(assistant, case) for case in cases]


def _opened(assistant: Assistant, case: Case) -> Opened:
    outcome = assistant.ask(case.question)
    if not isinstance(outcome, Answer):
        return Opened(case, answered=False, quoted=False, opening=None)
    first = outcome.citations[0].quote
    return Opened(case, answered=True, quoted=case.quote in first or first in case.quote, opening=outcome.opening)


def table(opened: Sequence[Opened]) -> str:
    """Markdown: a row for each thing that the document says; "wrong" has an interval over the openings."""
    lines = [
        "| the document says | questions | answered | its sentence first | opened yes | opened no |",
        "|---|---|---|---|---|---|",
    ]
    for says in SAYS:
        own = [one for one in opened if one.case.says == says]
        counts = [
            len(own),
            sum(one.answered for one in own),
            sum(one.quoted for one in own),
            *(sum(one.opening == word for one in own) for word in ("yes", "no")),
        ]
        lines.append(f"| {says or 'neither'} | {' | '.join(map(str, counts))} |")
    said = [one for one in opened if one.opening]
    wrong = mean([float(one.opening != one.case.says) for one in said], [one.case.quote for one in said])
    settled = [one for one in opened if one.case.says]
    right = mean([float(one.opening == one.case.says) for one in settled], [one.case.quote for one in settled])
    for name, figure in (
        ("of the openings are wrong", wrong),
        ("of what the document settles is opened rightly", right),
    ):
        interval = f"{percent(figure.low)}–{percent(figure.high)}"
        lines.append(f"\n{percent(figure.value)} % ({interval}) {name} ({figure.n})")
    return "\n".join(lines)


def _case(line: Mapping[str, Any], where: str, documents: Mapping[str, Document]) -> Case:
    for name in ("id", "split", "question", "quote"):
        if not isinstance(line.get(name), str) or not line[name]:
            raise EvalError(f"{where}: {name} is missing, empty or not text; see evals/README.md")
    if line["split"] not in SPLITS:
        raise EvalError(f"{where}: split is {line['split']!r}, not one of {', '.join(SPLITS)}")
    if "says" not in line or line["says"] not in SAYS:
        raise EvalError(f'{where}: says is {line.get("says")!r}, not "yes", "no" or null')
    if not any(line["quote"] in document.text for document in documents.values()):
        raise EvalError(
            f"{where}: no document of the corpus holds {line['quote'][:80]!r}; copy it character for character from the canonical text"
        )
    language = str(line.get("language", "en"))
    return Case(line["id"], line["split"], language, line["question"], line["says"], line["quote"])
