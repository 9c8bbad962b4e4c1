"""ClickHouse: migrations, publishing of batches, and reading. Begin with `open_warehouse`."""

from include.warehouse.access import grant
from include.warehouse.connect import embedded_connection_extra, embedded_directory, open_warehouse
from include.warehouse.dictionary import Described
from include.warehouse.errors import QueryFailed, WarehouseError, WarehouseUnreachable
from include.warehouse.publish import Published
from include.warehouse.query import Checksum, Counts, SeriesCount
from include.warehouse.warehouse import Warehouse

__all__ = [
    "Checksum",
    "Counts",
    "Described",
    "Published",
    "QueryFailed",
    "SeriesCount",
    "Warehouse",
    "WarehouseError",
    "WarehouseUnreachable",
    "embedded_connection_extra",
    "embedded_directory",
    "grant",
    "open_warehouse",
]
