"""The REST surface, under /api/v1: typed routes, checked and documented by FastAPI."""

from core.web.api.assembly import create_api

__all__ = ["create_api"]
