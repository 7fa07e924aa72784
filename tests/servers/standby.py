"""A PostgreSQL with a standby, which takes over when a test says so, whatever it lacks by then."""

from dataclasses import dataclass, field

from tests.servers.postgres import USER, PostgresServer


@dataclass
class Pair:
    """A primary and its standby, and the one address that leads to whichever of them takes writes."""

    primary: PostgresServer = field(default_factory=PostgresServer)

    def __post_init__(self) -> None:
        self.name = self.primary.create()
        self.standby = PostgresServer(follows=self.primary)

    @property
    def url(self) -> str:
        """Leads to whichever takes writes, in SQLAlchemy's form."""
        both = f"host=127.0.0.1,127.0.0.1&port={self.primary.port},{self.standby.port}"
        return f"postgresql+psycopg://{USER}@/{self.name}?{both}&target_session_attrs=read-write"

    def part(self) -> None:
        """Let what is committed from now on be lost."""
        self.standby.caught_up(self.primary)
        self.standby.part()

    def fail_over(self) -> None:
        """End the primary at once, and have the standby take over."""
        self.primary.crash()
        self.standby.promote()

    def close(self) -> None:
        """Stop both for good."""
        self.standby.close()
        self.primary.close()
