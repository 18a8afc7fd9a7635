"""Chat models that behave and misbehave: whatever they write, only what their citations carry is shown."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult

from rag import Abstention, Answer, Assistant, Statement
from rag.embedding import Embedder, MultilingualEncoder
from rag.index import read_index
from rag.models.writer import Writer, WriterFailed, load_writer
from rag.reader import load_reader
from rag.rendering import from_line, to_line, to_text
from rag.settings import Settings

CORPUS = Path(__file__).parent.parent / "corpus"
ASKED = "How many police and soldiers took Tocorón prison, and when?"
GOOD = "On September 20, 2023, 11,000 police and soldiers surrounded Tocorón and took control of it"
Script = str | Exception | float
"""A reply; what breaks it off; seconds of silence."""


class ScriptedChat(BaseChatModel):
    """Replies from a script, a few characters at a time; of a reply that is a list, each part in turn."""

    script: list[Any]
    asked: list[list[BaseMessage]]

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def _generate(self, *args: object, **kwargs: object) -> ChatResult:
        raise NotImplementedError

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        self.asked.append(messages)
        reply = self.script.pop(0) if self.script else "NO ANSWER"
        for part in reply if isinstance(reply, list) else [reply]:
            if isinstance(part, Exception):
                raise part
            if isinstance(part, float):
                time.sleep(part)
                continue
            for n in range(0, max(len(part), 1), 7):
                yield ChatGenerationChunk(message=AIMessageChunk(part[n : n + 7]))


Make = Callable[..., Assistant]


@pytest.fixture
def writing(report_folder: Path, embedder: Embedder, encoder: MultilingualEncoder) -> Make:
    build = report_folder / "builds" / (report_folder / "CURRENT").read_text(encoding="utf-8").strip()
    index, reader = read_index(build, embedder), load_reader()

    def make(*script: object, seconds: float = 20.0) -> Assistant:
        model = ScriptedChat(script=list(script), asked=[])
        settings = Settings(corpus=CORPUS, index=report_folder)
        return Assistant(settings, embedder, encoder, reader, index, writer=Writer(model, "scripted:model", seconds))

    return make


def number_of(assistant: Assistant, words: str) -> int:
    """Of the passage that has the words, as the model is sent it."""
    shown = assistant.ask(ASKED).hits
    return next(n for n, hit in enumerate(shown[:8], 1) if words in hit.chunk.text)


@pytest.fixture
def cited(assistant: Assistant) -> int:
    return number_of(assistant, "11,000 police and soldiers")


def prose_of(answer: Answer) -> list[Statement]:
    quotes = {citation.quote for citation in answer.citations}
    return [statement for statement in answer.statements if statement.text not in quotes]


def test_a_sentence_that_its_passage_carries_is_shown_with_the_sentence_that_carries_it(
    writing: Make, assistant: Assistant, cited: int
) -> None:
    answer = writing(f"{GOOD} [{cited}].").ask(ASKED)
    assert isinstance(answer, Answer)
    assert (answer.mode, answer.model, answer.withheld, answer.notice) == ("model", "scripted:model", (), None)
    assert prose_of(answer) == [Statement(f"{GOOD}.", (1,))]
    assert "11,000 police and soldiers" in answer.citations[0].quote
    assert len(answer.citations[0].quote) < 400
    assert answer.raw_reply == f"{GOOD} [{cited}]."
    assert answer.text.startswith(f"{GOOD}. [1]")
    assert answer.timings["write"] <= answer.timings["total"]


def test_an_answer_never_says_less_for_being_written(writing: Make, assistant: Assistant, cited: int) -> None:
    plain, answer = assistant.ask(ASKED), writing(f"{GOOD} [{cited}].").ask(ASKED)
    assert isinstance(plain, Answer)
    assert isinstance(answer, Answer)
    for citation in plain.citations:
        assert any(
            c.document_id == citation.document_id and c.start <= citation.start and citation.end <= c.end
            for c in answer.citations
        )
    used = {number for statement in answer.statements for number in statement.citations}
    assert used == {citation.number for citation in answer.citations} == set(range(1, len(answer.citations) + 1))


BAD = {
    "number": "12,000 police and soldiers took control of Tocorón prison in September 2023 [{n}].",
    "date": "On September 20, 2021, 11,000 police and soldiers took control of Tocorón prison [{n}].",
    "name": "11,000 police and soldiers took control of Sabaneta prison [{n}].",
    "quotation": 'The report says that police and soldiers "stormed" the prison of Tocorón and "razed it to the ground" [{n}].',
    "uncited": "On September 20, 2023, 11,000 police and soldiers took control of Tocorón prison.",
    "unknown number": "On September 20, 2023, 11,000 police and soldiers took control of Tocorón prison [77].",
    "negation": "On September 20, 2023, 11,000 police and soldiers did not take control of Tocorón prison [{n}].",
    "speaker": "General Óscar Naranjo said that 11,000 police and soldiers took control of Tocorón prison [{n}].",
}


@pytest.mark.parametrize("kind", BAD)
def test_an_unsupported_sentence_is_withheld_with_its_reason(kind: str, writing: Make, cited: int) -> None:
    bad = BAD[kind].format(n=cited)
    assistant = writing(bad, bad)
    answer = assistant.ask(ASKED)
    assert isinstance(answer, Answer)
    assert answer.mode == "quotes"
    assert prose_of(answer) == []
    assert answer.notice is not None
    assert answer.notice.startswith("scripted:model wrote nothing that its passages carry; these are")
    [withheld] = answer.withheld
    assert withheld.text in bad.replace(f" [{cited}]", "").replace(" [77]", "")
    assert all(violation.detail for violation in withheld.violations)
    assert answer.raw_reply == bad


@pytest.mark.parametrize("kind", BAD)
def test_a_sentence_gets_one_more_try_with_its_violations_named(kind: str, writing: Make, cited: int) -> None:
    assistant = writing(BAD[kind].format(n=cited), f"{GOOD} [{cited}].")
    answer = assistant.ask(ASKED)
    assert isinstance(answer, Answer)
    assert prose_of(answer) == [Statement(f"{GOOD}.", (1,))]
    assert answer.withheld == ()
    model: Any = assistant._steps.writer._model  # type: ignore[union-attr]
    assert len(model.asked) == 2
    assert "What is wrong: " in str(model.asked[1][-1].content)


def test_a_good_sentence_stands_beside_a_bad_one(writing: Make, cited: int) -> None:
    bad = BAD["number"].format(n=cited)
    answer = writing(f"{bad}\n{GOOD} [{cited}].", "NO ANSWER").ask(ASKED)
    assert isinstance(answer, Answer)
    assert [statement.text for statement in prose_of(answer)] == [f"{GOOD}."]
    assert [one.text for one in answer.withheld] == [bad.replace(f" [{cited}]", "")]


def test_a_right_fact_with_a_wrong_number_cites_the_passage_that_carries_it(writing: Make, cited: int) -> None:
    wrong = cited % 8 + 1
    answer = writing(f"{GOOD} [{wrong}].").ask(ASKED)
    assert isinstance(answer, Answer)
    assert [statement.text for statement in prose_of(answer)] == [f"{GOOD}."]
    assert "11,000 police and soldiers" in answer.citations[0].quote


def test_of_sentences_that_share_a_name_the_one_that_says_it_is_cited(writing: Make, cited: int) -> None:
    answer = writing(f"It was in Aragua state [{cited}].").ask(ASKED)
    assert isinstance(answer, Answer)
    assert "in Aragua state" in answer.citations[0].quote


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (ConnectionError("key sk-123 refused"), "broke off (ConnectionError)"),
        ("", "found no answer in the passages"),
        ("NO ANSWER", "found no answer in the passages"),
        ('{"statements": [', "found no answer in the passages"),
        ("<think>" + "hm " * 50, "found no answer in the passages"),
        ("bla " * 5000, "did not stop after 8000 characters"),
        (["On September", 3.0, " 20"], "did not finish in time"),
        (["On September 20", OSError("gone")], "broke off (OSError)"),
        ("La prisión cayó y nadie dijo nada más sobre el asunto.", "wrote nothing that its passages carry"),
    ],
)
def test_a_model_that_fails_leaves_the_quotations_and_a_notice(script: Script, said: str, writing: Make) -> None:
    answer = writing(script, seconds=1.5).ask(ASKED)
    assert isinstance(answer, Answer)
    assert answer.mode == "quotes"
    assert answer.statements
    assert answer.notice == f"scripted:model {said}; these are the document's own words."
    assert "sk-123" not in repr(answer)


def test_what_passed_before_a_model_broke_off_stays(writing: Make, cited: int) -> None:
    answer = writing([f"{GOOD} [{cited}].\n", OSError("gone")]).ask(ASKED)
    assert isinstance(answer, Answer)
    assert [statement.text for statement in prose_of(answer)] == [f"{GOOD}."]
    assert answer.notice == "scripted:model broke off (OSError)."


def test_the_stream_shows_a_sentence_once_it_has_passed_and_never_one_that_has_not(writing: Make, cited: int) -> None:
    bad = BAD["number"].format(n=cited)
    assistant = writing(f"{GOOD} [{cited}].\n{bad}\n", bad)
    parts = list(assistant.stream(ASKED))
    first = next(n for n, part in enumerate(parts) if isinstance(part, Answer))
    shown = [part for part in parts[first + 1 :] if isinstance(part, Statement)]
    assert [statement.text for statement in shown] == [f"{GOOD}."]
    last = parts[-1]
    assert isinstance(last, Answer)
    assert prose_of(last) == shown
    assert timeless(last) == timeless(writing(f"{GOOD} [{cited}].\n{bad}\n", bad).ask(ASKED))


def test_a_model_is_not_asked_where_nothing_was_found(writing: Make) -> None:
    assistant = writing("The gang owns two submarines [1].")
    outcome = assistant.ask("How many members are there in Canada?")
    assert isinstance(outcome, Abstention)
    model: Any = assistant._steps.writer._model  # type: ignore[union-attr]
    assert model.asked == []


def test_every_sentence_shown_passes_the_check_alone(writing: Make, cited: int) -> None:
    reply = f"{GOOD} [{cited}]. " + " ".join(text.format(n=cited) for text in BAD.values())
    assistant = writing(reply, reply, reply, reply)
    answer = assistant.ask(ASKED)
    assert isinstance(answer, Answer)
    quotes = {citation.number: citation.quote for citation in answer.citations}
    for statement in prose_of(answer):
        assert assistant.verify(statement.text, [quotes[n] for n in statement.citations]) == []
    assert [statement.text for statement in prose_of(answer)] == [f"{GOOD}."]
    assert len(answer.withheld) == len(BAD)


def test_a_written_answer_survives_the_batch_format(writing: Make, cited: int) -> None:
    bad = BAD["number"].format(n=cited)
    assistant = writing(f"{GOOD} [{cited}].\n{bad}", bad)
    answer = assistant.ask(ASKED)
    assert isinstance(answer, Answer)
    line = to_line(answer)
    assert line["mode"] == "model"
    assert line["withheld"][0]["violations"][0]["kind"] == "number"
    again = assistant.load(line)
    assert isinstance(again, Answer)
    assert (again.statements, again.citations, again.withheld) == (answer.statements, answer.citations, answer.withheld)
    assert "1 sentence was withheld" in to_text(again, assistant.documents)
    line["statements"][0]["text"] = "12,000 police and soldiers took Tocorón."
    with pytest.raises(Exception, match="number"):
        assistant.load(line)
    assert from_line(line)


def timeless(answer: Answer) -> Sequence[object]:
    return (answer.statements, answer.citations, answer.withheld, answer.notice, answer.mode, answer.raw_reply)


def structured_writer(structured: list[object], plain: list[object]) -> tuple[Writer, ScriptedChat, ScriptedChat]:
    first, second = ScriptedChat(script=structured, asked=[]), ScriptedChat(script=plain, asked=[])
    return Writer(second, "scripted:model", 5.0, first), first, second


def test_a_model_that_can_is_asked_for_statements() -> None:
    writer, structured, plain = structured_writer(['{"statements": []}'], [])
    assert list(writer.statements([], writer.deadline()))[-1] == '{"statements": []}'
    assert (len(structured.asked), len(plain.asked)) == (1, 0)


def test_a_model_that_refuses_is_asked_for_sentences_from_then_on() -> None:
    writer, structured, plain = structured_writer([ValueError("no such format")], ["It fell [1].", "It rose [1]."])
    assert list(writer.statements([], writer.deadline()))[-1] == "It fell [1]."
    assert list(writer.statements([], writer.deadline()))[-1] == "It rose [1]."
    assert (len(structured.asked), len(plain.asked)) == (1, 2)


def test_a_model_that_breaks_off_in_the_middle_is_not_asked_twice() -> None:
    writer, _, plain = structured_writer([["{", ConnectionError("gone")]], ["It fell [1]."])
    with pytest.raises(WriterFailed, match="ConnectionError"):
        list(writer.statements([], writer.deadline()))
    assert plain.asked == []


@pytest.mark.parametrize(("url", "expected"), [(None, True), ("http://127.0.0.1:9/v1", False)])
def test_only_openai_itself_is_held_to_json(url: str | None, expected: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    writer = load_writer(Settings(chat_model="openai:gpt-5-mini", chat_url=url))
    assert writer is not None
    assert (writer.structured is not None) is expected
