"""A course from documents: as the API asks for it now, and as the prototype's clients do."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from common.bodies import BoundedJSONParser
from common.rest.views import IDEMPOTENCY_KEY, APIView, request_key
from courses.api.access import MayAddCourses
from courses.api.serializers import (
    DirectUploadSerializer,
    NewCourseSerializer,
    NewDirectUploadSerializer,
    UploadedSerializer,
    UploadSerializer,
)
from courses.direct_uploads import offer_upload
from courses.services import request_course
from jobs.models import Job


def accepted(
    request: Request, job: Job, *, notice: str = "", repeated: tuple[str, ...] = ()
) -> Response:
    """The answer to all that is done by a job: where to follow it."""
    address = request.build_absolute_uri(job.get_absolute_url())
    answer = {
        "job_id": job.pk,
        "status": job.status,
        "status_url": address,
        "notice": notice,
        "repeated": repeated,
    }
    data = UploadedSerializer(answer).data
    return Response(data, status=status.HTTP_202_ACCEPTED, headers={"Location": address})


def make_course(
    request: Request,
    upload: NewCourseSerializer,
    title: str,
    *,
    for_old_client: bool = False,
) -> Response:
    """`for_old_client`: the course asks its drafts, and its quizzes have no rules."""
    values = upload.validated_data
    made = request_course(
        files=values.get("files", ()),
        sent=values.get("uploads", ()),
        addresses=values.get("addresses", ()),
        title=title,
        requested_by=request.user,
        language=values.get("language", ""),
        key=request_key(request),
        asks_drafts=for_old_client,
        answers_at_once=for_old_client,
        pages=values.get("pages", ()),
        wishes=upload.wishes(),
        reviews_outline=values.get("reviews_outline", False),
    )
    return accepted(request, made.job, notice=made.notice, repeated=made.repeated)


class UploadView(APIView):
    permission_classes = (*APIView.permission_classes, MayAddCourses)
    parser_classes = (MultiPartParser,)
    throttle_scope = "upload"
    scopes = {"*": "courses:write"}

    @extend_schema(
        request=UploadSerializer,
        responses={202: UploadedSerializer},
        parameters=[IDEMPOTENCY_KEY],
        deprecated=True,
    )
    def post(self, request: Request) -> Response:
        """As `POST /api/courses/`, for clients of the prototype: they ask quizzes at once, so the
        course asks questions that nobody has approved."""
        upload = UploadSerializer(data=request.data)
        upload.is_valid(raise_exception=True)
        title = upload.validated_data.get("course_title", "")
        return make_course(request, upload, title, for_old_client=True)


class DirectUploadView(APIView):
    """For files that are too large to pass through the web server, where S3 holds the files."""

    permission_classes = (*APIView.permission_classes, MayAddCourses)
    parser_classes = (BoundedJSONParser,)
    throttle_scope = "upload"
    scopes = {"*": "courses:write"}

    @extend_schema(
        request=NewDirectUploadSerializer,
        responses={201: DirectUploadSerializer},
        parameters=[IDEMPOTENCY_KEY],
    )
    def post(self, request: Request) -> Response:
        """Announce a file: get an address to send it to, then make a course of its `id`."""
        new = NewDirectUploadSerializer(data=request.data)
        new.is_valid(raise_exception=True)
        offer = offer_upload(owner=request.user, key=request_key(request), **new.validated_data)
        shown = DirectUploadSerializer(offer).data
        return Response(
            shown, status=status.HTTP_201_CREATED, headers={"Cache-Control": "no-store"}
        )


def make_course_of(request: Request) -> Response:
    upload = NewCourseSerializer(data=request.data)
    upload.is_valid(raise_exception=True)
    return make_course(request, upload, upload.validated_data.get("title", ""))
