// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.integ;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/**
 * A web server of files over HTTPS, with a certificate of its own for {@code localhost}. It knows ranges, redirects what lies below
 * {@code /moved/} to {@code /files/} and what lies below {@code /away/} to another host, and breaks off in the middle when told to.
 */
final class HttpsFiles implements AutoCloseable {
    static final String PASSWORD = "changeit";

    private final Path folder;
    private final HttpsServer server;
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private volatile long breakAfter = Long.MAX_VALUE;

    /** @param folder its files; the certificate and {@link #trustStore} are made beside it */
    HttpsFiles(Path folder) throws IOException {
        this.folder = folder;
        Path keys = folder.resolveSibling("keys.p12");
        Path certificate = folder.resolveSibling("certificate.pem");
        keytool(
                List.of("-genkeypair", "-alias", "server", "-keyalg", "EC", "-dname", "CN=localhost", "-ext"),
                List.of("san=dns:localhost,ip:127.0.0.1"),
                keys);
        keytool(List.of("-exportcert", "-rfc", "-alias", "server", "-file"), List.of(certificate.toString()), keys);
        keytool(
                List.of("-importcert", "-noprompt", "-alias", "server", "-file"),
                List.of(certificate.toString()),
                trustStore());
        try (InputStream in = Files.newInputStream(keys)) {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(in, PASSWORD.toCharArray());
            KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            managers.init(store, PASSWORD.toCharArray());
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(managers.getKeyManagers(), null, null);
            server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            server.setHttpsConfigurator(new HttpsConfigurator(context));
        } catch (GeneralSecurityException e) {
            throw new IOException(e);
        }
        server.createContext("/files/", this::file);
        server.createContext("/moved/", exchange -> redirect(exchange, url("/files/")));
        server.createContext("/away/", exchange -> redirect(exchange, "https://elsewhere.example/files/"));
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.start();
    }

    private static void keytool(List<String> command, List<String> more, Path store) throws IOException {
        List<String> line = new ArrayList<>();
        line.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        line.addAll(command);
        line.addAll(more);
        line.addAll(List.of("-keystore", store.toString(), "-storepass", PASSWORD, "-storetype", "PKCS12"));
        Process tool = new ProcessBuilder(line).redirectErrorStream(true).start();
        String output = new String(tool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (tool.onExit().join().exitValue() != 0) {
            throw new IOException("keytool failed: " + output);
        }
    }

    /** What a client must trust. */
    Path trustStore() {
        return folder.resolveSibling("trust.p12");
    }

    int port() {
        return server.getAddress().getPort();
    }

    /** An address on this server. */
    String url(String path) {
        return "https://localhost:" + port() + path;
    }

    /** What was asked for: method, path, and range if there was one. */
    List<String> requests() {
        return List.copyOf(requests);
    }

    /** Breaks off answers after so many bytes. */
    void breakAfter(long bytes) {
        breakAfter = bytes;
    }

    private static void redirect(HttpExchange exchange, String to) throws IOException {
        String path = exchange.getRequestURI().getPath();
        exchange.getResponseHeaders().add("Location", to + path.substring(path.lastIndexOf('/') + 1));
        exchange.sendResponseHeaders(302, -1);
        exchange.close();
    }

    private void file(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        String range = exchange.getRequestHeaders().getFirst("Range");
        requests.add(exchange.getRequestMethod() + " " + path + (range == null ? "" : " " + range));
        Path file = folder.resolve(path.substring(path.lastIndexOf('/') + 1));
        if (!Files.isRegularFile(file)) {
            exchange.sendResponseHeaders(404, -1);
            exchange.close();
            return;
        }
        byte[] bytes = Files.readAllBytes(file);
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.getResponseHeaders().add("Content-Length", Integer.toString(bytes.length));
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
            return;
        }
        int from = range == null ? 0 : Integer.parseInt(range.replaceAll("bytes=(\\d+)-", "$1"));
        exchange.sendResponseHeaders(from == 0 ? 200 : 206, bytes.length - from);
        try (OutputStream body = exchange.getResponseBody()) {
            body.write(bytes, from, (int) Math.min(bytes.length - from, breakAfter));
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
