"""The process that forecasts: reads questions from its input, line by line, and answers them.

Started by server/forecasting.py, which may end it at any time; it keeps nothing that cannot be
told to its successor. It ends with its input, and so with the server.
"""

from __future__ import annotations

import os
import sys
from typing import Final, TypeAlias

import msgspec

from server.waiting.telling import Ask, Learn, Recall, Restore, Teller

Question: TypeAlias = Learn | Restore | Recall | Ask

NICE: Final = 10
"""On a machine that has too much to do, whoever waits for an answer goes before whoever wants to
know how long others will wait. In a session of its own that would be said in vain: where Linux
weighs sessions against each other, a low priority counts within one of them alone."""


def main() -> None:
    """Answer until the input ends."""
    os.setpgrp()  # Ctrl-C is the server's affair
    os.nice(NICE)
    tellers: dict[str, Teller] = {}
    decoder: msgspec.json.Decoder[Question] = msgspec.json.Decoder(Question)
    for line in sys.stdin.buffer:
        question = decoder.decode(line)
        teller = tellers.setdefault(question.branch, Teller())
        match question:
            case Learn():
                teller.learn(question)
            case Restore():
                teller.restore(question)
            case Recall():
                _say(teller.recall())
            case Ask():
                _say(teller.answer(question))


def _say(answer: msgspec.Struct) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
