"""The files of models: joined from packages or given by path, and never other ones than expected."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from importlib.metadata import distribution
from pathlib import Path

import pytest

from rag import Answer, Assistant
from rag.errors import ModelUnavailable
from rag.judging import LocalJudge
from rag.models import PACKAGED, Weights, joined, verified
from rag.reader import CrossReader, load_reader
from rag.reader.cross import WEIGHTS
from rag.settings import Settings
from rag.status import status

PARTS = ("pytest/__init__.py", "pytest/__main__.py")


def weights_of(files: tuple[str, ...] = PARTS, **changes: object) -> Weights:
    """Two small files of an installed package, as if they were a model in parts."""
    content = b"".join(Path(str(distribution("pytest").locate_file(name))).read_bytes() for name in PARTS)
    made = Weights("tiny", hashlib.sha256(content).hexdigest(), len(content), ("pytest",) * len(files), files)
    return replace(made, **changes)  # type: ignore[arg-type]


def test_parts_are_joined_in_order_once_and_checked_each_time(tmp_path: Path) -> None:
    weights = weights_of()
    file = joined(weights, tmp_path / "models")
    assert file.stat().st_size == weights.size
    written = file.stat().st_mtime_ns
    assert joined(weights, tmp_path / "models").stat().st_mtime_ns == written
    file.write_bytes(b"x" * weights.size)
    with pytest.raises(ModelUnavailable, match=r"have sha256 .* expected"):
        joined(weights, tmp_path / "models")


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        (weights_of(files=PARTS[::-1]), "join to sha256"),
        (weights_of(packages=("pytest", "no-such-package-here")), "no-such-package-here is missing"),
        (weights_of(files=("pytest/__init__.py", "pytest/gone.bin")), "pytest is missing or incomplete"),
    ],
)
def test_wrong_parts_leave_nothing_behind(weights: Weights, said: str, tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match=said):
        joined(weights, tmp_path)
    assert not [file.name for file in tmp_path.iterdir() if file.suffix in (".gguf", ".part")]


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(ModelUnavailable, match="RAG_MODELS"):
        joined(weights_of(), tmp_path / "file")


def test_a_file_given_by_path_is_checked_too(tmp_path: Path) -> None:
    file = tmp_path / "model.gguf"
    with pytest.raises(ModelUnavailable, match="cannot be read"):
        verified(file, "0" * 64)
    file.write_bytes(b"not the model")
    with pytest.raises(ModelUnavailable, match="RAG_JUDGE_SHA256"):
        LocalJudge(file, None, tmp_path).prepare()


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "model.gguf"
    file.write_bytes(b"not a model at all")
    judge = LocalJudge(file, hashlib.sha256(file.read_bytes()).hexdigest(), tmp_path)
    with pytest.raises(ModelUnavailable, match="cannot be loaded"):
        judge.prepare()


def test_the_packages_are_the_ones_that_are_known() -> None:
    assert len(PACKAGED.packages) == len(PACKAGED.files) == 22
    assert PACKAGED.installed


# --- the reader's weights ----------------------------------------------------------------------------------------


def _weights(folder: Path, left_out: str = "") -> Path:
    for file in WEIGHTS.iterdir():
        if file.name != left_out:
            (folder / file.name).symlink_to(file)
    return folder


@pytest.mark.parametrize("file", ["model.safetensors", "reader.json"])
def test_missing_weights_are_named_with_the_way_out(file: str, tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match=rf"{file} is missing.*RAG_READER=linear"):
        CrossReader(_weights(tmp_path, file)).check()


def test_altered_weights_are_refused(tmp_path: Path) -> None:
    folder = _weights(tmp_path, "model.safetensors")
    (folder / "model.safetensors").write_bytes(b"of somebody else")
    reader = CrossReader(folder)
    with pytest.raises(ModelUnavailable, match=r"has sha256 .* expected .*RAG_READER=linear"):
        reader.check()
    with pytest.raises(ModelUnavailable, match="has sha256"):
        reader.pair_logits([("Who?", "Nobody.")])


@pytest.mark.parametrize(
    "content", ["", "[]", '{"blend": {}}', '{"sha256": "0", "blend": {"bias": 1}, "other_bias": 0}']
)
def test_a_configuration_of_another_version_is_refused(content: str, tmp_path: Path) -> None:
    folder = _weights(tmp_path, "reader.json")
    (folder / "reader.json").write_text(content, encoding="utf-8")
    with pytest.raises(ModelUnavailable, match=r"reader\.json is not of this version"):
        CrossReader(folder)


def test_without_weights_it_reads_only_if_told_to(
    report_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CrossReader.__init__, "__defaults__", (tmp_path,))
    settings = Settings(corpus=Path(__file__).parent.parent / "corpus", index=report_folder, judge="reader")
    with pytest.raises(ModelUnavailable, match="RAG_READER=linear"):
        Assistant.open(settings)
    told = settings.model_copy(update={"reader": "linear"})
    assert isinstance(Assistant.open(told).ask("When did police take control of Tocorón prison?"), Answer)
    assert any("linear" in line and "without the trained weights" in line for line in status(told))


def test_strictness_moves_the_linear_reader_too() -> None:
    strict, normal, lenient = (load_reader("linear", name).threshold for name in ("strict", "normal", "lenient"))
    assert strict > normal > lenient
