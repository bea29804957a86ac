"""The synchronous client."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from packopt.client import calls
from packopt.client.job_methods import JobMethods

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from os import PathLike

    from packopt.client.documents import (
        Language,
        Objective,
        Packing,
        Rates,
        Reason,
        Recommended,
        Version,
    )


class Client(JobMethods):
    """Asks a packopt service.

    Parameters
    ----------
    url
        Where it is, such as ``http://127.0.0.1:8000``.
    key
        API key; None for a service that was started open.
    timeout_s
        Seconds to wait for the service to go on.
    evidence_timeout_s
        The same for evidence of an order of a job, which the service makes when it is asked for:
        more than its `evidence_within_s`. What takes longer is not asked for again.
    retries
        When to send a request again.

    Raises
    ------
    ApiError
        By every method: if the service answers with a problem.
    httpx.TransportError
        By every method: if the service cannot be reached, after all attempts.
    """

    def recommend(
        self,
        orders: Sequence[Mapping[str, Any]],
        *,
        catalogue: str | None = None,
        policy: str | Mapping[str, Any] | None = None,
        objective: Objective | None = None,
        plans: bool | None = None,
        ruled_out: bool | None = None,
        alternatives: int | None = None,
        evidence: bool | None = None,
    ) -> Recommended:
        """Recommend packages at once; an order that cannot be accepted has errors instead.

        Parameters
        ----------
        orders
            Each with ``order_id`` and ``lines``.
        catalogue
            ``name`` or ``name@version``.
        policy
            The same, or settings as in a policy file.
        objective
            In place of the policy's.
        plans, ruled_out, alternatives, evidence
            What to tell and to keep; the service's defaults if None.
        """
        options: dict[str, Any] = {"objective": objective, "plans": plans, "ruled_out": ruled_out}
        options |= {"alternatives": alternatives, "evidence": evidence}
        return self._send(calls.recommend(orders, catalogue, policy, options))

    def add_catalogue(self, name: str, path: str | PathLike[str]) -> Version:
        """Add a version of a catalogue from a CSV, JSON, Parquet or Arrow file."""
        return self._send(calls.add_version("catalogues", name, Path(path)))

    def add_policy(self, name: str, path: str | PathLike[str]) -> Version:
        """Add a version of a policy from a TOML or JSON file."""
        return self._send(calls.add_version("policies", name, Path(path)))

    def catalogues(self, name: str | None = None) -> list[Version]:
        """List all versions of a catalogue; of all catalogues if None."""
        return self._send(calls.versions("catalogues", name))

    def policies(self, name: str | None = None) -> list[Version]:
        """List all versions of a policy; of all policies if None."""
        return self._send(calls.versions("policies", name))

    def catalogue(self, name: str, version: int) -> bytes:
        """Return the file of a version of a catalogue, as it was uploaded."""
        return self._send(calls.content("catalogues", name, version))

    def policy(self, name: str, version: int) -> bytes:
        """Return the file of a version of a policy, as it was uploaded."""
        return self._send(calls.content("policies", name, version))

    def evidence(self, order_id: str, *, job_id: str | None = None) -> bytes:
        """Return the evidence of an order, which ``packopt check`` verifies offline.

        Parameters
        ----------
        order_id
            The order.
        job_id
            The job that answered it; None for the evidence that a recommendation kept.
        """
        return self._send(calls.evidence(order_id, job_id))

    def view(
        self,
        order_id: str,
        *,
        job_id: str | None = None,
        parcel: int | None = None,
        lang: Language | None = None,
    ) -> str:
        """Return a page with each parcel of an order in 3D, step by step; it fetches nothing.

        Parameters
        ----------
        order_id, job_id
            As of `evidence`.
        parcel
            Its number, from 1; all of them if None.
        lang
            Language of the page; English if None.
        """
        return self._send(calls.drawing("view", order_id, job_id, parcel, lang))

    def sheet(
        self,
        order_id: str,
        *,
        job_id: str | None = None,
        parcel: int | None = None,
        lang: Language | None = None,
    ) -> str:
        """Return a page with numbered steps, to print; parameters as of `view`."""
        return self._send(calls.drawing("sheet", order_id, job_id, parcel, lang))

    def pack(
        self,
        order_id: str,
        package_id: str,
        *,
        job_id: str | None = None,
        parcel: int = 1,
        reason: Reason | None = None,
        note: str | None = None,
    ) -> Packing:
        """Record which package a parcel was really packed in, and why if it is another one.

        Parameters
        ----------
        order_id, job_id
            As of `evidence`.
        package_id
            The package that was used.
        parcel
            Number of the parcel in its order.
        reason
            Needed where that is not the recommended one.
        note
            In words; no personal data.
        """
        packing = {"package_id": package_id, "parcel": parcel, "reason": reason, "note": note}
        return self._send(calls.pack(order_id, job_id, packing))

    def packings(self) -> list[Packing]:
        """List the newest record of each parcel."""
        return self._send(calls.packings())

    def download_packings(self, path: str | PathLike[str]) -> Path:
        """Write the same to a CSV file, which ``packopt savings --packings`` takes."""
        return self._download(calls.packings_file(), Path(path))

    def packing_rates(self) -> Rates:
        """Return how often another package than the recommended one was used, and why."""
        return self._send(calls.packing_rates())

    def is_alive(self) -> bool:
        """Return True if the service answers at all."""
        return self._send(calls.is_alive())

    def is_ready(self) -> bool:
        """Return True once the service is ready; it is asked again for a while before."""
        return self._send(calls.is_ready())

    def metrics(self) -> str:
        """Return the figures of the service in the text format of Prometheus."""
        return self._send(calls.metrics())
