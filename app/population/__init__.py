"""The same rules over everybody at once, in columns: rule change, backtest, re-evaluation.

`population` holds what was said of many people; `prepare` makes sick days and episodes of it once,
for a counting policy and a day; `triggers` asks a condition. It means what `app.rules` means for
one employee, trigger by trigger (docs/adr/0018); `store` alone knows the database.
"""
