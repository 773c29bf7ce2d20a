"""Bodies that can be sent as they are: shown in the description of the interface, sent by the tests."""

from __future__ import annotations

from typing import Any

ASSESSMENT: dict[str, Any] = {
    "shipment": {
        "dates": {"declared": "2025-03-03"},
        "items": [
            {
                "commodity_code": "22042100",
                "origin": "CL",
                "price": "100000.00",
                "currency": "CNY",
                "preferences": [{"scheme": "08", "proof": "certificate"}],
            }
        ],
    }
}
PAPERS: dict[str, Any] = {"code": "22042100", "origin": "CL", "day": "2025-03-03"}
ORIGIN: dict[str, Any] = {
    "bill": {
        "product": {
            "name": "artificial limbs 假肢",
            "commodity_code": "90213900",
            "country": "IS",
            "exw": "480000.00",
            "fob": "500000.00",
        },
        "currency": "CNY",
        "inputs": [
            {"name": "carbon fibre parts", "code": "681510", "origin": "US", "value": "120000.00"},
            {"name": "titanium joints", "code": "810890", "origin": "DE", "value": "60000.00"},
            {"name": "foot covers", "code": "902139", "origin": "CN", "value": "20000.00"},
        ],
        "operations": ["moulding", "assembly"],
        "transit": "direct",
        "import": {"declared": "2025-03-03", "dutiable_value": "520000.00", "quantities": {"piece": "40", "kg": "120"}},
    }
}
FEES: dict[str, Any] = {
    "invoice": {
        "invoice": "SH-2025-118",
        "date": "2025-03-03",
        "place": "CNSHA",
        "role": "port_operator",
        "currency": "CNY",
        "lines": [{"description": "Port facility security charge 40'", "quantity": "1", "amount": "30.00"}],
    }
}
DECLARATION: dict[str, Any] = {
    "header": {
        "procedure": "one_step", "customs_office": "2248", "entry_customs": "2248", "trade_mode": "0110", "levy_nature": "101",
        "contract_number": "CW-2025-7", "trade_country": "CHL", "marks": "N/M", "special_relationship": "no", "price_influenced": "no",
        "royalties_paid": "no", "formula_price": "no", "provisional_price": "no", "self_assessed": "yes",
    },
    "parties": {"importer_name": "海川贸易公司", "importer_code": "91310000MA1FL0AB1X", "overseas_name": "VINA DEL SUR SA"},
    "transport": {
        "mode": "2", "conveyance": "COSCO VALPARAISO", "voyage": "045W", "bill": "COSU6123456780", "arrived_on": "2025-03-01",
        "departure_country": "CHL", "departure_port": "CHL000", "stopover_port": "CHL000", "entry_port": "310001", "goods_place": "洋山港区仓库",
    },
    "packages": {"number": "1500", "kind": "22", "gross_weight": "14800", "net_weight": "13500"},
    "valuation": {
        "trade_terms": "3", "freight_mark": "3", "freight": "2150", "freight_currency": "USD", "insurance_mark": "1", "insurance": "0.3",
        "exchange_rates": {"USD": "7.1788"},
    },
    "goods": [
        {
            "commodity_code": "2204210000", "name": "赤霞珠干红葡萄酒", "specification": "4|3|酿造酒|750毫升*6瓶/箱|13.5%vol", "brand_type": "0",
            "quantity": "9000", "unit": "095", "first_quantity": "9000", "first_unit": "095", "second_quantity": "13500", "second_unit": "035",
            "total_price": "48600.00", "currency": "USD", "origin": "CHL", "district": "31222", "destination": "310000", "levy_mode": "1",
            "purpose": "12", "ciq_name": "葡萄酒", "attributes": ["19"],
        }
    ],
}  # fmt: skip
LODGING: dict[str, Any] = {"reference": "CW-2025-7", "declaration": DECLARATION}
