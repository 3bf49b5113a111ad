"""Which of a provider's operations a call is (AWS), and which model it asks for (AI providers).

AWS's names and where they are: https://github.com/boto/botocore, data/*/service-2.json and serialize.py (the
header ``X-Amz-Target``, the form field ``Action``, the path of Smithy's RPC; methods and paths of S3, Lambda
and Bedrock). Models in paths: https://github.com/googleapis/python-genai (``models/NAME:method``),
https://github.com/openai/openai-python (``/deployments/NAME/`` of Azure).
"""

import json
import re
from typing import Any, Literal
from urllib.parse import parse_qsl, unquote

from chaoskit.core.call import Call
from chaoskit.core.content import decoded

Place = Literal["object", "bucket", "service"]

_RPC = re.compile(r"/service/[^/]+/operation/(\w+)")
_SCOPE = re.compile(r"Credential=[^,\s]*/([a-z0-9-]+)/aws4_request")
_S3_HOST = re.compile(r"(?:(.+)\.)?s3(?:express)?(?:[.-][a-z0-9.-]+)?\.amazonaws\.com(?:\.cn)?")
_R2_HOST = re.compile(r"(?:(.+)\.)?[0-9a-f]+(?:\.(?:eu|us|fedramp))?\.r2\.cloudflarestorage\.com")

_PATHS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"/[0-9-]{10}/functions/[^/]+/invocations"), "Invoke"),
    (re.compile(r"/model/[^/]+/invoke"), "InvokeModel"),
    (re.compile(r"/model/[^/]+/invoke-with-response-stream"), "InvokeModelWithResponseStream"),
    (re.compile(r"/model/[^/]+/converse"), "Converse"),
    (re.compile(r"/model/[^/]+/converse-stream"), "ConverseStream"),
)

_S3: dict[tuple[str, Place, str], str] = {
    ("GET", "service", ""): "ListBuckets",
    ("GET", "bucket", ""): "ListObjects",
    ("GET", "bucket", "list-type"): "ListObjectsV2",
    ("GET", "bucket", "versions"): "ListObjectVersions",
    ("GET", "bucket", "uploads"): "ListMultipartUploads",
    ("GET", "bucket", "location"): "GetBucketLocation",
    ("HEAD", "bucket", ""): "HeadBucket",
    ("PUT", "bucket", ""): "CreateBucket",
    ("DELETE", "bucket", ""): "DeleteBucket",
    ("POST", "bucket", "delete"): "DeleteObjects",
    ("GET", "object", ""): "GetObject",
    ("GET", "object", "acl"): "GetObjectAcl",
    ("GET", "object", "attributes"): "GetObjectAttributes",
    ("GET", "object", "tagging"): "GetObjectTagging",
    ("GET", "object", "uploadId"): "ListParts",
    ("HEAD", "object", ""): "HeadObject",
    ("PUT", "object", ""): "PutObject",
    ("PUT", "object", "acl"): "PutObjectAcl",
    ("PUT", "object", "tagging"): "PutObjectTagging",
    ("PUT", "object", "uploadId"): "UploadPart",
    ("POST", "object", "restore"): "RestoreObject",
    ("POST", "object", "select"): "SelectObjectContent",
    ("POST", "object", "uploads"): "CreateMultipartUpload",
    ("POST", "object", "uploadId"): "CompleteMultipartUpload",
    ("DELETE", "object", ""): "DeleteObject",
    ("DELETE", "object", "tagging"): "DeleteObjectTagging",
    ("DELETE", "object", "uploadId"): "AbortMultipartUpload",
}
_COPIES = {"PutObject": "CopyObject", "UploadPart": "UploadPartCopy"}

_S3_DETAILS = frozenset({
    *("prefix", "delimiter", "marker", "max-keys", "encoding-type", "continuation-token", "start-after"),
    *("fetch-owner", "key-marker", "version-id-marker", "upload-id-marker", "part-number-marker"),
    *("max-uploads", "max-parts", "max-buckets", "partNumber", "versionId", "select-type", "bucket-region"),
})  # fmt: skip
"""Parameters that do not change which operation it is."""

_MODELS = (
    re.compile(r"/(?:models|tunedModels)/([^/:]+):\w+$"),
    re.compile(r"^/model/([^/]+)/(?:invoke|converse)"),
    re.compile(r"/deployments/([^/]+)/"),
)


def operation(call: Call) -> str | None:
    """Return the operation, as AWS writes it; None if it cannot be told, or not without the body."""
    path, _, query = call.path.partition("?")
    target = call.header("x-amz-target")
    if target is not None:
        return target.rpartition(".")[2].strip()
    if (rpc := _RPC.fullmatch(path)) is not None:
        return rpc[1]
    given = parse_qsl(query, keep_blank_values=True)
    if _is_s3(call, given):
        return _of_s3(call, path, given)
    known = next((name for pattern, name in _PATHS if pattern.fullmatch(path)), None)
    if known is not None and call.method.upper() == "POST":
        return known
    if operation_is_in_body(call):
        given = parse_qsl(_text(call).decode("utf-8", "replace"))
    return dict(given).get("Action")


def operation_is_in_body(call: Call) -> bool:
    """Tell whether the operation is a field of the form that the call sends, as in AWS's query protocol."""
    return (
        call.method.upper() == "POST"
        and _type(call) == "application/x-www-form-urlencoded"
        and call.header("x-amz-target") is None
        and not _is_s3(call, [])
    )


def model(call: Call) -> str | None:
    """Return the model that is asked for; None if it cannot be told, or not without the body."""
    named = _model_of_path(call)
    if named is not None or not model_is_in_body(call):
        return named
    try:
        found: Any = json.loads(_text(call))["model"]
    except (ValueError, RecursionError, LookupError, TypeError):
        return None
    return found if isinstance(found, str) else None


def model_is_in_body(call: Call) -> bool:
    """Tell whether only the body, of JSON, can tell the model."""
    is_json = _type(call) in ("", "application/json") or _type(call).endswith("+json")
    return is_json and call.method.upper() not in ("GET", "HEAD") and _model_of_path(call) is None


def _model_of_path(call: Call) -> str | None:
    path = call.path.partition("?")[0]
    found = next((found for each in _MODELS if (found := each.search(path)) is not None), None)
    return None if found is None else unquote(found[1])


def _type(call: Call) -> str:
    return (call.header("content-type") or "").partition(";")[0].strip().lower()


def _text(call: Call) -> bytes:
    return (None if call.body is None else decoded(call.headers, call.body)) or b""


def _is_s3(call: Call, given: list[tuple[str, str]]) -> bool:
    """Tell by the signature whose service it is, and without one by the host."""
    scope = _SCOPE.search(call.header("authorization") or "")
    if scope is not None:
        return scope[1] in ("s3", "s3express")
    presigned = dict(given).get("X-Amz-Credential")
    if presigned is not None:
        return presigned.endswith(("/s3/aws4_request", "/s3express/aws4_request"))
    return any(host.fullmatch(call.host.lower()) is not None for host in (_S3_HOST, _R2_HOST))


def _of_s3(call: Call, path: str, given: list[tuple[str, str]]) -> str | None:
    parameters = dict(given)
    if "x-id" in parameters:  # newer SDKs say it
        return parameters["x-id"]
    hosts = (pattern.fullmatch(call.host.lower()) for pattern in (_S3_HOST, _R2_HOST))
    in_host = any(found is not None and found[1] is not None for found in hosts)
    first, _, rest = path.lstrip("/").partition("/")
    key = path.lstrip("/") if in_host else rest
    place: Place = "object" if key else "bucket" if in_host or first else "service"
    flags = [
        name
        for name, value in given
        if name not in _S3_DETAILS
        and (not value or name in ("uploadId", "list-type"))
        and not name.lower().startswith(("x-amz-", "response-"))
    ]
    named = _S3.get((call.method.upper(), place, flags[0] if flags else ""))
    if named is not None and call.header("x-amz-copy-source") is not None:
        return _COPIES.get(named, named)
    return named
