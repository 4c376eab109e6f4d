"""What can be wrong with the vault, in sentences that say what to do. They quote no value."""

from __future__ import annotations


class VaultError(Exception):
    """Something in the vault cannot be read; nothing else is given in its place."""


class KeyMissing(VaultError):
    """A value was sealed with a key that is not there."""

    def __init__(self, key_id: str) -> None:
        super().__init__(
            f"Private data is sealed with key {key_id}, which is not in the vault's key file. "
            f"Put that key back, as one more line of the file, and start Lobby again."
        )
        self.key_id = key_id


class NotAsSealed(VaultError):
    """A value was changed, cut off, or put in another one's place."""

    def __init__(self, branch: str, subject: str, field: str) -> None:
        super().__init__(
            f"The {field} of {subject} in branch {branch} is not as it was sealed. "
            f"Keep a copy of the database, then erase that subject or restore the last backup."
        )
        self.branch = branch
        self.subject = subject
        self.field = field
