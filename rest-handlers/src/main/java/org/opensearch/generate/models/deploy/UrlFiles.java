// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.models.deploy;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.Locale;
import javax.net.ssl.HttpsURLConnection;
import org.jspecify.annotations.Nullable;
import org.opensearch.secure_sm.AccessController;

/**
 * Files of a web server, over HTTPS, from addresses that an operator allows. A redirection is followed where it leads to an allowed
 * address.
 */
final class UrlFiles implements RemoteFiles {
    private static final int TIMEOUT_MILLIS = 60_000;
    private static final int MOST_REDIRECTS = 5;
    private static final int TEMPORARY_REDIRECT = 307;
    private static final int PERMANENT_REDIRECT = 308;
    private static final String SETTING = "plugins.generate.url.allowed";

    private final String folder;
    private final List<String> allowed;

    private UrlFiles(String folder, List<String> allowed) {
        this.folder = folder;
        this.allowed = allowed;
    }

    /**
     * Files below an address.
     *
     * @throws IllegalArgumentException if it is not allowed
     */
    static UrlFiles open(String folder, List<String> allowed) {
        UrlFiles files = new UrlFiles(folder, allowed);
        files.requireAllowed(URI.create(folder + "/"));
        return files;
    }

    @Override
    public long length(String name) throws IOException {
        HttpURLConnection connection = connect(name, "HEAD", 0);
        try {
            long length = connection.getContentLengthLong();
            if (length < 0) {
                throw new IOException("[" + folder + "/" + name + "] does not say how long it is");
            }
            return length;
        } finally {
            connection.disconnect();
        }
    }

    @Override
    public InputStream open(String name, long from, long length) throws IOException {
        HttpURLConnection connection = connect(name, "GET", from);
        InputStream body = connection.getInputStream();
        if (from > 0 && connection.getResponseCode() != HttpURLConnection.HTTP_PARTIAL) {
            body.skipNBytes(from);
        }
        return body;
    }

    private HttpURLConnection connect(String name, String method, long from) throws IOException {
        URI address = URI.create(folder + "/" + name);
        for (int redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
            requireAllowed(address);
            URI target = address;
            HttpURLConnection connection = AccessController.doPrivilegedChecked(() -> ask(target, method, from));
            switch (connection.getResponseCode()) {
                case HttpURLConnection.HTTP_OK, HttpURLConnection.HTTP_PARTIAL -> {
                    return connection;
                }
                case HttpURLConnection.HTTP_MOVED_PERM,
                        HttpURLConnection.HTTP_MOVED_TEMP,
                        HttpURLConnection.HTTP_SEE_OTHER,
                        TEMPORARY_REDIRECT,
                        PERMANENT_REDIRECT -> {
                    connection.disconnect();
                    address = redirected(address, connection.getHeaderField("Location"));
                }
                case HttpURLConnection.HTTP_NOT_FOUND, HttpURLConnection.HTTP_GONE -> {
                    connection.disconnect();
                    throw new NoSuchFileException(
                            "[" + shown(address) + "] is not there: status " + connection.getResponseCode());
                }
                default -> {
                    connection.disconnect();
                    throw new IOException(
                            "[" + shown(address) + "] answers with status " + connection.getResponseCode());
                }
            }
        }
        throw new IOException("[" + folder + "/" + name + "] is redirected more than " + MOST_REDIRECTS + " times");
    }

    private static URI redirected(URI from, @Nullable String location) throws IOException {
        try {
            return from.resolve(new URI(location == null ? "" : location));
        } catch (URISyntaxException e) {
            throw new IOException("[" + shown(from) + "] is redirected to what is no address: " + e.getReason(), e);
        }
    }

    /** An address without its user and query, which may be secret: errors are read by many. */
    private static String shown(URI address) {
        String authority = String.valueOf(address.getRawAuthority());
        return address.getScheme() + "://" + authority.substring(authority.lastIndexOf('@') + 1) + address.getRawPath();
    }

    private static HttpURLConnection ask(URI address, String method, long from) throws IOException {
        HttpsURLConnection connection = (HttpsURLConnection) address.toURL().openConnection();
        connection.setInstanceFollowRedirects(false);
        connection.setConnectTimeout(TIMEOUT_MILLIS);
        connection.setReadTimeout(TIMEOUT_MILLIS);
        connection.setRequestMethod(method);
        connection.setRequestProperty("Accept-Encoding", "identity");
        if (from > 0) {
            connection.setRequestProperty("Range", "bytes=" + from + "-");
        }
        connection.connect();
        connection.getResponseCode();
        return connection;
    }

    private void requireAllowed(URI address) {
        if (allowed.isEmpty()) {
            throw new IllegalArgumentException("models from addresses are off: [" + SETTING
                    + "] in opensearch.yml lists what addresses may begin with, and is empty");
        }
        boolean plain = "https".equalsIgnoreCase(address.getScheme())
                && address.getHost() != null
                && address.getUserInfo() == null
                && address.normalize().equals(address)
                && !address.getPath().contains("/..");
        if (!plain || allowed.stream().noneMatch(prefix -> begins(address, URI.create(prefix)))) {
            throw new IllegalArgumentException("address [" + shown(address) + "] is not allowed: [" + SETTING
                    + "] in opensearch.yml has " + allowed);
        }
    }

    private static boolean begins(URI address, URI prefix) {
        String path = prefix.getRawPath().endsWith("/") ? prefix.getRawPath() : prefix.getRawPath() + "/";
        return address.getHost()
                        .toLowerCase(Locale.ROOT)
                        .equals(prefix.getHost().toLowerCase(Locale.ROOT))
                && port(address) == port(prefix)
                && address.getRawPath().startsWith(path);
    }

    private static int port(URI address) {
        return address.getPort() < 0 ? 443 : address.getPort();
    }
}
