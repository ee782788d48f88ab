"""How does the Graph API refuse? Its error bodies, by code."""

from core.sandbox.answers import RefusalError


def graph_error(
    message: str, code: int, *, subcode: int | None = None, status: int = 400, is_transient: bool = False
) -> RefusalError:
    error: dict[str, object] = {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "Sandbox"}
    if is_transient:
        error["is_transient"] = True
    if subcode is not None:
        error["error_subcode"] = subcode
    return RefusalError(status, {"error": error})


def no_such_object(object_id: str) -> RefusalError:
    """Deleted, or never ours: the Graph API does not tell the two apart."""
    message = (
        f"Unsupported get request. Object with ID '{object_id}' does not exist, cannot be loaded due to missing "
        "permissions, or does not support this operation."
    )
    return graph_error(message, 100, subcode=33)


def dead_metric() -> RefusalError:
    return graph_error("(#100) The value must be a valid insights metric", 100)


def bad_token() -> RefusalError:
    return graph_error("Invalid OAuth access token.", 190)


def expired_token() -> RefusalError:
    message = "Error validating access token: Session has expired. The current time is past the session's end."
    return graph_error(message, 190, subcode=463)


def revoked_token() -> RefusalError:
    return graph_error("Error validating access token: The user has not authorized application.", 190, subcode=458)
