import json

import pytest

from tongguan.tariff.classification.guide import Guide
from tongguan.tariff.nomenclature import load_table

HS2022 = """hs,level,parent,desc_en
03,2,TOTAL,"Fish and crustaceans, molluscs and other aquatic invertebrates"
0303,4,03,"Fish; frozen, excluding fish fillets"
030363,6,0303,"Fish; frozen, cod"
0302,4,03,"Fish; fresh or chilled, excluding fish fillets"
030251,6,0302,"Fish; fresh or chilled, cod"
16,2,TOTAL,"Meat, fish or crustaceans; preparations thereof"
1604,4,16,"Prepared or preserved fish; caviar"
160419,6,1604,"Fish preparations; fish, prepared or preserved, whole or in pieces, cod"
39,2,TOTAL,Plastics and articles thereof
3923,4,39,"Plastic articles for the conveyance or packing of goods; stoppers, lids, caps"
392330,6,3923,"Plastics; carboys, bottles, flasks and similar articles"
61,2,TOTAL,"Apparel and clothing accessories; knitted or crocheted"
6104,4,61,"Suits, dresses, skirts, trousers; women's or girls', knitted or crocheted"
610462,6,6104,"Trousers; women's or girls', of cotton, knitted or crocheted"
62,2,TOTAL,"Apparel and clothing accessories; not knitted or crocheted"
6203,4,62,"Suits, trousers; men's or boys' (not knitted or crocheted)"
620342,6,6203,"Trousers; men's or boys', of cotton (not knitted or crocheted)"
6204,4,62,"Suits, trousers; women's or girls' (not knitted or crocheted)"
620462,6,6204,"Trousers; women's or girls', of cotton (not knitted or crocheted)"
70,2,TOTAL,Glass and glassware
7010,4,70,"Carboys, bottles, flasks, jars of glass, of a kind used for the conveyance or packing of goods"
701090,6,7010,"Glass; carboys, bottles, flasks, jars and other containers of glass"
84,2,TOTAL,Machinery
8450,4,84,"Household or laundry-type washing machines"
845011,6,8450,"Washing machines; household type, fully-automatic"
845090,6,8450,"Washing machines; parts for household or laundry-type"
85,2,TOTAL,Electrical machinery
8517,4,85,Telephone sets and other apparatus
851713,6,8517,Telephone sets; smartphones for cellular or other wireless networks
851714,6,8517,"Telephone sets; other than smartphones, for cellular networks"
"""

CORRELATION = """hs2022,hs2017,relationship
851713,851712,1:n
851714,851712,1:n
"""

US = """HTS Number,Indent,Description,Unit of Quantity,General Rate of Duty,Special Rate of Duty,Column 2 Rate of Duty,Quota Quantity,Additional Duties
8450,0,Washing machines:,,,,,,
8450.11.00,1,Fully automatic machines,,1%,,,,
8450.11.00.40,2,Top loading,No.,,,,,
8450.11.00.80,2,Front loading,No.,,,,,
"""


@pytest.fixture(scope="session")
def home(tmp_path_factory):
    """A store with a small HS table, a correlation, a small US table and two UK codes."""
    tables = tmp_path_factory.mktemp("tables")
    (tables / "hs2022_small.csv").write_text(HS2022, encoding="utf-8")
    (tables / "corr.csv").write_text(CORRELATION, encoding="utf-8")
    (tables / "us_hts_small.csv").write_text(US, encoding="utf-8")
    (tables / "uk_supplementary_units_by_commodity.json").write_text(json.dumps({"8450110000": {}}), encoding="utf-8")
    store = tmp_path_factory.mktemp("home")
    for path in sorted(tables.iterdir()):
        load_table(store, path)
    return store


@pytest.fixture(scope="session")
def hs(home):
    return Guide("hs", home)
