"""Whatever a platform answers: does reading it give records or a FetchError, and never a number that nobody gave?"""

import copy
import json
import math
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from core.domain import AccountDay, Platform, PostSnapshot, Profile
from core.errors import FetchError
from core.fetchers import (
    facebook_answers,
    graph_errors,
    graph_insights,
    instagram,
    linkedin_answers,
    linkedin_errors,
    linkedin_statistics,
    x,
    x_answers,
)
from core.fetchers.answers import build_days, build_snapshot
from core.fetchers.base import ListedPost, offers_columns
from core.fetchers.dialect import Answer
from core.fetchers.paging import Page
from core.metrics import ACCOUNT_METRICS, POST_METRICS
from tests.conftest import NOW
from tests.fetchers.stage import FIXTURES, listed_post, read_fixture
