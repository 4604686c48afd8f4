"""The guest's half of the runner.

Everything in this package is guest code: a program can change it, and then spoils its own record only. The host
believes nothing that comes from here. References are taken before guest code runs, so that an ordinary program
that patches `json` or `traceback` still gets a sensible record.
"""
