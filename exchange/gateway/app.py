"""The root ASGI application: the dialect on plain ASGI, everything else through FastAPI.

A FastAPI route costs several times what a plain one does, so the methods are not FastAPI routes;
OpenAPI describes them all the same.
"""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from exchange.gateway import http, metrics, openapi
from exchange.gateway.gateway import Gateway
from exchange.gateway.websocket import serve_websocket

WEBSOCKET_PATH = "/ws/api/v2"


class App:
    """Routes a connection; ``pages`` is the FastAPI application, to which routers may be added."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self.pages = _pages(gateway)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection."""
        path = scope.get("path", "")
        if scope["type"] == "websocket":
            if path.rstrip("/") == WEBSOCKET_PATH:
                await serve_websocket(scope, receive, send, self.gateway)
                return
        elif path == http.ROOT or path.startswith(http.ROOT + "/"):
            await http.serve_http(scope, receive, send, self.gateway)
            return
        await self.pages(scope, receive, send)


def _pages(gateway: Gateway) -> FastAPI:
    pages = FastAPI(
        title="Compute futures exchange",
        description="A Deribit-compatible dialect: JSON-RPC 2.0 over WebSocket, GET and POST.",
        version="2",
    )
    # Made once, and with the methods that FastAPI knows nothing of.
    routes_document = pages.openapi

    def described() -> dict[str, Any]:
        if pages.openapi_schema is None:
            pages.openapi_schema = openapi.describe(routes_document())
        return pages.openapi_schema

    pages.openapi = described  # type: ignore[method-assign]

    @pages.get("/healthz", summary="Whether the process answers")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @pages.get("/readyz", summary="Whether the exchange trades: 200, else 503")
    async def readyz() -> JSONResponse:
        status = gateway.venue.status
        return JSONResponse(status, 200 if status["ready"] else 503)

    figures = metrics.registry(gateway)

    @pages.get("/metrics", summary="Figures for Prometheus")
    async def prometheus() -> Response:
        return Response(metrics.exposition(figures), media_type=metrics.CONTENT_TYPE)

    return pages
