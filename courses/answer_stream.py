"""An answer to a learner's question as server-sent events, while a model writes it."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import connections
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from rest_framework.exceptions import Throttled

from courses.question_answering import Answered, Material, stream_answer
from jobs.api.events import RETRY_AFTER, event, slots

logger = logging.getLogger(__name__)


class AnswerEvents:
    """Events `draft` with what is written so far, then one `answer`, or `error` if there is none.

    `show` makes the data of an event; it may not query the database. Raises Throttled.
    `close` gives the stream's place back, even if nobody has read it.
    """

    def __init__(
        self, material: Material, *, person: Any, show: Callable[[Answered], dict[str, Any]]
    ) -> None:
        self._material, self._person, self._show = material, person, show
        # The response is read after the middleware that chose it.
        self._language = get_language()
        self._slot = slots().take(person.pk or 0)
        if self._slot is None:
            words = f"Too many streams are open; you may have {settings.STREAMS_PER_USER}. "
            raise Throttled(wait=RETRY_AFTER, detail=f"{words}Close some, or ask without a stream.")

    def close(self) -> None:
        if self._slot is not None:
            slots().give_back(self._slot)
            self._slot = None

    async def __aiter__(self) -> AsyncIterator[bytes]:
        # The thread that opened the stream waits for its end; its connection must not stay open.
        await sync_to_async(connections.close_all)()
        try:
            async with aclosing(stream_answer(self._material, person=self._person)) as answers:
                async for found in answers:
                    with override(self._language):
                        data = json.dumps(self._show(found))
                    yield event("draft" if found.is_draft else "answer", data)
        except Exception:
            logger.exception("An answer to course %s broke off", self._material.course.pk)
            with override(self._language):
                detail = _("Asking is not possible right now. Try again in a few minutes.")
            yield event("error", json.dumps({"detail": detail}))
        finally:
            # Counting the cost has opened one again.
            await sync_to_async(connections.close_all)()
