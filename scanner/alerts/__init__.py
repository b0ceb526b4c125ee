"""Telling people and machines what a nightly run found: one `Alert`, many channels.

model      what an alert is: stable id, severity, both languages, nothing personal
words      an alert in words, and the sentences of what failed
channels   `[[nightly.alert]]` of the configuration: `load_channels`
deliver    retried, each channel for itself, nothing told twice: `deliver`
webhook, chat_forms, smtp, syslog   how each channel is spoken to
"""

from __future__ import annotations

from scanner.alerts.channels import Channel, load_channels
from scanner.alerts.deliver import Delivery, Outbox, deliver
from scanner.alerts.model import Alert, Event, Ratios, Severity, alert_id

__all__ = ["Alert", "Channel", "Delivery", "Event", "Outbox", "Ratios", "Severity", "alert_id", "deliver", "load_channels"]
