"""Employees, units and who leads them."""

from fastapi import APIRouter

from app.access.guards import GuardedRoute

router = APIRouter(route_class=GuardedRoute, tags=["employees"])
