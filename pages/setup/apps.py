"""How are the platforms told about this installation, and do they accept it?"""

from core.domain import Provider
from core.ui import apps

apps.introduce()
for provider in Provider:
    apps.guide(provider)
