"""The window under test: its own home folder, people in every post, a real browser, and an accessibility checker.

    client_as(role)         a signed-in test client; .person, .post, .organisation say who it is
    signed_in_page(role)    the same in a real browser
    page                    a visitor's page in a real browser, on a live server with the content policy in force
    assert_accessible(page) no WCAG 2.2 A or AA violation in what the page shows now (axe-core)
    assert_fits(page)       no sideways scrolling at the width of a phone and at 200 % zoom
    walk_by_keyboard(page)  every control can be reached, in order, and shows that it has the focus

Environment: TONGGUAN_CHROMIUM names the browser (else chromium from the path); TONGGUAN_TEST_DATABASE is a postgresql:// address to test on.
"""

import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path

HOME = Path(tempfile.mkdtemp(prefix="tongguan-test-"))
atexit.register(shutil.rmtree, HOME, ignore_errors=True)
os.environ["TONGGUAN_HOME"] = str(HOME)
os.environ["TONGGUAN_DATABASE"] = os.environ.get("TONGGUAN_TEST_DATABASE", "")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongguan.window.settings")
# Playwright keeps an event loop in this thread; the tests' own use of the database beside it is synchronous and meant.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
sys.path.insert(0, str(Path(__file__).parent))

import django  # noqa: E402  # the environment comes first

django.setup()

import pytest  # noqa: E402
from browser import CHROMIUM, PHONE, Checks, missing  # noqa: E402
from django.test import Client, TestCase  # noqa: E402
from makers import a_person, a_post, sign_in  # noqa: E402
from makers_officers import TOGETHER, triggers_aside  # noqa: E402


def pytest_configure(config):
    """Marks that tests get by what they use, to choose them by: `-m "database and not browser"`."""
    config.addinivalue_line("markers", "browser: opens pages in a real browser")
    config.addinivalue_line("markers", "database: reads or writes the window's database")
    config.addinivalue_line(
        "markers", "one_transaction: holds several acts in one transaction of its own, to undo them"
    )


def pytest_collection_modifyitems(items):
    for item in items:
        used = set(getattr(item, "fixturenames", ()))
        if "browser" in used:
            item.add_marker(pytest.mark.browser)
        if "db" in used or item.get_closest_marker("django_db") or issubclass(item.cls or object, TestCase):
            item.add_marker(pytest.mark.database)


@pytest.fixture(scope="session", autouse=True)
def _settings_for_tests():
    """Static files straight from the package; papers and counts in this process's own folder, also where the settings were read before it was named."""
    from django.conf import settings
    from django.test.utils import override_settings

    with override_settings(
        CACHES={"default": {**settings.CACHES["default"], "LOCATION": HOME / "attempts"}},
        MEDIA_ROOT=HOME / "papers",
        STORAGES={
            "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
            "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
        },
        WHITENOISE_AUTOREFRESH=True,
        WHITENOISE_USE_FINDERS=True,
    ):
        yield


@pytest.fixture(autouse=True)
def _nothing_left_over():
    """Each test begins with an empty cache (sign-in attempts are counted there), without rates looked up before, and in Chinese."""
    from django.core.cache import cache
    from django.utils import translation

    from tongguan.window.published import rates

    cache.clear()
    rates.forget()
    with translation.override("zh-hans"):
        yield


@pytest.fixture(autouse=True)
def _rows_in_order(request):
    """On PostgreSQL every act of every test takes rows in one order (`held_rows`)."""
    from django.db import connection

    if connection.vendor == "sqlite" or not connection.in_atomic_block:
        yield
        return
    from held_rows import Watch

    watch = Watch(is_inside=request.node.get_closest_marker("one_transaction") is not None)
    with connection.execute_wrapper(watch):
        yield
    assert not watch.faults, "\n".join(watch.faults)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """On PostgreSQL also a copy of the empty database, for people acting together (`at_once`)."""
    from django.db import connection

    if connection.vendor == "sqlite":
        yield
        return
    with django_db_blocker.unblock():
        connection.creation.clone_test_db(TOGETHER, verbosity=0, autoclobber=True)
    yield
    with django_db_blocker.unblock():
        connection.creation.destroy_test_db(suffix=TOGETHER, verbosity=0)


@pytest.fixture(scope="session", autouse=True)
def _journal_can_be_emptied():
    """Between tests on a live server Django empties every table, and the journal's own triggers refuse that: they step aside for it, and only there."""
    from django.db.backends.base.operations import BaseDatabaseOperations

    plain = BaseDatabaseOperations.execute_sql_flush

    def empty(self, sql_list):
        with self.connection.cursor() as cursor:
            if self.connection.vendor == "sqlite":
                cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
                triggers = cursor.fetchall()
                for name, _ in triggers:
                    cursor.execute(f'DROP TRIGGER "{name}"')
                plain(self, sql_list)
                for _, sql in triggers:
                    cursor.execute(sql)
            else:
                with triggers_aside(cursor):
                    plain(self, sql_list)

    BaseDatabaseOperations.execute_sql_flush = empty
    yield
    BaseDatabaseOperations.execute_sql_flush = plain


class SignedIn(Client):
    """A client whose person has signed in with password and second factor. A consumer is somebody without a post."""

    def __init__(self, role, organisation=None):
        super().__init__()
        self.post_held = None if role == "consumer" else a_post(role, organisation=organisation)
        self.person = self.post_held.person if self.post_held else a_person()
        self.organisation = self.post_held.organisation if self.post_held else None
        sign_in(self, self.person)


@pytest.fixture
def client_as(db):
    """`client_as("importer")`; `client_as("broker", organisation=firm)` for a post in an organisation that is there."""
    return SignedIn


# --- a real browser ---------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def browser():
    """Chromium, without a window."""
    if CHROMIUM is None:
        missing("no chromium here: install it, or name it with TONGGUAN_CHROMIUM")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield started
        started.close()


@pytest.fixture
def new_page(browser, live_server):
    """`new_page(language="en", width=375, client=None, javascript=True)`: a page of its own, which fails the test on any script error or refused file."""
    contexts, complaints = [], []

    def make(language="zh", width=1280, height=900, client=None, javascript=True):
        context = browser.new_context(
            base_url=live_server.url,
            viewport={"width": width, "height": height},
            locale="en-GB" if language == "en" else "zh-CN",
            timezone_id="Asia/Shanghai",
            java_script_enabled=javascript,
            reduced_motion="reduce",
        )
        contexts.append(context)
        cookies = {"django_language": "en" if language == "en" else "zh-hans"}
        if client is not None:
            cookies["sessionid"] = client.cookies["sessionid"].value
        context.add_cookies([{"name": k, "value": v, "url": live_server.url} for k, v in cookies.items()])
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
        page.on(
            "console",
            lambda said: (
                complaints.append(f"{page.url}: {said.text}")
                if ("Error" in said.text or said.type == "error") and "Failed to load resource" not in said.text
                else None
            ),
        )
        return page

    yield make
    for context in contexts:
        context.close()
    assert not complaints, "\n".join(complaints)


@pytest.fixture
def page(new_page):
    """A visitor's page in Chinese."""
    return new_page()


@pytest.fixture
def signed_in_page(new_page, client_as):
    """`signed_in_page("importer", language="en", width=375)`."""
    return lambda role, organisation=None, **options: new_page(client=client_as(role, organisation), **options)


@pytest.fixture(scope="session")
def checks():
    """The checks of a page; axe-core comes from node_modules/ (`make test` installs it where npm is there)."""
    return Checks()


@pytest.fixture(scope="session")
def assert_accessible(checks):
    """`assert_accessible(page)`."""
    return checks.assert_accessible


@pytest.fixture(scope="session")
def assert_fits(checks):
    """`assert_fits(page)`."""
    return checks.assert_fits


@pytest.fixture(scope="session")
def walk_by_keyboard(checks):
    """`walk_by_keyboard(page)` gives the names of what was reached."""
    return checks.walk_by_keyboard


@pytest.fixture(scope="session")
def phone():
    """The width of a small phone, in pixels."""
    return PHONE
