"""What holds for all tests."""

import os

import pytest


@pytest.fixture(scope="session", autouse=True)
def a_cache_of_our_own(tmp_path_factory):
    """The cache of whoever runs the tests is left alone; the workers of one run share one, so that the search index is made once."""
    run = tmp_path_factory.getbasetemp()
    held = run.parent if os.environ.get("PYTEST_XDIST_WORKER") else run
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(held / "cache"))
        yield
