from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "tongguan.window.access"
