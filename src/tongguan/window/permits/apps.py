from django.apps import AppConfig


class PermitsConfig(AppConfig):
    name = "tongguan.window.permits"
