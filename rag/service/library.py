"""The documents' files over HTTP: what there is and what becomes of it, a file added, a file removed, a build stopped."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from rag.documents import MAX_BYTES
from rag.errors import RagError
from rag.library import FileOutcome, Library, safe_name
from rag.service import schemas

READ_ONLY = "documents are not added or removed here; set RAG_UPLOADS=true, or change the corpus folder"
_GONE = 499
"""The caller has gone, so nobody reads it."""


class ReadOnly(RagError):
    """The documents may be read, not changed."""


class FileTooLarge(RagError):
    """More bytes than a document may have."""


def _library(request: Request) -> Library:
    library: Library = request.app.state.library
    return library


def _writable(request: Request) -> Library:
    if not request.app.state.writable:
        raise ReadOnly(READ_ONLY)
    return _library(request)


Held = Annotated[Library, Depends(_library)]
Open = Annotated[Library, Depends(_writable)]
_ERRORS: dict[int | str, dict[str, Any]] = {
    403: {
        "model": schemas.Error,
        "description": "Documents are not changed here, or a web page of another origin asks",
    },
    413: {"model": schemas.Error, "description": "The file is too large"},
    422: {"model": schemas.Error, "description": "The file is of no kind that can be read, is not there, or must stay"},
}
_BODY = {"requestBody": {"required": True, "content": {"application/octet-stream": {"schema": {"format": "binary"}}}}}
router = APIRouter(prefix="/library", responses=_ERRORS)


@router.get("")
def library(held: Held, request: Request) -> schemas.Library:
    """Every file of the corpus folder, what became of it, and the index that is being built, if any."""
    return _state(held, request.app.state.writable)


@router.put("/{name}", openapi_extra=_BODY, response_model=schemas.File)
async def add(name: str, request: Request, held: Open) -> schemas.File | Response:
    """Add a file, its bytes as the body; the index follows in the background. A name that is taken gets a number."""
    safe_name(name)  # a kind that cannot be read is told before its bytes are sent
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        try:
            await _receive(request, path)
        except ClientDisconnect:
            return Response(status_code=_GONE)
        return _file(await run_in_threadpool(held.add, name, path))


@router.delete("/{name:path}")
def remove(name: str, held: Open) -> schemas.Library:
    """Delete a document's file; answers come from it until the new index is there."""
    held.remove(name)
    return _state(held)


@router.post("/cancel")
def cancel(held: Open) -> schemas.Library:
    """Stop the build that is under way, if any; the index before it goes on, and added files wait for the next."""
    held.cancel()
    return _state(held)


@router.post("/build")
def build(held: Open) -> schemas.Library:
    """Make the index again if the files are not what it was made from, as after a build that was stopped."""
    held.build()
    return _state(held)


async def _receive(request: Request, path: Path) -> None:
    """The body into a file, as it comes."""
    size = 0
    with path.open("wb") as out:
        async for piece in request.stream():
            size += len(piece)
            if size > MAX_BYTES:
                raise FileTooLarge(
                    f"the file has more than {MAX_BYTES >> 20:,} MB; divide it, or take out its pictures"
                )
            out.write(piece)


def _state(held: Library, writable: bool = True) -> schemas.Library:
    state = held.state()
    return schemas.Library(
        writable=writable, stage=state.stage, done=state.done, total=state.total, seconds_left=state.seconds_left,
        error=state.error, files=[_file(outcome) for outcome in state.outcomes], documents=list(state.documents),
    )  # fmt: skip


def _file(outcome: FileOutcome) -> schemas.File:
    return schemas.File(
        name=outcome.name, state=outcome.state, message=outcome.message, document=outcome.document_id,
        title=outcome.title, pages=outcome.pages, bytes=outcome.size,
    )  # fmt: skip
