"""Everything that the Python API raises on purpose.

RagError
├── SettingsInvalid     a setting has a value that is not allowed
├── QuestionInvalid     the question is empty, too long or not text
├── DocumentUnknown     no document of the index has the id or the name
├── CorpusError         the corpus folder, or every document in it, cannot be read
├── IndexUnusable       no index, a damaged one, or one that cannot be written
├── IndexBusy           another process is building the index
├── ModelUnavailable    model weights or token files are missing or are not the expected ones
│   └── OutOfMemory     a model, or the program, needs more memory than there is
├── CitationInvalid     a citation is not the document's own characters (never shown)
├── StoreUnusable       a file of kept conversations or feedback cannot be read or written
├── ConversationMissing there is no such conversation, or it is somebody else's
└── FeedbackInvalid     a thumb, reason or comment that is not allowed

Below `RagError`, but of no concern to whoever calls the API: `Unready` and `Busy` in `rag.service.desk`, `ReadOnly` and `FileTooLarge` in
`rag.service.library`, which become HTTP statuses, and `TrainingError` in `rag.training.files`.

Every message says what was found, what was expected and what to do about it.
"""


class RagError(Exception):
    """Base of all errors whose message can be shown to a user as it is."""


class SettingsInvalid(RagError):
    """A setting has a value that is not allowed; the message names the variable."""


class QuestionInvalid(RagError):
    """A question is empty, too long or not text."""


class DocumentUnknown(RagError):
    """No document of the index has the id or the name, or more than one has the name."""


class CorpusError(RagError):
    """The corpus folder is missing, or holds no readable document."""


class IndexUnusable(RagError):
    """The index is missing, damaged, or its folder cannot be written."""


class IndexBusy(RagError):
    """Another process holds the build lock; the message names it."""


class ModelUnavailable(RagError):
    """Weights or token files are missing, or differ from the published checksum."""


class OutOfMemory(ModelUnavailable):
    """A model, or the program, needs more memory than there is; the message says how much, and how to do with less."""


class CitationInvalid(RagError):
    """A statement cites nothing, an unknown number, or characters that the document lacks."""


class StoreUnusable(RagError):
    """A file of kept conversations or feedback cannot be used; the message says which and why."""


class ConversationMissing(RagError):
    """There is no such conversation, or none of this owner: the two are not told apart."""


class FeedbackInvalid(RagError):
    """A thumb, reason or comment that is not allowed; the message says what is."""
