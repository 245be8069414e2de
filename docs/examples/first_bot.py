"""Quote one contract: python docs/examples/first_bot.py ws://127.0.0.1:8000/ws/api/v2 keys.json me"""

# ruff: noqa: T201
import asyncio
import sys
from pathlib import Path

from clients.credentials import load_key
from clients.messages import Ticker, UserTrade
from clients.sdk import Exchange


async def main(url: str, keys: str, account: str) -> None:
    """Show the book, quote a tick below and above the mark, print each fill, until Ctrl-C."""
    async with Exchange(url, load_key(Path(keys), account), cancel_on_disconnect=True) as exchange:
        gpu1 = next(i for i in exchange.instruments.values() if i.family == "GPU1")
        print(await exchange.order_book(gpu1.name))
        await exchange.subscribe(f"ticker.{gpu1.name}.100ms")
        async for message in exchange.messages():
            if isinstance(message, Ticker) and message.mark_ticks and not exchange.view.orders:
                await exchange.buy(gpu1.name, 1, message.mark_ticks - 1)
                await exchange.sell(gpu1.name, 1, message.mark_ticks + 1)
            elif isinstance(message, UserTrade):
                print(message.side, message.qty_lots, "at", gpu1.price(message.price_ticks))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:4]))
