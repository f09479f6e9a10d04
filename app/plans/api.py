"""Action plans."""

from fastapi import APIRouter

from app.access.guards import GuardedRoute

router = APIRouter(route_class=GuardedRoute, tags=["plans"])
