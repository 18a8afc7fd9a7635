"""The documents' files over HTTP: what there is and what becomes of it, a file added, a file removed, a build stopped."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from rag.documents import MAX_BYTES
from rag.errors import RagError
from rag.library import FileOutcome, Library, safe_name
from rag.service.schemas import Error, Reply, one_of

READ_ONLY = "documents are not added or removed here; set RAG_UPLOADS=true, or change the corpus folder"
_GONE = 499
"""The caller has gone, so nobody reads it."""


class File(Reply):
    """A file of the corpus folder and what became of it."""

    name: str = Field(description="Relative to the corpus folder")
    state: Annotated[str, one_of(FileOutcome, "state")]
    message: str = Field(description="Why it was left out or not added, or what of it could not be read")
    document: str | None = Field(description="The document's id, once questions are answered from it")
    title: str | None
    pages: int | None
    bytes: int


class LibraryState(Reply):
    """The files in order of name, and the build that is under way."""

    writable: bool = Field(description="Whether files may be added and removed here")
    stage: str | None = Field(description="What the build is doing; null while nothing is built")
    done: int = Field(description="Of `total`, in this stage")
    total: int
    seconds_left: float | None = Field(description="Of the stage, by its speed so far")
    error: str | None = Field(description="Why the last build did not end with a new index; the one before goes on")
    files: list[File]
    documents: list[str] = Field(description="Ids of the documents that the current index holds, sorted")


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
        "model": Error,
        "description": "Documents are not changed here, or a web page of another origin asks",
    },
    413: {"model": Error, "description": "The file is too large"},
    422: {"model": Error, "description": "The file is of no kind that can be read, is not there, or must stay"},
}
_BODY = {"requestBody": {"required": True, "content": {"application/octet-stream": {"schema": {"format": "binary"}}}}}
router = APIRouter(prefix="/library", responses=_ERRORS)


@router.get("")
def library(held: Held, request: Request) -> LibraryState:
    """Every file of the corpus folder, what became of it, and the index that is being built, if any."""
    return _state(held, request.app.state.writable)


@router.put("/{name}", openapi_extra=_BODY, response_model=File)
async def add(name: str, request: Request, held: Open) -> File | Response:
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
def remove(name: str, held: Open) -> LibraryState:
    """Delete a document's file; answers come from it until the new index is there."""
    held.remove(name)
    return _state(held)


@router.post("/cancel")
def cancel(held: Open) -> LibraryState:
    """Stop the build that is under way, if any; the index before it goes on, and added files wait for the next."""
    held.cancel()
    return _state(held)


@router.post("/build")
def build(held: Open) -> LibraryState:
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


def _state(held: Library, writable: bool = True) -> LibraryState:
    state = held.state()
    return LibraryState(
        writable=writable, stage=state.stage, done=state.done, total=state.total, seconds_left=state.seconds_left,
        error=state.error, files=[_file(outcome) for outcome in state.outcomes], documents=list(state.documents),
    )  # fmt: skip


def _file(outcome: FileOutcome) -> File:
    return File(
        name=outcome.name, state=outcome.state, message=outcome.message, document=outcome.document_id,
        title=outcome.title, pages=outcome.pages, bytes=outcome.size,
    )  # fmt: skip
