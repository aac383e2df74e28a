"""Iceberg tables: DDL, snapshots, staging on branches, publishing and rollback."""
