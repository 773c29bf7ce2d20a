"""Addresses of decisions and letters."""

from __future__ import annotations

from django.urls import path

from tongguan.window.decisions import views

urlpatterns = [
    path("work/decisions/", views.proposals, name="proposals"),
    path("work/decisions/<int:pk>/", views.proposal, name="proposal"),
    path("letters/<int:pk>/", views.letter, name="letter"),
]
