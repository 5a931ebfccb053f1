"""Cities, internet providers and data centres of the sandbox's world.

Every address lies in a block that the internet sets aside for documentation, benchmarks or carrier-grade NAT,
so that no address here belongs to anybody. The names of providers are invented.
"""

from __future__ import annotations

import ipaddress
import random
from dataclasses import dataclass
from typing import Any

from .records import Network


@dataclass(frozen=True, slots=True)
class City:
    """A place on the map."""

    name: str
    country: str
    country_name: str
    continent: str
    continent_name: str
    timezone: str
    utc_offset_hours: float
    latitude: float
    longitude: float
    postal_code: str
    subdivision: str
    subdivision_name: str


@dataclass(frozen=True, slots=True)
class Provider:
    """An autonomous system; `prefix` is the first half of its addresses."""

    name: str
    asn: str
    prefix: str
    kind: str = "isp"

    @property
    def network(self) -> str:
        """The provider's address block."""
        return f"{self.prefix}.0.0/16"


def _europe(
    name: str, country: str, country_name: str, timezone: str, offset: float, where: tuple[float, float],
    postal_code: str, subdivision: str, subdivision_name: str,
) -> City:  # fmt: skip
    return City(
        name, country, country_name, "EU", "Europe", timezone, offset, *where, postal_code, subdivision,
        subdivision_name,
    )  # fmt: skip


BERLIN = _europe("Berlin", "DE", "Germany", "Europe/Berlin", 1, (52.52, 13.405), "10115", "BE", "Land Berlin")
HAMBURG = _europe("Hamburg", "DE", "Germany", "Europe/Berlin", 1, (53.55, 9.993), "20095", "HH", "Hamburg")
MUNICH = _europe("Munich", "DE", "Germany", "Europe/Berlin", 1, (48.137, 11.575), "80331", "BY", "Bavaria")
PARIS = _europe("Paris", "FR", "France", "Europe/Paris", 1, (48.857, 2.352), "75001", "IDF", "Île-de-France")
LISBON = _europe("Lisbon", "PT", "Portugal", "Europe/Lisbon", 0, (38.722, -9.139), "1100-148", "11", "Lisbon")
LONDON = _europe("London", "GB", "United Kingdom", "Europe/London", 0, (51.507, -0.128), "EC1A", "ENG", "England")
PRAGUE = _europe("Prague", "CZ", "Czechia", "Europe/Prague", 1, (50.05, 14.4), "150 00", "10", "Hlavni mesto Praha")
AMSTERDAM = _europe(
    "Amsterdam", "NL", "Netherlands", "Europe/Amsterdam", 1, (52.37, 4.895), "1012", "NH", "North Holland"
)
BUCHAREST = _europe("Bucharest", "RO", "Romania", "Europe/Bucharest", 2, (44.427, 26.102), "010011", "B", "București")
NEW_YORK = City(
    "New York", "US", "United States", "NA", "North America", "America/New_York", -5, 40.713, -74.006,
    "10001", "NY", "New York",
)  # fmt: skip
AUSTIN = City(
    "Austin", "US", "United States", "NA", "North America", "America/Chicago", -6, 30.267, -97.743,
    "78701", "TX", "Texas",
)  # fmt: skip
ASHBURN = City(
    "Ashburn", "US", "United States", "NA", "North America", "America/New_York", -5, 39.044, -77.487,
    "20147", "VA", "Virginia",
)  # fmt: skip
LAGOS = City("Lagos", "NG", "Nigeria", "AF", "Africa", "Africa/Lagos", 1, 6.455, 3.384, "100001", "LA", "Lagos")
MUMBAI = City("Mumbai", "IN", "India", "AS", "Asia", "Asia/Kolkata", 5.5, 19.076, 72.878, "400001", "MH", "Maharashtra")
CITIES = (
    BERLIN, HAMBURG, MUNICH, PARIS, LISBON, LONDON, PRAGUE, AMSTERDAM, NEW_YORK, AUSTIN, MUMBAI,
)  # fmt: skip

HOME_LINE = Provider("Hearth Broadband", "64496", "198.18")
FIBRE = Provider("Glasfaser Nord", "64497", "198.19")
CARRIER = Provider("Wander Mobile", "64498", "100.64")
OFFICE_LINE = Provider("Kontor Business Net", "64499", "100.80")
HOSTER = Provider("Rackfield Hosting", "64500", "100.96", "hosting")
CLOUD = Provider("Nimbus Compute", "64501", "100.97", "hosting")
VPN_EXIT = Provider("Tunnelhaus VPN", "64502", "100.98", "hosting")
PROXY_HOMES = Provider("Faraway Broadband", "64503", "100.112")
TOR_EXIT = Provider("Onion Friends", "64504", "100.99", "hosting")


def address_info(address: str, city: City, provider: Provider, *, datacenter: bool = False) -> dict[str, Any]:
    """What the API says about one address."""
    return {
        "address": address,
        "geolocation": {
            "accuracy_radius": 1000 if datacenter else 20,
            "latitude": city.latitude,
            "longitude": city.longitude,
            "postal_code": city.postal_code,
            "timezone": city.timezone,
            "city_name": city.name,
            "country_code": city.country,
            "country_name": city.country_name,
            "continent_code": city.continent,
            "continent_name": city.continent_name,
            "subdivisions": [{"iso_code": city.subdivision, "name": city.subdivision_name}],
        },
        "asn": provider.asn,
        "asn_name": provider.name,
        "asn_network": provider.network if ":" not in address else f"2001:db8:{provider.asn[-3:]}::/48",
        "asn_type": provider.kind,
        "datacenter_result": datacenter,
        "datacenter_name": provider.name if datacenter else "",
    }


def network(city: City, provider: Provider, number: int, *, with_v6: bool = False, **signals: Any) -> Network:
    """The `number`-th address of a provider in a city (0 to 65023), with signals that come with it."""
    ip = f"{provider.prefix}.{number // 254 % 256}.{number % 254 + 1}"
    datacenter = provider.kind == "hosting"
    v6 = None
    if with_v6:
        address = f"2001:db8:{provider.asn[-3:]}:{number:x}::1"
        v6 = address_info(address, city, provider, datacenter=datacenter)
    return Network(
        ip=ip,
        v4=address_info(ip, city, provider, datacenter=datacenter),
        v6=v6,
        signals={"vpn_origin_timezone": city.timezone, **signals},
        country=city.country,
        timezone=city.timezone,
    )


def somewhere(rng: random.Random) -> Network:
    """A home that nobody else has."""
    return network(rng.choice(CITIES), HOME_LINE, rng.randrange(5000, 60000))


def anywhere(rng: random.Random, ip: str) -> Network:
    """A given address, v4 or v6, in some city. ValueError when it is none."""
    info = address_info(str(ipaddress.ip_address(ip)), city := rng.choice(CITIES), HOME_LINE)
    is_v6 = ":" in ip
    return Network(
        ip=ip,
        v4=None if is_v6 else info,
        v6=info if is_v6 else None,
        signals={"vpn_origin_timezone": city.timezone},
        country=city.country,
        timezone=city.timezone,
    )
