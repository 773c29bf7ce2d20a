from __future__ import annotations

from django.urls import path

from tongguan.window.ask import (
    views,
    views_fees,
    views_law,
    views_materials,
    views_origin,
    views_papers,
    views_schedule,
)

urlpatterns = [
    path("ask/", views.ask, name="ask"),
    path("ask/<str:token>/", views.answer, name="answer"),
    path("ask/<str:token>/notice.pdf", views.notice, name="notice"),
    path("ask/<str:token>/on/", views.go_on, name="go_on"),
    path("ask/<str:token>/materials/<int:number>/", views_materials.bill_of_materials, name="materials"),
    path("ask/<str:token>/declare/", views.declare, name="declare"),
    path("ask/<str:token>/<str:name>/", views.question, name="question"),
    path("schedule/", views_schedule.schedule, name="schedule"),
    path("schedule/<str:code>/", views_schedule.line, name="tariff_line"),
    path("papers/", views_papers.papers, name="papers"),
    path("origin/", views_origin.origin, name="origin"),
    path("fees/", views_fees.fees, name="fees"),
    path("fees/check/", views_fees.check, name="check_fees"),
    path("law/", views_law.law, name="law"),
    path("law/instruments/<slug:key>/", views_law.instrument, name="instrument"),
    path("law/<path:name>/", views_law.rule, name="rule"),
]
