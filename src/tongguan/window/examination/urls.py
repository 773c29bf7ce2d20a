"""Addresses of draws and conflicts of interest."""

from __future__ import annotations

from django.urls import path

from tongguan.window.examination import views

urlpatterns = [
    path("draws/", views.draws, name="draws"),
    path("draws/<int:pk>/", views.draw, name="draw"),
    path("work/draws/new/", views.prepare, name="prepare_draw"),
    path("work/draws/<int:pk>/carry-out/", views.carry_out, name="carry_out_draw"),
    path("work/orders/<int:pk>/reassign/", views.reassign, name="reassign_order"),
    path("work/conflicts/", views.conflicts, name="conflicts"),
]
