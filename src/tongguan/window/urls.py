"""The window's addresses: for programs, then what anyone may ask, then what is declared, worked and followed."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("", include("tongguan.window.api.urls")),  # first, since programs come a hundred times as often as people
    path("", include("tongguan.window.look.urls")),
    path("language/", include("django.conf.urls.i18n")),
    path("account/", include("allauth.urls")),
    path("", include("tongguan.window.accounts.urls")),
    path("", include("tongguan.window.published.urls")),
    path("", include("tongguan.window.ask.urls")),
    path("", include("tongguan.window.lodging.urls")),
    path("", include("tongguan.window.clearance.urls")),
    path("", include("tongguan.window.permits.urls")),
    path("", include("tongguan.window.examination.urls")),
    path("", include("tongguan.window.charges.urls")),
    path("", include("tongguan.window.decisions.urls")),
    path("", include("tongguan.window.notices.urls")),
    path("", include("tongguan.window.journal.urls")),
    path("", include("tongguan.window.release_times.urls")),
    path("", include("tongguan.window.desk.urls")),
    path("", include("tongguan.window.demonstration.urls")),
    path("", include("tongguan.window.operation.urls")),
]
handler400 = "tongguan.window.views.bad_request"
handler403 = "tongguan.window.views.not_allowed"
handler404 = "tongguan.window.views.not_found"
handler500 = "tongguan.window.views.our_mistake"
