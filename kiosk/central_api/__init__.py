"""The case API over HTTP: the only room that knows `requests`. Source of the shapes: docs/openapi.json."""

from kiosk.central_api.answers import ANSWERS, Action, action_for
from kiosk.central_api.api import HttpCaseApi

__all__ = ["ANSWERS", "Action", "HttpCaseApi", "action_for"]
