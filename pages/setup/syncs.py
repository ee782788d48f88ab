"""Are the syncs alive, what are they doing, and what mends what went wrong?"""

from core.ui import controls, data, run_drawer, run_tables, runs, sync_bar, sync_facts, sync_reads, sync_tables

scope = controls.scope()
known = sync_facts.accounts(scope.business_id)
standings = sync_facts.businesses(scope.business_id, known)

sync_bar.draw(scope, known)
runs.board(scope.business_id, scope.zone)
if scope.is_all and standings:
    sync_tables.businesses(standings, scope.zone)
elif standings:
    sync_tables.one_business(standings[0], scope.zone)
newest = data.runs(scope.business_id)
run_tables.history(newest, scope.zone)
if known:
    sync_tables.accounts(known, scope.zone)
sync_tables.timeline(newest, sync_reads.newest_activities(scope.business_id), scope.zone)
run_drawer.draw(scope.zone)
