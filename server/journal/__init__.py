"""The journal: every event of every branch, in order, for ever; `contract` says what it promises.

Rows are opaque here: what an event means is decoded in `upcast`, and decided in `server.domain`.
What is known of people lies beside the events in rows that can be deleted: `private`.
"""
