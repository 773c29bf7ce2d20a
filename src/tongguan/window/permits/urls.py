"""Addresses of the bodies' pages."""

from __future__ import annotations

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from tongguan.window.permits import views


class ActConverter(StringConverter):
    """The acts of a body on a case."""

    regex = "begin|ask|grant|refuse"


register_converter(ActConverter, "permit_act")

urlpatterns = [
    path("work/permits/", views.agency_queue, name="agency_queue"),
    path("work/permits/<int:pk>/", views.work_case, name="work_case"),
    path("work/permits/<int:pk>/take/", views.take, name="take_case"),
    path("work/permits/<int:pk>/<permit_act:act>/", views.decide, name="decide_case"),
    path("work/promises/", views.promises, name="promises"),
    path("work/licences/new/", views.enter_licence, name="enter_licence"),
    path("permits/<int:pk>/answer/", views.answer_case, name="answer_case"),
    path("licences/", views.all_licences, name="licences"),
    path("licences/<int:pk>/", views.licence, name="licence"),
]
