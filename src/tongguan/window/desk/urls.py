"""Address of the desk."""

from __future__ import annotations

from django.urls import path

from tongguan.window.desk import views

urlpatterns = [path("desk/", views.desk, name="desk")]
