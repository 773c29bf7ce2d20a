from __future__ import annotations

from django.urls import path

from tongguan.window.charges import views

urlpatterns = [
    path("charges/", views.charges, name="charges"),
    path("charges/<int:pk>/", views.notice, name="payment_notice"),
    path("charges/<int:pk>/pay/", views.pay, name="pay"),
    path("charges/told/", views.told_payments, name="told_payments"),
    path("charges/told/<int:pk>/confirm/", views.confirm_payment, name="confirm_payment"),
    path("charges/told/<int:pk>/strike/", views.strike_payment, name="strike_payment"),
    path("charges/<int:pk>/refund/", views.request_refund, name="request_refund"),
    path("charges/refunds/", views.refunds, name="refunds"),
    path("charges/refunds/<int:pk>/", views.decide_refund, name="decide_refund"),
    path("charges/securities/", views.securities, name="securities"),
    path("charges/securities/give/", views.give_security, name="give_security"),
    path("charges/securities/<int:pk>/accept/", views.accept_security, name="accept_security"),
    path("charges/reconcile/", views.reconcile, name="reconcile"),
    path("declarations/<int:pk>/determine/", views.determine, name="determine_tax"),
    path("declarations/<int:pk>/redetermine/", views.redetermine, name="redetermine_tax"),
    path("declarations/<int:pk>/secure/", views.secure, name="secure_declaration"),
    path("declarations/<int:pk>/shortfall/", views.shortfall, name="collect_shortfall"),
]
