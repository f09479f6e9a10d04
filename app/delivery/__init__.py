"""Webhooks out: who may be called, how a message is signed, when it is tried again.

At least once, in no promised order, always the same id and the same bytes.
"""
