"""Current customers, as in the source."""

from schemas.cdc_source import BY_FILE, CdcSource
from schemas.table import Column

# The feed has no commit times: files are ordered by the date in their name, rows by their position.
CUSTOMER_CHANGES = CdcSource(
    name="cdc.customers",
    grain="one row per customer",
    columns=(
        Column("customer_id", "string", "Customer."),
        Column("email", "string", "E-mail address."),
        Column("lclid", "string", "Household, as identified by the energy meter."),
    ),
    key=("customer_id",),
    sequence=(BY_FILE,),
    history=("email", "lclid"),
    person="customer_id",
)
CUSTOMERS = CUSTOMER_CHANGES.current
