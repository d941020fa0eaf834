"""Tests stay on this machine, and say so when they try not to."""

import socket

import pytest


@pytest.mark.parametrize("host", ["192.0.2.1", "example.test", "2001:db8::1"])
def test_an_address_beyond_this_machine_is_refused(host: str):
    with pytest.raises(PermissionError, match="a test may not reach"):
        socket.create_connection((host, 80), timeout=1)


def test_a_connection_is_refused_even_without_a_look_up():
    with (
        socket.socket() as plain,
        pytest.raises(PermissionError, match="a test may not reach"),
    ):
        plain.connect(("192.0.2.1", 80))


def test_nothing_is_sent_without_a_connection_either():
    with socket.socket(type=socket.SOCK_DGRAM) as plain:
        with pytest.raises(PermissionError, match="a test may not reach"):
            plain.sendto(b"", ("192.0.2.1", 80))
        with pytest.raises(PermissionError, match="a test may not reach"):
            plain.sendto(b"", 0, ("192.0.2.1", 80))


def test_nor_by_a_connection_that_returns_its_errors():
    with socket.socket() as plain, pytest.raises(PermissionError, match="a test may not reach"):
        plain.connect_ex(("192.0.2.1", 80))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_loopback_is_allowed(host: str):
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection((host, server.getsockname()[1]), timeout=5).close()
