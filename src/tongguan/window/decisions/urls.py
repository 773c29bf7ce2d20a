"""Addresses of decisions and letters."""

from __future__ import annotations

from django.urls import path

from tongguan.window.decisions import views, views_firms

urlpatterns = [
    path("work/decisions/", views.proposals, name="proposals"),
    path("work/decisions/<int:pk>/", views.proposal, name="proposal"),
    path("letters/<int:pk>/", views.letter, name="letter"),
    path("firms/", views_firms.firms, name="firms"),
    path("firms/<int:pk>/", views_firms.firm, name="firm"),
    path("organisation/standing/", views_firms.standing, name="standing"),
    path("organisation/letters/<int:pk>/", views_firms.firm_letter, name="firm_letter"),
]
