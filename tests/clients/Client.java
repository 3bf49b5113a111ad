// Java's own HttpClient through a CONNECT proxy: a cell a line on stdin, an outcome a line on stdout.
import java.io.*;
import java.net.*;
import java.net.http.*;
import java.net.http.HttpResponse.*;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.*;
import java.util.concurrent.*;

public class Client {
    static final int AT_ONCE = 10;

    public static void main(String[] arguments) throws Exception {
        var proxy = ProxySelector.of(new InetSocketAddress("127.0.0.1", Integer.parseInt(arguments[0])));
        var cells = new BufferedReader(new InputStreamReader(System.in)).lines().toList();
        var pool = Executors.newFixedThreadPool(AT_ONCE);
        var shared = Executors.newCachedThreadPool();
        var asked = new ArrayList<Future<String>>();
        for (var cell : cells) asked.add(pool.submit(() -> call(cell.split("\t"), arguments[1], proxy, shared)));
        var out = new StringBuilder();
        for (var each : asked) out.append(each.get()).append("\n");
        System.out.print(out);
        System.out.flush();
        System.exit(0);
    }

    static String call(String[] cell, String token, ProxySelector proxy, Executor shared) {
        var seen = new Seen();
        long millis = (long) (Double.parseDouble(cell[2]) * 1000);
        var version = cell[0].equals("java-h2") ? HttpClient.Version.HTTP_2 : HttpClient.Version.HTTP_1_1;
        // a client of its own for each cell: no connection is reused
        var client = HttpClient.newBuilder().proxy(proxy).version(version).executor(shared).build();
        // this timeout ends with the answer's head; for the body there is none, so the future's must do
        var request = HttpRequest.newBuilder(URI.create(cell[1])).header("authorization", token)
            .timeout(Duration.ofMillis(millis)).build();
        var answer = client.sendAsync(request, head -> {
            seen.status = head.statusCode();
            return BodySubscribers.ofByteArrayConsumer(part -> part.ifPresent(seen::take));
        });
        String error = "";
        try {
            answer.get(millis + 500, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            error = "own timeout";
            answer.cancel(true);
        } catch (Exception e) {
            error = chain(e.getCause() == null ? e : e.getCause());
        }
        return seen.line(error);
    }

    static String chain(Throwable problem) {
        var words = new ArrayList<String>();
        for (var e = problem; e != null && words.size() < 6; e = e.getCause()) {
            var text = e.getClass().getName() + (e.getMessage() == null ? "" : ": " + e.getMessage());
            words.add(text.replaceAll("\\s+", " ").replace("|", "/"));
        }
        return String.join(" < ", words);
    }

    static class Seen {
        final long began = System.nanoTime();
        final ByteArrayOutputStream body = new ByteArrayOutputStream();
        volatile int status = 0;
        double first = 0;

        synchronized void take(byte[] part) {
            if (first == 0) first = since();
            body.writeBytes(part);
        }

        double since() { return (System.nanoTime() - began) / 1e9; }

        synchronized String line(String error) {
            var text = Base64.getEncoder().encodeToString(body.toByteArray());
            return status + "\t" + text + "\t" + first + "\t" + since() + "\t" + error;
        }
    }
}
