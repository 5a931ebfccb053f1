"""Where an address is thought to be: a plain drawing with the circle it is true within, and no tile from anywhere.

The picture has no coast and no street, because every map server would learn what is looked at. It says how large the
uncertainty is: a grid whose squares have a length that is written below, and the circle drawn to the same scale.
"""

import math

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from dashboard.core.charts import coordinate
from dashboard.core.markup import format_html, format_html_join
from dashboard.core.times import thousands

WIDTH, HEIGHT = 300, 130
_CIRCLE = 42  # how large the circle is drawn at most: half the height, with room around it
_SQUARES_KM = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000)


def place(latitude: float, longitude: float, radius_km: int | None, *, words: str) -> SafeString:
    """The drawing: a dot, the circle of `radius_km` (none when nobody said how sure it is), a grid, its scale.

    `words` name the place for those who hear the picture. Coordinates in degrees; they stand below in words as well.
    """
    radius = radius_km if radius_km and radius_km > 0 else None
    square_km = next((each for each in _SQUARES_KM if each * 3 >= (radius or 10)), _SQUARES_KM[-1])
    pixels_a_km = min(_CIRCLE / radius, 40) if radius else 30 / square_km
    square = max(14.0, square_km * pixels_a_km)
    middle_x, middle_y = WIDTH / 2, HEIGHT / 2
    # The grid lies where the place lies in its square, so that two neighbouring places look like it.
    shift_x = (longitude * 111.32 * math.cos(math.radians(max(-89.0, min(89.0, latitude)))) % square_km) / square_km
    shift_y = (latitude * 110.57 % square_km) / square_km
    scale = _("%(km)s km a square") % {"km": thousands(square_km)}
    true = _("true within %(km)s km") % {"km": thousands(radius)} if radius else _("nobody says how exactly")
    return format_html(
        '<figure class="map"><svg width="100%" viewBox="0 0 {w} {h}" role="img" aria-label="{label}">'
        '<rect class="map-paper" width="{w}" height="{h}" rx="3"/>{across}{down}{circle}'
        '<circle class="map-dot" cx="{x}" cy="{y}" r="3"/>'
        '<text class="map-scale" x="8" y="{text_y}">{scale}</text></svg></figure>',
        w=WIDTH,
        h=HEIGHT,
        label=f"{words}, {true}",
        across=_lines(middle_y + shift_y * square, square, HEIGHT, is_across=True),
        down=_lines(middle_x - shift_x * square, square, WIDTH, is_across=False),
        circle=format_html(
            '<circle class="map-circle" cx="{}" cy="{}" r="{}"/>',
            coordinate(middle_x),
            coordinate(middle_y),
            coordinate(max(4.0, radius * pixels_a_km)),
        )
        if radius
        else "",
        x=coordinate(middle_x),
        y=coordinate(middle_y),
        text_y=HEIGHT - 8,
        scale=scale,
    )


def _lines(through: float, step: float, length: int, *, is_across: bool) -> SafeString:
    first = through % step
    places = [first + step * number for number in range(int((length - first) / step) + 1)]
    pattern = (
        '<line class="map-line" x1="0" x2="100%" y1="{0}" y2="{0}"/>'
        if is_across
        else '<line class="map-line" y1="0" y2="100%" x1="{0}" x2="{0}"/>'
    )
    return format_html_join("", pattern, ((coordinate(at),) for at in places))
