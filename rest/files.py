"""Stored files on their way out: to be kept on a disk, never to be shown as a page of ours."""

from __future__ import annotations

from typing import Any

from django.http import FileResponse, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header


def attachment(name: str) -> str:
    """The value of Content-Disposition, safe for any name."""
    shown = "".join(letter if letter.isprintable() else "_" for letter in name)
    return content_disposition_header(as_attachment=True, filename=shown) or "attachment"


def stored_file(file: Any, *, name: str, content_type: str) -> HttpResponseBase:
    """The file of a model's field, as a download of this type whatever is in it.

    Where files lie in S3, the answer is an address that is good for minutes and forces the same.
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
    answer = FileResponse(file.open("rb"), content_type=content_type)
    # Afterwards: what is given to Django it puts "inline" and the stored name in the place of.
    answer.headers["Content-Disposition"] = attachment(name)
    return answer


def made_file(content: bytes, *, name: str, content_type: str) -> HttpResponse:
    """A file that was made for this answer."""
    headers = {"Content-Disposition": attachment(name)}
    return HttpResponse(content, content_type=content_type, headers=headers)


def is_download(response: HttpResponseBase) -> bool:
    attached = response.headers.get("Content-Disposition", "").startswith("attachment")
    return attached or getattr(response, "leads_to_file", False)
