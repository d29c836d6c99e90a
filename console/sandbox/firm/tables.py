"""What the made-up firm is made of: its entities, roles and prices, and words for names."""

from __future__ import annotations

from decimal import Decimal

from console.sandbox.firm.model import Entity

ENTITIES = (
    Entity("us", "Norrvik Hale Inc", "US", "USD", "America/New_York", "US-SERVICES"),
    Entity("gb", "Norrvik Hale Ltd", "GB", "GBP", "Europe/London", "GB-STANDARD"),
    Entity("de", "Norrvik Hale GmbH", "DE", "EUR", "Europe/Berlin", "DE-STANDARD"),
    Entity("jp", "Norrvik Hale KK", "JP", "JPY", "Asia/Tokyo", "JP-STANDARD"),
)
ENTITY = {entity.key: entity for entity in ENTITIES}
TAX_PER_CENT = {"us": Decimal(0), "gb": Decimal(20), "de": Decimal(19), "jp": Decimal(10)}
MINOR = {"USD": Decimal("0.01"), "GBP": Decimal("0.01"), "EUR": Decimal("0.01"), "JPY": Decimal(1)}
"""The smallest coin of each currency."""

HOURLY = {
    "Consultant": {"USD": "165.00", "GBP": "132.50", "EUR": "148.00", "JPY": "24500"},
    "Senior Consultant": {"USD": "205.00", "GBP": "164.00", "EUR": "186.50", "JPY": "30500"},
    "Data Engineer": {"USD": "192.50", "GBP": "155.00", "EUR": "174.00", "JPY": "28800"},
    "Project Manager": {"USD": "185.00", "GBP": "147.50", "EUR": "166.00", "JPY": "27500"},
    "Architect": {"USD": "255.00", "GBP": "204.00", "EUR": "231.50", "JPY": "38200"},
    "Principal": {"USD": "290.00", "GBP": "232.00", "EUR": "262.00", "JPY": "43400"},
}
"""Role -> currency -> price of an hour on the standard cards until they were raised."""
RAISE = Decimal("1.03")
ROLES = tuple(HOURLY)
TASK_OF = {
    "Consultant": "Discovery",
    "Senior Consultant": "Implementation",
    "Data Engineer": "Data migration",
    "Project Manager": "Project management",
    "Architect": "Architecture",
    "Principal": "Steering",
}
"""Role -> the task that its line of a contract is called."""
ITEMS = (*ROLES, "Expense", "Milestone", "Fixed fee", "Retainer")
ITEM_OF = {"expense": "Expense", "milestone": "Milestone", "fixed_fee": "Fixed fee", "retainer": "Retainer"}

SERVICE_LINES = ("Data", "Operations", "Finance", "Technology")
PAYMENT_TERMS = ("Net 30", "Net 14", "Net 45", "Net 60")
CATEGORIES = (("Travel", 90, 900), ("Hotel", 120, 640), ("Meals", 18, 140), ("Software", 30, 400))
"""Expense category, and the least and most that is spent, in units of about a dollar."""
NOTES = ("Workshop and follow-up", "Build", "Review with the client", "Analysis", "Preparation", "Testing")

THEMES = (
    "Data platform",
    "Order to cash review",
    "Warehouse redesign",
    "Pricing study",
    "Ledger migration",
    "Planning rollout",
    "Service desk set-up",
    "Claims automation",
    "Plant digitalisation",
    "Close acceleration",
)
FIRST_NAMES = (
    "Alma",
    "Bruno",
    "Chiara",
    "Dorian",
    "Edda",
    "Farid",
    "Greta",
    "Hiro",
    "Ines",
    "Jonas",
    "Keiko",
    "Lars",
    "Mira",
    "Nadia",
    "Oskar",
    "Priya",
    "Quentin",
    "Rosa",
    "Soren",
    "Tilda",
    "Umar",
    "Vera",
    "Wendell",
    "Ximena",
    "Yusuf",
    "Zofia",
    "Aiko",
    "Bela",
    "Carys",
    "Dmitri",
)
LAST_NAMES = (
    "Abelson",
    "Brackett",
    "Corvane",
    "Dahlgren",
    "Eskola",
    "Ferrand",
    "Grubisic",
    "Hayashi",
    "Ingleby",
    "Jarvik",
    "Kessler",
    "Lindqvist",
    "Marchetti",
    "Novotny",
    "Okafor",
    "Pelletier",
    "Quarrie",
    "Rasmussen",
    "Sandoval",
    "Takeda",
    "Ulvang",
    "Verhoeven",
    "Whitlock",
    "Yamane",
    "Zeller",
    "Ashdown",
    "Bellweather",
    "Crane",
)
FIRST_WORDS = (
    "Alder",
    "Brightwater",
    "Calder",
    "Dunmore",
    "Eastgate",
    "Fernhill",
    "Granite",
    "Harbour",
    "Ironbridge",
    "Juniper",
    "Kestrel",
    "Larkfield",
    "Meridian",
    "Northmoor",
    "Oakhurst",
    "Pinecrest",
    "Quayside",
    "Redstone",
    "Silverlea",
    "Thornbury",
    "Umber",
    "Valewood",
    "Westmark",
    "Yarrow",
    "Ashgrove",
    "Birchline",
    "Copperfield",
    "Driftwood",
)
SECOND_WORDS = (
    "Foods",
    "Logistics",
    "Energy",
    "Textiles",
    "Insurance",
    "Chemicals",
    "Retail",
    "Motors",
    "Paper",
    "Optics",
    "Dairy",
    "Shipping",
    "Ceramics",
    "Media",
)
COMPANY_FORM = {"us": "Inc", "gb": "Ltd", "de": "GmbH", "jp": "KK"}
ODD_NAMES = {5: "O'Dowd & Pryce <Holdings> Ltd", 8: "Müller & Söhne Maschinenbau GmbH", 19: "日之出物流 KK"}
"""Company number -> a name that careless code trips over."""
CITIES = {
    "us": (("Boston", "02110"), ("Chicago", "60601"), ("Denver", "80202")),
    "gb": (("London", "EC2A 4NE"), ("Leeds", "LS1 4DY"), ("Bristol", "BS1 5TR")),
    "de": (("Berlin", "10117"), ("Hamburg", "20095"), ("München", "80331")),
    "jp": (("Tokyo", "100-0005"), ("Osaka", "530-0001"), ("Nagoya", "450-0002")),
}
STREETS = ("Station Road", "Mill Lane", "Harbour Street", "Market Square", "Garden Row")
