"""Questions to ranked hits: dense, lexical and multilingual legs, fused by reciprocal rank."""

from rag.retrieval.fusion import Leg, fuse
from rag.retrieval.lexical import LexicalIndex, analyse, fold

__all__ = ["Leg", "LexicalIndex", "analyse", "fold", "fuse"]
