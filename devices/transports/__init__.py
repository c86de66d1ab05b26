"""Ways bytes travel: a serial line or a TCP connection, behind one small Protocol."""

from devices.transports.base import Transport, TransportFactory
from devices.transports.guard import guarded
from devices.transports.serial_port import SerialTransport
from devices.transports.tcp import TcpTransport

__all__ = ["SerialTransport", "TcpTransport", "Transport", "TransportFactory", "guarded"]
