import json
import os
import shutil
from pathlib import Path

import pytest

from tongguan.tariff.nomenclature import load_table

HS2022 = """hs,level,parent,desc_en
61,2,TOTAL,"Apparel and clothing accessories; knitted or crocheted"
6104,4,61,"Suits, dresses, skirts, trousers; women's or girls', knitted or crocheted"
610444,6,6104,"Dresses; women's or girls', of artificial fibres, knitted or crocheted"
62,2,TOTAL,"Apparel and clothing accessories; not knitted or crocheted"
6203,4,62,"Suits, trousers; men's or boys' (not knitted or crocheted)"
620342,6,6203,"Trousers; men's or boys', of cotton (not knitted or crocheted)"
6204,4,62,"Suits, trousers; women's or girls' (not knitted or crocheted)"
620462,6,6204,"Trousers; women's or girls', of cotton (not knitted or crocheted)"
84,2,TOTAL,Machinery
8450,4,84,"Household or laundry-type washing machines; including machines which both wash and dry"
845011,6,8450,"Washing machines; household type, fully-automatic"
845090,6,8450,"Washing machines; parts for household or laundry-type"
85,2,TOTAL,Electrical machinery
8517,4,85,Telephone sets and other apparatus
851713,6,8517,Telephone sets; smartphones for cellular or other wireless networks
851714,6,8517,"Telephone sets; other than smartphones, for cellular networks"
96,2,TOTAL,Miscellaneous
9603,4,96,"Brooms, brushes; mops and feather dusters"
960321,6,9603,"Brushes; tooth brushes, including dental-plate brushes"
"""

CORRELATION = """hs2022,hs2017,relationship
851713,851712,1:n
851714,851712,1:n
960321,960321,1:1
"""

US = """HTS Number,Indent,Description,Unit of Quantity,General Rate of Duty,Special Rate of Duty,Column 2 Rate of Duty,Quota Quantity,Additional Duties
9603,0,"Brooms, brushes:",,,,,,
,1,Toothbrushes:,,,,,,
9603.21.00.00,2,"Toothbrushes, including dental-plate brushes",No.,Free,,,,
8450,0,Washing machines:,,,,,,
8450.11.00,1,Fully automatic machines,,1%,,,,
8450.11.00.40,2,Top loading,No.,,,,,
8450.11.00.80,2,Front loading,No.,,,,,
9903.88.01,0,Surcharge on everything,,,,,,
"""


@pytest.fixture(scope="session")
def home(tmp_path_factory):
    """A store with a small HS table, a correlation, a small US table and a few UK codes; tests leave it as it is."""
    tables = tmp_path_factory.mktemp("tables")
    (tables / "hs2022_small.csv").write_text(HS2022, encoding="utf-8")
    (tables / "corr.csv").write_text(CORRELATION, encoding="utf-8")
    (tables / "us_hts_small.csv").write_text(US, encoding="utf-8")
    (tables / "uk_supplementary_units_by_commodity.json").write_text(json.dumps({"9603210000": {}}), encoding="utf-8")
    store = tmp_path_factory.mktemp("home")
    for path in sorted(tables.iterdir()):
        load_table(store, path)
    return store


@pytest.fixture
def own_home(home, tmp_path):
    """The same store for a test that changes it."""
    return Path(shutil.copytree(home, tmp_path / "home"))


@pytest.fixture(scope="session")
def reference():
    """The folder of reference material."""
    folder = Path(os.environ.get("TONGGUAN_REFERENCE") or Path(__file__).resolve().parents[3] / "shared")
    if not (folder / "data").is_dir():
        pytest.skip("the reference tables are not here: set TONGGUAN_REFERENCE, or put `shared` beside the checkout")
    return folder
