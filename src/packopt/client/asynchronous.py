"""The asynchronous client."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from packopt.client import calls
from packopt.client.job_methods_async import AsyncJobMethods

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


class AsyncClient(AsyncJobMethods):
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

    async def recommend(
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
        return await self._send(calls.recommend(orders, catalogue, policy, options))

    async def add_catalogue(self, name: str, path: str | PathLike[str]) -> Version:
        """Add a version of a catalogue from a CSV, JSON, Parquet or Arrow file."""
        return await self._send(calls.add_version("catalogues", name, Path(path)))

    async def add_policy(self, name: str, path: str | PathLike[str]) -> Version:
        """Add a version of a policy from a TOML or JSON file."""
        return await self._send(calls.add_version("policies", name, Path(path)))

    async def catalogues(self, name: str | None = None) -> list[Version]:
        """List all versions of a catalogue; of all catalogues if None."""
        return await self._send(calls.versions("catalogues", name))

    async def policies(self, name: str | None = None) -> list[Version]:
        """List all versions of a policy; of all policies if None."""
        return await self._send(calls.versions("policies", name))

    async def catalogue(self, name: str, version: int) -> bytes:
        """Return the file of a version of a catalogue, as it was uploaded."""
        return await self._send(calls.content("catalogues", name, version))

    async def policy(self, name: str, version: int) -> bytes:
        """Return the file of a version of a policy, as it was uploaded."""
        return await self._send(calls.content("policies", name, version))

    async def evidence(self, order_id: str, *, job_id: str | None = None) -> bytes:
        """Return the evidence of an order, which ``packopt check`` verifies offline.

        Parameters
        ----------
        order_id
            The order.
        job_id
            The job that answered it; None for the evidence that a recommendation kept.
        """
        return await self._send(calls.evidence(order_id, job_id))

    async def view(
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
        return await self._send(calls.drawing("view", order_id, job_id, parcel, lang))

    async def sheet(
        self,
        order_id: str,
        *,
        job_id: str | None = None,
        parcel: int | None = None,
        lang: Language | None = None,
    ) -> str:
        """Return a page with numbered steps, to print; parameters as of `view`."""
        return await self._send(calls.drawing("sheet", order_id, job_id, parcel, lang))

    async def pack(
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
        return await self._send(calls.pack(order_id, job_id, packing))

    async def packings(self) -> list[Packing]:
        """List the newest record of each parcel."""
        return await self._send(calls.packings())

    async def download_packings(self, path: str | PathLike[str]) -> Path:
        """Write the same to a CSV file, which ``packopt savings --packings`` takes."""
        return await self._download(calls.packings_file(), Path(path))

    async def packing_rates(self) -> Rates:
        """Return how often another package than the recommended one was used, and why."""
        return await self._send(calls.packing_rates())

    async def is_alive(self) -> bool:
        """Return True if the service answers at all."""
        return await self._send(calls.is_alive())

    async def is_ready(self) -> bool:
        """Return True once the service is ready; it is asked again for a while before."""
        return await self._send(calls.is_ready())

    async def metrics(self) -> str:
        """Return the figures of the service in the text format of Prometheus."""
        return await self._send(calls.metrics())
