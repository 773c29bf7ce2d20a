"""What others publish and an operator loads here: the exchange rates for duties (计征汇率) and the schedule of the tariff.

Both are looked up for every question and every declaration. Nothing is made up: a rate that nobody loaded is asked of whoever asks.
"""
