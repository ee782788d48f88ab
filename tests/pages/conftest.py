"""The pages are looked at through the same dashboard as the frame."""

from tests.ui.conftest import dashboard, filled, folder, use_folder

__all__ = ["dashboard", "filled", "folder", "use_folder"]
