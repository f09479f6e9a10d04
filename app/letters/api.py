"""Letters to hand over and referrals to print."""

from fastapi import APIRouter

from app.access.guards import GuardedRoute

router = APIRouter(route_class=GuardedRoute, tags=["letters"])
