"""The words that rows are made of. Changing one changes the rows of every seed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Group:
    """A group of goods: its name as a category, the name of one of them, and what they cost.

    Attributes:
        lowest: Lowest usual price in whole currency units.
        highest: Highest usual price.
    """

    plural: str
    singular: str
    lowest: int
    highest: int


@dataclass(frozen=True)
class Department:
    """A root of the category tree, with the styles its goods come in."""

    name: str
    styles: tuple[str, ...]
    groups: tuple[Group, ...]


DEPARTMENTS = (
    Department(
        "Furniture",
        ("Oak", "Walnut", "Birch", "Steel", "Bamboo", "Ash"),
        (
            Group("Tables", "table", 120, 900),
            Group("Chairs", "chair", 45, 380),
            Group("Shelves", "shelf", 30, 420),
            Group("Desks", "desk", 110, 850),
            Group("Beds", "bed", 180, 1600),
            Group("Cabinets", "cabinet", 90, 1100),
        ),
    ),
    Department(
        "Lighting",
        ("Brass", "Steel", "Glass", "Copper", "Linen", "Rattan"),
        (
            Group("Floor lamps", "floor lamp", 40, 320),
            Group("Desk lamps", "desk lamp", 18, 160),
            Group("Ceiling lights", "ceiling light", 35, 480),
            Group("Lanterns", "lantern", 12, 90),
            Group("Wall lights", "wall light", 25, 210),
            Group("Candle holders", "candle holder", 6, 60),
        ),
    ),
    Department(
        "Kitchen",
        ("Steel", "Copper", "Ceramic", "Enamel", "Stone", "Titanium"),
        (
            Group("Pans", "pan", 18, 190),
            Group("Knives", "knife", 9, 240),
            Group("Bowls", "bowl", 4, 70),
            Group("Kettles", "kettle", 22, 160),
            Group("Cutting boards", "cutting board", 10, 95),
            Group("Storage jars", "storage jar", 3, 40),
        ),
    ),
    Department(
        "Tableware",
        ("White", "Blue", "Speckled", "Matt", "Smoked", "Fluted"),
        (
            Group("Plates", "plate", 4, 55),
            Group("Cups", "cup", 3, 38),
            Group("Glasses", "glass", 2, 45),
            Group("Carafes", "carafe", 12, 85),
            Group("Trays", "tray", 8, 70),
            Group("Cutlery sets", "cutlery set", 20, 260),
        ),
    ),
    Department(
        "Textiles",
        ("Linen", "Cotton", "Wool", "Hemp", "Flannel", "Velvet"),
        (
            Group("Blankets", "blanket", 19, 180),
            Group("Cushions", "cushion", 9, 75),
            Group("Curtains", "curtain", 25, 220),
            Group("Towels", "towel", 5, 48),
            Group("Rugs", "rug", 35, 950),
            Group("Bed linen", "bed linen set", 29, 240),
        ),
    ),
    Department(
        "Garden",
        ("Green", "Galvanised", "Rustic", "Black", "Weathered", "Painted"),
        (
            Group("Planters", "planter", 8, 140),
            Group("Garden benches", "garden bench", 90, 620),
            Group("Watering cans", "watering can", 11, 65),
            Group("Spades", "spade", 15, 85),
            Group("Bird houses", "bird house", 14, 70),
            Group("Fire bowls", "fire bowl", 60, 420),
        ),
    ),
    Department(
        "Office",
        ("Black", "Grey", "Oak", "Cork", "Recycled", "Slim"),
        (
            Group("Notebooks", "notebook", 3, 32),
            Group("Pen sets", "pen set", 4, 90),
            Group("Desk organisers", "desk organiser", 9, 75),
            Group("Whiteboards", "whiteboard", 25, 310),
            Group("Filing boxes", "filing box", 6, 44),
            Group("Wall clocks", "wall clock", 15, 130),
        ),
    ),
    Department(
        "Tools",
        ("Compact", "Heavy", "Forged", "Steel", "Professional", "Folding"),
        (
            Group("Hammers", "hammer", 9, 60),
            Group("Screwdriver sets", "screwdriver set", 12, 110),
            Group("Saws", "saw", 14, 95),
            Group("Tool boxes", "tool box", 20, 180),
            Group("Workbenches", "workbench", 130, 780),
            Group("Spirit levels", "spirit level", 8, 70),
        ),
    ),
    Department(
        "Bath",
        ("Bamboo", "Chrome", "Brass", "White", "Black", "Stone"),
        (
            Group("Mirrors", "mirror", 25, 340),
            Group("Soap dispensers", "soap dispenser", 7, 48),
            Group("Towel rails", "towel rail", 18, 160),
            Group("Laundry baskets", "laundry basket", 19, 120),
            Group("Bath mats", "bath mat", 9, 60),
            Group("Shower shelves", "shower shelf", 14, 85),
        ),
    ),
    Department(
        "Children",
        ("Birch", "Painted", "Striped", "Pine", "Yellow", "Little"),
        (
            Group("Toy boxes", "toy box", 22, 150),
            Group("Building blocks", "building block set", 12, 90),
            Group("Cots", "cot", 120, 560),
            Group("High chairs", "high chair", 60, 290),
            Group("Puzzles", "puzzle", 6, 45),
            Group("Rocking horses", "rocking horse", 45, 260),
        ),
    ),
    Department(
        "Travel",
        ("Canvas", "Leather", "Light", "Navy", "Recycled", "Folding"),
        (
            Group("Suitcases", "suitcase", 49, 460),
            Group("Backpacks", "backpack", 29, 280),
            Group("Flasks", "flask", 9, 55),
            Group("Umbrellas", "umbrella", 8, 75),
            Group("Wash bags", "wash bag", 10, 70),
            Group("Folding stools", "folding stool", 15, 95),
        ),
    ),
    Department(
        "Decoration",
        ("Brass", "Ceramic", "Marble", "Willow", "Glass", "Walnut"),
        (
            Group("Vases", "vase", 7, 180),
            Group("Picture frames", "picture frame", 5, 95),
            Group("Bookends", "pair of bookends", 9, 80),
            Group("Sculptures", "sculpture", 25, 640),
            Group("Wreaths", "wreath", 12, 65),
            Group("Trinket boxes", "trinket box", 8, 90),
        ),
    ),
)

RANGES = (
    "Alba", "Arden", "Basalt", "Bergen", "Borealis", "Calla", "Cedar Lane", "Clove", "Coast",
    "Dune", "Elm Street", "Fjord", "Fern", "Gable", "Glen", "Harbour", "Hazel", "Heron", "Ivo",
    "Juno", "Kestrel", "Lark", "Loft", "Luna", "Maren", "Mill", "Nordic", "Orchard", "Otto",
    "Pebble", "Quay", "Ridge", "Sable", "Skye", "Tarn", "Tilda", "Umber", "Vale", "Wren", "Yarrow",
)  # fmt: skip

SIZES = ("XS", "S", "M", "L", "XL", "40", "60", "80", "100", "120", "140", "160", "180", "200")


def _names(text: str) -> tuple[tuple[str, str], ...]:
    """Split into names as they are written and as they stand in an e-mail address."""
    parts = (entry.partition("/") for entry in text.split())
    return tuple((name, plain or name.lower()) for name, _, plain in parts)


FIRST_NAMES = _names(
    "Aaliyah Adam Agnes Ahmed Aiko Alejandro Alice Amara Amélie/amelie Ana Anders Andrea"
    " Anna Anton Aoife Arjun Astrid Ayşe/ayse Beatriz Ben Björn/bjoern Camille Carlos"
    " Carmen Chiara Chloé/chloe Clara Daniel David Diego Dmitri Ebba Eilidh Elena Elif"
    " Emil Emma Erik Esther Eva Fatima Felix Finn Freya Gabriel Giulia Grace Hana Hannah"
    " Haruto Hélène/helene Hugo Ibrahim Ida Igor Ines Ingrid Isaac Ivan Jack Jakub James"
    " Jan Jasmine Joana João/joao Jonas José/jose Josephine Julia Kai Katarzyna Kenji"
    " Khadija Lars Laura Lea Leila Leo Lin Linnea Luca Lucía/lucia Ludwig Magnus Maja"
    " Malik Marek María/maria Marie Mateo Matilda Maya Mei Mia Mikael Mohammed Nadia"
    " Naomi Nikolai Nina Noah Nora Olivia Omar Oscar Pablo Paula Pedro Petra Priya Rachel"
    " Rafael Rania Ravi Rosa Ruth Samuel Sara Sebastian Sofia Sören/soeren Stella Tariq"
    " Thea Theo Tomás/tomas Vera Victor Wei William Yara Yusuf Zainab Zoe"
)
LAST_NAMES = _names(
    "Abbott Adeyemi Ahmed Almeida Andersson Baker Bauer Becker Bennett Bergström/bergstroem"
    " Bianchi Brown Carter Castillo Chen Clarke Costa Cruz Davies Diaz Dubois Dupont"
    " Eriksen Evans Ferrari Fischer Fontaine Fraser García/garcia Gomez Green Gruber Haas"
    " Hall Hansen Harris Hassan Hernández/hernandez Hoffmann Horvat Hughes Ibrahim Ivanova"
    " Jansen Jensen Johansson Jones Kaya Keller Khan Kim King Klein Kowalski Krüger/krueger"
    " Kumar Lambert Larsen Laurent Lee Lefebvre Lewis Lindberg López/lopez Maier Marino"
    " Martin Martínez/martinez Mendes Meyer Miller Moreau Moretti Morgan Müller/mueller"
    " Murphy Nakamura Nguyen Nielsen Novák/novak Nowak Okafor Oliveira Olsen Owusu Park"
    " Patel Pereira Petrov Popescu Quinn Ramirez Reid Ricci Rivera Roberts Rossi Roux Ruiz"
    " Russo Santos Sato Schmidt Schneider Schulz Scott Shah Silva Singh Smith Sokolov"
    " Suzuki Svensson Tanaka Taylor Thomas Thompson Torres Turner Vargas Virtanen Wagner"
    " Walker Wang Weber White Williams Wilson Wood Wright Yamamoto Yilmaz Young"
    " Zimmermann"
)
TRADES = (
    "Interiors", "Supplies", "Hotels", "Builders", "Design", "Trading", "Studios", "Catering",
    "Logistics", "Homes", "Workshop", "Partners",
)  # fmt: skip
LEGAL_FORMS = ("Ltd", "GmbH", "BV", "AB", "SARL", "Inc.", "Srl", "ApS")

MAIL_DOMAINS = ("example.com", "example.org", "example.net")
"""Domains that nobody can own: https://www.rfc-editor.org/rfc/rfc2606"""

TELEPHONES = (
    "+44 20 7946 0{:03d}",
    "+49 30 23125 {:03d}",
    "+33 1 99 00 9{:03d}",
    "+1 202 555 01{:02d}",
)
"""Numbers that are kept free for fiction; the last has two free digits, the others three."""

PLACES = (
    "Hamburg", "Lyon", "Leeds", "Malmö", "Porto", "Gdańsk", "Antwerp", "Turin", "Bilbao", "Graz",
    "Aarhus", "Utrecht", "Brno", "Cork", "Basel", "Tampere", "Ghent", "Leipzig", "Nantes",
    "Bristol", "Valencia", "Bergen", "Kraków", "Bologna", "Linz", "Odense", "Rotterdam",
    "Ljubljana", "Dublin", "Tallinn",
)  # fmt: skip
PLACE_KINDS = (("warehouse", "WH"), ("shop", "SH"), ("van", "VN"))
