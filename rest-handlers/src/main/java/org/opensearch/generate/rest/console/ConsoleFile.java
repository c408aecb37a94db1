// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.rest.console;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import org.opensearch.core.common.bytes.BytesArray;
import org.opensearch.core.common.bytes.BytesReference;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.rest.BytesRestResponse;
import org.opensearch.rest.RestRequest;
import org.opensearch.rest.RestResponse;

/**
 * A file of the console, as it is sent.
 *
 * @param type its media type
 * @param content its bytes
 * @param etag names these bytes
 */
record ConsoleFile(String type, BytesReference content, String etag) {
    /** Scripts, styles and requests of this node alone; nothing inline, nothing that makes markup of text, in nobody's frame. */
    private static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
            + "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
            + "require-trusted-types-for 'script'; trusted-types 'none'";

    /** Reads a resource beside this class. */
    static ConsoleFile read(String name) {
        try (InputStream in = ConsoleFile.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("the plugin's jar has no " + name);
            }
            return of(type(name), in.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static ConsoleFile of(String type, byte[] content) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(content);
            return new ConsoleFile(
                    type,
                    new BytesArray(content),
                    '"' + Base64.getUrlEncoder().withoutPadding().encodeToString(digest) + '"');
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The reply to a request: the file, or that the client has it already. */
    RestResponse response(RestRequest request) {
        String known = request.header("If-None-Match");
        // A proxy that compresses makes a tag weak.
        boolean has = known != null && known.contains(etag);
        RestResponse response = has
                ? new BytesRestResponse(RestStatus.NOT_MODIFIED, type, BytesArray.EMPTY)
                : new BytesRestResponse(RestStatus.OK, type, content);
        response.addHeader("ETag", etag);
        response.addHeader("Cache-Control", "no-cache");
        response.addHeader("Content-Security-Policy", POLICY);
        response.addHeader("X-Content-Type-Options", "nosniff");
        response.addHeader("Referrer-Policy", "no-referrer");
        return response;
    }

    private static String type(String name) {
        return switch (name.substring(name.lastIndexOf('.') + 1)) {
            case "html" -> "text/html; charset=utf-8";
            case "css" -> "text/css; charset=utf-8";
            case "js" -> "text/javascript; charset=utf-8";
            case "svg" -> "image/svg+xml";
            default -> throw new IllegalArgumentException("no media type is known for " + name);
        };
    }
}
