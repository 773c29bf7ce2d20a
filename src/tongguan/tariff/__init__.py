"""The tariff schedule: lines, dated rates, agreements, additional duties; look up as of a day, load official tables, compare two dates."""
