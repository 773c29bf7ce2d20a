"""What to write about a bill, and to whom, in both languages, ready to send once names are filled in.

Law      price-law#41: what was overpaid goes back to the consumer or other operator. samr-order-20 until 2026-04-14: a *complaint* (投诉) is for what consumers buy
         for their living (#3), so that a firm makes a *report* (举报): to the market regulator of county level or above where the act happened (#25), over
         12315 (#36), with concrete leads and truthfully (#24). Charges of state organs go another way (#39, to petition). From 2026-04-15
         samr-order-121, whose articles were not read.
Reading  1. First the issuer is asked to repay; the report follows, since a report does not bring money back.
         2. Where Customs itself, or somebody in its name, asked for money, Customs' own line 12360 hears of it too.
         3. Prices of ports set by the government are also the business of the transport and port authorities.
         4. Lines whose basis rests on memory stand in a list of their own, as questions: nobody is accused on memory.
"""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from tongguan.fees.check import Checked, Judged
from tongguan.grammar.citations import cite_text, instruments
from tongguan.grammar.findings import render
from tongguan.grammar.money import yuan_grouped

CUSTOMS, PORT, MARKET, STATE = "customs", "port", "market", "state"


class Written(NamedTuple):
    """The same text in Chinese and English."""

    zh: str
    en: str


def routes(checked: Checked) -> list[str]:
    """Who is to hear of it, in the order to write: always the issuer first, then these."""
    wrong = [j for j in checked.lines if j.is_wrong]
    is_customs = checked.invoice.role == "customs"
    found = [STATE if is_customs else MARKET] if wrong else []
    if any(j.charge is not None and j.charge.kind in {"port", "terminal"} for j in wrong):
        found.append(PORT)
    if is_customs or any(j.charge is not None and j.charge.kind == "inspection" for j in wrong):
        found.append(CUSTOMS)
    return found


def complaint(checked: Checked) -> Written | None:
    """The text to send; None where there is nothing to claim or ask."""
    if not any(j.is_wrong for j in checked.lines):
        return None
    return Written(_in(checked, "zh"), _in(checked, "en"))


def _in(checked: Checked, language: str) -> str:
    invoice = checked.invoice

    def say(code: str, **facts: str) -> str:
        return render(f"fees.letter.{code}", facts, language)

    nobody = say("nobody")
    head = {
        "invoice": invoice.name,
        "issuer": invoice.issuer or nobody,
        "day": invoice.day.isoformat() if invoice.day else say("no_day"),
        "place": invoice.place or say("no_place"),
    }
    firm = [j for j in checked.lines if j.is_wrong and j.is_firm]
    unsure = [j for j in checked.lines if j.is_wrong and not j.is_firm]
    parts = [say("title", **head), "", say("to_issuer", **head), say("opening", **head)]
    if firm:
        parts += ["", say("firm")] + [_line(j, language) for j in firm]
        parts += [say("sum", amount=_sums(checked, language, is_firm=True))]
        parts += [say("demand", law=cite_text("price-law#41", language))]
    if unsure:
        parts += ["", say("unsure")] + [_line(j, language) for j in unsure]
        parts += [
            say("sum_unsure", amount=_sums(checked, language, is_firm=False)),
            say("show_us", law=cite_text("price-law#13", language)),
        ]
    parts += ["", say("then")]
    parts += [f"- {_route(route, invoice.day, language)}" for route in routes(checked)]
    parts += ["", say("attached"), say("signature")]
    return "\n".join(parts) + "\n"


def _line(j: Judged, language: str) -> str:
    amount = f"{j.line.amount or 0:,.2f}"
    facts = {
        "number": str(j.line.number),
        "description": j.line.description,
        "amount": amount,
        "currency": j.line.currency,
        "why": j.text(language),
        "law": cite_text(j.because, language) if j.because else "",
    }
    return render("fees.letter.line", facts, language)


def _sums(checked: Checked, language: str, *, is_firm: bool) -> str:
    sums = checked.claim(is_firm=is_firm)
    return ("、" if language == "zh" else ", ").join(
        f"{c} {yuan_grouped(a)}" for c, a in sorted(sums.items())
    ) or "0.00"


def _route(route: str, day: dt.date | None, language: str) -> str:
    """Where to write. The order in force on the day of the bill is cited; the one that followed was not read."""
    ended = instruments()["samr-order-20"].repealed_on
    is_old = day is None or ended is None or day < ended
    if route == MARKET:
        law = "samr-order-20#25; samr-order-20#36" if is_old else "samr-order-121"
        code = "fees.letter.route_market" if is_old else "fees.letter.route_market_new"
        return render(code, {"law": cite_text(law, language)}, language)
    if route == STATE:
        law = "samr-order-20#39; petition-regulations" if is_old else "samr-order-121"
        return render("fees.letter.route_state", {"law": cite_text(law, language)}, language)
    return render("fees.letter.route_port" if route == PORT else "fees.letter.route_customs", {}, language)
