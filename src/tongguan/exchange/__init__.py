"""Messages as firms send them: read, judged, answered.

received = read(data)                     # a message, or why it is none; every fault at once
judged = judge(received, day, desk)       # signature, and each document: faults, official state, tax
answer = write(receipt(judged, at))
"""

from tongguan.exchange.desk import Desk, DeskInMemory, Filed
from tongguan.exchange.judging import Judged, Judgement, judge
from tongguan.exchange.reading import Received, read
from tongguan.exchange.receipts import receipt
from tongguan.exchange.shape import Message
from tongguan.exchange.signing import Keys, Signer, check, sign
from tongguan.exchange.writing import write

__all__ = [
    "Desk",
    "DeskInMemory",
    "Filed",
    "Judged",
    "Judgement",
    "Keys",
    "Message",
    "Received",
    "Signer",
    "check",
    "judge",
    "read",
    "receipt",
    "sign",
    "write",
]
