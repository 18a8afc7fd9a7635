"""Index: built once, checked on every opening, rebuilt when anything is wrong, never stale."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from conftest import CORPUS, TINY, OtherModel, RecordingEmbedder, RecordingEncoder, make_assistant, write_corpus

import rag.index.build
from rag.embedding import Embedder, MultilingualEncoder
from rag.errors import CorpusError, IndexUnusable
from rag.index import Index, build_index, corpus_digest, current_build, open_index, read_index, read_manifest
from rag.index.manifest import file_hashes
from rag.records import Answer
from rag.retrieval.retriever import HybridRetriever

GAMMA = {"gamma.md": "# Gamma report\n\nA ferry sank near Iquique in 2021. Nine sailors were rescued.\n"}


@pytest.fixture(autouse=True)
def ticking_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second passes between two builds, as it does in use."""

    class Clock(datetime):
        ticks = 0

        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            cls.ticks += 1
            return datetime.now(tz) + timedelta(seconds=cls.ticks)  # type: ignore[arg-type]

    monkeypatch.setattr(rag.index.build, "datetime", Clock, raising=False)


@pytest.fixture
def opened(tiny: Path, embedder: Embedder, encoder: MultilingualEncoder) -> Callable[[], Index]:
    """Opens the tiny index as it is then."""
    return lambda: open_index(tiny / "index", tiny / "corpus", embedder, encoder)


def best(index: Index, question: str, embedder: Embedder, encoder: MultilingualEncoder) -> str:
    """Text of the best chunk."""
    return HybridRetriever(index=index, embedder=embedder, encoder=encoder).hits(question)[0].chunk.text


def assert_answers_right(index: Index, embedder: Embedder, encoder: MultilingualEncoder) -> None:
    """Every file of TINY is found, by the fused legs and by the dense one alone."""
    assert {d.path for d in index.documents.values()} >= set(TINY)
    for question, expected in [
        ("Who resigned in Quito?", "The mayor of Quito"),
        ("Where did the river gang move?", "The river gang"),
    ]:
        assert best(index, question, embedder, encoder).startswith(expected)
        nearest = index.store.search(embedder.embed_query(question), 1)[0][0]
        assert next(c for c in index.chunks if c.id == nearest).text.startswith(expected)


def build_of(folder: Path) -> Path:
    """The current build, which must exist."""
    build = current_build(folder / "index")
    assert build is not None
    return build


def test_an_index_is_built_where_there_is_none_and_opened_afterwards(
    tmp_path: Path, embedder: Embedder, encoder: MultilingualEncoder
) -> None:
    corpus = write_corpus(tmp_path / "corpus", TINY)
    first = open_index(tmp_path / "a" / "b", corpus, embedder, encoder)
    assert_answers_right(first, embedder, encoder)
    recording, recording_encoder = RecordingEmbedder(embedder), RecordingEncoder(encoder)
    second = open_index(tmp_path / "a" / "b", corpus, recording, recording_encoder)
    assert (second.folder, second.chunks, second.sentences) == (first.folder, first.chunks, first.sentences)
    assert recording.texts == recording_encoder.texts == []


def test_the_manifest_says_what_the_index_was_made_from(report_folder: Path, embedder: Embedder) -> None:
    build = current_build(report_folder)
    assert build is not None
    manifest = read_manifest(build)
    index = read_index(build, embedder)
    assert manifest.documents == len(index.documents) == 1
    assert manifest.chunks == len(index.chunks) > 40
    assert manifest.problems == ()
    assert manifest.recipe["corpus"] == corpus_digest(CORPUS)
    assert manifest.recipe["embedder"] == embedder.fingerprint
    assert manifest.recipe["libraries"]["chromadb"]  # type: ignore[index]
    assert {"schema", "chunker", "canonicaliser", "chunk_tokens", "fill_tokens"} <= set(manifest.recipe)
    assert {"documents.jsonl", "chunks.jsonl", "dense.npz", "multilingual.npz", "chroma/chroma.sqlite3"} <= set(
        manifest.files
    )
    assert abs((datetime.now().astimezone() - datetime.fromisoformat(manifest.built)).total_seconds()) < 86400


def test_every_chunk_and_sentence_of_the_report_is_its_exact_text_with_a_unit_vector(
    report_folder: Path, embedder: Embedder
) -> None:
    index = read_index(current_build(report_folder) or Path(), embedder)
    assert all(index.documents[c.document_id].text[c.start : c.end] == c.text for c in index.chunks)
    assert len({c.id for c in index.chunks}) == len(index.chunks) == len(index.chunk_multilingual)
    assert len(index.sentences) == len(index.sentence_vectors) == len(index.sentence_multilingual)
    assert {s.kind for _, s in index.sentences} <= {"body", "credits", "title"}
    np.testing.assert_allclose(np.linalg.norm(index.sentence_vectors, axis=1), 1, atol=1e-5)
    last = index.documents[index.sentences[-1][0]].text[index.sentences[-1][1].start : index.sentences[-1][1].end]
    np.testing.assert_allclose(index.sentence_vectors[-1], embedder.embed([last])[0], atol=1e-4)


def test_left_out_files_are_in_the_manifest(tiny: Path, embedder: Embedder, encoder: MultilingualEncoder) -> None:
    (tiny / "corpus" / "empty.txt").write_text("")
    (tiny / "corpus" / "scan.pdf").write_bytes(b"%PDF")
    problems = dict(open_index(tiny / "index", tiny / "corpus", embedder, encoder).manifest.problems)
    assert set(problems) == {"empty.txt", "scan.pdf"}
    assert all(name in message for name, message in problems.items())


@pytest.mark.parametrize(
    ("files", "embedded"),
    [
        pytest.param({**TINY, **GAMMA}, GAMMA["gamma.md"], id="added"),
        pytest.param({"beta.md": TINY["beta.md"]}, "", id="removed"),
        pytest.param({**TINY, "alpha.md": GAMMA["gamma.md"]}, GAMMA["gamma.md"], id="changed"),
        pytest.param({"alpha.md": TINY["alpha.md"], "renamed.md": TINY["beta.md"]}, "", id="renamed"),
    ],
)
def test_only_new_text_is_embedded(
    files: dict[str, str], embedded: str, tiny: Path, embedder: Embedder, encoder: MultilingualEncoder
) -> None:
    write_corpus(tiny / "corpus", files)
    recording, recording_encoder = RecordingEmbedder(embedder), RecordingEncoder(encoder)
    index = open_index(tiny / "index", tiny / "corpus", recording, recording_encoder)
    assert sorted(d.path for d in index.documents.values()) == sorted(files)
    for texts in (recording.texts, recording_encoder.texts):
        assert bool(texts) == bool(embedded)
        assert all(text.split("\n")[-1] in embedded for text in texts)
    if "Quito" in "".join(files.values()):
        assert best(index, "Who resigned in Quito?", embedder, encoder).startswith("The mayor of Quito")
    if embedded:
        assert best(index, "What sank near Iquique?", embedder, encoder).startswith("A ferry sank")


def test_rebuild_embeds_every_text_again(tiny: Path, embedder: Embedder, encoder: MultilingualEncoder) -> None:
    recording, recording_encoder = RecordingEmbedder(embedder), RecordingEncoder(encoder)
    build = build_index(tiny / "index", tiny / "corpus", recording, recording_encoder, rebuild=True)
    index = read_index(build, embedder)
    assert {index.documents[d].text[s.start : s.end] for d, s in index.sentences} <= set(recording.texts) & set(
        recording_encoder.texts
    )


def test_two_builds_in_the_same_second_do_not_collide(
    tiny: Path, embedder: Embedder, encoder: MultilingualEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stopped(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return datetime(2030, 1, 1, tzinfo=tz)  # type: ignore[arg-type]

    monkeypatch.setattr(rag.index.build, "datetime", Stopped, raising=False)
    for _ in range(2):
        build = build_index(tiny / "index", tiny / "corpus", embedder, encoder)
    assert_answers_right(read_index(build, embedder), embedder, encoder)


def test_a_changed_corpus_is_never_answered_from_the_old_index(tiny: Path, opened: Callable[[], Index]) -> None:
    before = opened()
    write_corpus(tiny / "corpus", GAMMA)
    after = opened()
    assert after.folder != before.folder
    assert "Quito" not in "".join(c.text for c in after.chunks)


def test_a_readme_of_the_corpus_makes_no_index_stale_and_a_sidecar_does(
    tiny: Path, opened: Callable[[], Index]
) -> None:
    before = opened()
    (tiny / "corpus" / "README.md").write_text("# Where these come from\n", encoding="utf-8")
    assert opened().folder == before.folder
    (tiny / "corpus" / "alpha.md.toml").write_text('title = "Another title"\n', encoding="utf-8")
    assert {document.title for document in opened().documents.values()} == {"Another title", "Beta report"}


def test_an_index_of_another_model_is_never_served(
    tiny: Path, opened: Callable[[], Index], embedder: Embedder, encoder: MultilingualEncoder
) -> None:
    other = OtherModel(embedder)
    index = open_index(tiny / "index", tiny / "corpus", other, encoder)
    assert index.manifest.recipe["embedder"] == other.fingerprint
    text = index.documents[index.sentences[0][0]].text[index.sentences[0][1].start : index.sentences[0][1].end]
    np.testing.assert_allclose(index.sentence_vectors[0], other.embed([text])[0], atol=1e-4)
    assert_answers_right(index, other, encoder)
    assert_answers_right(opened(), embedder, encoder)


def test_an_open_assistant_does_not_take_up_a_build_of_another_model(
    tiny: Path, embedder: Embedder, encoder: MultilingualEncoder
) -> None:
    assistant = make_assistant(tiny / "index", tiny / "corpus", embedder, encoder)
    build_index(tiny / "index", tiny / "corpus", OtherModel(embedder), encoder)
    assistant.ask("Who resigned in Quito?")
    assert assistant.manifest.recipe["embedder"] == embedder.fingerprint


def test_an_index_of_another_schema_is_refused_and_rebuilt(
    tiny: Path, opened: Callable[[], Index], embedder: Embedder, encoder: MultilingualEncoder
) -> None:
    path = build_of(tiny) / "manifest.json"
    values = json.loads(path.read_text(encoding="utf-8"))
    values["recipe"]["schema"] += 1
    path.write_text(json.dumps(values), encoding="utf-8")
    with pytest.raises(IndexUnusable, match=r"another version \(schema \d+, expected \d+\); run: rag index --rebuild"):
        read_index(path.parent, embedder)
    assert_answers_right(opened(), embedder, encoder)


def test_an_open_assistant_works_on_until_it_takes_up_the_new_build(
    tiny: Path, embedder: Embedder, encoder: MultilingualEncoder
) -> None:
    assistant = make_assistant(tiny / "index", tiny / "corpus", embedder, encoder)
    old = assistant.retriever
    before = [hit.chunk.text for hit in old.hits("Who resigned in Quito?")]
    assert assistant.refresh() is False
    for files in (GAMMA, {**GAMMA, **TINY}, GAMMA):
        build_index(tiny / "index", write_corpus(tiny / "corpus", files), embedder, encoder)
        assert [hit.chunk.text for hit in old.hits("Who resigned in Quito?")] == before
    assert assistant.retriever is old
    assert assistant.refresh() is True
    assert [d.path for d in assistant.documents.values()] == ["gamma.md"]
    outcome = assistant.ask("Where did a ferry sink?")
    assert {hit.chunk.document_id for hit in outcome.hits} == set(assistant.documents)
    assert outcome.fingerprint == assistant.manifest.fingerprint
    assert not isinstance(outcome, Answer) or "Iquique" in outcome.text


def test_an_open_assistant_answers_on_when_a_newer_build_is_damaged(
    tiny: Path, embedder: Embedder, encoder: MultilingualEncoder
) -> None:
    assistant = make_assistant(tiny / "index", tiny / "corpus", embedder, encoder)
    build = build_index(tiny / "index", tiny / "corpus", embedder, encoder)
    (build / "chunks.jsonl").write_text("")
    assert assistant.ask("Who resigned in Quito?").hits[0].chunk.text.startswith("The mayor of Quito")


def test_reading_and_searching_change_no_file_of_the_build(
    tiny: Path, embedder: Embedder, encoder: MultilingualEncoder
) -> None:
    build = build_of(tiny)
    before = {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in tiny.rglob("*")}
    hashes = file_hashes(build)
    assert_answers_right(read_index(build, embedder), embedder, encoder)
    assert file_hashes(build) == hashes
    assert {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in tiny.rglob("*")} == before


def test_the_build_before_is_kept_and_older_ones_are_removed(
    tiny: Path, embedder: Embedder, encoder: MultilingualEncoder
) -> None:
    first = build_of(tiny)
    second = build_index(tiny / "index", tiny / "corpus", embedder, encoder)
    assert first.is_dir()
    third = build_index(tiny / "index", tiny / "corpus", embedder, encoder)
    assert sorted((tiny / "index" / "builds").iterdir()) == sorted([second, third])


@pytest.mark.parametrize("builds", [False, True], ids=["with a photo", "with builds of its own"])
def test_a_folder_that_is_not_an_index_is_refused_and_left_alone(
    builds: bool, tmp_path: Path, embedder: Embedder, encoder: MultilingualEncoder
) -> None:
    folder = tmp_path / "holiday"
    precious = folder / ("builds/release/app.bin" if builds else "beach.jpg")
    precious.parent.mkdir(parents=True)
    precious.write_bytes(b"precious")
    (folder / "notes.txt").write_text("notes")
    with pytest.raises(IndexUnusable, match=r"is not an index folder.*set RAG_INDEX"):
        build_index(folder, write_corpus(tmp_path / "corpus", TINY), embedder, encoder)
    assert precious.read_bytes() == b"precious"
    assert not (folder / "CURRENT").exists()


def test_a_folder_that_cannot_be_written_is_one_line(
    tmp_path: Path, embedder: Embedder, encoder: MultilingualEncoder
) -> None:
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o500)
    if os.access(folder, os.W_OK):  # root may write everywhere, but not below a file
        folder.rmdir()
        folder.write_text("a file")
    for place in (folder, folder / "below"):
        with pytest.raises(IndexUnusable, match=r"cannot be written.*RAG_INDEX") as caught:
            open_index(place, write_corpus(tmp_path / "corpus", TINY), embedder, encoder)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (None, "does not exist; make it, or set RAG_CORPUS"),
        ({}, "holds no .txt, .md, .pdf, .docx or .html file"),
        ({"a.pdf": "%PDF"}, "a.pdf is not a PDF file"),
    ],
    ids=["missing", "empty", "only a PDF"],
)
def test_a_corpus_without_documents_is_an_error_and_the_old_index_stays(
    files: dict[str, str] | None, message: str, tiny: Path, embedder: Embedder, encoder: MultilingualEncoder
) -> None:
    before = build_of(tiny)
    if files is None:
        shutil.rmtree(tiny / "corpus")
    else:
        write_corpus(tiny / "corpus", files)
    with pytest.raises(CorpusError, match=message):
        open_index(tiny / "index", tiny / "corpus", embedder, encoder)
    assert build_of(tiny) == before
