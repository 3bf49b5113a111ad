"""Which operation of AWS a call is, and which model it asks for."""

import gzip
from dataclasses import replace

import pytest

from chaoskit.core.call import Call
from chaoskit.core.match import Match
from chaoskit.core.operation import model, model_is_in_body, operation, operation_is_in_body

FORM = (("content-type", "application/x-www-form-urlencoded; charset=utf-8"),)
JSON = (("content-type", "application/json"),)
S3 = "s3.eu-west-1.amazonaws.com"


def call(method="POST", path="/", host="api.example", headers=(), body=None) -> Call:
    return Call(
        identity="c",
        identified_by="order",
        provider="p",
        host=host,
        method=method,
        path=path,
        headers=headers,
        client="10.0.0.1",
        connection="p 1",
        body=body,
    )


def signed(service: str) -> tuple[tuple[str, str], ...]:
    scope = f"AKIA1/20260101/eu-west-1/{service}/aws4_request"
    return (("Authorization", f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=1"),)


@pytest.mark.parametrize(
    ("made", "name"),
    [
        (call(headers=(("X-Amz-Target", "DynamoDB_20120810.PutItem"),)), "PutItem"),
        (call(headers=(("X-Amz-Target", "AmazonSQS.SendMessage"), *FORM), body=b"Action=X"), "SendMessage"),
        (call(headers=FORM, body=b"Version=2010&Action=SendEmail&Source=a"), "SendEmail"),
        (call(headers=FORM, body=b"Version=2010"), None),
        (call(headers=FORM), None),
        (call(headers=FORM, body=b"\xff\xfe"), None),
        (call("GET", "/?Action=GetCallerIdentity&Version=2011-06-15"), "GetCallerIdentity"),
        (call(path="/service/GraniteServiceVersion20100801/operation/PutMetricData"), "PutMetricData"),
        (call(path="/2015-03-31/functions/a%3Ab/invocations"), "Invoke"),
        (call("GET", "/2015-03-31/functions/a/invocations"), None),
        (call(path="/model/anthropic.claude-v2%3A1/converse-stream"), "ConverseStream"),
        (call(path="/model/anthropic.claude-v2%3A1/invoke"), "InvokeModel"),
        (call("GET", "/v1/charges/ch_1"), None),
        (call("PUT", "/bucket/key"), None),  # whoever it is, it is not S3
    ],
)
def test_an_operation_is_told_by_the_target_the_path_or_the_form(made, name):
    assert operation(made) == name


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("GET", "/", "ListBuckets"),
        ("GET", "/bucket", "ListObjects"),
        ("GET", "/bucket/", "ListObjects"),
        ("GET", "/bucket?list-type=2&prefix=&encoding-type=url", "ListObjectsV2"),
        ("GET", "/bucket?lifecycle", None),
        ("PUT", "/bucket", "CreateBucket"),
        ("PUT", "/bucket?policy=", None),
        ("POST", "/bucket?delete", "DeleteObjects"),
        ("GET", "/bucket/a/b%20c?versionId=1&response-content-type=", "GetObject"),
        ("HEAD", "/bucket/key", "HeadObject"),
        ("PUT", "/bucket/key", "PutObject"),
        ("PUT", "/bucket/key?acl", "PutObjectAcl"),
        ("PUT", "/bucket/key?retention", None),
        ("PUT", "/bucket/key?partNumber=1&uploadId=u", "UploadPart"),
        ("POST", "/bucket/key?uploads", "CreateMultipartUpload"),
        ("POST", "/bucket/key?uploadId=u", "CompleteMultipartUpload"),
        ("DELETE", "/bucket/key", "DeleteObject"),
        ("PUT", "/bucket/key?x-id=PutObject", "PutObject"),
    ],
)
def test_an_operation_of_s3_is_told_by_method_path_and_query(method, path, name):
    assert operation(call(method, path, S3)) == name
    assert operation(call(method, path, "minio.corp.example", signed("s3"))) == name
    assert operation(call(method, path, "minio.corp.example", signed("execute-api"))) is None


@pytest.mark.parametrize(
    "host",
    [
        "bucket.s3.amazonaws.com",
        "my.bucket.s3.eu-west-1.amazonaws.com",
        "bucket.s3.dualstack.eu-west-1.amazonaws.com",
        "bucket.s3-accelerate.amazonaws.com",
        "bucket--usw2-az1--x-s3.s3express-usw2-az1.us-west-2.amazonaws.com",
        "bucket.s3.cn-north-1.amazonaws.com.cn",
        "bucket.1a2b.r2.cloudflarestorage.com",
    ],
)
def test_a_bucket_may_be_in_the_hosts_name(host):
    assert operation(call("GET", "/key", host)) == "GetObject"
    assert operation(call("GET", "/", host)) == "ListObjects"


@pytest.mark.parametrize(
    "host",
    [
        S3,
        "s3.dualstack.eu-west-1.amazonaws.com",
        "1a2b.r2.cloudflarestorage.com",
        "1a2b.eu.r2.cloudflarestorage.com",
    ],
)
def test_or_in_the_path(host):
    assert operation(call("GET", "/bucket", host)) == "ListObjects"


def test_a_copy_is_no_put_and_a_presigned_url_is_s3():
    copy = (("x-amz-copy-source", "/bucket/other"),)
    assert operation(call("PUT", "/bucket/key", S3, copy)) == "CopyObject"
    assert operation(call("PUT", "/bucket/key?partNumber=1&uploadId=u", S3, copy)) == "UploadPartCopy"
    presigned = "?X-Amz-Credential=AKIA1%2F20260101%2Feu-west-1%2Fs3%2Faws4_request&X-Amz-Signature=1"
    assert operation(call("PUT", "/bucket/key" + presigned, "files.example")) == "PutObject"


@pytest.mark.parametrize(
    ("made", "name"),
    [
        (call(path="/v1/chat/completions", headers=JSON, body=b'{"model": "gpt-4o"}'), "gpt-4o"),
        (call(path="/v1/chat/completions", body=b'{"model": "gpt-4o"}'), "gpt-4o"),
        (call(headers=JSON, body=b'{"model": 3}'), None),
        (call(headers=JSON, body=b'["model"]'), None),
        (call(headers=JSON, body=b"{"), None),
        (call(headers=JSON), None),
        (call(headers=(("content-type", "multipart/form-data"),), body=b'{"model": "x"}'), None),
        (call("GET", "/v1/models/gpt-4o"), None),
        (call(path="/v1beta/models/gemini-2.0-flash:generateContent", headers=JSON), "gemini-2.0-flash"),
        (call(path="/v1/projects/p/locations/l/publishers/google/models/g:predict", headers=JSON), "g"),
        (call(path="/model/anthropic.claude-v2%3A1/invoke", headers=JSON), "anthropic.claude-v2:1"),
        (
            call(path="/openai/deployments/mine/chat/completions?api-version=1", body=b'{"model": "x"}'),
            "mine",
        ),
    ],
)
def test_a_model_is_told_by_the_path_or_the_json(made, name):
    assert model(made) == name


def test_a_body_that_was_compressed_is_read():
    packed = (*JSON, ("content-encoding", "gzip"))
    assert model(call(headers=packed, body=gzip.compress(b'{"model": "m"}'))) == "m"
    packed = (*FORM, ("content-encoding", "gzip"))
    assert operation(call(headers=packed, body=gzip.compress(b"Action=SendEmail"))) == "SendEmail"


def test_a_body_is_read_only_where_it_alone_can_tell():
    put = call("PUT", "/bucket/key", S3, (("content-type", "application/json"),))
    assert not Match(operation=("PutObject",)).reads_body(put)
    assert not Match(operation=("PutItem",)).reads_body(call(headers=(("x-amz-target", "D.PutItem"),)))
    assert Match(operation=("SendEmail",)).reads_body(call(headers=FORM))
    assert not Match(model=("g*",)).reads_body(call(path="/v1beta/models/g:generateContent", headers=JSON))
    assert Match(model=("g*",)).reads_body(call(headers=JSON))
    assert not Match(method=("POST",)).reads_body(call(headers=JSON))
    assert not operation_is_in_body(call("PUT", headers=FORM))
    assert not model_is_in_body(call("GET", headers=JSON))


def test_a_match_takes_its_operations_and_models_and_no_other():
    form = call(headers=FORM, body=b"Action=SendEmail")
    assert Match(operation=("PutItem", "Send*")).takes(form)
    assert not Match(operation=("Put*",)).takes(form)
    assert Match(operation=("Put*",)).takes_head(replace(form, body=None))  # not known yet
    assert not Match(operation=("*",)).takes(call(headers=FORM, body=b"a=b"))
    put = call("PUT", "/bucket/key", S3)
    assert Match(operation=("PutObject",)).takes(put)
    assert not Match(operation=("GetObject",)).takes_head(put)
    chat = call(headers=JSON, body=b'{"model": "gpt-4o"}')
    assert Match(model=("gpt-4*",)).takes(chat)
    assert not Match(model=("gpt-3*",)).takes(chat)
    assert not Match(model=("*",)).takes(call("GET", "/v1/models"))
    assert not Match(model=("g",)).takes_head(call(path="/v1beta/models/h:generateContent"))
    assert Match(model=("g",)).is_about_calls
    assert Match(operation=("G",)).is_about_calls
