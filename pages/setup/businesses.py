"""Which brands does this installation look after, and what is decided for each?"""

from core.ui import asked, business_dialogs, businesses, controls, data, live

scope = controls.scope()
live.follow()
asked.draw()

chosen = next((business for business in data.businesses() if business.id == scope.business_id), None)
if chosen is None:
    businesses.listed()
else:
    businesses.settings(chosen)
    businesses.ending(chosen)

business_dialogs.draw()
