from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "tongguan.window.notices"

    def ready(self) -> None:
        """Follow the journal: whatever act is written there, whoever wrote it, cannot forget to tell."""
        from tongguan.window.notices.outbox import listen

        listen()
