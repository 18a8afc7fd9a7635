"""The real models, one index of the real report, and tiny corpora; each is made once for all tests."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from rag.answering import Assistant
from rag.embedding import Embedder, Matrix, MultilingualEncoder
from rag.index import Index, build_index, read_index
from rag.judging import Judge, LocalJudge, load_judge
from rag.reader import load_reader
from rag.records import Abstention, Answer, Document, Hit
from rag.settings import Settings, Strictness

ROOT = Path(__file__).parent.parent
CORPUS = ROOT / "corpus"
TINY = {
    "alpha.md": "# Alpha report\n\nThe river gang moved to Lima in 2019. It bought seven boats from a dealer.\n",
    "beta.md": "# Beta report\n\nThe mayor of Quito resigned in May 2020. Her deputy, Ana Ruiz, took the office.\n",
}


class RecordingEmbedder(Embedder):
    """The session's model, which is loaded once, with a record of what it was given to embed."""

    def __init__(self, inner: Embedder) -> None:
        """Record what goes to `inner`."""
        super().__init__(inner.name)
        self._inner = inner
        self.texts: list[str] = []

    @property
    def fingerprint(self) -> str:  # type: ignore[override]
        """The real one; computing it is not recorded."""
        return self._inner.fingerprint

    @property
    def limit(self) -> int:
        """The real one."""
        return self._inner.limit

    def count(self, text: str) -> int:
        """The real one."""
        return self._inner.count(text)

    def embed(self, texts: Sequence[str], progress: Callable[[int], None] = lambda done: None) -> Matrix:
        """The real vectors; the texts are recorded."""
        self.texts += texts
        return self._inner.embed(texts, progress)

    def embed_query(self, text: str) -> list[float]:
        """The real vector."""
        return self._inner.embed_query(text)


class OtherModel(RecordingEmbedder):
    """A model of the same width whose vectors mean something else: each is the real one, reversed."""

    @property
    def fingerprint(self) -> str:  # type: ignore[override]
        """Not the real one."""
        return "other:0123456789ab"

    def embed(self, texts: Sequence[str], progress: Callable[[int], None] = lambda done: None) -> Matrix:
        """The real vectors, read backwards."""
        return super().embed(texts, progress)[:, ::-1].copy()

    def embed_query(self, text: str) -> list[float]:
        """The real vector, read backwards."""
        return super().embed_query(text)[::-1]


class RecordingEncoder(MultilingualEncoder):
    """The session's multilingual encoder with a record of what it was given."""

    def __init__(self, inner: MultilingualEncoder) -> None:
        """Record what goes to `inner`."""
        self._inner = inner
        self.texts: list[str] = []

    def embed(self, texts: Sequence[str], progress: Callable[[int], None] = lambda done: None) -> Matrix:
        """The real vectors; the texts are recorded."""
        self.texts += texts
        return self._inner.embed(texts, progress)


class Watched:
    """The real assistant; it keeps what it was asked, and `before` may raise in its place."""

    def __init__(self, inner: Assistant, before: Callable[[str], None] = lambda question: None) -> None:
        self._inner, self._before = inner, before
        self.asked: list[tuple[str, list[str]]] = []

    @property
    def documents(self) -> Mapping[str, Document]:
        return self._inner.documents

    def retrieve(self, question: str) -> list[Hit]:
        return self._inner.retrieve(question)

    def read_ahead(self) -> None:
        self._inner.read_ahead()

    def ask(self, question: str, history: Sequence[Answer | Abstention] = ()) -> Answer | Abstention:
        self.asked.append((question, [turn.question for turn in history]))
        self._before(question)
        return self._inner.ask(question, history)


def write_corpus(folder: Path, files: dict[str, str]) -> Path:
    """A corpus folder with these files and no others."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="session", autouse=True)
def clean_environment() -> None:
    """No setting of the person who runs the tests; and no judge but where it is the subject, since it takes seconds a question."""
    for name in [name for name in os.environ if name.startswith("RAG_")]:
        del os.environ[name]
    os.environ["RAG_JUDGE"] = "reader"


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    """The packaged MiniLM, loaded."""
    model = Embedder()
    assert model.fingerprint
    return model


@pytest.fixture(scope="session")
def encoder() -> MultilingualEncoder:
    """The packaged multilingual encoder."""
    return MultilingualEncoder()


@pytest.fixture(scope="session")
def report_folder(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder, encoder: MultilingualEncoder) -> Path:
    """An index folder over the real corpus; not to be changed."""
    folder = tmp_path_factory.mktemp("report") / "index"
    build_index(folder, CORPUS, embedder, encoder)
    return folder


@pytest.fixture(scope="session")
def assistant(report_folder: Path, embedder: Embedder, encoder: MultilingualEncoder) -> Assistant:
    """An assistant over the real corpus."""
    return make_assistant(report_folder, CORPUS, embedder, encoder)


@pytest.fixture(scope="session")
def qwen() -> LocalJudge:
    """The packaged judge, loaded; joined on first use."""
    judge = load_judge(Settings(judge="local"))
    assert isinstance(judge, LocalJudge)
    judge.prepare()
    return judge


@pytest.fixture
def judged(report_folder: Path, embedder: Embedder, encoder: MultilingualEncoder):  # noqa: ANN201
    """Makes an assistant over the report with a given judge."""
    build = report_folder / "builds" / (report_folder / "CURRENT").read_text(encoding="utf-8").strip()
    index, reader = read_index(build, embedder), load_reader()

    def make(judge: Judge, seconds: float = 60.0, strictness: Strictness = "normal") -> Assistant:
        settings = Settings(corpus=CORPUS, index=report_folder, judge_seconds=seconds, strictness=strictness)
        return Assistant(settings, embedder, encoder, reader, index, judge)

    return make


def make_assistant(folder: Path, corpus: Path, embedder: Embedder, encoder: MultilingualEncoder) -> Assistant:
    """An assistant over the current build of a folder, with models that are loaded already."""
    build = folder / "builds" / (folder / "CURRENT").read_text(encoding="utf-8").strip()
    return Assistant(
        Settings(corpus=corpus, index=folder), embedder, encoder, load_reader(), read_index(build, embedder)
    )


@pytest.fixture(scope="session")
def tiny_original(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder, encoder: MultilingualEncoder) -> Path:
    """A folder with `corpus` (the files of TINY) and their `index`; copied by `tiny`, never changed."""
    folder = tmp_path_factory.mktemp("tiny")
    build_index(folder / "index", write_corpus(folder / "corpus", TINY), embedder, encoder)
    return folder


@pytest.fixture
def tiny(tiny_original: Path, tmp_path: Path) -> Path:
    """A folder with `corpus` and an up-to-date `index` that a test may change."""
    return Path(shutil.copytree(tiny_original, tmp_path / "tiny"))


@pytest.fixture
def tiny_index(tiny: Path, embedder: Embedder) -> Index:
    """The index of the tiny corpus."""
    return read_index(
        tiny / "index" / "builds" / (tiny / "index" / "CURRENT").read_text(encoding="utf-8").strip(), embedder
    )
