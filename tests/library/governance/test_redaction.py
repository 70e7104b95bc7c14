"""What looks like a secret is masked, and what only sounds like one is not."""

from __future__ import annotations

import pytest

from benchbook.governance.redaction import MASK, redact, redact_value

SECRETS = [
    "AKIAIOSFODNN7EXAMPLE",
    "ghp_" + "a1B2" * 9,
    "github_pat_" + "a1B2" * 8,
    "glpat-" + "x9Y_" * 5,
    "xoxb-123456789012-abcdef",
    "hf_" + "Qw3rT" * 6,
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N",
    "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\nx9\n-----END RSA PRIVATE KEY-----",
]


@pytest.mark.parametrize("secret", SECRETS)
def test_known_kinds_are_masked_wherever_they_stand(secret: str) -> None:
    """Keys and tokens by their form, in code, in prose and between other text."""
    for text in (secret, f"before {secret} after", f'connect("{secret}")'):
        masked = redact(text)
        assert secret not in masked
        assert MASK in masked


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ('password = "hunter2"', "hunter2"),
        ("config = {'api_key': 'abc def'}", "abc def"),
        ("DB_PASSWORD=correcthorse other", "correcthorse"),
        ("postgres://ann:hunter2@db.example/x", "hunter2"),
        ("Authorization: Bearer abcdef123456", "abcdef123456"),
        ('curl --token "s3cr3t value"', "s3cr3t value"),
        ("secret_token: abcdefgh", "abcdefgh"),
    ],
)
def test_values_of_telling_names_are_masked(text: str, secret: str) -> None:
    """The name stays, so that a reader knows what is hidden."""
    assert secret not in redact(text)
    assert MASK in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "max_tokens = 4096",
        "token = read_token()",
        "roc_auc 0.7142 on 1,000 rows",
        "f = bb.load_dataset('features')",
        "https://example.org/a?b=c",
        "the password is wrong",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    """Code and sentences that only speak of such things are left alone."""
    assert redact(text) == text


def test_secret_variables_are_masked_by_value(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a CI system hands over as a secret is masked wherever it turns up, under whatever name."""
    monkeypatch.setenv("DEPLOY_TOKEN", "plain-looking-words")
    assert redact("it said plain-looking-words twice") == f"it said {MASK} twice"


def test_params_are_masked_by_name() -> None:
    """Text under a telling name is masked; a number is never a secret."""
    assert redact_value("api_key", "anything") == MASK
    assert redact_value("max_tokens", 512) == "512"
    assert redact_value("depth", 6) == "6"
