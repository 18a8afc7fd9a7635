"""What happens when somebody asks: each step of an answer is sent, and nothing of it ends up in the wrong place."""

import itertools
import threading
import time
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from page_helpers import REPORT, Scripted, Shown, answer, cite_text, kept_nowhere, make_document, told

from rag.errors import CorpusError, QuestionInvalid
from rag.page.choosing import Choices
from rag.page.handlers import Handlers, Warm
from rag.page.keeping import Kept
from rag.page.session import Session, history
from rag.records import Abstention, Answer, Document, Statement, Verdict
from rag.rendering.html import Failure

GIVEN = answer(cite_text(REPORT, "first"))
CONFIRMED = replace(GIVEN, verdict=Verdict("qwen", "confirmed", 1.0))
WRITTEN = replace(GIVEN, mode="model", model="gpt", statements=(Statement("It is first.", (1,)),))


def handlers_of(*scripts: object, judge: str | None = None, writer: str | None = None) -> tuple[Handlers, Scripted]:
    scripted = Scripted(*scripts)
    scripted.judge, scripted.writer = judge, writer
    return Handlers(scripted.warm, kept_nowhere()), scripted


def asked(handlers: Handlers, question: str, session: Session) -> list[dict[str, Any]]:
    """The logs that are sent for a question."""
    handlers.asked(question, session)
    return logs_of(handlers.answered(session))


def logs_of(sent: Iterable[list[Any]]) -> list[dict[str, Any]]:
    """Those of all that is sent which are changed."""
    return [log for log in (told(parts[0]) for parts in sent) if log]


def text(log: object, turn: int = -1) -> str:
    return Shown((log if isinstance(log, dict) else told(log))["turns"][turn]).text


def test_a_question_is_shown_at_once_and_the_box_is_empty() -> None:
    handlers, _ = handlers_of(GIVEN)

    box, log = handlers.asked("When?", Session())

    assert box == ""
    assert "When?" in text(log)  # type: ignore[arg-type]
    assert "Searching" in text(log)  # type: ignore[arg-type]


def test_a_question_waits_visibly_until_the_assistant_is_ready() -> None:
    handlers = Handlers(Warm(lambda: Scripted(GIVEN)), kept_nowhere())  # type: ignore[arg-type,return-value]
    session = Session()

    _, log = handlers.asked("When?", session)
    *_, last = handlers.answered(session)

    assert "Your question waits" in text(log)  # type: ignore[arg-type]
    assert session.outcomes == [GIVEN]
    assert "Your question waits" not in text(last[0])  # type: ignore[arg-type]


def test_quotes_appear_before_the_verdict_on_them() -> None:
    handlers, _ = handlers_of([*GIVEN.statements, GIVEN, CONFIRMED], judge="qwen")

    logs = asked(handlers, "When?", Session())

    shown = [text(log) for log in logs]
    first = next(one for one in shown if "[1] “first”" in one)
    assert "Checking" in first
    assert "confirmed by qwen" in shown[-1]
    assert "Checking" not in shown[-1]


def test_statements_of_a_model_appear_one_by_one_below_the_question() -> None:
    handlers, _ = handlers_of(
        [GIVEN, Statement("It is first.", (7,)), Statement("Second.", (1,)), WRITTEN], writer="gpt"
    )

    shown = [text(log) for log in asked(handlers, "When?", Session())]

    assert any("Writing" in one and "[1] “first”" in one and "It is first." not in one for one in shown)
    one, two = (next(one for one in shown if f"so far {count} passed" in one) for count in (1, 2))
    assert "It is first." in one
    assert "Second." not in one
    assert "[7]" not in one
    assert "Second." in two
    assert "It is first. [1]" in shown[-1]
    assert "so far" not in shown[-1]


def test_without_a_verdict_nothing_is_waited_for_in_the_end() -> None:
    handlers, _ = handlers_of([GIVEN], judge="qwen")

    assert "Checking" not in text(asked(handlers, "When?", Session())[-1])


def test_a_question_may_be_asked_while_another_awaits_its_verdict() -> None:
    verdict = threading.Event()
    second = answer(cite_text(REPORT, "report"))
    handlers, scripted = handlers_of(
        [GIVEN, verdict, CONFIRMED], replace(second, verdict=CONFIRMED.verdict), judge="qwen"
    )
    session = Session()
    handlers.asked("When?", session)
    waiting = handlers.answered(session)
    while session.outcomes != [GIVEN]:
        next(waiting)

    logs = asked(handlers, "And then?", session)
    verdict.set()
    late = logs_of(waiting)

    assert scripted.asked[1] == ("And then?", [GIVEN])
    assert session.outcomes == [CONFIRMED, replace(second, verdict=CONFIRMED.verdict)]
    assert "report" in text(late[-1])  # type: ignore[arg-type]
    versions = [log["version"] for log in [*logs, *late]]  # type: ignore[index]
    assert versions == sorted(set(versions))


def test_a_question_waits_for_the_outcome_of_the_one_before_it() -> None:
    ready = threading.Event()
    handlers, scripted = handlers_of([ready, GIVEN], GIVEN)
    session = Session()
    for question in ("When?", "And then?"):
        handlers.asked(question, session)
    threads = [threading.Thread(target=lambda: list(handlers.answered(session))) for _ in range(2)]
    for thread in threads:
        thread.start()
        time.sleep(0.1)
    assert [question for question, _ in scripted.asked] == ["When?"]
    ready.set()
    for thread in threads:
        thread.join(20)

    assert scripted.asked[1] == ("And then?", [GIVEN])


def test_a_late_outcome_does_not_end_up_in_a_new_conversation() -> None:
    verdict = threading.Event()
    handlers, _ = handlers_of([GIVEN, verdict, CONFIRMED], judge="qwen")
    session = Session()
    handlers.asked("When?", session)
    waiting = handlers.answered(session)
    while session.outcomes != [GIVEN]:
        next(waiting)

    log, viewer = handlers.begun(session)
    verdict.set()

    assert list(waiting) == []
    assert session.turns == []
    assert told(log)["turns"] == []
    assert "First?" in Shown(told(log)["empty"]).text
    assert "<mark" not in told(viewer)["html"]


def test_history_is_the_conversation_without_failures() -> None:
    handlers, scripted = handlers_of(GIVEN, QuestionInvalid("Too long."), GIVEN)
    session = Session()
    for question in ("One?", "Two?", "Three?"):
        asked(handlers, question, session)

    assert [history for _, history in scripted.asked] == [[], [GIVEN], [GIVEN]]
    assert session.outcomes[1] == Failure("Two?", "Too long.")


def test_an_error_that_nobody_foresaw_is_said_and_the_conversation_goes_on() -> None:
    handlers, _ = handlers_of(ZeroDivisionError(), GIVEN)
    session = Session()
    handlers.asked("When?", session)
    with pytest.raises(ZeroDivisionError):
        list(handlers.answered(session))

    log = handlers.failed(session)
    assert "Something went wrong" in text(log)  # type: ignore[arg-type]
    assert "“first”" in text(asked(handlers, "When?", session)[-1])


def test_a_blank_question_is_not_asked() -> None:
    handlers, scripted = handlers_of()
    session = Session()

    handlers.asked("  \n", session)
    list(handlers.answered(session))

    assert session.turns == []
    assert scripted.asked == []


def test_a_greeting_is_not_waited_for() -> None:
    talk = Abstention("Hi", "Hi", "Hello.", (), (), (), asked_nothing=True)
    handlers, _ = handlers_of([talk], judge="qwen", writer="gpt")

    assert all("Checking" not in text(log) for log in asked(handlers, "Hi", Session()))


def test_the_document_of_a_new_answer_is_shown_and_stays_when_its_verdict_comes() -> None:
    other = make_document(("body", "Other."), key="d2")
    given = answer(cite_text(other, "Other."))
    verdict = threading.Event()
    scripted = Scripted([given, verdict, replace(given, verdict=CONFIRMED.verdict)], documents=(REPORT, other))
    scripted.judge = "qwen"
    handlers, session = Handlers(scripted.warm, kept_nowhere()), Session()
    handlers.asked("When?", session)
    waiting = handlers.answered(session)
    viewer: Any = {}
    while "document" not in viewer:
        viewer = told(next(waiting)[1])
    assert session.outcomes == [given]
    assert viewer["document"] == "d2"

    handlers.shown(session, "d1", "")
    verdict.set()
    *_, last = [viewer for viewer in (told(parts[1]) for parts in waiting) if viewer]
    assert last["document"] == "d1"


def test_no_step_of_an_answer_is_sent_as_an_edit_of_the_one_before() -> None:
    """The window makes such edits in values that it may not have shown yet."""
    from gradio.utils import diff

    handlers, _ = handlers_of([GIVEN, CONFIRMED])
    session = Session()
    handlers.asked("When?", session)

    steps = [parts[:2] for parts in handlers.answered(session)]

    edits = [edit for two in itertools.pairwise(steps) for one in zip(*two, strict=True) for edit in diff(*one)]
    assert len(edits) >= 4
    assert all(path == [] for _, path, _ in edits)


def test_an_unknown_document_is_said_to_be_gone() -> None:
    handlers, _ = handlers_of()

    viewer = handlers.shown(Session(), "<gone>", "c-1-1")

    assert told(viewer)["document"] == REPORT.id
    assert "has been replaced" in told(viewer)["html"]


def test_a_visitor_is_met_in_the_language_of_the_browser_and_may_change_it() -> None:
    handlers, _ = handlers_of()
    session = Session()

    masthead, _, send, *_ = handlers.arrived(session, {}, "es-CO,en;q=0.5")
    assert 'lang="es"' in masthead  # type: ignore[operator]
    assert send["value"] == "Preguntar"  # type: ignore[index]

    masthead, *_ = handlers.translated(session, "en")
    assert 'lang="en"' in masthead  # type: ignore[operator]
    assert session.language == "en"


@pytest.mark.parametrize(("writes", "promise"), [(False, "exact quotation"), (True, "A chat model writes")])
def test_the_promise_is_one_that_is_kept(writes: bool, promise: str) -> None:
    masthead, *_ = Handlers(Scripted().warm, kept_nowhere(), writes).arrived(Session(), {}, "en")

    assert promise in Shown(str(masthead)).text


def test_a_failed_opening_is_said_and_tried_again() -> None:
    openings: list[Exception | Scripted] = [CorpusError("no <corpus>"), Scripted()]

    def opening() -> Any:
        opened = openings.pop(0)
        if isinstance(opened, Exception):
            raise opened
        return opened

    handlers = Handlers(Warm(opening), kept_nowhere())

    assert Shown(str(handlers.opened(Session())[0])).text == "Not ready. no <corpus>"
    assert "Not ready" not in str(handlers.opened(Session())[0])


def test_the_assistant_is_opened_once() -> None:
    opened = []

    def opening() -> Any:
        time.sleep(0.05)
        opened.append(1)
        return Scripted()

    warm = Warm(opening)
    threads = [threading.Thread(target=warm) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert opened == [1]


OWNER = "o" * 43


def keeping(*scripts: object, documents: tuple[Document, ...] = (REPORT,)) -> tuple[Choices, Kept]:
    scripted = Scripted(*scripts, documents=documents)
    return Choices(Handlers(scripted.warm, kept := kept_nowhere())), kept


def owned() -> Session:
    return Session(owner=OWNER)


def test_without_a_secret_of_the_browser_nothing_is_kept() -> None:
    choices, kept = keeping(GIVEN)
    session = Session()

    asked(choices.desk, "When?", session)

    assert session.place.id is None
    assert kept.conversations.entries(OWNER) == ()


def test_what_no_longer_stands_is_marked_and_neither_copied_nor_referred_to_nor_exported() -> None:
    choices, kept = keeping(documents=(make_document(("body", "Quite another text.")),))
    identity = kept.conversations.begin(OWNER, GIVEN)
    session = owned()

    log, viewer, *_ = choices.chosen(session, {"what": "open", "id": identity})

    shown = told(log)["turns"][0]
    assert "No longer in the document as quoted" in Shown(shown).by_class["stale"]
    assert "data-copy" not in shown
    assert "data-thumb" not in shown
    assert "<mark" not in told(viewer)["html"]
    assert history(session.turns) == []
    drawer = choices.chosen(session, {"what": "take", "form": "markdown"})[-1]
    assert "no answer to export" in drawer["note"]  # type: ignore[index]


def test_of_an_answer_that_stands_in_part_only_that_part_is_marked() -> None:
    other = make_document(("body", "Other."), key="d2")
    choices, kept = keeping()
    identity = kept.conversations.begin(OWNER, answer(cite_text(REPORT, "first"), cite_text(other, "Other.", 2)))
    session = owned()

    _, viewer, *_ = choices.chosen(session, {"what": "open", "id": identity})

    assert "c-1-1" in told(viewer)["html"]
    assert "c-1-2" not in told(viewer)["html"]


def test_a_conversation_of_somebody_else_cannot_be_opened_renamed_or_deleted() -> None:
    choices, kept = keeping()
    identity = kept.conversations.begin("p" * 43, GIVEN)
    session = owned()

    for what in ("open", "rename", "delete"):
        drawer = choices.chosen(session, {"what": what, "id": identity, "title": "Mine"})[-1]
        assert "no such conversation" in drawer["note"]  # type: ignore[index]
    choices.chosen(session, {"what": "delete all"})

    assert session.turns == []
    assert [entry.title for entry in kept.conversations.entries("p" * 43)] == ["Question?"]


def test_a_conversation_deleted_in_another_window_is_not_brought_back() -> None:
    choices, kept = keeping(GIVEN, GIVEN)
    session = owned()
    asked(choices.desk, "When?", session)
    kept.conversations.delete_all(OWNER)

    choices.desk.asked("And then?", session)
    *_, last = choices.desk.answered(session)

    assert len(session.outcomes) == 2
    assert "This conversation is not kept" in last[2]["value"]  # type: ignore[index]
    assert kept.conversations.entries(OWNER) == ()


def test_a_question_asked_at_once_is_not_overwritten_by_what_was_there_before_the_refresh() -> None:
    choices, kept = keeping(GIVEN)
    identity = kept.conversations.begin(OWNER, GIVEN)
    session = owned()
    asked(choices.desk, "When?", session)

    choices.resumed(session, identity)

    assert len(session.turns) == 1
    assert len(kept.conversations.entries(OWNER)) == 2


def test_a_rating_that_cannot_be_kept_says_why() -> None:
    choices, kept = keeping(GIVEN)
    session = owned()
    asked(choices.desk, "When?", session)

    log = choices.rated(session, {"turn": 1, "thumb": "sideways"})
    assert "is no thumb" in text(log)  # type: ignore[arg-type]
    choices.rated(session, {"turn": 7, "thumb": "up"})

    assert kept.feedback.said() == ()


def test_outcomes_of_the_real_records_are_kept_apart_by_window() -> None:
    handlers, _ = handlers_of(GIVEN, GIVEN)
    one, other = Session(), Session()

    asked(handlers, "One?", one)

    assert isinstance(one.outcomes[0], Answer)
    assert other.turns == []


# --- documents


OTHER = make_document(("body", "The other report."), key="d2")


def test_only_the_chosen_documents_are_asked() -> None:
    scripted = Scripted(GIVEN, GIVEN, documents=(REPORT, OTHER))
    handlers, session = Handlers(scripted.warm, kept_nowhere()), Session()

    shelf = Choices(handlers).documents_chosen(session, ["d2.txt"])
    asked(handlers, "When?", session)
    Choices(handlers).documents_chosen(session, None)
    asked(handlers, "When?", session)

    assert shelf["chosen"] == ["d2.txt"]  # type: ignore[index]
    assert scripted.asked_of == [["d2"], None]


def test_a_chosen_document_that_is_gone_is_no_longer_chosen() -> None:
    scripted = Scripted(GIVEN, documents=(REPORT, OTHER))
    handlers, session = Handlers(scripted.warm, kept_nowhere()), Session()
    Choices(handlers).documents_chosen(session, ["d1.txt", "d2.txt"])

    scripted.documents = {"d1": REPORT}
    *_, shelf = Choices(handlers).renewed(session)
    assert shelf["chosen"] == ["d1.txt"]  # type: ignore[index]

    scripted.documents = {"d2": OTHER}
    *_, viewer, _, shelf = Choices(handlers).renewed(session)
    assert shelf["chosen"] is None  # type: ignore[index]
    assert told(viewer)["document"] == "d2"
    assert "The other report." in Shown(told(viewer)["html"]).text


def test_documents_that_cannot_be_opened_are_told() -> None:
    def opening() -> Any:
        raise CorpusError("no documents in corpus")

    *_, status, shelf = Choices(Handlers(Warm(opening), kept_nowhere())).renewed(Session())
    assert "no documents in corpus" in status["value"]  # type: ignore[index]
    assert shelf["indexed"] == []  # type: ignore[index]
