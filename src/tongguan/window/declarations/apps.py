from django.apps import AppConfig


class DeclarationsConfig(AppConfig):
    name = "tongguan.window.declarations"
