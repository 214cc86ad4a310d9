"""What the shop sells."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Product:
    """One thing on the shelf; its picture is ``static/pictures/SLUG.svg``."""

    slug: str
    name: str
    price: str
    summary: str
    description: str
    details: tuple[str, ...]
    picture: str
    """What the picture shows, for those who cannot see it."""


_ALL = (
    Product(
        slug="calling-cards",
        name="Calling cards",
        price="£24",
        summary="Fifty, engraved with your name",
        description=(
            "Your name and nothing more, engraved on cotton card. "
            "Leave one at the door and they will know who called."
        ),
        details=("50 cards, 89 by 51 mm", "600 g cotton card", "Engraved in 5 working days"),
        picture="Two cream cards, the upper one engraved with a name, closed with a red seal",
    ),
    Product(
        slug="fountain-pen",
        name="Fountain pen",
        price="£68",
        summary="Black resin, steel nib",
        description=(
            "A pen for every day: it starts on the first stroke, lies light in the hand "
            "and is filled from the bottle."
        ),
        details=("Steel nib, fine or medium", "Piston filler", "24 g with cap"),
        picture="A black fountain pen drawing a curved line",
    ),
    Product(
        slug="iron-gall-ink",
        name="Iron gall ink",
        price="£12",
        summary="Goes on pale, dries black",
        description=(
            "The ink of old letters. It goes on a pale blue-grey and turns black within "
            "the hour, and neither water nor time takes it off."
        ),
        details=("50 ml glass bottle", "Waterproof once dry", "Rinse the pen once a month"),
        picture="A square glass bottle of dark ink with a paper label",
    ),
    Product(
        slug="notebook",
        name="Thread-bound notebook",
        price="£18",
        summary="160 pages that lie flat",
        description=(
            "Sewn in signatures, so that it stays open where you leave it. "
            "The paper takes a fountain pen without a shadow on the other side."
        ),
        details=("A5, 160 pages", "90 g ivory paper, dot grid", "Linen cover, one ribbon"),
        picture="A closed notebook with a linen spine and a red ribbon",
    ),
)

PRODUCTS = {product.slug: product for product in _ALL}
"""Everything for sale, by the last part of its address."""
