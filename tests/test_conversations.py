"""Conversations: what is kept comes back whole, to its owner alone, from several threads and processes, and from a damaged file never."""

import multiprocessing
import os
import re
import sqlite3
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import TINY, make_assistant, write_corpus

from rag.answering import Assistant
from rag.conversations import FILE, Conversations
from rag.embedding import Embedder, MultilingualEncoder
from rag.errors import ConversationMissing, StoreUnusable
from rag.index import build_index
from rag.records import Abstention, Answer, Document, Statement, Verdict, Violation, Withheld
from rag.rendering.html import Failure

ANA, BEN = "token-of-ana", "token-of-ben"
DAY = 86400.0


class Clock:
    """A time that the test sets."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        self.now += 1
        return self.now


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Conversations]:
    opened = Conversations(tmp_path / "kept", days=30, clock=Clock())
    yield opened
    opened.close()


@pytest.fixture
def small(tiny: Path, embedder: Embedder, encoder: MultilingualEncoder) -> Assistant:
    """An assistant over the tiny corpus, which a test may change."""
    return make_assistant(tiny / "index", tiny / "corpus", embedder, encoder)


@pytest.fixture(scope="module")
def answer(assistant: Assistant) -> Answer:
    outcome = assistant.ask("When was Tocorón prison taken over?")
    assert isinstance(outcome, Answer)
    return outcome


@pytest.fixture(scope="module")
def abstention(assistant: Assistant) -> Abstention:
    outcome = assistant.ask("How many members does the gang have in Madrid?")
    assert isinstance(outcome, Abstention)
    assert outcome.nearest
    return outcome


def questions(store: Conversations, owner: str, identity: str) -> list[str]:
    return [turn.outcome.question for turn in store.load(owner, identity, {}).turns]


# --- what comes back ---------------------------------------------------------------------------------------------


def test_everything_of_a_turn_survives_a_restart(
    tmp_path: Path, assistant: Assistant, answer: Answer, abstention: Abstention
) -> None:
    follow_up = assistant.ask("And who led the gang there?", [answer])
    failure = Failure("line\nbreak \ud800", "the question holds the control character U+D800; remove it")
    first = Conversations(tmp_path, days=30)
    identity = first.begin(ANA, answer)
    for outcome in (abstention, follow_up, failure):
        first.append(ANA, identity, outcome)
    first.close()
    again = Conversations(tmp_path, days=30)
    loaded = again.load(ANA, identity, assistant.documents)
    again.close()
    assert [turn.outcome for turn in loaded.turns] == [answer, abstention, follow_up, failure]
    assert not any(turn.stale or turn.problem for turn in loaded.turns)
    assert (loaded.entry.title, loaded.entry.turns) == (answer.question, 4)


def test_what_a_model_wrote_survives_and_is_checked_again(store: Conversations, small: Assistant) -> None:
    quoted = small.ask("How many boats did the gang buy?")
    assert isinstance(quoted, Answer)
    refused = Withheld("It bought nine boats.", (Violation("It bought nine boats.", "number", "“nine” is not there"),))
    written = replace(
        quoted, mode="model", model="m", raw_reply="It bought seven boats [1].", notice="late.", withheld=(refused,),
        statements=(Statement("It bought seven boats.", (1,)),), verdict=Verdict("j", "confirmed", 0.5),
    )  # fmt: skip
    false = replace(written, statements=(Statement("It bought nine boats.", (1,)),))
    identity = store.begin(ANA, written)
    store.append(ANA, identity, false)
    kept, forged = store.load(ANA, identity, small.documents).turns
    assert kept.outcome == written
    assert kept.problem is None
    assert forged.problem is not None
    assert "nine" in forged.problem


def test_citations_of_a_document_that_changed_or_went_are_marked_and_the_others_stand(
    tiny: Path, small: Assistant, store: Conversations, embedder: Embedder, encoder: MultilingualEncoder
) -> None:
    boats, mayor = small.ask("How many boats did the gang buy?"), small.ask("When did the mayor of Quito resign?")
    identity = store.begin(ANA, boats)
    store.append(ANA, identity, mayor)
    write_corpus(tiny / "corpus", {"alpha.md": TINY["alpha.md"].replace("seven", "eight"), "beta.md": TINY["beta.md"]})
    build_index(tiny / "index", tiny / "corpus", embedder, encoder)
    assert small.refresh()
    changed, same = store.load(ANA, identity, small.documents).turns
    assert isinstance(boats, Answer)
    assert isinstance(changed.outcome, Answer)
    assert set(changed.stale) == {citation.number for citation in boats.citations}
    assert all("not in the index" in why for why in changed.stale.values())
    assert changed.outcome.citations == boats.citations  # shown as they were, only marked
    assert all("boats" not in hit.chunk.text for hit in changed.outcome.hits)
    assert (same.stale, same.problem) == ({}, None)


def test_a_citation_altered_in_the_file_is_marked(store: Conversations, small: Assistant) -> None:
    outcome = small.ask("How many boats did the gang buy?")
    identity = store.begin(ANA, outcome)
    with store._database.writing() as connection:
        connection.execute("UPDATE turn SET line = replace(line, 'seven boats', 'eight boats')")
    [turn] = store.load(ANA, identity, small.documents).turns
    assert list(turn.stale) == [1]
    assert "other characters" in turn.stale[1]


def test_a_turn_that_cannot_be_read_leaves_the_others_alone(
    store: Conversations, answer: Answer, assistant: Assistant
) -> None:
    identity = store.begin(ANA, answer)
    store.append(ANA, identity, answer)
    for number, line in ((1, "{"), (2, '{"question": "who?", "abstained": 0}')):
        with store._database.writing() as connection:
            connection.execute("UPDATE turn SET line = ? WHERE number = ?", (line, number))
    store.append(ANA, identity, answer)
    torn, half, whole = store.load(ANA, identity, assistant.documents).turns
    assert torn.problem is not None
    assert isinstance(half.outcome, Failure)
    assert half.outcome.question == "who?"
    assert whole.outcome == answer


# --- changing ----------------------------------------------------------------------------------------------------


def test_an_edited_question_replaces_its_turn_and_all_behind_it(store: Conversations) -> None:
    identity = store.begin(ANA, Failure("one", "m"))
    assert [store.append(ANA, identity, Failure(text, "m")) for text in ("two", "three")] == [2, 3]
    store.replace(ANA, identity, 2, Failure("two again", "m"))
    assert questions(store, ANA, identity) == ["one", "two again"]
    assert store.append(ANA, identity, Failure("four", "m")) == 3
    with pytest.raises(ConversationMissing, match="no turn 9"):
        store.replace(ANA, identity, 9, Failure("x", "m"))
    assert questions(store, ANA, identity) == ["one", "two again", "four"]


def test_the_list_has_the_conversation_changed_last_first(store: Conversations) -> None:
    first, second, third = (store.begin(ANA, Failure(text, "m")) for text in ("a", "b", "c"))
    store.append(ANA, first, Failure("d", "m"))
    assert [entry.id for entry in store.entries(ANA)] == [first, third, second]
    assert [entry.turns for entry in store.entries(ANA)] == [2, 1, 1]
    entry = store.entries(ANA)[0]
    assert entry.created < entry.changed


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("Who\n  led\tit?", "Who led it?"),
        ("", "Untitled"),
        ("\ud800\x00", "Untitled"),
        ("word " * 40, "word " * 15 + "word …"),
        ("x" * 200, "x" * 80 + "…"),
    ],
    ids=["white space", "empty", "not printable", "long", "one long word"],
)
def test_the_title_is_the_first_question_in_one_line(store: Conversations, question: str, title: str) -> None:
    store.begin(ANA, Failure(question, "m"))
    assert [entry.title for entry in store.entries(ANA)] == [title]


def test_a_conversation_is_renamed(store: Conversations) -> None:
    identity = store.begin(ANA, Failure("a", "m"))
    for given, kept in (
        ("  Ports\n and prisons ", "Ports and prisons"),
        (" ", "Ports and prisons"),
        ("x" * 500, "x" * 120),
    ):
        store.rename(ANA, identity, given)
        assert store.entries(ANA)[0].title == kept


# --- whose it is -------------------------------------------------------------------------------------------------


def test_nothing_is_read_or_changed_with_another_owners_token(store: Conversations) -> None:
    identity = store.begin(ANA, Failure("secret", "m"))
    assert store.entries(BEN) == ()
    assert store.delete_all(BEN) == 0
    refused = [
        lambda owner: store.load(owner, identity, {}),
        lambda owner: store.append(owner, identity, Failure("x", "m")),
        lambda owner: store.replace(owner, identity, 1, Failure("x", "m")),
        lambda owner: store.rename(owner, identity, "mine"),
        lambda owner: store.delete(owner, identity),
    ]
    for owner in (BEN, "", ANA + " ", "' OR 1=1 --"):
        for use in refused:
            with pytest.raises(ConversationMissing):
                use(owner)
    assert questions(store, ANA, identity) == ["secret"]
    assert store.entries(ANA)[0].title == "secret"


@pytest.mark.parametrize("use", ["begin", "entries", "delete_all"])
def test_there_is_no_owner_without_a_token(store: Conversations, use: str) -> None:
    with pytest.raises(ConversationMissing, match="no owner"):
        getattr(store, use)("", *([Failure("q", "m")] if use == "begin" else []))


def test_a_foreign_id_and_one_that_never_was_look_the_same(store: Conversations) -> None:
    theirs = store.begin(ANA, Failure("q", "m"))
    said = []
    for identity in (theirs, "nothing-like-it"):
        with pytest.raises(ConversationMissing) as caught:
            store.load(BEN, identity, {})
        said.append(str(caught.value))
    assert said[0] == said[1]


def test_tokens_are_not_in_the_file_and_ids_cannot_be_guessed(store: Conversations, tmp_path: Path) -> None:
    found = {store.begin(ANA, Failure("q", "m")) for _ in range(50)}
    assert len(found) == 50
    assert all(re.fullmatch(r"[\w-]{24}", identity) for identity in found)
    assert not any(ANA.encode() in path.read_bytes() for path in (tmp_path / "kept").iterdir())


def test_the_files_are_the_servers_alone(store: Conversations, tmp_path: Path) -> None:
    store.begin(ANA, Failure("q", "m"))
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) & 0o077 for path in (tmp_path / "kept").glob(FILE + "*")}
    assert modes.pop(FILE + ".lock") is not None  # empty
    assert set(modes.values()) == {0}
    assert stat.S_IMODE((tmp_path / "kept").stat().st_mode) == 0o700


# --- deleting ----------------------------------------------------------------------------------------------------


def test_what_is_deleted_is_gone_from_the_disk(store: Conversations, tmp_path: Path, answer: Answer) -> None:
    quote = b"11,000 police and soldiers surrounded"
    assert quote.decode() in answer.citations[0].quote

    def on_disk() -> bool:
        return any(quote in path.read_bytes() for path in (tmp_path / "kept").iterdir())

    gone, kept = store.begin(ANA, answer), store.begin(ANA, Failure("stays", "m"))
    assert on_disk()
    store.delete(ANA, gone)
    assert not on_disk()
    assert [entry.id for entry in store.entries(ANA)] == [kept]
    with pytest.raises(ConversationMissing):
        store.delete(ANA, gone)


def test_all_of_an_owner_are_deleted_and_no_one_elses(store: Conversations) -> None:
    for text in ("a", "b"):
        store.begin(ANA, Failure(text, "m"))
    theirs = store.begin(BEN, Failure("c", "m"))
    assert store.delete_all(ANA) == 2
    assert store.entries(ANA) == ()
    assert questions(store, BEN, theirs) == ["c"]
    with store._database.reading() as connection:
        assert connection.execute("SELECT count(*) FROM turn").fetchone() == (1,)


def test_old_conversations_are_deleted_by_themselves(tmp_path: Path) -> None:
    clock = Clock()
    store = Conversations(tmp_path, days=30, clock=clock)
    old, used = store.begin(ANA, Failure("old", "m")), store.begin(ANA, Failure("used", "m"))
    clock.now += 20 * DAY
    store.append(ANA, used, Failure("again", "m"))
    clock.now += 15 * DAY
    assert [entry.id for entry in store.entries(ANA)] == [used]
    with pytest.raises(ConversationMissing):
        store.load(ANA, old, {})
    store.close()


def test_zero_days_writes_nothing(tmp_path: Path, assistant: Assistant, answer: Answer) -> None:
    store = Conversations(tmp_path / "none", days=0)
    identity = store.begin(ANA, answer)
    assert store.load(ANA, identity, assistant.documents).turns[0].outcome == answer
    store.delete(ANA, identity)
    assert store.entries(ANA) == ()
    assert not (tmp_path / "none").exists()
    assert store.notice is None
    store.close()
    assert Conversations(tmp_path / "none", days=0).entries(ANA) == ()


def test_zero_days_says_that_an_old_file_is_still_there(tmp_path: Path) -> None:
    before = Conversations(tmp_path, days=1)
    before.begin(ANA, Failure("q", "m"))
    before.close()
    after = Conversations(tmp_path, days=0)
    assert "still holds earlier conversations" in str(after.notice)
    assert after.entries(ANA) == ()


# --- files that are not as they should be ------------------------------------------------------------------------


def change(path: Path, pragma: str) -> None:
    connection = sqlite3.connect(path)
    connection.execute(pragma)
    connection.commit()
    connection.close()


def test_a_newer_file_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    Conversations(tmp_path, days=1).close()
    change(tmp_path / FILE, "PRAGMA user_version = 7")
    with pytest.raises(StoreUnusable, match="has format 7, this program reads format 1"):
        Conversations(tmp_path, days=1)
    assert not list(tmp_path.glob("*damaged*"))


def test_another_programs_database_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    change(tmp_path / FILE, "CREATE TABLE notes (text)")
    with pytest.raises(StoreUnusable, match="not a file that this program made"):
        Conversations(tmp_path, days=1)
    change(tmp_path / FILE, "INSERT INTO notes VALUES ('still here')")


@pytest.mark.parametrize("damage", ["no database", "torn", "garbled"])
def test_a_damaged_file_is_set_aside_and_a_new_one_begun(tmp_path: Path, damage: str) -> None:
    store = Conversations(tmp_path, days=1)
    for number in range(200):
        store.begin(ANA, Failure(f"question {number} " + "x" * 500, "m"))
    store.close()
    path = tmp_path / FILE
    whole = path.read_bytes()
    middle = len(whole) // 2
    broken = {
        "no database": b"these are no pages " * 1000,
        "torn": whole[:middle],
        "garbled": whole[:8192] + os.urandom(len(whole) - 8192),
    }[damage]
    path.write_bytes(broken)
    again = Conversations(tmp_path, days=1)
    assert re.fullmatch(r"\S+ was damaged: it is kept as \S+, and a new one was begun", str(again.notice))
    assert again.entries(ANA) == ()
    identity = again.begin(ANA, Failure("after", "m"))
    assert questions(again, ANA, identity) == ["after"]
    again.close()
    [aside] = tmp_path.glob("*damaged*")
    assert aside.read_bytes() == broken
    healthy = Conversations(tmp_path, days=1)
    assert healthy.notice is None
    healthy.close()


def test_a_file_damaged_while_it_is_open_is_set_aside_in_one_line(tmp_path: Path) -> None:
    store, other = Conversations(tmp_path, days=1), Conversations(tmp_path, days=1)
    for number in range(200):
        store.begin(ANA, Failure(f"question {number} " + "x" * 500, "m"))
    store._database.forget()
    path = tmp_path / FILE
    size = path.stat().st_size
    with path.open("r+b") as handle:
        handle.seek(8192)
        handle.write(os.urandom(size - 8192))
    with pytest.raises(StoreUnusable, match="damaged: it is kept as"):
        other.entries(ANA)
    identity = other.begin(ANA, Failure("after", "m"))
    assert questions(store, ANA, identity) == ["after"]  # the first one takes up the new file by itself
    for one in (store, other):
        one.close()


def test_a_folder_that_cannot_be_written_is_said_in_a_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StoreUnusable, match="cannot be used"):
        Conversations(tmp_path / "file", days=1)


# --- several at once ---------------------------------------------------------------------------------------------


def test_threads_lose_nothing(store: Conversations) -> None:
    shared = store.begin(ANA, Failure("0", "m"))

    def work(name: int) -> None:
        for turn in range(20):
            store.append(ANA, shared, Failure(f"{name}-{turn}", "m"))
            store.begin(f"owner {name}", Failure("own", "m"))
            store.load(ANA, shared, {})

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(work, range(8))) == [None] * 8
    assert sorted(questions(store, ANA, shared)[1:]) == sorted(f"{n}-{t}" for n in range(8) for t in range(20))
    assert all(len(store.entries(f"owner {name}")) == 20 for name in range(8))


def _write(folder: str, identity: str, name: str) -> None:
    store = Conversations(Path(folder), days=1)
    for turn in range(40):
        store.append(ANA, identity, Failure(f"{name}-{turn}", "m"))
        store.delete(name, store.begin(name, Failure("passing", "m")))
    store.close()


def test_two_processes_lose_nothing(tmp_path: Path) -> None:
    store = Conversations(tmp_path, days=1)
    identity = store.begin(ANA, Failure("0", "m"))
    spawning = multiprocessing.get_context("spawn")
    processes = [spawning.Process(target=_write, args=(str(tmp_path), identity, name)) for name in ("p", "q")]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [0, 0]
    expected = [f"{name}-{turn}" for name in ("p", "q") for turn in range(40)]
    assert sorted(questions(store, ANA, identity)[1:]) == sorted(expected)
    assert store.entries("p") == ()
    store.close()


def test_two_that_begin_the_same_file_at_once_both_can(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        stores = list(threads.map(lambda _: Conversations(tmp_path, days=1), range(8)))
    identity = stores[0].begin(ANA, Failure("q", "m"))
    assert all(questions(store, ANA, identity) == ["q"] for store in stores)
    for store in stores:
        store.close()


def test_documents_are_named_by_the_caller(store: Conversations, answer: Answer) -> None:
    none: dict[str, Document] = {}
    [turn] = store.load(ANA, store.begin(ANA, answer), none).turns
    assert set(turn.stale) == {citation.number for citation in answer.citations}
