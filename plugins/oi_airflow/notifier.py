"""Texts to a person: a webhook that takes `{"text": ...}`, which a chat or a mail gateway is."""

from __future__ import annotations

import asyncio
import json
import os
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from airflow.sdk import BaseNotifier
from airflow.sdk.log import redact  # type: ignore[attr-defined] # there from a private module

from include.domain.display import shown
from include.domain.errors import OiError
from include.domain.next_step import NextStep

if TYPE_CHECKING:
    from collections.abc import Mapping

VARIABLE = "OI_NOTIFY_URL"
TIMEOUT_SECONDS = 10
LONGEST_TEXT = 3_000
"""Characters; chats refuse much longer ones. The whole of it is in the task's log."""


KILLED = (
    "The task's process ended without an error: somebody, or the system for want of memory, ended it.\n"
    "What it paid for is kept. Next: clear the task, or wait for the next run; if it repeats, look at the memory."
)


class NotifyError(OiError):
    """The webhook did not take the text; the message says why, without its address."""

    next_step = NextStep.RETRY


class WebhookNotifier(BaseNotifier):
    """Posts `sentence(context)` as JSON to the webhook; without a webhook, or a sentence, it only logs.

    For mail or another channel, subclass it and replace `send`, or list another Airflow notifier beside it.
    """

    def sentence(self, context: Mapping[str, Any]) -> str | None:
        """The text, or None for nothing."""
        raise NotImplementedError

    def notify(self, context: Any) -> None:
        """Sends it from a task's or the DAG processor's process."""
        text = self.sentence(context)
        if text is not None:
            self.send(_without_secrets(text))

    async def async_notify(self, context: Any) -> None:
        """Sends it from the triggerer."""
        await asyncio.to_thread(self.notify, context)

    def send(self, text: str) -> None:
        """Sends one text; raises NotifyError when the webhook does not take it."""
        url = webhook()
        if url is None:
            self.log.warning("%s (set %s to have this sent to a chat or by mail)", text, VARIABLE)
            return
        post(url, text)


class FailedTask(WebhookNotifier):
    """Reports a task that failed for good, with its error's own sentences."""

    def sentence(self, context: Mapping[str, Any]) -> str | None:
        task = context["task_instance"]
        batch = getattr(task, "rendered_map_index", None)
        of_batch = f" ({batch})" if batch else ""
        error = context.get("exception") or KILLED
        return f"{task.dag_id}: {task.task_id}{of_batch} failed in {task.run_id}\n{error}"


def webhook() -> str | None:
    """The address, from the environment or the settings; None when neither names one."""
    from include.configuration.errors import SettingsError
    from include.settings import load_settings

    try:
        url = load_settings().alarms.notify_url
    except SettingsError:
        # The text may be about this very error; then only the environment can name the address.
        return os.environ.get(VARIABLE) or None
    return url.get_secret_value() if url else None


def post(url: str, text: str) -> None:
    """One POST of `{"text": text}`, shortened where a chat would refuse it."""
    # The standard library's client logs no address; this one works like a password.
    body = json.dumps({"text": _shortened(text)}).encode()
    request = Request(url, body, {"Content-Type": "application/json"})  # noqa: S310 - the address is the operator's own - settings hold http(s) only
    try:
        with urlopen(request, timeout=TIMEOUT_SECONDS):  # noqa: S310 - the address is the operator's own
            return
    except HTTPError as error:
        raise NotifyError(f"the webhook of {VARIABLE} answered {error.code}; check that it takes a JSON text") from None
    except (OSError, ValueError) as error:
        raise NotifyError(
            f"the webhook of {VARIABLE} cannot be reached ({type(error).__name__}); check the address, or the network"
        ) from None


def _without_secrets(text: str) -> str:
    """The text without the API key, logins of URLs, and whatever else Airflow masks in logs (rule 7)."""
    from include.kwery.api_key import ApiKey

    key = os.environ.get("KWERY_API_KEY")
    try:
        clean = ApiKey(key).redact(text) if key else text
    except ValueError:  # it cannot be a key, so its spellings are not known
        clean = text.replace(key or "", "***")
    return shown(redact(clean))


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_TEXT else f"{text[: LONGEST_TEXT - 4]} ..."
