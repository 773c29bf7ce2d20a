from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AccountsConfig(AppConfig):
    name = "tongguan.window.accounts"

    def ready(self) -> None:
        from tongguan.window.accounts import second_factor
        from tongguan.window.accounts.bodies import ensure_bodies

        post_migrate.connect(ensure_bodies, sender=self)
        second_factor.listen()
