"""Which accounts are connected, by whose login, how do they stand, and what mends what does not work?"""

from core.ui import accounts, asked, connections, controls, live

scope = controls.scope()
live.follow()
rows = connections.account_rows(scope.business_id)

accounts.reconnected()
asked.draw()

if rows:
    accounts.more_ways_in(scope.business_id)
    accounts.board(rows, scope)
else:
    accounts.ways_in(scope.business_id)
