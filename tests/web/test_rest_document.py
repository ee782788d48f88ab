"""The REST surface is what its document says: requests of every kind are made up from it, and every answer is held against it."""

import hypothesis
import pytest
import schemathesis

from core.domain import RunTrigger
from core.ops.runs import request_run
from core.settings import Settings
from tests.conftest import NOW
from tests.web.rest import Rest, open_rest

pytestmark = pytest.mark.integration

CONFIG = {
    "seed": 1,
    "operations": [
        {
            # a first day after the last one is no mistake that a schema could tell
            "include-name": ["GET /metrics", "POST /runs"],
            "checks": {"positive_data_acceptance": {"expected-statuses": ["2xx", "400", "401", "403", "404", "409"]}},
        }
    ],
}


@pytest.fixture(scope="module")
def rest(tmp_path_factory):
    with open_rest(tmp_path_factory.mktemp("rest") / "data") as rest:
        request_run(rest.database, rest.aurora, RunTrigger.MANUAL, now=NOW)
        doorway.app, doorway.secret = rest.app, rest.key()
        yield rest


class Doorway:
    """Where requests enter: made before there is a test, and led to the routes on the folder of the tests."""

    def __init__(self):
        self.app, self.secret = Rest(Settings.model_construct(), None).app, ""

    async def __call__(self, scope, receive, send):
        await self.app(scope, receive, send)


doorway = Doorway()
schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", doorway, config=schemathesis.Config.from_dict(CONFIG))


@schema.auth()
class Bearer:
    """Sends the key that opens all of the folder; left out where it is tried without."""

    def get(self, case, context):
        return doorway.secret

    def set(self, case, data, context):
        case.headers["Authorization"] = f"Bearer {data}"


@schema.parametrize()
@hypothesis.settings(max_examples=10, deadline=None, derandomize=True, database=None)
def test_every_answer_is_one_that_the_document_tells_of(case, rest):
    case.call_and_validate()
