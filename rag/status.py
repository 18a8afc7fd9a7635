"""What is configured and what is built, in lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rag.settings import Settings


def status(settings: Settings) -> Iterator[str]:
    """Settings first, then the state of the index and what it holds; nothing is loaded or built.

    Raises:
        RagError: the corpus, the index or a named model cannot be used.
    """
    from rag.index import current_build

    build = current_build(settings.index)
    yield f"corpus     {settings.corpus.resolve()}"
    yield f"index      {settings.index.resolve()}"
    yield f"embedding  {settings.embedding_model}"
    yield f"answers    {_writer(settings)}"
    yield f"reader     {_reader(settings)}"
    yield f"judge      {_judge(settings)}"
    if build is None:
        yield "state      not built yet; run: rag index"
        return
    from rag.index import corpus_digest, read_documents, read_manifest

    manifest = read_manifest(build)
    embedder = str(manifest.recipe["embedder"])
    if embedder.rpartition(":")[0] != settings.embedding_model:
        yield f"state      made with another embedding model ({embedder}); run: rag index"
    elif manifest.recipe["corpus"] != corpus_digest(settings.corpus):
        yield "state      the corpus has changed since; run: rag index"
    else:
        yield "state      up to date"
    yield f"built      {manifest.built} with {embedder}, fingerprint {manifest.fingerprint}"
    yield f"holds      {manifest.documents} documents, {manifest.chunks} chunks"
    for document in read_documents(build):
        yield f"  {document.path}: {document.title} ({document.publisher or 'no publisher'}, {document.published or 'no date'})"
    for path, message in manifest.problems:
        yield f"  left out {path}: {message}"


def _writer(settings: Settings) -> str:
    from rag.models.writer import WriterFailed, load_writer

    writer = load_writer(settings)
    if writer is None:
        return "quotes (no chat model)"
    try:
        writer.ping()
    except WriterFailed as error:
        return f"{writer.name}, which {error}; quotes meanwhile"
    return f"{writer.name}, reachable; quotes where it fails"


def _reader(settings: Settings) -> str:
    from rag.reader import load_reader

    reader = load_reader(settings.reader, settings.strictness)
    without = "; without the trained weights, since RAG_READER is linear" if settings.reader == "linear" else ""
    return f"{reader.name}, {settings.strictness}{without}"


def _judge(settings: Settings) -> str:
    from rag.judging import load_judge

    judge = load_judge(settings)
    if judge.kind == "reader":
        return "none, the reader has the last word; for one: pip install -e '.[judge]'"
    return f"{judge.name}, {settings.judge_seconds:g} s at most"
