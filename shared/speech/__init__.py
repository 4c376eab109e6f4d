"""Reading aloud: how words are read, and the machine that reads them."""
