"""What goes into the check and what comes out of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["uncited", "quote-altered", "number", "name", "negation", "speaker", "certainty", "unsupported"]
"""In what a statement differs from the passages it cites; a subset of the kinds of `Violation`."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A passage that a statement cites."""

    text: str
    """The document's exact characters."""
    speaker: str | None = None
    """Whose words or claim the passage is; None for the document's own voice."""
    about: str = ""
    """What may be presupposed: title and publisher of the document, heading of the section."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One respect in which the passages do not carry the statement."""

    kind: Kind
    detail: str
    """A sentence for an editor."""
