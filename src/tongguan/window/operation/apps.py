from django.apps import AppConfig


class OperationConfig(AppConfig):
    name = "tongguan.window.operation"
