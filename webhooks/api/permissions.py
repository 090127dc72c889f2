from __future__ import annotations

from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from webhooks.queries import may_have_webhooks


class MayHaveWebhooks(BasePermission):
    message = "Your account may not have webhooks; ask an administrator."

    def has_permission(self, request: Request, _view: APIView) -> bool:
        return may_have_webhooks(request.user)
