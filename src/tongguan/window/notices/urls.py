from __future__ import annotations

from django.urls import path

from tongguan.window.notices import views

urlpatterns = [
    path("notifications/", views.notifications, name="notifications"),
    path("call-backs/", views.call_backs, name="call_backs"),
    path("call-backs/add/", views.make_call_back, name="make_call_back"),
    path("call-backs/<int:pk>/", views.call_back, name="call_back"),
    path("call-backs/<int:pk>/enable/", views.change_call_back, {"act": "enable"}, name="enable_call_back"),
    path("call-backs/<int:pk>/disable/", views.change_call_back, {"act": "disable"}, name="disable_call_back"),
    path("call-backs/<int:pk>/test/", views.change_call_back, {"act": "test"}, name="test_call_back"),
    path("call-backs/sent/<int:pk>/again/", views.send_again, name="send_again"),
]
