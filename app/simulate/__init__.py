"""A made-up employer or country whose sick leave looks like the published statistics.

For trying rules, systems and speed on data about nobody. Values in, values out, drawn from a seed.
"""
