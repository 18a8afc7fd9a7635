"""Where the right passage comes: in each leg alone, in their fusion, and after each reader."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evals import measures
from evals.data import Question
from evals.errors import EvalError
from evals.figures import percent
from evals.uncertainty import Difference, Mean, compare, mean
from rag import Assistant, Hit

LEGS = ("dense", "lexical", "multilingual")
FUSED = "fusion"
_K = 10
_MEASURES = {
    "recall@1": lambda hits, gold: measures.recall_at(1, hits, gold),
    "recall@5": lambda hits, gold: measures.recall_at(5, hits, gold),
    "MRR": measures.reciprocal_rank,
}

Ranking = list[measures.Span]
Arms = Mapping[str, Sequence[Ranking]]
"""For each way of ranking the spans of the best ten hits, for each question."""


def askable(questions: Sequence[Question]) -> list[Question]:
    """Questions with gold that stand alone: a follow-up's search depends on the turns before it.

    Raises:
        EvalError: there are none.
    """
    found = [q for q in questions if q.answerable and q.gold and not q.after and not q.problem and not q.expect]
    if not found:
        raise EvalError("none of these questions stands alone and has gold passages; choose others")
    return found


def rankings(assistants: Mapping[str, Assistant], questions: Sequence[Question]) -> Arms:
    """Legs and fusion from the retriever of the first assistant, and for each assistant, by name, the order after its reader."""
    retriever = next(iter(assistants.values())).retriever
    everything = len(retriever.index.chunks)
    arms: dict[str, list[Ranking]] = {name: [] for name in (*LEGS, FUSED, *assistants)}
    for question in questions:
        hits = retriever.hits(question.text, everything)
        for leg in LEGS:
            found = [hit for hit in hits if getattr(hit, f"{leg}_rank") is not None]
            arms[leg].append(_spans(sorted(found, key=lambda hit: getattr(hit, f"{leg}_rank"))))
        arms[FUSED].append(_spans(hits))
        for name, assistant in assistants.items():
            arms[name].append(_spans(assistant.retrieve(question.text, _K)))
    return arms


def figures(arms: Arms, questions: Sequence[Question]) -> dict[str, dict[str, tuple[Mean, Difference]]]:
    """By ranking and measure: the mean, and how it differs from the fusion's."""
    clusters = [question.cluster for question in questions]
    found: dict[str, dict[str, tuple[Mean, Difference]]] = {}
    for name, ranked in arms.items():
        found[name] = {}
        for measure, value in _MEASURES.items():
            own = [value(hits, q.spans) for hits, q in zip(ranked, questions, strict=True)]
            fused = [value(hits, q.spans) for hits, q in zip(arms[FUSED], questions, strict=True)]
            found[name][measure] = mean(own, clusters), compare(fused, own, clusters)
    return found


def table(arms: Arms, questions: Sequence[Question]) -> str:
    """Markdown: a row for each ranking, in % with the difference from the fusion and its p value."""
    lines = [
        f"{len(questions)} questions that stand alone",
        "",
        "| ranking | " + " | ".join(f"{name} | against the {FUSED}" for name in _MEASURES) + " |",
        "|---|" + "---|" * 2 * len(_MEASURES),
    ]
    for name, row in figures(arms, questions).items():
        cells = [
            f"{percent(own.value)} ({percent(own.low)}–{percent(own.high)}) | "
            + ("–" if name == FUSED else f"{100 * (other.value or 0):+.1f}, p {other.p:.4f}")
            for own, other in row.values()
        ]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _spans(hits: Sequence[Hit]) -> Ranking:
    return [(hit.chunk.document_id, hit.chunk.start, hit.chunk.end) for hit in hits[:_K]]
