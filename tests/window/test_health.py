"""A database that goes away for a while: said politely, nothing acknowledged that is not stored, and well again afterwards."""

import pytest
from throwaway import Served, a_postgres


@pytest.mark.django_db
def test_ready_when_the_database_answers_and_has_its_tables(client):
    assert client.get("/healthz").json() == {"status": "up"}
    assert client.get("/readyz").json() == {"status": "ready"}


def test_the_database_goes_away_and_comes_back(tmp_path):
    with a_postgres() as cluster:
        server = Served(tmp_path, "--workers", "2", database=cluster.url)
        try:
            assert server.becomes(200), server.log.read_text()[-2000:]
            cluster.stop()
            assert server.becomes(503, seconds=30)
            assert server.ask("/readyz").text == '{"status": "away", "because": "database"}'
            assert server.ask("/healthz").status == 200
            page = server.ask("/release-times/")
            assert page.status == 503
            assert page.headers["Retry-After"]
            assert "<html" in page.text
            assert "Traceback" not in page.text
            written = server.ask("/api/v1/declarations", data=b"{}")
            assert written.status in {401, 403, 503}
            cluster.start()
            assert server.becomes(200, seconds=60)
            assert server.ask("/release-times/").status == 200
        finally:
            server.end()
