"""Suggestions: which questions a document gives, that each has an answer where it was made, and what is never suggested."""

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import make_assistant, write_corpus

from rag.answering import Assistant
from rag.answering.askable import Askable, askable
from rag.answering.conversation import Turn
from rag.answering.known import KnownQuestions
from rag.answering.suggestions import suggestions
from rag.documents import read_corpus
from rag.embedding import Embedder, MultilingualEncoder
from rag.errors import QuestionInvalid
from rag.index import Manifest, build_index
from rag.reader import Reader
from rag.records import Abstention, Answer, Citation, Document, Statement

PORT = """# The port

## Who runs the docks?

The Harbour Boys control the docks in Lima. In March 2021 the Harbour Boys burned two cranes of their rivals.

## The trial

"They paid me every month," said Rosa Quispe, a former customs officer. Judge Elena Prado sentenced eleven members of the gang on June 3, 2022.
The prison in Arica holds most of them.

## The money

The gang sent its profits through Western Union. The Harbour Boys bought three hotels in Cusco with the money.
"""
FARM = "# The farm\n\n## A harvest\n\nThe farmers of Puno picked ninety tons of quinoa in 2020.\n"
BURNED = "What did the Harbour Boys burn in March 2021?"


class Counting:
    """The real assistant; counts what it is asked, and fails when more than the reader's outcome is taken from it."""

    def __init__(self, inner: Assistant) -> None:
        self._inner, self.asked = inner, list[str]()

    @property
    def documents(self) -> dict[str, Document]:
        return self._inner.documents

    @property
    def manifest(self) -> Manifest:
        return self._inner.manifest

    @property
    def reader(self) -> Reader:
        return self._inner.reader

    def stream(self, question: str, history: Sequence[Turn] = ()) -> Iterator[Statement | Answer | Abstention]:
        self.asked.append(question)
        for part in self._inner.stream(question, history):
            yield part
            if not isinstance(part, Statement):
                raise AssertionError("the judge or the chat model was asked")


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder, encoder: MultilingualEncoder) -> Assistant:
    folder = tmp_path_factory.mktemp("port")
    corpus = write_corpus(folder / "corpus", {"port.md": PORT, "farm.md": FARM})
    build_index(folder / "index", corpus, embedder, encoder)
    return make_assistant(folder / "index", corpus, embedder, encoder)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `known` has tried."""
    return tmp_path_factory.mktemp("known") / "known.json"


@pytest.fixture(scope="module")
def known(port: Assistant, file: Path) -> KnownQuestions:
    """With all questions tried, none of them on more than the reader."""
    counting = Counting(port)
    prepared = KnownQuestions(counting, file)
    assert prepared.prepare() == len(counting.asked) > 10
    assert prepared.prepare() == 0
    return prepared


@pytest.fixture(scope="module")
def burned(port: Assistant) -> Answer:
    outcome = port.ask(BURNED)
    assert isinstance(outcome, Answer)
    return outcome


def document_of(folder: Path, text: str, name: str = "text.md") -> Document:
    [document] = read_corpus(write_corpus(folder / "corpus", {name: text})).documents
    return document


def texts(found: Sequence[Askable]) -> list[str]:
    return [question.text for question in found]


# --- questions that a document gives -----------------------------------------------------------------------------


def test_headings_speakers_dates_figures_and_names_are_asked_about(tmp_path: Path) -> None:
    found = texts(askable(document_of(tmp_path, PORT), "en"))
    assert "Who runs the docks?" in found
    assert "What does the report say about “The trial”?" in found
    assert "What did Rosa Quispe say?" in found
    assert {"What happened in March 2021?", "What happened on June 3, 2022?"} <= set(found)
    assert {"What does the report say about Western Union?", "What does the report say about Cusco?"} <= set(found)
    assert len(found) == len(set(found))


def test_each_knows_where_the_document_speaks_of_it(tmp_path: Path) -> None:
    document = document_of(tmp_path, PORT)
    for question in askable(document, "en"):
        said = [document.text[start:end] for start, end in question.spans]
        assert said
        if question.kind in ("name", "date"):
            word = question.text.rstrip("?").split()[-1]
            assert all(word in sentence for sentence in said), question
        if question.kind == "speaker":
            assert all("paid me" in sentence for sentence in said), question


@pytest.mark.parametrize(
    ("sentence", "question", "made"),
    [
        ("On Monday, 40 guards left the old prison near the river.", "How many guards left the old prison near the river?", True),
        ("Peruvian prosecutors met Peruvian judges.", "What does the report say about Peruvian?", False),
        ("They met the president of Banco del Sur (Southern Bank).", "What does the report say about Southern Bank?", False),
        ("They met in November and left.", "What does the report say about November?", False),
        ("They moved to Iquitos.", "What does the report say about Iquitos?", True),
        ("They paid DEA.", "What does the report say about DEA?", False),
        ("He met Ana Ruiz. Later Ruiz left.", "What does the report say about Ruiz?", False),
        ("Several experts said that the gang is weak now.", "What did several experts say?", True),
    ],
)  # fmt: skip
def test_what_is_made_of_a_sentence(tmp_path: Path, sentence: str, question: str, made: bool) -> None:
    padding = " ".join(f"Nothing of note was found on day number {n} there by several people." for n in "abcdef")
    document = document_of(tmp_path, f"# Report\n\n{sentence}\n\n{padding}\n")
    assert (question in texts(askable(document, "en"))) is made


def test_in_another_language_only_what_needs_no_translation_is_asked(tmp_path: Path) -> None:
    found = texts(askable(document_of(tmp_path, PORT), "es"))
    assert "¿Qué dice el informe sobre “The trial”?" in found
    assert "¿Qué declaraciones hay de Rosa Quispe?" in found
    assert "¿Qué dice el informe sobre Western Union?" in found
    assert not any("2021" in question or "2022" in question for question in found)


def test_a_spanish_document_gives_spanish_questions(tmp_path: Path) -> None:
    text = (
        "# El puerto\n\n## La banda\n\nLa policía detuvo a la banda en Lima el 3 de junio de 2022. Los vecinos no hablan de ello porque"
        " tienen miedo. En marzo de 2021 la banda quemó dos grúas y las autoridades no hicieron nada para impedirlo.\n"
    )
    document = replace(document_of(tmp_path, text), language="es")
    found = texts(askable(document, "es"))
    assert {"¿Qué ocurrió el 3 de junio de 2022?", "¿Qué ocurrió en marzo de 2021?"} <= set(found)
    assert "¿Qué ocurrió en junio de 2022?" not in found


def test_a_document_without_words_gives_nothing(tmp_path: Path) -> None:
    assert askable(document_of(tmp_path, "12 34.\n", "n.txt"), "en") == ()


# --- what is suggested -------------------------------------------------------------------------------------------


def test_suggestions_have_answers_in_passages_not_shown(port: Assistant, known: KnownQuestions, burned: Answer) -> None:
    found = suggestions(burned, known)
    assert 1 <= len(found) <= 3
    shown = {citation.quote for citation in burned.citations}
    for question in found:
        outcome = port.ask(question)
        assert isinstance(outcome, Answer), question
        assert {citation.quote for citation in outcome.citations} - shown, question


def test_suggestions_stay_near_what_is_cited(known: KnownQuestions, burned: Answer) -> None:
    assert not any("Puno" in question or "harvest" in question for question in suggestions(burned, known))


def test_what_was_asked_is_not_suggested_again(known: KnownQuestions, burned: Answer) -> None:
    first = suggestions(burned, known)
    asked: list[Turn] = [{"question": f" {question.upper()}"} for question in first]
    assert first
    assert not set(first) & set(suggestions(burned, known, asked))
    repeated = replace(burned, question=first[0], standalone=first[0])
    assert first[0] not in suggestions(repeated, known)


def test_what_was_shown_before_is_not_suggested(port: Assistant, known: KnownQuestions, burned: Answer) -> None:
    documents = port.documents.values()
    whole = [Citation(1, d.id, d.title, (), 0, len(d.text), d.text) for d in documents]
    everything = replace(burned, question="all", standalone="all", citations=tuple(whole))
    assert suggestions(burned, known, [everything]) == ()


def test_an_abstention_gets_rewordings_that_have_an_answer(port: Assistant, known: KnownQuestions) -> None:
    declined = port.ask("Which gang controls the docks in Bogota?")
    assert isinstance(declined, Abstention)
    found = suggestions(declined, known, budget=300)
    assert "Which gang controls the docks in Lima?" in found
    assert len(found) <= 3
    for question in found:
        assert isinstance(port.ask(question), Answer), question


def test_an_abstention_without_a_place_gets_what_shares_its_words(port: Assistant, known: KnownQuestions) -> None:
    declined = port.ask("What was the salary of Judge Elena Prado's bodyguard Xavier?")
    assert isinstance(declined, Abstention)
    found = suggestions(declined, known)
    assert found
    assert all(isinstance(port.ask(question), Answer) for question in found)


def test_a_month_is_not_taken_for_a_place(port: Assistant, known: KnownQuestions) -> None:
    declined = port.ask("What did the Harbour Boys burn in Tacna?")
    assert isinstance(declined, Abstention)
    said = replace(declined.nearest[0], quote="They came in March and left in Cusco.")
    declined = replace(declined, nearest=(said,), hits=())
    assert isinstance(
        port.ask("What did the Harbour Boys burn in March?"), Answer
    )  # so that only the rule keeps it out
    assert not any(question.endswith("in March?") for question in suggestions(declined, known, budget=300))


def test_after_a_greeting_the_sections_are_suggested(port: Assistant, known: KnownQuestions) -> None:
    greeted = port.ask("Hello")
    assert isinstance(greeted, Abstention)
    assert greeted.asked_nothing
    found = suggestions(greeted, known)
    assert found
    assert set(found) <= {
        q.text for d in port.documents.values() for q in known.made_from(d, "en") if q.kind == "heading"
    }


def test_a_spanish_question_gets_spanish_suggestions(known: KnownQuestions, burned: Answer) -> None:
    assert all("¿" in question for question in suggestions(replace(burned, language="es"), known, budget=300))


def test_only_the_documents_that_are_asked_count(port: Assistant, known: KnownQuestions, burned: Answer) -> None:
    farm = next(d.id for d in port.documents.values() if d.path == "farm.md")
    assert suggestions(burned, known, documents=[farm]) == ()
    assert suggestions(burned, known, documents=list(port.documents)) == suggestions(burned, known)


# --- what is known -----------------------------------------------------------------------------------------------


def test_nothing_is_tried_when_there_is_no_time(port: Assistant, burned: Answer) -> None:
    counting = Counting(port)
    assert suggestions(burned, KnownQuestions(counting), budget=0) == ()
    assert counting.asked == []


def test_what_was_tried_survives_a_restart_and_is_suggested_at_once(
    port: Assistant, known: KnownQuestions, burned: Answer, file: Path
) -> None:
    counting = Counting(port)
    again = KnownQuestions(counting, file)
    began = time.thread_time()
    assert suggestions(burned, again) == suggestions(burned, known) != ()
    assert time.thread_time() - began < 0.3
    assert counting.asked == []


def test_what_was_tried_on_another_index_does_not_count(
    port: Assistant, known: KnownQuestions, burned: Answer, file: Path, tmp_path: Path
) -> None:
    kept = json.loads(file.read_text())
    (tmp_path / "other.json").write_text(json.dumps(kept | {"index": "another"}))
    assert suggestions(burned, known)
    assert suggestions(burned, KnownQuestions(port, tmp_path / "other.json"), budget=0) == ()


@pytest.mark.parametrize("text", ["{", "[]", '{"index": 3}', "\x00"], ids=["torn", "list", "number", "binary"])
def test_a_damaged_file_counts_as_none(port: Assistant, burned: Answer, tmp_path: Path, text: str) -> None:
    (tmp_path / "known.json").write_text(text)
    assert suggestions(burned, KnownQuestions(port, tmp_path / "known.json"), budget=0) == ()


def test_what_was_tried_before_an_interruption_is_kept(port: Assistant, tmp_path: Path) -> None:
    file = tmp_path / "known.json"
    turns = iter(range(2))

    def wait() -> None:
        if next(turns, None) is None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        KnownQuestions(port, file).prepare(wait)
    assert len(json.loads(file.read_text())["tried"]) == 2


def test_a_question_that_cannot_be_put_has_no_answer(port: Assistant) -> None:
    with pytest.raises(QuestionInvalid):
        port.ask("x" * 3000)
    assert KnownQuestions(port).answers("x" * 3000) == ()
