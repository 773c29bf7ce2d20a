from __future__ import annotations

from django.urls import path

from tongguan.window.operation import views

urlpatterns = [
    path("healthz", views.health, name="health"),
    path("readyz", views.ready, name="ready"),
    path("metrics", views.figures, name="metrics"),
]
