from django.apps import AppConfig


class AskConfig(AppConfig):
    name = "tongguan.window.ask"
