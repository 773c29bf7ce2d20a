"""Time of every list, queue and detail page of the window on PostgreSQL, with more and more declarations stored: the 95th percentile in milliseconds.

The demonstration is filled in through the real acts, and then copied in the database until there are so many declarations: with their versions, cases,
charges, orders, letters and chains of the journal. The copies' hashes are those of the originals, so that this journal is not one to verify. Pages are
asked for in the process of the window, signed in, all middleware included. Limits: under 100 ms, and not growing with what is stored.
`--rows 1000000` adds the largest size; without it 10 thousand and 100 thousand. Environment: TONGGUAN_BENCH_DATABASE as for window_lodging.
"""

from __future__ import annotations

import os
import shutil
import tempfile

from benchmarks.window_lodging import a_database, python

LIMIT_MS, GROWTH = 100, 1.5
SIZES = (10_000, 100_000)
TIMES = 30

FILL = """
import json, sys
import django; django.setup()
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from tongguan.window.declarations.models import Declaration
STEP = 100_000  # copies' numbers lie so far apart: more than the demonstration has of anything
COPIED = [apps.get_model(name) for name in (
    "declarations.Declaration", "declarations.Version", "declarations.Request", "permits.Case", "permits.Question", "permits.LicenceUse",
    "charges.Determination", "charges.Payment", "charges.Refund", "charges.SecurityUse", "charges.Transaction", "charges.Posting",
    "examination.Order", "decisions.Letter", "decisions.Proposal", "journal.Entry", "journal.Head", "notices.Event",
) if name.lower() in {m._meta.label_lower for m in apps.get_models()}]
KINDS = "('declaration', 'permit', 'determination', 'refund')"

def expression(model, field):
    column = f't."{field.column}"'
    if field.name == "subject":
        return (f"CASE WHEN split_part({column}, ':', 1) IN {KINDS} THEN split_part({column}, ':', 1) || ':' || "
                f"(split_part({column}, ':', 2)::bigint + n.k * {STEP}) ELSE {column} || '/' || n.k END")
    if field.primary_key and not field.is_relation or field.is_relation and field.related_model in COPIED:
        return f"{column} + n.k * {STEP}"
    if field.name == "reference":
        return f"{column} || '/' || n.k"
    return column

def copy(first, last):
    with connection.cursor() as cursor:
        for model in COPIED:
            fields = model._meta.concrete_fields
            names = ", ".join(f'"{f.column}"' for f in fields)
            values = ", ".join(expression(model, f) for f in fields)
            cursor.execute(f'INSERT INTO {model._meta.db_table} ({names}) SELECT {values} FROM {model._meta.db_table} t, generate_series({first}, {last}) n(k) '
                           f'WHERE {"t.subject IN (SELECT subject FROM originals)" if model._meta.db_table == "journal_head" else "t.id < " + str(STEP)}')

if sys.argv[1] == "0":
    from tongguan.window.demonstration import seed
    call_command("migrate", verbosity=0)
    seed.fill()
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE originals AS SELECT subject FROM journal_head")
    held = 0
else:
    held = Declaration.objects.count()
    of_demonstration = Declaration.objects.filter(id__lt=STEP).count()
    done, wanted = held // of_demonstration, int(sys.argv[1]) // of_demonstration
    copy(done, wanted)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
print(json.dumps(Declaration.objects.count()))
"""

ASK = """
import json, sys, time
import django; django.setup()
from django.conf import settings
from django.test import Client
from django.db import connection
from django.urls import reverse
from tongguan.window.accounts.demonstration import email_of
from tongguan.window.accounts.models import Person
from tongguan.window.declarations.models import Declaration
from tongguan.window.permits.models import Case
from tongguan.window.charges.models import Determination
from tongguan.window.operation import logs
import logging; logs.configure(logging.ERROR)
settings.ALLOWED_HOSTS = ["*"]
settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
middle = Declaration.objects.filter(state="cleared").order_by("-id")[5].pk
worked = Declaration.objects.filter(state="accepted").order_by("-id")[2].pk
case = Case.objects.filter(body="GACC").order_by("-id")[5].pk
notice = Determination.objects.order_by("-id")[5].pk
page2 = Declaration.objects.order_by("-id")[500].pk
PAGES = {
    "importer": ["/declarations/", f"/declarations/?after={page2}", "/declarations/?state=released", f"/declarations/{middle}/", f"/declarations/{middle}/journal/", "/charges/",
                 f"/charges/{notice}/", "/licences/", "/charges/securities/"],
    "officer": ["/work/customs/", *[f"/work/customs/{q}/" for q in sys.argv[1].split(",") if q], f"/work/declarations/{worked}/", "/charges/refunds/", "/draws/", "/charges/"],
    "examiner": ["/work/customs/"],
    "quarantine": ["/work/permits/", f"/work/permits/{case}/"],
    "market-senior": ["/work/permits/", "/work/decisions/"],
    "": ["/release-times/", "/"],
}
def signed_in(name):
    client = Client()
    if name:
        person = Person.objects.get(email=email_of(name))
        client.force_login(person)
        session = client.session
        session["second_factor"] = str(person.pk)
        session.save()
    return client
told = {}
for name, pages in PAGES.items():
    client = signed_in(name)
    for page in pages:
        taken, status = [], 0
        for _ in range(int(sys.argv[2]) + 2):
            begun = time.perf_counter()
            status = client.get(page).status_code
            taken.append(time.perf_counter() - begun)
        taken = sorted(taken[2:])
        shape = "/".join("N" if part.isdigit() else "after=N" if "after=" in part else part for part in page.split("/"))
        told[f"{name or 'visitor'} {shape}"] = [status, taken[len(taken) * 95 // 100] * 1000, taken[len(taken) // 2] * 1000]
print(json.dumps(told))
"""
QUEUES = ""


def run(rows: int = 0) -> list[str]:
    """A line a page; sizes beside each other."""
    sizes = SIZES if not rows else tuple(sorted({*(s for s in SIZES if s < rows), rows}))
    home = tempfile.mkdtemp(prefix="tongguan-bench-")
    held: dict[str, list[list[float]]] = {}
    lines: list[str] = []

    def tell(line: str) -> None:
        print(f"  {line}", flush=True)
        lines.append(line)

    try:
        with a_database() as database:
            environment = {k: v for k, v in os.environ.items() if not k.startswith("TONGGUAN_")} | {
                "TONGGUAN_HOME": home, "TONGGUAN_DATABASE": database, "TONGGUAN_DEMONSTRATION": "1",
                "DJANGO_SETTINGS_MODULE": "tongguan.window.settings",
            }  # fmt: skip
            python(FILL, environment, "0")
            counts = []
            for size in sizes:
                counts.append(python(FILL, environment, str(size)))
                for page, figures in python(ASK, environment, QUEUES, str(TIMES)).items():  # type: ignore[attr-defined]
                    held.setdefault(page, []).append(figures)
    except OSError as error:
        tell(f"not measured, no server: {error}")
        return lines
    finally:
        shutil.rmtree(home, ignore_errors=True)
    tell(
        f"load of the machine: {os.getloadavg()[0]:.1f} on {len(os.sched_getaffinity(0))} cores; declarations stored: {', '.join(f'{n:,}' for n in counts)}"
    )
    for page, figures in held.items():
        p95 = [one[1] for one in figures]
        wrong = "" if all(one[0] == 200 for one in figures) else f"  NOT SHOWN: {figures[-1][0]}"
        met = "met" if p95[-1] < LIMIT_MS else "MISSED"
        grows = "" if figures[-1][2] < GROWTH * figures[0][2] + 5 else "  GROWS"
        tell(
            f"{page:<44}"
            + "".join(f"{ms:8.0f} ms" for ms in p95)
            + f"  (median{''.join(f'{one[2]:6.0f}' for one in figures)})  {met}{grows}{wrong}"
        )
    return lines
