from __future__ import annotations

from django.urls import path

from tongguan.window.demonstration import views

urlpatterns = [path("demonstration/receiver/", views.receiver, name="demonstration_receiver")]
