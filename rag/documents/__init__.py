"""Files to Documents: canonical text, sections, sentences, speakers."""

from rag.documents.formats import MAX_BYTES, SUFFIXES
from rag.documents.reading import CANONICALISER, Corpus, Problem, corpus_files, read_corpus, read_document

__all__ = [
    "CANONICALISER",
    "MAX_BYTES",
    "SUFFIXES",
    "Corpus",
    "Problem",
    "corpus_files",
    "read_corpus",
    "read_document",
]
