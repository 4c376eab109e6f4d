"""People and stations: who may connect, who may sign in, and as what. Pure, like the domain.

One stream of the journal, `house`, holds its events. Secrets and their hashes are not here: see
`server/credentials.py`. A station's hash is the exception, because its secret is 128 bits of
chance that nobody can find by trying.
"""
