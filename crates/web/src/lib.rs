//! The HTTP API: what the use cases do, over HTTP, with an OpenAPI description.
