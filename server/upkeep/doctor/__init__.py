"""`lobby doctor`: looks at a data folder and at the machine, and says what to do about what it
finds.

`machine` and `folder` gather what there is, once; each check is one small function of the two;
`examine` has the table of checks, `findings` the table of what they can find. Nothing is
written: the journal is read as `journal` tells.
"""
