"""Which programs may read from here, which businesses does each see, and what takes one out?"""

from core.ui import keys

keys.introduce()
keys.just_made()
keys.listed()
keys.draw_dialog()
