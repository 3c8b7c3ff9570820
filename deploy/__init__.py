"""What starts the service on one machine: servers, processes, the demo."""
