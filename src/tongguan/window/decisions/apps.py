from django.apps import AppConfig


class DecisionsConfig(AppConfig):
    name = "tongguan.window.decisions"
