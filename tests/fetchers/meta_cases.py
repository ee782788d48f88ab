"""What both Meta platforms answer alike: each error, and the remedy it is named by."""

from core.errors import (
    GoneError,
    MalformedAnswerError,
    OperatorNeededError,
    RateLimitedError,
    ReconnectNeededError,
    TransientError,
)

ERRORS = [
    ("error_400_password_changed", ReconnectNeededError, "password"),
    ("error_400_token_expired", ReconnectNeededError, "expired"),
    ("error_400_app_removed", ReconnectNeededError, "removed the app"),
    ("error_400_checkpoint", ReconnectNeededError, "pass a check on facebook.com"),
    ("error_400_role_lost", ReconnectNeededError, "lost their role"),
    ("error_400_data_access_ended", ReconnectNeededError, "90 days"),
    ("error_400_session_invalid", ReconnectNeededError, "no longer accepts this login"),
    ("login_not_valid", ReconnectNeededError, "password"),
    ("error_403_app_throttled", RateLimitedError, "slow down"),
    ("error_400_page_throttled", RateLimitedError, "slow down"),
    ("error_400_user_throttled", RateLimitedError, "slow down"),
    ("error_400_custom_throttled", RateLimitedError, "slow down"),
    ("error_400_business_throttled", RateLimitedError, "slow down"),
    ("error_500_passing_fault", TransientError, "fault of its own"),
    ("error_500_unknown", TransientError, "fault of its own"),
    ("error_403_permission_missing", OperatorNeededError, "permission"),
    ("error_400_version_too_old", OperatorNeededError, "TIDELINE_META_VERSION"),
    ("error_400_object_gone", GoneError, "no longer shows"),
    ("error_404_alias_unknown", GoneError, "does not know"),
    ("error_500_reduce_amount", MalformedAnswerError, "smaller requests"),
    ("data_null", MalformedAnswerError, "data"),
]
