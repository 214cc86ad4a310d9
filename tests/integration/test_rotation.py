"""A running server takes up new keys at a hangup, and loses no visitor over it."""

import signal
import threading
import time
from pathlib import Path

import httpx
from tests.support.processes import Product, free_port
from tests.support.served_sites import OTHER_SECRET, SECRET, proof, shop


def hang_up(product: Product) -> None:
    """Tell the process to read its settings again."""
    assert product._process is not None
    product._process.send_signal(signal.SIGHUP)


def wait_for(product: Product, kid: str, secret: str, status: int) -> None:
    """Wait until a proof by this key is answered with *status*."""
    end = time.monotonic() + 10
    with httpx.Client(trust_env=False) as client:
        while time.monotonic() < end:
            path = f"{product.url}/v1/sites/shop/token"
            if client.post(path, headers=proof(kid, secret)).status_code == status:
                return
            time.sleep(0.05)
    raise AssertionError(f"{kid} was never answered with {status}")


def test_keys_rotate_in_a_running_server(tmp_path: Path):
    """Add the new key, sign with it, take the old one out: every visitor gets a token."""
    file = tmp_path / "callingcard.toml"
    file.write_text(shop(("k1", SECRET)))
    product = Product(tmp_path, "serve", port=free_port()).start()
    statuses: list[int] = []
    current = [proof("k1", SECRET)]
    stop = threading.Event()

    def visitor() -> None:
        with httpx.Client(trust_env=False) as client:
            while not stop.is_set():
                path = f"{product.url}/v1/sites/shop/token"
                statuses.append(client.post(path, headers=current[0]).status_code)

    load = [threading.Thread(target=visitor) for _ in range(3)]
    try:
        for thread in load:
            thread.start()
        file.write_text(shop(("k2", OTHER_SECRET), ("k1", SECRET)))
        hang_up(product)
        wait_for(product, "k2", OTHER_SECRET, 200)
        current[0] = proof("k2", OTHER_SECRET)
        time.sleep(0.3)
        file.write_text("this is no TOML")
        hang_up(product)
        time.sleep(0.3)
        file.write_text(shop(("k2", OTHER_SECRET)))
        hang_up(product)
        wait_for(product, "k1", SECRET, 401)
    finally:
        stop.set()
        for thread in load:
            thread.join()
        code = product.stop()
    assert code == 0
    assert len(statuses) > 20
    assert set(statuses) == {200}
    log = product.log.read_text()
    assert "settings not reloaded" in log
    assert SECRET not in log
    assert OTHER_SECRET not in log
