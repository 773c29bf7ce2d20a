from __future__ import annotations

from django.urls import path

from tongguan.window.lodging import views, views_form, views_sheets

urlpatterns = [
    path("declarations/", views.declarations, name="declarations"),
    path("declarations/new/", views_form.new_declaration, name="new_declaration"),
    path("declarations/codes/<slug:table>/", views_form.codes, name="codes"),
    path("declarations/sheets/", views_sheets.sheets, name="sheets"),
    path("declarations/sheets/example.xlsx", views_sheets.example, name="example_sheet"),
    path("declarations/sheets/<int:pk>/", views_sheets.sheet, name="sheet"),
    path("declarations/sheets/<int:pk>/rest/", views_sheets.rest, name="rest_of_sheet"),
    path("declarations/sheets/mappings/", views_sheets.mappings, name="mappings"),
    path("declarations/papers/<int:pk>/", views.paper, name="paper"),
    path("declarations/papers/<int:pk>/remove/", views.remove_paper, name="remove_paper"),
    path("declarations/<int:pk>/", views.declaration, name="declaration"),
    path("declarations/<int:pk>/papers/", views.attach, name="attach_paper"),
    path("declarations/<int:pk>/versions/<int:number>/", views.version, name="version"),
    path("declarations/<int:pk>/amend/", views.amend, name="amend_declaration"),
    path("declarations/<int:pk>/withdraw/", views.withdraw, name="withdraw_declaration"),
    path("declarations/<int:pk>/edit/", views_form.edit_declaration, name="edit_declaration"),
    path("declarations/<int:pk>/edit/<slug:page>/", views_form.edit_page, name="edit_page"),
    path("declarations/<int:pk>/edit/<slug:page>/<int:item>/", views_form.edit_page, name="edit_goods_item"),
    path("declarations/<int:pk>/review/", views_form.review, name="review_declaration"),
    path("declarations/<int:pk>/lodge/", views_form.lodge, name="lodge_declaration"),
    path("declarations/<int:pk>/discard/", views_form.discard, name="discard_declaration"),
]
