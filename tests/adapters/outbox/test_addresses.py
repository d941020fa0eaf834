"""A webhook points at public addresses alone, whatever it is called and whatever its name says later."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address
from threading import Event

import pytest

from adapters.outbox.addresses import Guard, NotResolved, Target, UrlRefused, is_public, networks

PUBLIC = "93.184.216.34"


def resolving(*addresses: str) -> Guard:
    """A guard for whom every name has *addresses*."""

    def resolve(host: str, port: int) -> Sequence[str]:
        return addresses

    return Guard(resolve=resolve)


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://example.org", Target("https", "example.org", 443, "/")),
        ("https://Hooks.Example.org/a/b?key=1", Target("https", "hooks.example.org", 443, "/a/b?key=1")),
        ("https://example.org:8443/a", Target("https", "example.org", 8443, "/a")),
        ("https://xn--bcher-kva.example/", Target("https", "xn--bcher-kva.example", 443, "/")),
        (f"https://{PUBLIC}/", Target("https", PUBLIC, 443, "/")),
        ("https://[2606:4700::6810:84e5]/", Target("https", "2606:4700::6810:84e5", 443, "/")),
    ],
)
def test_a_public_https_address_is_taken_apart(url: str, target: Target):
    assert resolving(PUBLIC).check(url) == target


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/",
        "ftp://example.org/",
        "file:///etc/passwd",
        "https:/example.org",
        "https:example.org",
        "//example.org",
        "https://",
        "https:///path",
        "https://user@example.org/",
        "https://user:secret@example.org/",
        "https://example.org@evil.example/",
        "https://example.org/#fragment",
        "https://example.org/#",
        "https://example.org:0/",
        "https://example.org:22/",
        "https://example.org:80/",
        "https://example.org:99999/",
        "https://example.org:x/",
        "https://example.org\\@evil.example/",
        "https://exam ple.org/",
        "https://example.org/\n",
        "https://example.org/\x00",
        "https://bücher.example/",
        "https://ｅxample.org/",
        "https://example。org/",
        "https://①②⑦.⓪.⓪.①/",
        "https://exa%6dple.org/",
        "https://example.org./",
        "https://.example.org/",
        "https://exa..mple.org/",
        "https://-example.org/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0x7f.1/",
        "https://0177.0.0.1/",
        "https://127.1/",
        "https://127.0.0.01/",
        "https://127.0.0.0x1/",
        "https://1.2.3.4.5/",
        "https://256.1.1.1/",
        "https://example.1/",
        "https://[::1%25eth0]/",
        "https://[fe80::1%eth0]/",
        "https://[v1.x]/",
        "https://[::1",
        "https://example.org/" + "a" * 320,
    ],
)
def test_what_is_oddly_written_is_refused_before_anything_is_resolved(url: str):
    def resolve(host: str, port: int) -> Sequence[str]:
        raise AssertionError(host)

    with pytest.raises(UrlRefused):
        Guard(resolve=resolve).check(url)


CLOSED = [
    "0.0.0.0",
    "10.0.0.1",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:93.184.216.34",
    "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::7f00:1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
]


@pytest.mark.parametrize("address", CLOSED)
def test_an_address_that_is_not_public_is_refused(address: str):
    """By name, beside a public one, and written out."""
    assert not is_public(ip_address(address))
    for found in ((address,), (PUBLIC, address)):
        with pytest.raises(UrlRefused, match="PLAINT_WEBHOOK_ALLOW_PRIVATE"):
            resolving(*found).check("https://example.org/")
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(UrlRefused):
        resolving(address).check(f"https://{host}/")


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "8.8.8.8", PUBLIC, "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00::1"]
)
def test_a_public_address_is_called(address: str):
    """Else the refusals above would prove nothing."""
    assert resolving(address).addresses(Target("https", "example.org", 443)) == [address]


def test_a_name_without_an_address_is_refused():
    def away(host: str, port: int) -> Sequence[str]:
        raise OSError

    for guard in (resolving(), resolving("no address"), Guard(resolve=away)):
        with pytest.raises(NotResolved):
            guard.check("https://example.org/")


def test_a_network_that_is_named_is_called_on_any_port_and_without_tls():
    """And no other is, nor what is mapped to it; a public address is called as always."""
    guard = Guard(networks("loopback, 10.1.0.0/16"), lambda host, port: [host])

    assert guard.check("http://127.0.0.1:8000/a") == Target("http", "127.0.0.1", 8000, "/a")
    assert guard.check("http://[::1]:8000/") == Target("http", "::1", 8000, "/")
    assert guard.check("https://10.1.2.3/").host == "10.1.2.3"
    assert guard.check(f"https://{PUBLIC}/").host == PUBLIC
    for url in (
        "https://10.2.0.1/",
        "https://169.254.169.254/",
        "https://[::ffff:127.0.0.1]/",
        f"http://{PUBLIC}/",
        f"https://{PUBLIC}:22/",
    ):
        with pytest.raises(UrlRefused):
            guard.check(url)


def test_networks_that_cannot_be_read_are_refused():
    assert networks("") == ()
    with pytest.raises(ValueError, match=r"such as loopback,10\.1\.0\.0/16"):
        networks("10.1.0.0/33")


def test_a_name_that_is_not_found_and_one_that_is_not_called_are_answered_alike():
    """Else the answers would tell which names there are inside."""
    said: set[str] = set()
    for guard in (resolving(), resolving("10.0.0.1")):
        with pytest.raises(UrlRefused) as refused:
            guard.check("https://example.org/")
        said.add(str(refused.value))

    assert len(said) == 1


def test_a_resolver_that_hangs_is_not_waited_for():
    hanging = Event()

    def resolve(host: str, port: int) -> Sequence[str]:
        hanging.wait(30)
        return [PUBLIC]

    with pytest.raises(NotResolved):
        Guard(resolve=resolve).addresses(Target("https", "example.org", 443), 0.05)
    hanging.set()
