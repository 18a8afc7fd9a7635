"""Index: whatever is damaged or half written is made again, and the answers are right afterwards."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from signal import SIGKILL
from subprocess import PIPE, Popen
from typing import NamedTuple

import numpy as np
import pytest
from conftest import TINY, write_corpus
from test_index import assert_answers_right, build_of

from rag.embedding import Embedder, MultilingualEncoder
from rag.errors import IndexBusy, IndexUnusable
from rag.index import build_index, current_build, open_index, read_index

NOT_A_MANIFEST = {
    "not JSON": "{",
    "empty": "",
    "a list": "[]",
    "an empty object": "{}",
    "null": "null",
    "a recipe that is a word": json.dumps(
        {"fingerprint": "", "recipe": "x", "built": "", "documents": 1, "chunks": 1, "problems": [], "files": {}}
    ),
    "problems that are a number": json.dumps(
        {"fingerprint": "", "recipe": {}, "built": "", "documents": 1, "chunks": 1, "problems": 7, "files": {}}
    ),
}


def overwrite_middle(path: Path, content: bytes = b"\xff\x00garbage" * 8) -> None:
    """Put garbage into the middle of a file; its length stays."""
    with path.open("r+b") as handle:
        handle.seek(path.stat().st_size // 2)
        handle.write(content[: path.stat().st_size // 2])


def cut_in_half(path: Path) -> None:
    """Leave the first half of a file."""
    with path.open("r+b") as handle:
        handle.truncate(path.stat().st_size // 2)


def exchange_vectors(path: Path) -> None:
    """A sound archive in which every text has another text's vector."""
    with np.load(path) as archive:
        keys, matrix = archive["keys"], archive["matrix"]
    with path.open("wb") as handle:
        np.savez(handle, keys=keys, matrix=matrix[::-1])


def move_offsets(path: Path) -> None:
    """Chunks that start one character later than their text."""
    path.write_text(path.read_text(encoding="utf-8").replace('"start": ', '"start": 1'), encoding="utf-8")


DAMAGE: dict[str, Callable[[Path], object]] = {
    "dense.npz cut short": lambda build: cut_in_half(build / "dense.npz"),
    "multilingual.npz cut short": lambda build: cut_in_half(build / "multilingual.npz"),
    "dense.npz with garbage inside": lambda build: overwrite_middle(build / "dense.npz"),
    "dense.npz empty": lambda build: (build / "dense.npz").write_bytes(b""),
    "dense.npz with other vectors": lambda build: exchange_vectors(build / "dense.npz"),
    "multilingual.npz with other vectors": lambda build: exchange_vectors(build / "multilingual.npz"),
    "dense.npz missing": lambda build: (build / "dense.npz").unlink(),
    "documents.jsonl with garbage inside": lambda build: overwrite_middle(build / "documents.jsonl"),
    "documents.jsonl cut short": lambda build: cut_in_half(build / "documents.jsonl"),
    "chunks.jsonl with moved offsets": lambda build: move_offsets(build / "chunks.jsonl"),
    "chunks.jsonl empty": lambda build: (build / "chunks.jsonl").write_bytes(b""),
    "chroma file with garbage inside": lambda build: overwrite_middle(
        build / "chroma" / "chroma.sqlite3", b"\xff" * 5000
    ),
    "chroma file cut short": lambda build: cut_in_half(build / "chroma" / "chroma.sqlite3"),
    "chroma missing": lambda build: shutil.rmtree(build / "chroma"),
    "a foreign file": lambda build: (build / "chroma" / "extra.bin").write_bytes(b"x"),
    "manifest missing": lambda build: (build / "manifest.json").unlink(),
    "build folder empty": lambda build: (shutil.rmtree(build), build.mkdir()),
} | {
    f"manifest is {name}": lambda build, text=text: (build / "manifest.json").write_text(text)
    for name, text in NOT_A_MANIFEST.items()
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_build_is_refused_and_made_again(
    damage: Callable[[Path], object], tiny: Path, embedder: Embedder, encoder: MultilingualEncoder
) -> None:
    build = build_of(tiny)
    damage(build)
    with pytest.raises(IndexUnusable, match="run: rag index --rebuild"):
        read_index(build, embedder)
    index = open_index(tiny / "index", tiny / "corpus", embedder, encoder)
    assert index.folder != build
    assert_answers_right(index, embedder, encoder)
    texts = [index.documents[d].text[s.start : s.end] for d, s in index.sentences]
    np.testing.assert_allclose(index.sentence_vectors, embedder.embed(texts), atol=1e-3)
    np.testing.assert_allclose(index.sentence_multilingual, encoder.embed(texts), atol=1e-3)


@pytest.mark.parametrize(
    "content",
    [None, b"", b"\n", b"no-such-build", b"..", b"/", b"../../corpus", b"\xff\xfe", b"a\0b", b"x" * 5000],
    ids=["missing", "empty", "blank", "nowhere", "up", "root", "elsewhere", "not UTF-8", "zero byte", "too long"],
)
def test_a_wrong_pointer_to_the_current_build_is_made_again(
    content: bytes | None, tiny: Path, embedder: Embedder, encoder: MultilingualEncoder
) -> None:
    pointer = tiny / "index" / "CURRENT"
    pointer.unlink()
    if content is not None:
        pointer.write_bytes(content)
    index = open_index(tiny / "index", tiny / "corpus", embedder, encoder)
    assert index.folder.parent == tiny / "index" / "builds"
    assert build_of(tiny) == index.folder
    assert_answers_right(index, embedder, encoder)
    assert sorted(path.name for path in (tiny / "corpus").iterdir()) == sorted(TINY)


BUILDER = """
import sys, time
from pathlib import Path
from rag.embedding import Embedder, MultilingualEncoder
from rag.index import build_index

def hold(stage, done, total):
    if stage == "storing":
        print("half way", flush=True)
        time.sleep(600)

build_index(Path(sys.argv[1]), Path(sys.argv[2]), Embedder(), MultilingualEncoder(), rebuild=True, progress=hold)
"""
READER = """
import json, sys
from pathlib import Path
from rag.embedding import Embedder
from rag.index import current_build, read_index

index = read_index(current_build(Path(sys.argv[1])), Embedder())
print("open", flush=True)
sys.stdin.readline()
print(json.dumps([[key for key, _ in index.store.search(row, 2)] for row in index.sentence_vectors]), flush=True)
"""


class Killed(NamedTuple):
    """What was seen around a builder that was killed half way."""

    folder: Path
    builder: int
    build_before: Path
    second_builder: Exception
    first_still_running: bool


@pytest.fixture(scope="module")
def killed(
    tmp_path_factory: pytest.TempPathFactory, tiny_original: Path, embedder: Embedder, encoder: MultilingualEncoder
) -> Killed:
    """A builder in another process, met by a second one, then killed before it could finish."""
    folder = Path(shutil.copytree(tiny_original, tmp_path_factory.mktemp("killed") / "tiny"))
    before = build_of(folder)
    with Popen(
        [sys.executable, "-c", BUILDER, str(folder / "index"), str(folder / "corpus")], stdout=PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "half way\n"
            with pytest.raises(IndexBusy) as caught:
                build_index(folder / "index", folder / "corpus", embedder, encoder)
            running = process.poll() is None
        finally:
            process.send_signal(SIGKILL)
    return Killed(folder, process.pid, before, caught.value, running)


def test_a_second_builder_gives_up_at_once_and_names_the_first(killed: Killed) -> None:
    assert killed.first_still_running
    assert f"process {killed.builder} " in str(killed.second_builder)
    assert "\n" not in str(killed.second_builder)


def test_a_killed_builder_leaves_the_old_index_and_a_free_lock(
    killed: Killed, embedder: Embedder, encoder: MultilingualEncoder
) -> None:
    assert current_build(killed.folder / "index") == killed.build_before
    assert len(list((killed.folder / "index" / "builds").iterdir())) == 2, "the builder was not half way"
    index = open_index(killed.folder / "index", killed.folder / "corpus", embedder, encoder)
    assert index.folder == killed.build_before
    assert_answers_right(index, embedder, encoder)
    after = build_index(killed.folder / "index", killed.folder / "corpus", embedder, encoder)
    assert sorted((killed.folder / "index" / "builds").iterdir()) == sorted([killed.build_before, after])
    assert not (killed.folder / "index" / "build.holder").exists()


def test_two_processes_and_a_rebuild_may_use_an_index_at_once(
    tiny: Path, embedder: Embedder, encoder: MultilingualEncoder
) -> None:
    index = read_index(build_of(tiny), embedder)
    expected = [[key for key, _ in index.store.search(row, 2)] for row in index.sentence_vectors]
    command = [sys.executable, "-c", READER, str(tiny / "index")]
    with (
        Popen(command, stdin=PIPE, stdout=PIPE, text=True) as one,
        Popen(command, stdin=PIPE, stdout=PIPE, text=True) as two,
    ):
        try:
            for process in (one, two):
                assert process.stdout is not None
                assert process.stdout.readline() == "open\n"
            build_index(tiny / "index", write_corpus(tiny / "corpus", {"beta.md": TINY["beta.md"]}), embedder, encoder)
            for process in (one, two):
                assert json.loads(process.communicate("go on\n")[0]) == expected
        finally:
            one.kill()
            two.kill()
    assert [d.path for d in read_index(build_of(tiny), embedder).documents.values()] == ["beta.md"]
