from __future__ import annotations

from django.urls import path

from tongguan.window.release_times import views

urlpatterns = [
    path("release-times/", views.release_times, name="release_times"),
    path("release-times.csv", views.release_times_csv, name="release_times_csv"),
]
