"""The self-service terminal: domain, ports, flow, services and the program itself."""
