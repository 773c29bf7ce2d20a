"""Which rate applies when several exist (税率的选择适用).

Law   until 2024-11-30  duty-regulations-2003#10, #11, #12
      from 2024-12-01   tariff-law-2024#12, #13, #14
      MFN goods with a provisional rate: the provisional rate, whatever the MFN rate.
      Agreement or special preferential goods with a provisional rate: the lower.
      Agreement goods without a provisional rate whose MFN rate is lower: the MFN rate (#13 since 2024-12-01).
      General-rate goods never take a provisional rate.
      Inside a tariff quota: the in-quota rate, or its provisional rate; outside: the rules above.
Units duties in fen, −1 where the rate does not exist or is not open to these goods. Rates are compared by the duty they give on the
      goods in hand, so an ad valorem and a specific rate can be compared at all.
Reading
      1. Before 2024-12-01 no article says what happens when the MFN rate is below the agreement rate. Nobody is obliged to claim an
         agreement rate, so the lower is open to the importer; annual plans are recalled to the same effect (M).
      2. A special rate above the MFN rate is not dealt with by either law; nobody is obliged to claim it, so the MFN rate is taken.
      3. The provisional rate applies to MFN goods even when it is above the MFN rate (适用暂定税率, not the lower). So a new provisional rate may
         raise a tax; a preference never does. Agreement 8 %, provisional 9 %, MFN 6 %: 8 %, since the MFN rate counts only without a provisional one.
      4. Under the Regulations a provisional rate inside a quota rests on articles 4, 9 and 12 and the annual plans; under the Tariff Law on 14.
      5. A special or agreement rate that lives inside a quota is compared with the in-quota rate, and only there.
      6. A sliding duty is a provisional rate bound to a certificate; it is a basis of its own and does not come here.
"""

from __future__ import annotations

from tongguan.grammar.money import ppm_of, ratio_text
from tongguan.grammar.parameters import LawBook

NO_RATE = 0
MFN = 1
PROVISIONAL = 2
CONVENTIONAL = 3
SPECIAL_PREFERENTIAL = 4
GENERAL = 5
IN_QUOTA = 6
IN_QUOTA_PROVISIONAL = 7

KIND_NAMES = (
    "no_rate",
    "mfn",
    "provisional",
    "conventional",
    "special_preferential",
    "general",
    "in_quota",
    "in_quota_provisional",
)


def select_rate(
    mfn: int,
    provisional: int,
    conventional: int,
    special: int,
    general: int,
    in_quota: int,
    in_quota_provisional: int,
) -> int:
    """The kind of rate that applies, given the duty under each rate open to the goods (−1: none).

    Entitlement is settled before: `mfn` is −1 for origins without MFN treatment, `conventional` and `special` are −1 unless claimed and
    proven, the two quota rates are −1 without a quota certificate.
    """
    if in_quota >= 0 or in_quota_provisional >= 0:  # tariff-law-2024#14
        kind, duty = (IN_QUOTA, in_quota) if in_quota_provisional < 0 else (IN_QUOTA_PROVISIONAL, in_quota_provisional)
        if 0 <= special < duty:
            return SPECIAL_PREFERENTIAL
        return kind
    if special >= 0:  # #13 para. 3
        if provisional >= 0:
            return PROVISIONAL if provisional <= special else SPECIAL_PREFERENTIAL
        if 0 <= mfn < special:
            return MFN
        return SPECIAL_PREFERENTIAL
    if conventional >= 0:  # #13 para. 2
        if provisional >= 0:
            return PROVISIONAL if provisional <= conventional else CONVENTIONAL
        if 0 <= mfn < conventional:
            return MFN
        return CONVENTIONAL
    if mfn >= 0:  # #13 para. 1
        return PROVISIONAL if provisional >= 0 else MFN
    if general >= 0:  # #13 para. 4: never the provisional rate
        return GENERAL
    return NO_RATE


def case(given: dict[str, object], law: LawBook) -> dict[str, object]:
    """A worked case: each rate as a ratio, compared on a value of one yuan million."""
    names = ("mfn", "provisional", "conventional", "special", "general", "in_quota", "in_quota_provisional")
    duties = [ppm_of(given[n]) if n in given else -1 for n in names]
    kind = select_rate(*duties)
    rate = {
        MFN: 0,
        PROVISIONAL: 1,
        CONVENTIONAL: 2,
        SPECIAL_PREFERENTIAL: 3,
        GENERAL: 4,
        IN_QUOTA: 5,
        IN_QUOTA_PROVISIONAL: 6,
    }
    if kind == NO_RATE:
        return {"kind": "no_rate"}
    return {"kind": KIND_NAMES[kind], "rate": ratio_text(duties[rate[kind]])}
