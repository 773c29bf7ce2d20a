from __future__ import annotations

from django.urls import include, path, re_path

from tongguan.window.api import views
from tongguan.window.api.interface import operations

_api = (
    [
        path("openapi.json", views.openapi, name="openapi-json"),
        path("docs", views.reference, name="openapi-view"),
        *operations(),
        re_path(r"^(?P<path>.*)$", views.unknown, name="unknown"),
    ],
    "api",
)
urlpatterns = [path("api/v1/", include(_api, namespace="api"))]
