"""People's data, apart from the journal of events: sealed, masked, found, and deleted in time.

Where its rows lie, and that they are written with the events they belong to, is the journal's
affair; who may read what, and how long anything is kept, is decided by those who ask.
"""
