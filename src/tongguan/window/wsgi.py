"""The window for a WSGI server: one of the processes of `tongguan serve`, or of a server of one's own."""

import os
from threading import Thread

from django.core.wsgi import get_wsgi_application

from tongguan.window.operation import logs, serving

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongguan.window.settings")
logs.configure()
application = get_wsgi_application()
serving.end_with_server()


def _read_ahead() -> None:
    """The search takes seconds to read: not out of the time of the first visitor."""
    from tongguan.window.ask import held

    held.warm()


Thread(target=_read_ahead, name="read-ahead", daemon=True).start()
