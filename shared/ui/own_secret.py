"""Choosing an own PIN or password at a terminal: with the one-time code of a new account, or with
the old one. What is asked for it is `sign_in`'s.
"""

from __future__ import annotations

from shared.link import Link
from shared.protocol import HouseAccepted, HouseReply, SetOwnSecret
from shared.ui.sign_in import SecretChosen


async def choose_and_sign_in(link: Link, given: SecretChosen) -> HouseReply:
    """Choose it, and sign in with it; first of all, somebody who now has a second factor has to
    see it. Raises LinkError."""
    order = SetOwnSecret(id=link.new_id(), staff=given.staff, old=given.old, new=given.new)
    reply = await link.request(order)
    if isinstance(reply, HouseAccepted) and not reply.otp_secret:
        return await link.sign_in(given.staff, given.new)
    return reply
