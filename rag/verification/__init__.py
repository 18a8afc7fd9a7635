"""Is a statement that a chat model wrote supported by the passages it cites? The part that needs no model."""

from rag.verification.addition import coverage, uncovered
from rag.verification.checking import check
from rag.verification.findings import Evidence, Finding, Kind

__all__ = ["Evidence", "Finding", "Kind", "check", "coverage", "uncovered"]
