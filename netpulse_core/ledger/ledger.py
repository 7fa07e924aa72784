"""The ledger as its users hold it: one object, a property for each thing it knows."""

from contextlib import suppress
from pathlib import Path

from netpulse_core.errors import ServiceError
from netpulse_core.ledger import schema
from netpulse_core.ledger.audit import Audit
from netpulse_core.ledger.backups import Backups
from netpulse_core.ledger.brakes import Brakes
from netpulse_core.ledger.breakers import Breakers
from netpulse_core.ledger.caps import Caps
from netpulse_core.ledger.chain import Chain
from netpulse_core.ledger.claims import Claims
from netpulse_core.ledger.configchanges import ConfigChanges
from netpulse_core.ledger.configexports import ConfigExports
from netpulse_core.ledger.database import Database, clock
from netpulse_core.ledger.deliveries import Deliveries
from netpulse_core.ledger.files import Files
from netpulse_core.ledger.findings import Findings
from netpulse_core.ledger.fires import Fires
from netpulse_core.ledger.folding import Folding
from netpulse_core.ledger.freezes import Freezes
from netpulse_core.ledger.hookevents import HookEvents
from netpulse_core.ledger.host_keys import HostKeyBook
from netpulse_core.ledger.jobs import Jobs
from netpulse_core.ledger.keys import Keys
from netpulse_core.ledger.leases import Leases
from netpulse_core.ledger.nodes import Nodes
from netpulse_core.ledger.observers import Observers
from netpulse_core.ledger.outbox import Outbox
from netpulse_core.ledger.placements import Placements
from netpulse_core.ledger.reaping import Reaping
from netpulse_core.ledger.reconciling import Reconciling
from netpulse_core.ledger.restoring import Restoring
from netpulse_core.ledger.retention import Retention
from netpulse_core.ledger.runs import Runs
from netpulse_core.ledger.schedules import Schedules
from netpulse_core.ledger.sealedparameters import Parameters, Shown
from netpulse_core.ledger.secrets import Secrets
from netpulse_core.ledger.sizes import Sizes
from netpulse_core.ledger.standing import Standing
from netpulse_core.ledger.stopping import Stopping
from netpulse_core.ledger.storekeys import StoreKeys
from netpulse_core.ledger.taken import TakenCredentials
from netpulse_core.ledger.tallies import Tallies
from netpulse_core.ledger.windows import WindowBooks
from netpulse_core.ledger.workload import Workload

NO_CAPS = Caps()


class Ledger:
    """The truth: `pepper` keys the hashes of API keys and is not kept in it, nor are the keys of the secret `store`.

    `files` is a folder that keeps files. `shown` returns parameters with marks in the place of secrets.
    `standbys_have_all` vouches that a standby which is promoted lacks no commit.
    """

    def __init__(
        self,
        url: str,
        *,
        pepper: bytes = b"",
        files: Path | None = None,
        caps: Caps = NO_CAPS,
        store: StoreKeys | None = None,
        shown: Shown = dict,
        standbys_have_all: bool = False,
    ) -> None:
        chain = Chain(pepper)
        self.database = Database(url, chain.bind)
        keys = store or StoreKeys()
        self.parameters = Parameters(keys, shown)
        self.runs = Runs(self.database, caps, self.parameters)
        self.jobs = Jobs(self.database)
        self.hook_events = HookEvents(self.database, self.runs, self.parameters)
        self.claims = Claims(self.database, keys, self.parameters, pepper)
        self.nodes = Nodes(self.database)
        self.placements = Placements(self.database)
        self.stopping = Stopping(self.database)
        self.freezes = Freezes(self.database)
        self.windows = WindowBooks(self.database)
        self.workload = Workload(self.database)
        self.reaping = Reaping(self.database)
        self.reconciling = Reconciling(self.database, self.parameters)
        self.outbox = Outbox(self.database)
        self.observers = Observers(self.database)
        self.deliveries = Deliveries(self.database, self.observers)
        self.audit = Audit(self.database, chain)
        self.keys = Keys(self.database, pepper)
        self.secrets = Secrets(self.database, keys)
        self.backups = Backups(self.database, keys)
        self.config_changes = ConfigChanges(self.database, self.backups)
        self.config_exports = ConfigExports(self.database)
        self.folding = Folding(self.database)
        self.findings = Findings(self.database)
        self.tallies = Tallies(self.database)
        self.leases = Leases(self.database)
        self.schedules = Schedules(self.database, self.parameters)
        self.fires = Fires(self.database, self.parameters)
        self.files = Files(self.database, files, keys)
        self.retention = Retention(self.database, self.files, chain)
        self.restoring = Restoring(self.database, standbys_have_all=standbys_have_all)
        if self.database.timeline is not None:
            self.database.timeline.moved = self.restoring.moved
        self.sizes = Sizes(self.database)
        self.host_keys = HostKeyBook(self.database)
        self.breakers = Breakers(self.database)
        self.brakes = Brakes(self.database)
        self.standing = Standing(self.database)
        self.taken = TakenCredentials(self.database)

    def __repr__(self) -> str:
        return repr(self.database)

    def upgrade(self) -> None:
        """Bring the ledger to the shape this program knows."""
        schema.upgrade(self.database)

    def require_answer(self) -> None:
        """Raise ServiceError unless the ledger answers."""
        with self.database.read() as connection:
            clock(connection)

    def follow(self) -> None:
        """Deal with a failover of PostgreSQL as soon as it is seen, by reading too: for a process that stays."""
        self.database.follows = True
        with suppress(ServiceError):  # whoever asks next is told, and does it
            self.require_answer()

    def require_current(self) -> None:
        """Raise ServiceError unless the ledger has exactly the shape this program knows."""
        schema.require_current(self.database)

    def close(self) -> None:
        """Close every connection."""
        self.database.close()
