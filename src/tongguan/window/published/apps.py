from django.apps import AppConfig


class PublishedConfig(AppConfig):
    name = "tongguan.window.published"
