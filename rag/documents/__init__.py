"""Files to Documents: canonical text, sections, sentences, speakers."""

from rag.documents.reading import CANONICALISER, SUFFIXES, Corpus, Problem, read_corpus, read_document

__all__ = ["CANONICALISER", "SUFFIXES", "Corpus", "Problem", "read_corpus", "read_document"]
