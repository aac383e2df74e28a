"""Customers as they are at the source now."""

from schemas.changing import BY_FILE, CdcSource
from schemas.table import Column

# The feed tells no times: files, by the date in their name, and rows in them are in order.
CUSTOMER_CHANGES = CdcSource(
    name="cdc.customers",
    grain="one row per customer",
    columns=(
        Column("customer_id", "string", "Customer."),
        Column("email", "string", "E-mail address."),
        Column("lclid", "string", "Household, as the energy meter knows it."),
    ),
    key=("customer_id",),
    sequence=(BY_FILE,),
    history=("email", "lclid"),
    person="customer_id",
)
CUSTOMERS = CUSTOMER_CHANGES.current
