"""The window for a WSGI server: one of the processes of `tongguan serve`, or of a server of one's own."""

import gc
import os
from threading import Thread

from django.core.wsgi import get_wsgi_application

from tongguan.window.operation import logs, serving

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongguan.window.settings")
logs.configure()
application = get_wsgi_application()
serving.end_with_server()


def _read_ahead() -> None:
    """The tables of the law and the search take seconds to read: not out of the time of the first visitor.

    What was read stays for good. Frozen, it is not walked through again and again in search of garbage, which would stop everybody for a tenth of a
    second each time.
    """
    from tongguan.window.ask import held

    held.warm()
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)


Thread(target=_read_ahead, name="read-ahead", daemon=True).start()
