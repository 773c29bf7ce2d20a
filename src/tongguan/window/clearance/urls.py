"""Addresses of Customs' pages."""

from __future__ import annotations

from django.urls import path

from tongguan.window.clearance import views

urlpatterns = [
    path("work/customs/", views.customs_queue, name="customs_queue"),
    path("work/customs/<slug:queue>/", views.customs_queue, name="customs_queue_of"),
    path("work/declarations/<int:pk>/", views.work_declaration, name="work_declaration"),
    path("work/declarations/<int:pk>/take/", views.take, name="take_declaration"),
    path("work/requests/<int:pk>/", views.decide_request, name="decide_request"),
    path("declarations/<int:pk>/journal/", views.journal, name="journal_of_declaration"),
    *(
        path(f"work/declarations/<int:pk>/{name.replace('_', '-')}/", view, name=f"act_{name}")
        for name, view in views.ACT_VIEWS.items()
    ),
]
