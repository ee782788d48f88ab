"""How much of the platforms' limits is used up, what does X cost, and how fast are the syncs?"""

from core.ui import controls, limits_page, speed_page

scope = controls.scope()
limits_page.limits(scope.business_id, scope.zone)
limits_page.spending(scope.business_id, scope.zone)
speed_page.speed(scope.business_id, scope.zone)
