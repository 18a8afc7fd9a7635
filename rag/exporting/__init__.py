"""Quotations and conversations to take away, and the check that they still stand."""

from rag.exporting.attributed import Attributed, attributed
from rag.exporting.audit import Imported, Problem, imported, to_json
from rag.exporting.checking import QuoteCheck, verify_quote_file
from rag.exporting.conversation import Conversation
from rag.exporting.html import to_html
from rag.exporting.markdown import to_markdown
from rag.exporting.reading import read_quote_file

__all__ = [
    "Attributed", "Conversation", "Imported", "Problem", "QuoteCheck", "attributed", "imported", "read_quote_file", "to_html", "to_json",
    "to_markdown", "verify_quote_file",
]  # fmt: skip
