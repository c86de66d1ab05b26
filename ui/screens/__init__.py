"""One passive screen for each body of :mod:`kiosk.flow.view`."""
