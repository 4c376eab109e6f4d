"""Doubles that the product ships: for its own tests, for the demo, and for whoever builds on it.

A clock moved by hand, a link without a network, and a network that can be broken on purpose.
"""

from shared.testing.clock import ManualClock
from shared.testing.fake_link import FakeLink
from shared.testing.proxy import TcpProxy

__all__ = ["FakeLink", "ManualClock", "TcpProxy"]
