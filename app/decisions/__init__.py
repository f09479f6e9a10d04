"""What people decide, carried out the way events are: judged, stored and told in one transaction.

Each call locks the employee first and has the rules look once more at the end. A decision made
already is no error: nothing changes.
"""
