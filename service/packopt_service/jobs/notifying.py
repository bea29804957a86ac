"""Telling a job's owner of its end: a signed POST, by the rules of Standard Webhooks."""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
import time
from typing import TYPE_CHECKING, Final

import httpx

from packopt_service.jobs.document import job_document
from packopt_service.jobs.targets import Target, TargetRefused, addresses_of, target_of
from packopt_service.jobs.workflows import Outcome
from packopt_service.logs import log

if TYPE_CHECKING:
    from packopt_service.jobs.records import JobRecord, JobRecords
    from packopt_service.settings import Settings

# It would log the URLs of webhooks, and callers put secrets into them.
logging.getLogger("httpx").setLevel(logging.WARNING)

_TIMEOUT_S: Final = 15.0
_BACK_OFF: Final = 4
_GONE: Final = 410


def notify(
    records: JobRecords, job: JobRecord, settings: Settings, attempt: int, *, last: bool
) -> Outcome:
    """Try once to deliver the webhook of a job, and note how that went."""
    if job.webhook_url is None or job.webhook_secret is None:
        return {}
    try:
        status = _send(job, job.webhook_url, job.webhook_secret, private=settings.private_webhooks)
    except TargetRefused as fault:
        told, final = f"refused: {fault}", True
    except (OSError, httpx.HTTPError) as fault:
        told, final = f"not delivered: {type(fault).__name__}", last
    else:
        if 200 <= status < 300:
            records.note_webhook(job.job_id, f"delivered with attempt {attempt}", done=True)
            return {}
        told, final = f"answered with {status}", last or status == _GONE
    retry_s = settings.webhook_retry_s * _BACK_OFF ** (attempt - 1)
    log.warning("webhook", job=job.job_id, attempt=attempt, outcome=told.partition(":")[0])
    tail = "given up" if final else f"sent again in {retry_s:.0f} s"
    records.note_webhook(job.job_id, f"attempt {attempt} {told}"[:150] + f"; {tail}", done=final)
    return {} if final else {"retry_s": retry_s}


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """Return the signature of a message.

    Parameters
    ----------
    secret
        ``whsec_`` and the key in base64.
    message_id, timestamp, body
        What is signed: the same in every attempt, seconds since 1970, and the message.
    """
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def _send(job: JobRecord, url: str, secret: str, *, private: bool) -> int:
    target = target_of(url, private=private)
    address = addresses_of(target, private=private)[0]
    body = job_document(job).model_dump_json().encode()
    message_id, timestamp = f"msg_{job.job_id}", int(time.time())
    headers = {
        "Host": target.authority,
        "Content-Type": "application/json",
        "User-Agent": "packopt-webhook",
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(secret, message_id, timestamp, body),
    }
    # No proxies of the environment, no redirects: the connection goes to the checked address.
    with (
        httpx.Client(trust_env=False, follow_redirects=False, timeout=_TIMEOUT_S) as client,
        client.stream(
            "POST",
            _at_address(target, address),
            content=body,
            headers=headers,
            extensions={"sni_hostname": target.host},
        ) as response,
    ):
        return response.status_code


def _at_address(target: Target, address: str) -> str:
    host = f"[{address}]" if ":" in address else address
    return f"{target.scheme}://{host}:{target.port}{target.path}"
