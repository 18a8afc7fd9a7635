"""The HTTP API: JSON in, JSON out, errors as {"error": one line}."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Collection, Iterator
from importlib.metadata import version
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, StreamingResponse
from starlette.concurrency import iterate_in_threadpool, run_in_threadpool
from starlette.exceptions import HTTPException as StarletteHTTPException

from rag.answering import Assistant
from rag.errors import CitationInvalid, CorpusError, DocumentUnknown, QuestionInvalid, RagError
from rag.library import Library
from rag.records import Abstention, Answer, Statement
from rag.rendering import to_line
from rag.service import calls, library, schemas
from rag.service.desk import Busy, Desk, Unready
from rag.service.guard import Guard
from rag.service.reference import HEADERS, page

_RETRY_SECONDS = "5"
_CLOSED = 499
"""The caller has gone, so nobody reads it."""
_STATUS: dict[type[RagError], int] = {
    DocumentUnknown: 404, QuestionInvalid: 422, CorpusError: 422, CitationInvalid: 500, Busy: 429, Unready: 503,
    library.ReadOnly: 403, library.FileTooLarge: 413,
}  # fmt: skip
_TOLD = {
    403: "A web page of another origin asks",
    413: "The body is too large",
    415: "The body is not declared as JSON",
    421: "The host name is not one of this service",
    422: "The question, or another value, is not allowed",
    429: "Too many questions are waiting; Retry-After says when to ask again",
    503: "Not ready yet, or not able to be; Retry-After says when to ask again",
}
_NOT_FOUND: dict[int | str, dict[str, Any]] = {404: {"model": schemas.Error, "description": "No such document"}}
_STREAM = (
    "Server-sent events: `statement` with a Statement each time one has passed the check, `outcome` with an Outcome. "
    "An outcome replaces whatever came before it; the last one is what /ask returns. `error` with an Error ends the stream."
)
router = APIRouter(responses={status: {"model": schemas.Error, "description": text} for status, text in _TOLD.items()})


def _desk(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


def _assistant(desk: Annotated[Desk, Depends(_desk)]) -> Assistant:
    return desk.assistant()


async def _turn(request: Request, desk: Annotated[Desk, Depends(_desk)]) -> AsyncIterator[None]:
    """Held until the reply is sent; a caller that gave up waiting is not worked for."""
    async with desk.turn():
        if await request.is_disconnected():
            raise HTTPException(_CLOSED, "the caller has gone")
        yield


Ready = Annotated[Assistant, Depends(_assistant)]
Turn = Depends(_turn)


@router.post("/ask", dependencies=[Turn], response_model=schemas.Outcome, response_model_exclude_unset=True)
def ask(asked: schemas.Ask, assistant: Ready) -> dict[str, Any]:
    """Answer a question in the documents' own words, or abstain. Both are 200: an abstention is a result."""
    return to_line(
        assistant.ask(
            asked.question,
            [turn.model_dump() for turn in asked.history],
            documents=calls.chosen(assistant, asked.documents),
        )
    )


@router.post(
    "/ask/stream",
    dependencies=[Turn],
    response_class=StreamingResponse,
    responses={200: {"description": _STREAM, "content": {"text/event-stream": {"schema": {"type": "string"}}}}},
)
async def stream(asked: schemas.Ask, assistant: Ready) -> StreamingResponse:
    """Answer a question, each statement as soon as it is verified."""

    def begin() -> Iterator[Statement | Answer | Abstention]:
        history = [turn.model_dump() for turn in asked.history]
        return assistant.stream(asked.question, history, documents=calls.chosen(assistant, asked.documents))

    parts = await run_in_threadpool(begin)  # what is wrong with the question comes out here, while there is a status
    return StreamingResponse(_events(parts), media_type="text/event-stream")


async def _events(parts: Iterator[Statement | Answer | Abstention]) -> AsyncIterator[str]:
    try:
        async for part in iterate_in_threadpool(parts):
            if isinstance(part, Statement):
                yield _event("statement", {"text": part.text, "citations": list(part.citations)})
            else:
                yield _event("outcome", to_line(part))
    except RagError as error:
        yield _event("error", {"error": str(error)})


def _event(name: str, data: dict[str, Any]) -> str:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"


@router.post("/search", dependencies=[Turn])
def search(asked: schemas.Search, assistant: Ready) -> schemas.Hits:
    """The passages that come closest to a question, with the reasons; whether they answer it is not said."""
    return calls.search(assistant, asked)


@router.post("/verify", dependencies=[Turn])
def verify(asked: schemas.Verify, assistant: Ready) -> schemas.Verification:
    """Check that quotations are exact and that they carry a statement: its figures, names, negations, speakers and doubts."""
    return calls.verify(assistant, asked)


@router.post("/verify-quote", dependencies=[Turn])
def verify_quote(asked: schemas.VerifyQuote, assistant: Ready) -> schemas.Quotation:
    """Where a quotation stands, character for character; one letter of difference and it stands nowhere."""
    return calls.verify_quote(assistant, asked)


@router.get("/documents")
def documents(assistant: Ready) -> schemas.Documents:
    """The documents that answers come from."""
    return schemas.Documents.model_validate({"documents": [calls.line_of(one) for one in assistant.documents.values()]})


@router.get("/documents/{document_id}", responses=_NOT_FOUND)
def document(document_id: str, assistant: Ready) -> schemas.DocumentText:
    """A document with its text and sections; `text[start:end]` is the quote of every citation of it."""
    return calls.text_of(calls.document(assistant, document_id))


@router.get("/health")
async def health() -> schemas.Health:
    """The process is alive; nothing is loaded for this."""
    return schemas.Health(alive=True, version=version("report-chat"))


@router.get("/ready")
def ready(assistant: Ready) -> schemas.Readiness:
    """Questions are answered now; 503 while the documents and models are being loaded."""
    return calls.readiness(assistant)


def api(
    opening: Callable[[], Assistant],
    *,
    hosts: Collection[str] = (),
    desk: Desk | None = None,
    files: Library | None = None,
    writable: bool = False,
) -> FastAPI:
    """The API as an application of its own, to be mounted under /api/v1.

    Args:
        opening: Gives the assistant; called in the background by the first request that needs it.
        hosts: Names, besides addresses and localhost, under which the service may be asked for.
        desk: Shared with another front end, so that both wait in one queue.
        files: The documents' files, under /library; None for a service without that part.
        writable: Whether they may be added and removed.
    """
    app = FastAPI(
        title="Report chat", version=version("report-chat"), description=__doc__, docs_url=None, redoc_url=None,
        generate_unique_id_function=lambda route: route.name,
    )  # fmt: skip
    app.state.desk = desk or Desk(opening)
    app.state.library, app.state.writable = files, writable
    app.include_router(router)
    if files is not None:
        app.include_router(library.router, responses=router.responses)
    app.add_middleware(Guard, hosts=hosts)
    app.exception_handler(RagError)(_told)
    app.exception_handler(StarletteHTTPException)(_not_served)
    app.exception_handler(RequestValidationError)(_not_understood)
    app.exception_handler(Exception)(_failed)

    @app.get("/docs", include_in_schema=False)
    def docs() -> HTMLResponse:
        """The reference for people; without scripts, and without a request to anybody."""
        return HTMLResponse(page(app.openapi()), headers=HEADERS)

    return app


def _told(request: Request, error: RagError) -> JSONResponse:
    status = next((status for kind, status in _STATUS.items() if isinstance(error, kind)), 503)
    return _error(status, str(error))


def _not_served(request: Request, error: StarletteHTTPException) -> JSONResponse:
    return _error(
        error.status_code, f"{request.method} {request.url.path}: {str(error.detail).lower()}; {_see(request)}"
    )


def _not_understood(request: Request, error: RequestValidationError) -> JSONResponse:
    first = error.errors()[0]
    if first.get("type") == "json_invalid":
        return _error(422, f"the body is not JSON ({first['ctx']['error']} at character {first['loc'][-1]})")
    where = ".".join(str(part) for part in first["loc"][1:]) or "the body"
    return _error(422, f"{where}: {first['msg'].lower()}; {_see(request)}")


def _see(request: Request) -> str:
    return f"see {request.scope.get('root_path', '')}/docs"


def _failed(request: Request, error: Exception) -> JSONResponse:
    return _error(500, "something went wrong; the server's log says what")


def _error(status: int, line: str) -> JSONResponse:
    headers = {"Retry-After": _RETRY_SECONDS} if status in (429, 503) else {}
    return JSONResponse({"error": line}, status, headers)
