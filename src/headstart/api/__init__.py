"""The API: it translates and decides nothing. OpenAPI 3.1 at `/api/openapi.json`, tokens as bearers."""
