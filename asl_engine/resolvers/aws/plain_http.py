"""HTTP without an API's model: API Gateway's and Kubernetes' calls, with urllib3 (botocore's own)."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from asl_engine.errors import SetupError
from asl_engine.resolvers.aws.call import HttpAnswer

_TIMEOUT_SECONDS: Final = 60.0
_TOKEN_SECONDS: Final = 60


def send(
    method: str,
    url: str,
    query: Mapping[str, list[Any]],
    headers: Mapping[str, list[str]],
    body: bytes | None,
    signing: tuple[Any, str, str] | None,
    certificate_authority: str,
) -> HttpAnswer:
    """One HTTP call, one attempt, no redirects. Raises `OSError` where no answer comes."""
    import urllib3

    pairs = [(name, item) for name, items in query.items() for item in items]
    address = url + ("?" + urlencode(pairs) if pairs else "")
    sent = urllib3.HTTPHeaderDict()
    for name, items in headers.items():
        for item in items:
            sent.add(name, item)
    if signing is not None:
        sent.update(_signature(method, address, dict(sent), body, *signing))
    pool = urllib3.PoolManager(timeout=_TIMEOUT_SECONDS, retries=False, **_trust(certificate_authority))
    try:
        answer = pool.request(method, address, body=body, headers=sent, redirect=False)
        return HttpAnswer(answer.status, answer.reason or "", _all_headers(answer.headers), answer.data)
    except urllib3.exceptions.HTTPError as error:
        raise OSError(f"{method} {urlsplit(url).netloc}: {error}") from error
    finally:
        pool.clear()


def _all_headers(headers: Any) -> dict[str, list[str]]:
    return {name: list(headers.getlist(name)) for name in headers}


def _trust(certificate_authority: str) -> dict[str, Any]:
    if not certificate_authority:
        return {}
    try:
        return {"ca_cert_data": base64.b64decode(certificate_authority, validate=True).decode("ascii")}
    except ValueError:
        raise SetupError("CertificateAuthority must be the cluster's certificateAuthority.data (base64)") from None


def _signature(
    method: str,
    address: str,
    headers: dict[str, str],
    body: bytes | None,
    credentials: Any,
    service: str,
    region: str,
) -> dict[str, str]:
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest

    if credentials is None:
        raise SetupError(
            "no AWS credentials were found to sign the call. Set AWS_PROFILE, or write AwsResolver(profile_name=...)"
        )
    request = AWSRequest(method=method, url=address, headers=headers, data=body or b"")
    SigV4Auth(credentials, service, region).add_auth(request)
    return {name: value for name, value in request.headers.items() if name not in headers}


def kubernetes_token(sts: Any, cluster: str) -> str:
    """The token that EKS takes: a presigned GetCallerIdentity with the cluster's name in a signed header."""
    from botocore.signers import RequestSigner

    signer = RequestSigner(
        sts.meta.service_model.service_id,
        sts.meta.region_name,
        "sts",
        "v4",
        sts._request_signer._credentials,
        sts.meta.events,
    )
    request = {
        "method": "GET",
        "url": f"{sts.meta.endpoint_url}/?Action=GetCallerIdentity&Version=2011-06-15",
        "body": {},
        "headers": {"x-k8s-aws-id": cluster},
        "context": {},
    }
    url = signer.generate_presigned_url(
        request, region_name=sts.meta.region_name, expires_in=_TOKEN_SECONDS, operation_name=""
    )
    return "k8s-aws-v1." + base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")
