"""Who brought a byte that somebody else has another one of."""

from datetime import UTC, datetime
from types import SimpleNamespace

from rheo.domain.ranges import RangeSet
from rheo.domain.resource import Resource
from rheo.domain.settings import Settings
from rheo.domain.url import parse_url
from rheo.engine.answers.gatekeeper import Ask, Take
from rheo.engine.crew.supplier import Supplier
from rheo.engine.hosts.host import Hosts
from rheo.engine.limits.budget import Budget
from rheo.engine.planning.planner import Planner
from rheo.engine.requests.connection import Connection, Intake

URL = parse_url("https://a.example/x")


def test_a_byte_that_is_gathered_counts_before_it_is_handed_on():
    delivered = RangeSet([(0, 10)])
    asking = SimpleNamespace(delivered=delivered)
    supplier = Supplier(SimpleNamespace(url=URL), asking, hosts=Hosts(), settings=Settings(), most=1)
    plan = Planner([(10, 30)], min_split=None)
    file = SimpleNamespace(holding=Budget(1000).holding())
    intake = Intake(file, plan, plan.claim(), by=supplier, delivered=delivered)
    clock = SimpleNamespace(now=lambda: datetime.now(UTC))
    connection = Connection(Ask(url=URL), known=None, accept=lambda _connection, _head: intake, clock=clock)
    connection.intake, connection.verdict, connection._offset = intake, Take(start=10, stop=30, resource=Resource()), 10
    supplier.take(SimpleNamespace(connection=connection))

    connection.chunk(b"x" * 5)

    assert [position for position in range(30) if supplier.has_brought(position)] == list(range(15))
