from django.apps import AppConfig


class LodgingConfig(AppConfig):
    name = "tongguan.window.lodging"
