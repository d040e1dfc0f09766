"""Tests, one package per room."""
