"""Why these passages were found: of each hit rank and score by every way of looking, and the words of the question that it has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rag.page.wording import Language, say
from rag.reader.questions import Question, parse_question
from rag.records import Abstention, Answer, Document, Hit
from rag.rendering.html import cited, entities
from rag.retrieval.lexical import analyse

_EXCERPT = 160
"""Characters of a passage that are shown."""
_LEGS = ("dense", "lexical", "multilingual")


def why_html(outcome: Answer | Abstention, documents: Mapping[str, Document], language: Language) -> str:
    """The hits of an outcome behind a disclosure; nothing where nothing was searched."""
    if not outcome.hits:
        return ""
    question = parse_question(outcome.standalone, tuple(sorted({d.language for d in documents.values()})) or ("en",))
    by_reader = _ranks(outcome.hits)
    items = "".join(
        _hit_html(hit, by_reader, _numbers(hit, outcome), covered(question, hit, documents), language)
        for hit in outcome.hits
    )
    legend = entities(say("legs", language))
    return (
        f'<details class="why"><summary>{entities(say("why", language))}</summary>'
        f'<p class="legend">{legend}</p><ol>{items}</ol></details>'
    )


def covered(question: Question, hit: Hit, documents: Mapping[str, Document]) -> dict[str, bool]:
    """Of each word of the question that carries meaning, as written, whether the passage or its headings have it."""
    document = documents.get(hit.chunk.document_id)
    language = document.language if document else "en"
    held = set(analyse(" ".join((*hit.chunk.section, hit.chunk.text)), language, asked_in=question.language))
    words: dict[str, bool] = {}
    for stem, word in zip(question.stems, question.surface, strict=True):
        words[word] = words.get(word, False) or stem in held
    return words


def _ranks(hits: Sequence[Hit]) -> dict[str, int]:
    """Rank by the reader of each chunk that it read."""
    read = sorted((hit for hit in hits if hit.reader_score is not None), key=lambda hit: -(hit.reader_score or 0.0))
    return {hit.chunk.id: rank for rank, hit in enumerate(read, 1)}


def _numbers(hit: Hit, outcome: Answer | Abstention) -> list[int]:
    """Of the citations that stand in the passage."""
    chunk = hit.chunk
    return [
        c.number
        for c in cited(outcome)
        if c.document_id == chunk.document_id and c.start < chunk.end and chunk.start < c.end
    ]


def _hit_html(
    hit: Hit, by_reader: Mapping[str, int], numbers: Sequence[int], words: Mapping[str, bool], language: Language
) -> str:
    legs = [(name, getattr(hit, f"{name}_rank"), getattr(hit, f"{name}_score")) for name in _LEGS]
    legs.append(("reader", by_reader.get(hit.chunk.id), hit.reader_score))
    scores = "".join(f"<li>{_leg_html(name, rank, score, language)}</li>" for name, rank, score in legs)
    cites = "".join(f" [{number}]" for number in numbers)
    place = entities(" › ".join(hit.chunk.section))
    text = hit.chunk.text
    more = " …" if len(text) > _EXCERPT else ""
    return (
        f'<li><p class="where">{place}{cites}</p><p class="excerpt">{entities(text[:_EXCERPT])}{more}</p>'
        f'<ul class="legs">{scores}</ul>{_words_html(words, language)}</li>'
    )


def _leg_html(name: str, rank: int | None, score: float | None, language: Language) -> str:
    label = entities(say(name, language))
    if rank is None or score is None:
        return f"{label} <i>{entities(say('not found', language))}</i>"
    return f"{label} <b>{rank}.</b> {score:.2f}"


def _words_html(words: Mapping[str, bool], language: Language) -> str:
    if not any(words.values()):
        return f'<p class="covers">{entities(say("covers nothing", language))}</p>'
    shown = ", ".join(f"<b>{entities(word)}</b>" for word, there in words.items() if there)
    return f'<p class="covers">{entities(say("covers", language))} {shown}</p>'
