"""A provider on this machine: HTTP/1 and HTTP/2 over TLS under a name of its own, with answers as asked."""

import asyncio
import contextlib
import datetime as dt
import ipaddress
import json
import ssl
import threading
from pathlib import Path

import h2.config
import h2.connection
import h2.events
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hyperframe.frame import GoAwayFrame

import ai_provider

HOST = "api.pay.example"
NAMES = (HOST, "*.pay.example", "other.example", "localhost", "api.openai.com")
PEM = serialization.Encoding.PEM


def make_certificates(folder: Path) -> tuple[Path, Path]:
    """Write a CA, and a certificate with its key for the provider's names; return their files."""
    now = dt.datetime.now(dt.UTC)
    day = dt.timedelta(days=1)

    def build(name, key, issuer, issuer_key, *, is_ca):
        names = [x509.DNSName(each) for each in NAMES]
        names.append(x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - day)
            .not_valid_after(now + day)
            .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
        )
        if not is_ca:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return builder.sign(issuer_key, hashes.SHA256())

    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "the provider's own CA")])
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "provider")])
    authority = build(ca_name, ca_key, ca_name, ca_key, is_ca=True)
    leaf = build(name, key, ca_name, ca_key, is_ca=False)
    private = key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "provider-ca.pem").write_bytes(authority.public_bytes(PEM))
    (folder / "provider.pem").write_bytes(private + leaf.public_bytes(PEM))
    return folder / "provider-ca.pem", folder / "provider.pem"


def kind_of(path: str) -> str:
    return "text/event-stream" if "/sse/" in path or "/chat/" in path else "text/plain"


class Origin:
    """A provider that answers by path, over HTTP/1.1 or HTTP/2, TLS or not, and counts its calls.

    ``/bytes/N``: N bytes. ``/events/N/MS``: N chunks, one every MS ms; ``/sse/N/MS``: the same as SSE.
    ``/chat/MS``: a streamed answer of OpenAI Chat, an event every MS ms.
    ``/slow/MS``: late. ``/status/N``. ``/drain/...``: GOAWAY first. Anything else: JSON that tells the call.
    Requests are read whole first.
    """

    def __init__(self, certificate: Path | None, *, h2: bool = True, raw=None, sock=None) -> None:
        self.calls: list[str] = []
        self.connections = 0
        self.port = 0
        self._raw = raw
        self._sock = sock
        self._context = None
        if certificate is not None:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(certificate)
            self._context.set_alpn_protocols(["h2", "http/1.1"] if h2 else ["http/1.1"])
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        started = asyncio.run_coroutine_threadsafe(self._start(), self._loop)
        self._thread.start()
        self.port = started.result(10)
        return self

    def __exit__(self, *_):
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def _run(self):
        asyncio.set_event_loop(self._loop)
        self._loop.set_exception_handler(lambda *_: None)
        self._loop.run_forever()
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))

    async def _start(self):
        where = {"host": "127.0.0.1", "port": 0} if self._sock is None else {"sock": self._sock}
        server = await asyncio.start_server(self._serve, ssl=self._context, **where)
        return server.sockets[0].getsockname()[1]

    async def _serve(self, reader, writer):
        self.connections += 1
        tls = writer.get_extra_info("ssl_object")
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, ssl.SSLError):
            if self._raw is not None:
                await self._raw(reader, writer)
            elif tls is not None and tls.selected_alpn_protocol() == "h2":
                await self._serve_h2(reader, writer)
            else:
                while await self._serve_one(reader, writer):
                    pass
        writer.close()

    async def _serve_one(self, reader, writer) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, path, _ = head[0].split(" ")
        headers = [tuple(line.split(": ", 1)) for line in head[1:] if line]
        low = {n.lower(): v for n, v in headers}
        body = b""
        if "chunked" in low.get("transfer-encoding", ""):
            while size := int((await reader.readline()).strip(), 16):
                body += await reader.readexactly(size)
                await reader.readline()
            await reader.readline()
        else:
            body = await reader.readexactly(int(low.get("content-length", "0")))
        status, late, chunks, length = self._answer(method, path, headers, body)
        kind = kind_of(path)
        writer.write(f"HTTP/1.1 {status} OK\r\nserver: origin\r\ncontent-type: {kind}\r\n".encode())
        if length is None:
            writer.write(b"transfer-encoding: chunked\r\n\r\n")
            for chunk in chunks:
                writer.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
                await writer.drain()
                await asyncio.sleep(late)
            writer.write(b"0\r\n\r\n")
        else:
            await asyncio.sleep(late)
            writer.write(f"content-length: {length}\r\n\r\n".encode())
            writer.writelines(chunks if method != "HEAD" else [])
        await writer.drain()
        return True

    def _answer(self, method, path, headers, body):
        self.calls.append(f"{method} {path}")
        match path.partition("?")[0].strip("/").split("/"):
            case [*_, "bytes", n]:
                return 200, 0, [b"x" * int(n)], int(n)
            case [*_, "events" | "sse", n, ms]:
                return 200, int(ms) / 1000, [b"data: %d\n\n" % i for i in range(int(n))], None
            case [*_, "chat", ms]:
                return 200, int(ms) / 1000, ai_provider.CHAT, None
            case [*_, "slow", ms]:
                return 200, int(ms) / 1000, [b"late"], 4
            case [*_, "status", n]:
                return int(n), 0, [b"status"], 6
        told = json.dumps(
            {"method": method, "path": path, "headers": headers, "body": body.decode("latin-1")}
        )
        return 200, 0, [told.encode()], len(told)

    async def _serve_h2(self, reader, writer):
        conn = h2.connection.H2Connection(
            h2.config.H2Configuration(client_side=False, header_encoding="utf-8")
        )
        conn.initiate_connection()
        writer.write(conn.data_to_send())
        bodies: dict[int, tuple] = {}
        tasks = set()
        while data := await reader.read(65536):
            for event in conn.receive_data(data):
                match event:
                    case h2.events.RequestReceived():
                        bodies[event.stream_id] = (event.headers, bytearray())
                    case h2.events.DataReceived():
                        bodies[event.stream_id][1].extend(event.data)
                        conn.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                    case h2.events.StreamEnded():
                        work = self._answer_h2(conn, writer, event.stream_id, *bodies.pop(event.stream_id))
                        task = asyncio.ensure_future(work)
                        tasks.add(task)
                        task.add_done_callback(tasks.discard)
            writer.write(conn.data_to_send())
            await writer.drain()

    async def _answer_h2(self, conn, writer, stream, headers, body):
        low = dict(headers)
        plain = [(n, v) for n, v in headers if not n.startswith(":")]
        status, late, chunks, length = self._answer(low[":method"], low[":path"], plain, bytes(body))
        with contextlib.suppress(h2.exceptions.ProtocolError, OSError):
            if length is not None:
                await asyncio.sleep(late)
            head = [(":status", str(status)), ("server", "origin"), ("content-type", kind_of(low[":path"]))]
            conn.send_headers(
                stream, [*head, ("content-length", str(length))] if length is not None else head
            )
            if low[":path"].startswith("/drain/"):
                newest = conn.highest_inbound_stream_id
                writer.write(conn.data_to_send() + GoAwayFrame(0, last_stream_id=newest).serialize())
            for chunk in chunks:
                for at in range(0, len(chunk), 16000):
                    part = chunk[at : at + 16000]
                    while conn.local_flow_control_window(stream) < len(part):  # noqa: ASYNC110 - a test's provider
                        await asyncio.sleep(0.002)
                    conn.send_data(stream, part)
                    writer.write(conn.data_to_send())
                if length is None:
                    await asyncio.sleep(late)
            conn.end_stream(stream)
            writer.write(conn.data_to_send())
