from __future__ import annotations

from django.urls import path, re_path

from tongguan.window.accounts import demonstration, views

urlpatterns = [
    path("me/", views.account, name="account"),
    path("me/second-factor/", views.second_factor, name="second_factor"),
    path("posts/", views.posts, name="posts"),
    path("posts/<int:pk>/choose/", views.choose_post, name="choose_post"),
    path("posts/<int:pk>/end/", views.end_post, name="end_post"),
    re_path(
        r"^invitations/(?P<pk>[0-9]{1,18})/(?P<answer>accept|decline)/$",
        views.answer_invitation,
        name="answer_invitation",
    ),
    path("invitations/<int:pk>/withdraw/", views.withdraw_invitation, name="withdraw_invitation"),
    path("organisation/register/", views.found_organisation, name="found_organisation"),
    path("organisation/mend/", views.mend_registration, name="mend_registration"),
    path("organisation/people/", views.my_people, name="my_people"),
    path("organisations/<int:pk>/people/", views.people, name="people"),
    path("entrustments/", views.entrustments, name="entrustments"),
    path("entrustments/give/", views.entrust, name="entrust"),
    path("entrustments/<int:pk>/accept/", views.accept_entrustment, name="accept_entrustment"),
    path("entrustments/<int:pk>/end/", views.end_entrustment, name="end_entrustment"),
    path("keys/", views.keys, name="keys"),
    path("keys/make/", views.make_key, name="make_key"),
    path("keys/<int:pk>/revoke/", views.revoke_key, name="revoke_key"),
    path("demonstration/", demonstration.logins, name="demonstration"),
]
