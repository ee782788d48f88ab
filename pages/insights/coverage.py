"""Which numbers of which days are known, and what happened on the others?"""

from core.ui import controls, coverage_facts, coverage_page, facts, live, states

scope = controls.scope()
live.follow()
states.stop_without_data()
accounts = facts.accounts_in(scope)
states.stop_without_accounts(accounts)
states.notices_in_short(accounts, scope.business_id)

known = coverage_facts.read(scope, accounts)
coverage_page.legend(known)
coverage_page.calendars(known, accounts)
coverage_page.gap_table(known, scope, accounts)
