"""The display's voice: a chime and the sentences of a call, from clips joined in memory."""
