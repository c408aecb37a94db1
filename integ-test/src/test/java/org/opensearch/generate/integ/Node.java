// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.integ;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A real node in a process of its own, with the zip installed by {@code opensearch-plugin}. It is asked over HTTP, keeps
 * its data and models over {@link #restart}, and dies with this JVM.
 */
final class Node implements AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofMinutes(5);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(30);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path home;
    /** Has configuration, data and logs of this node, apart from those of others of the same installation. */
    private final Path own;

    private final Path log;
    private final List<Node> siblings = new ArrayList<>();
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NORMAL)
            .build();
    private Map<String, String> settings = Map.of();
    private volatile int port;
    private volatile @Nullable Process process;

    private Node(Path home, Path own) {
        this.home = home;
        this.own = own;
        this.log = own.resolve("node.log");
    }

    /** Unpacks OpenSearch and installs the zip, and others that system properties name; starts nothing. */
    static Node install(String... others) throws IOException {
        return installInto("generate.opensearch", others);
    }

    /** The same into the OpenSearch that a system property names. */
    static Node installInto(String opensearch, String... others) throws IOException {
        Path unpacked = Distribution.unpack(property(opensearch));
        Node node = new Node(unpacked, unpacked);
        Runtime.getRuntime().addShutdownHook(new Thread(node::clear));
        node.heap("1g");
        Files.copy(property("generate.simulated.cards"), node.simulatedCards());
        OrdinaryUser.own(node.home);
        node.plugin("install", "-b", property("generate.zip").toUri().toString());
        for (String other : others) {
            node.plugin("install", "-b", property(other).toUri().toString());
        }
        Files.createDirectories(node.models());
        OrdinaryUser.own(node.home.resolve("config"));
        return node;
    }

    /** Sets the size of the heap for the next start. */
    void heap(String size) throws IOException {
        Files.writeString(
                own.resolve("config/jvm.options.d/test.options"),
                "-Xms" + size + "\n-Xmx" + size + "\n--enable-native-access=ALL-UNNAMED\n-Dgenerate.cuda.library="
                        + simulatedCards() + "\n");
    }

    /** What the node takes for the driver of NVIDIA cards, if it is told to use one. */
    private Path simulatedCards() {
        return home.resolve("simulated-libcuda.so.1");
    }

    /** Another node of this installation, with configuration, data and models of its own; starts nothing. */
    Node sibling(String name) throws IOException {
        Path folder = home.resolve("nodes").resolve(name);
        Distribution.copy(own.resolve("config"), folder.resolve("config"));
        OrdinaryUser.own(folder);
        Node node = new Node(home, folder);
        siblings.add(node);
        return node;
    }

    /** Runs {@code opensearch-plugin} and returns what it printed. */
    String plugin(String... arguments) throws IOException {
        List<String> command =
                new ArrayList<>(List.of(home.resolve("bin/opensearch-plugin").toString()));
        command.addAll(List.of(arguments));
        Process tool = builder(command).redirectErrorStream(true).start();
        String output = new String(tool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (tool.onExit().join().exitValue() != 0) {
            throw new IOException("opensearch-plugin " + String.join(" ", arguments) + " failed:\n" + output);
        }
        return output;
    }

    /**
     * Starts the node with these settings, alone unless they name others, and waits for its first answer. Requests get no drafts
     * unless they or the settings ask for them: the model {@code endless} repeats itself, and must take its time.
     */
    void start(Map<String, String> settings) throws IOException {
        this.settings = new LinkedHashMap<>(settings);
        port = freePort();
        List<String> command =
                new ArrayList<>(List.of(home.resolve("bin/opensearch").toString()));
        Map<String, String> all = new LinkedHashMap<>(Map.of("plugins.generate.speculation", "false"));
        all.putAll(settings);
        all.put("http.port", Integer.toString(port));
        all.put("network.host", "127.0.0.1");
        all.put("path.data", own.resolve("data").toString());
        all.put("path.logs", own.resolve("logs").toString());
        all.put("path.repo", repository().toString());
        all.putIfAbsent("transport.port", Integer.toString(freePort()));
        if (!all.containsKey("discovery.seed_hosts")) {
            all.put("discovery.type", "single-node");
        }
        all.forEach((name, value) -> command.add("-E" + name + "=" + value));
        Process started = builder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
        process = started;
        try {
            await("the node's first answer", START_LIMIT, () -> !started.isAlive() || answers());
        } catch (AssertionError e) {
            throw new AssertionError("the node does not answer; its log:\n" + log(), e);
        }
        if (!started.isAlive()) {
            throw new IllegalStateException("the node ended while starting; its log:\n" + log());
        }
    }

    /** Stops the node in good order and starts it again with the same settings and others on top. */
    void restart(Map<String, String> more) throws IOException {
        stop();
        Map<String, String> merged = new LinkedHashMap<>(settings);
        merged.putAll(more);
        start(merged);
    }

    /** Stops the node as a service manager would. */
    void stop() {
        Process running = process;
        if (running != null) {
            running.descendants().forEach(ProcessHandle::destroy);
            running.destroy();
            try {
                if (!running.waitFor(STOP_LIMIT.toSeconds(), TimeUnit.SECONDS)) {
                    throw new IllegalStateException("the node did not stop within " + STOP_LIMIT + ":\n" + log());
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted", e);
            }
            process = null;
        }
    }

    /** Kills the node as a failing machine would: it puts nothing in order. */
    void kill() {
        Process running = process;
        if (running != null) {
            running.descendants().forEach(ProcessHandle::destroyForcibly);
            running.destroyForcibly().onExit().join();
            process = null;
        }
    }

    /** Lets the node do nothing, as a machine that swaps does, until {@link #resume}: its connections stand. */
    void suspend() throws IOException {
        signal("STOP");
    }

    /** Lets it go on. */
    void resume() throws IOException {
        signal("CONT");
    }

    private void signal(String name) throws IOException {
        List<String> command = new ArrayList<>(List.of("kill", "-" + name));
        ProcessHandle running =
                Objects.requireNonNull(process, "the node does not run").toHandle();
        Stream.concat(Stream.of(running), running.descendants()).forEach(one -> command.add(Long.toString(one.pid())));
        int result =
                new ProcessBuilder(command).inheritIO().start().onExit().join().exitValue();
        if (result != 0) {
            throw new IOException(String.join(" ", command) + " ended with " + result);
        }
    }

    @Override
    public void close() {
        stop();
    }

    /** Where this node looks for models. */
    Path models() {
        return own.resolve("config/opensearch-generate/models");
    }

    /** A folder that this node and its siblings may take for a snapshot repository. */
    Path repository() {
        return home.resolve("repository");
    }

    /** Where the plugin keeps its data. */
    Path data() {
        return own.resolve("data/opensearch-generate");
    }

    /** The folder the node is installed in. */
    Path home() {
        return home;
    }

    /** All that the node printed, over its restarts. */
    String log() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Reply get(String path) {
        return send(request(path).GET());
    }

    Reply post(String path, String body) {
        return send(request(path).POST(BodyPublishers.ofString(body)));
    }

    Reply put(String path, String body) {
        return send(request(path).PUT(BodyPublishers.ofString(body)));
    }

    Reply delete(String path) {
        return send(request(path).DELETE());
    }

    /** Posts without waiting; cancelling the future drops the connection. {@link #reply} reads the response. */
    CompletableFuture<HttpResponse<String>> postAsync(String path, String body) {
        return http.sendAsync(request(path).POST(BodyPublishers.ofString(body)).build(), BodyHandlers.ofString());
    }

    /** The same with {@code X-Opaque-Id}, by which a node without users tells clients apart. */
    CompletableFuture<HttpResponse<String>> postAsync(String client, String path, String body) {
        return http.sendAsync(
                request(path)
                        .header("X-Opaque-Id", client)
                        .POST(BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }

    /** Posts and gives the reply's lines as they come; closing the stream drops the connection. */
    HttpResponse<Stream<String>> postLines(String path, String body) {
        try {
            return http.send(request(path).POST(BodyPublishers.ofString(body)).build(), BodyHandlers.ofLines());
        } catch (IOException e) {
            throw new UncheckedIOException("no answer; the node's log:\n" + log(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** Where it listens. */
    int port() {
        return port;
    }

    /** The reply in a response. */
    static Reply reply(HttpResponse<String> response) {
        try {
            JsonNode body = JSON.readTree(response.body());
            return new Reply(response.statusCode(), response.headers(), body);
        } catch (IOException e) {
            throw new UncheckedIOException("not JSON: " + response.body(), e);
        }
    }

    /** Waits until a condition holds. */
    static void await(String what, Duration limit, BooleanSupplier condition) {
        long deadline = System.nanoTime() + limit.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("waited " + limit + " in vain for " + what);
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
        }
    }

    private ProcessBuilder builder(List<String> command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(OrdinaryUser.command(command)).directory(home.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("OPENSEARCH_") || name.equals("JAVA_OPTS"));
        builder.environment().put("OPENSEARCH_JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("OPENSEARCH_PATH_CONF", own.resolve("config").toString());
        return builder;
    }

    /** Whether it answers at all. */
    boolean answers() {
        try {
            return http.send(request("/").GET().build(), BodyHandlers.discarding())
                            .statusCode()
                    == 200;
        } catch (ConnectException e) {
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .header(
                        "Content-Type",
                        path.contains("_bulk") || path.contains("_mgenerate")
                                ? "application/x-ndjson"
                                : "application/json")
                .timeout(Duration.ofMinutes(2));
    }

    private Reply send(HttpRequest.Builder request) {
        try {
            return reply(http.send(request.build(), BodyHandlers.ofString()));
        } catch (IOException e) {
            throw new UncheckedIOException("no answer; the node's log:\n" + log(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** The last act of this JVM, whatever happened before. */
    private void clear() {
        kill();
        siblings.forEach(Node::kill);
        try {
            Distribution.remove(home);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private static Path property(String name) {
        String value = System.getProperty(name);
        if (value == null || !Files.isRegularFile(Path.of(value))) {
            throw new IllegalStateException(name + " must name a file, found " + value + "; run mvn verify");
        }
        return Path.of(value);
    }
}
