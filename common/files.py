"""Responses with files, which browsers save to disk and never show as a page of ours."""

from __future__ import annotations

from typing import Any

from django.http import FileResponse, Http404, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header

_JOINERS = "\u200c\u200d"  # belong to words, as in Persian


def attachment(name: str) -> str:
    """Returns a value of Content-Disposition, safe for any name."""
    return content_disposition_header(as_attachment=True, filename=_printable(name)) or "attachment"


def _printable(name: str) -> str:
    return "".join(c if c.isprintable() or c in _JOINERS else "_" for c in name)


def stored_file(file: Any, *, name: str, content_type: str) -> HttpResponseBase:
    """Returns a download of the file of a model's field, always with this content type.

    For files in S3 this is a redirect to a URL that is valid for minutes and sets the same headers.
    Raises Http404 for a file that is missing in the storage.
    """
    storage = file.storage
    if hasattr(storage, "querystring_auth"):
        forced = {
            "ResponseContentDisposition": attachment(name),
            "ResponseContentType": content_type,
            "ResponseCacheControl": "no-store",
        }
        response: HttpResponseBase = HttpResponseRedirect(storage.url(file.name, parameters=forced))
        response.leads_to_file = True  # type: ignore[attr-defined] # ours
        return response
    try:
        opened = file.open("rb")
    except FileNotFoundError as error:
        raise Http404("The file is no longer stored here; it may be in a backup.") from error
    return FileResponse(
        opened, content_type=content_type, as_attachment=True, filename=_printable(name)
    )


def made_file(content: bytes, *, name: str, content_type: str) -> HttpResponse:
    """Returns a download of a file that was made for this response."""
    headers = {"Content-Disposition": attachment(name)}
    return HttpResponse(content, content_type=content_type, headers=headers)


def is_download(response: HttpResponseBase) -> bool:
    attached = response.headers.get("Content-Disposition", "").startswith("attachment")
    return attached or getattr(response, "leads_to_file", False)
