from django.apps import AppConfig


class JournalConfig(AppConfig):
    name = "tongguan.window.journal"
