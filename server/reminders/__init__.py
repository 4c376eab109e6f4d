"""Notices to customers about their appointments: confirmed, moved, cancelled, the day before, soon.

Which there are, and when, follows from the appointments (`server/domain/reminders.py`). Here is how
they are worded (`messages`), over what they go (`channels` and one file for each), and what became
of them (`sender`, with the journal's outbox). Names, numbers and addresses are read from the vault
at the moment of sending and are kept, logged and counted nowhere.
"""
