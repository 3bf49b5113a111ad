// Java's own HttpClient through a CONNECT proxy: host, port, and a PEM file of what it trusts; writes what it saw.
import java.io.FileInputStream;
import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

class Client {
    public static void main(String[] args) throws Exception {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        try (FileInputStream file = new FileInputStream(args[2])) {
            int number = 0;
            for (Certificate each : CertificateFactory.getInstance("X.509").generateCertificates(file)) {
                store.setCertificateEntry("ca-" + number++, each);
            }
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        HttpClient client = HttpClient.newBuilder()
            .proxy(ProxySelector.of(new InetSocketAddress("127.0.0.1", Integer.parseInt(args[1]))))
            .sslContext(context).connectTimeout(Duration.ofSeconds(5)).build();
        for (String host : args[0].split(",")) {
            HttpRequest request = HttpRequest.newBuilder(URI.create("https://" + host + "/x"))
                .timeout(Duration.ofSeconds(5)).build();
            try {
                System.out.println(client.send(request, BodyHandlers.ofString()).version());
            } catch (Exception problem) {
                Throwable root = problem;
                while (root.getCause() != null && root.getCause() != root) root = root.getCause();
                System.out.println(problem.getClass().getSimpleName() + ": " + problem.getMessage()
                    + " / " + root.getClass().getSimpleName() + ": " + root.getMessage());
            }
        }
    }
}
