from __future__ import annotations

from django.urls import path

from tongguan.window.published import views

urlpatterns = [
    path("exchange-rates/", views.exchange_rates, name="exchange_rates"),
    path("exchange-rates/load/", views.load_exchange_rates, name="load_exchange_rates"),
]
