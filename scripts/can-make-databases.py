"""Whether a PostgreSQL server answers at an address and lets us make databases there; says why not, and ends with 1."""

import sys

import psycopg

MAY = "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"

try:
    # The database that is there on every server: the one of the address need not be.
    with psycopg.connect(sys.argv[1], dbname="postgres", connect_timeout=5) as connection:
        (may,) = connection.execute(MAY).fetchone()
except psycopg.OperationalError as error:
    sys.exit(str(error).splitlines()[0])
sys.exit(None if may else "the role may not make databases")
