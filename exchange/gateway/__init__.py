"""The gateway: the Deribit API v2 dialect over HTTP and WebSocket, and who may speak it."""
