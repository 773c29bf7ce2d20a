from django.apps import AppConfig


class ReleaseTimesConfig(AppConfig):
    name = "tongguan.window.release_times"
