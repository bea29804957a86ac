"""Settings of the service: command line first, then ``PACKOPT_...`` variables, then defaults."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

MIB: Final = 1 << 20
LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})


class Settings(BaseSettings):
    """What a service is started with.

    Raises
    ------
    pydantic.ValidationError
        If a value is out of range, or the service would be open to others than this machine.
    """

    model_config = SettingsConfigDict(env_prefix="PACKOPT_", extra="forbid", frozen=True)

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8000, ge=0, le=65_535, description="Port to listen on; 0 for any free one.")
    data_dir: Path = Field(
        Path("packopt-data"), description="Directory of uploads, results and the SQLite database."
    )
    storage_url: str = Field(
        "",
        description="Where uploads, parts and results lie instead of the data directory: any URL "
        "that pyarrow.fs.FileSystem.from_uri knows.",
    )
    database_url: SecretStr = Field(
        SecretStr(""),
        description="postgresql://... to share among several services; SQLite in the data "
        "directory if empty.",
    )
    open: bool = Field(
        default=False, description="Answer without API keys; on a loopback address only."
    )
    catalogue: str = Field("demo", description="Catalogue of requests that name none.")
    body_limit_bytes: int = Field(8 * MIB, ge=1024, description="Largest body of a request.")
    upload_limit_bytes: int = Field(
        4096 * MIB, ge=1024, description="Largest upload of a job, as it is sent."
    )
    orders_per_request: int = Field(1000, ge=1, description="Most orders of one request.")
    units_per_request: int = Field(20_000, ge=1, description="Most units of one request.")
    solver_processes: int = Field(
        2, ge=1, le=64, description="Processes that answer requests, one batch each at a time."
    )
    search_processes: int = Field(
        2,
        ge=1,
        le=64,
        description="Processes that answer what a first pass leaves open, about one order in a "
        "hundred, so that no other waits for it; one request each at a time. Of these a few take "
        "seconds: with a second process the others need not wait for them.",
    )
    answer_within_s: float = Field(
        15.0,
        gt=0,
        description="Seconds that a request may wait for its turn (503), and that packing it may "
        "take (413). What came with others may have a second turn by itself, and so has what a "
        "first pass leaves open: keep it below a quarter of the clients' timeout.",
    )
    evidence_within_s: float = Field(
        300.0,
        gt=0,
        description="Seconds after which evidence of an order of a job is given up, without the "
        "start of its process; it takes as long as reading the job's upload once.",
    )
    waiting_requests: int = Field(
        1000,
        ge=1,
        description="Requests that may wait to be answered at once; more are told to come back "
        "(503 with Retry-After).",
    )
    remembered_bytes: int = Field(
        64 * MIB,
        ge=0,
        description="Memory for answers to requests of one order: the next order of the same "
        "content, catalogue and policy gets the same answer without being packed. 0 packs each.",
    )
    job_workers: int = Field(
        1, ge=0, le=64, description="Processes that answer jobs; 0 leaves jobs to other services."
    )
    job_niceness: int = Field(
        10, ge=0, le=19, description="How much job processes yield to those that answer requests."
    )
    orders_per_part: int = Field(
        20_000, ge=1, description="Orders of a job between two checkpoints."
    )
    stock_orders: int = Field(
        100_000,
        ge=1,
        description="Most orders of a job whose catalogue has finite stock: they are answered in "
        "turn, as one part.",
    )
    heartbeat_s: float = Field(
        3.0, gt=0, description="Seconds between two signs of life among services that share jobs."
    )
    dead_after_s: float = Field(
        20.0, gt=0, description="Seconds of silence after which others take over a service's jobs."
    )
    patience_s: float = Field(
        3600.0,
        ge=0,
        description="Seconds that a job waits for a full disk or an absent database before it "
        "fails.",
    )
    webhook_retry_s: float = Field(
        5.0, gt=0, description="Seconds before a webhook is sent again; four times as many each."
    )
    rate_per_minute: int = Field(
        6000, ge=1, description="Requests a minute of an API key that has no limit of its own."
    )
    open_jobs_per_key: int = Field(
        20, ge=1, description="Jobs that one API key may have waiting or running."
    )
    cors_origins: tuple[str, ...] = Field((), description="Origins that browsers may call from.")
    private_webhooks: bool = Field(
        default=False, description="Send webhooks to private addresses, too."
    )
    keep_days: int = Field(
        30, ge=1, description="Days after which finished jobs and stored evidence are removed."
    )
    log_items: bool = Field(
        default=False, description="Log ids of orders; sizes and SKUs are never logged."
    )
    drain_s: float = Field(20.0, ge=0, description="Seconds that a shutdown waits for requests.")

    @model_validator(mode="after")
    def _open_on_loopback_only(self) -> Self:
        if self.open and self.host not in LOOPBACK:
            raise ValueError(
                f"open is for this machine alone, found the host {self.host}; listen on "
                "127.0.0.1, or make an API key with packopt keys create and leave --open out"
            )
        return self

    @property
    def database(self) -> str:
        """URL of the database, as SQLAlchemy takes it; it may hold a password, so never log it."""
        url = self.database_url.get_secret_value()
        if not url:
            return f"sqlite:///{self.data_dir.resolve() / 'packopt.sqlite'}"
        for prefix in ("postgresql://", "postgres://"):
            if url.startswith(prefix):
                return "postgresql+psycopg://" + url.removeprefix(prefix)
        return url
