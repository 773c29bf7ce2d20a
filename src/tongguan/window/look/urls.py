from __future__ import annotations

from django.urls import URLPattern, path

from tongguan.window.look import views

urlpatterns: list[URLPattern] = [
    path("", views.home, name="home"),
    path("accessibility/", views.accessibility, name="accessibility"),
]
